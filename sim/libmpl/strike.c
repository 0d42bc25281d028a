//go:build !mpl

/* strike.c: in C, because Go would make a panic of a crash, and could be stopped where it blocks. */
#include "strike.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int *volatile nowhere;
static struct timespec until_crash;

void libmpl_block(void)
{
	fputs("libmpl: blocks, as it was told to\n", stderr);
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
	while (nanosleep(&until_crash, &until_crash) != 0)
		; /* a signal came */
	libmpl_crash();
	return NULL;
}

void libmpl_crash_in_a_thread(long after_ms)
{
	pthread_t thread;

	until_crash.tv_sec = after_ms / 1000;
	until_crash.tv_nsec = after_ms % 1000 * 1000000;
	if (pthread_create(&thread, NULL, crash_later, NULL) != 0)
		libmpl_crash();
}
