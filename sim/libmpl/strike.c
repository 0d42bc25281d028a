//go:build !mpl

/* strike.c: in C, because Go would make a panic of a crash, and could be stopped where it blocks. */
#include "strike.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int *volatile nowhere;
static long crash_after_ms;

static void sleep_ms(long ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	while (nanosleep(&left, &left) != 0)
		; /* a signal came */
}

void libmpl_block(long for_ms)
{
	fputs("libmpl: blocks, as it was told to\n", stderr);
	if (for_ms > 0) {
		sleep_ms(for_ms);
		return;
	}
	for (;;)
		pause();
}

void libmpl_crash(void)
{
	fputs("libmpl: crashes, as it was told to\n", stderr);
	*nowhere = 1;
}

static void *crash_later(void *unused)
{
	(void)unused;
	sleep_ms(crash_after_ms);
	libmpl_crash();
	return NULL;
}

void libmpl_crash_in_a_thread(long after_ms)
{
	pthread_t thread;

	crash_after_ms = after_ms;
	if (pthread_create(&thread, NULL, crash_later, NULL) != 0)
		libmpl_crash();
}
