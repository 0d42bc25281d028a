#include "idle.h"

#include <pthread.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_cond_t posted;
static struct idle_posts posts;

/* A pause must not stretch when somebody sets the wall clock back. */
static void use_monotonic_clock(void)
{
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&posted, &attr);
	pthread_condattr_destroy(&attr);
}

void idle_wake(int urgent)
{
	pthread_once(&once, use_monotonic_clock);
	pthread_mutex_lock(&lock);
	posts.all++;
	posts.urgent += urgent != 0;
	pthread_cond_signal(&posted);
	pthread_mutex_unlock(&lock);
}

struct idle_posts idle_posts(void)
{
	pthread_mutex_lock(&lock);
	struct idle_posts now = posts;
	pthread_mutex_unlock(&lock);
	return now;
}

static int pause_while(const unsigned *counted, unsigned seen, int64_t until_ns)
{
	struct timespec end = { .tv_sec = until_ns / SECOND, .tv_nsec = until_ns % SECOND };
	pthread_once(&once, use_monotonic_clock);
	pthread_mutex_lock(&lock);
	while (*counted == seen && pthread_cond_timedwait(&posted, &lock, &end) == 0)
		;
	int more = *counted != seen;
	pthread_mutex_unlock(&lock);
	return more;
}

int idle_pause(struct idle_posts seen, int64_t until_ns) { return pause_while(&posts.all, seen.all, until_ns); }

int idle_gather(struct idle_posts seen, int64_t until_ns) { return pause_while(&posts.urgent, seen.urgent, until_ns); }

int64_t idle_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}
