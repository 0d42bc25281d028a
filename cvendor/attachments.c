#include "attachments.h"

#include <limits.h>
#include <pthread.h>

/* One for every number that a short can hold; memory comes page by page with the numbers in use. */
enum { NUMBERS = SHRT_MAX + 1 };

static struct {
	pthread_mutex_t lock;
	uint32_t count; /* written by the draining thread alone, under the lock */
	int lasts;
} attachments[NUMBERS] = { [0 ... NUMBERS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER } };

void attachment_begin(short scp)
{
	pthread_mutex_lock(&attachments[scp].lock);
	attachments[scp].count++;
	attachments[scp].lasts = 1;
	pthread_mutex_unlock(&attachments[scp].lock);
}

void attachment_end(short scp)
{
	pthread_mutex_lock(&attachments[scp].lock);
	attachments[scp].lasts = 0;
	pthread_mutex_unlock(&attachments[scp].lock);
}

void attachments_end_all(void)
{
	for (int scp = 0; scp < NUMBERS; scp++)
		if (attachments[scp].count > 0)
			attachment_end(scp);
}

uint32_t attachment_count(short scp) { return attachments[scp].count; }

int attachment_lock(short scp, uint32_t attachment)
{
	pthread_mutex_lock(&attachments[scp].lock);
	return attachments[scp].lasts && attachments[scp].count == attachment;
}

void attachment_unlock(short scp) { pthread_mutex_unlock(&attachments[scp].lock); }
