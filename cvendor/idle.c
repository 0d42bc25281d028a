#include "idle.h"

#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_cond_t posted;
static unsigned posts;

/* A pause must not stretch when somebody sets the wall clock back. */
static void use_monotonic_clock(void)
{
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&posted, &attr);
	pthread_condattr_destroy(&attr);
}

void idle_wake(void)
{
	pthread_once(&once, use_monotonic_clock);
	pthread_mutex_lock(&lock);
	posts++;
	pthread_cond_signal(&posted);
	pthread_mutex_unlock(&lock);
}

unsigned idle_posts(void)
{
	pthread_mutex_lock(&lock);
	unsigned n = posts;
	pthread_mutex_unlock(&lock);
	return n;
}

int idle_pause(unsigned seen, int ms)
{
	struct timespec end;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += ms * 1000000L;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000L;
	}
	pthread_once(&once, use_monotonic_clock);
	pthread_mutex_lock(&lock);
	while (posts == seen && pthread_cond_timedwait(&posted, &lock, &end) == 0)
		;
	int more = posts != seen;
	pthread_mutex_unlock(&lock);
	return more;
}
