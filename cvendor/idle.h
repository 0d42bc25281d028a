/*
 * idle.h: pauses of the draining thread, which a post cuts short: where a library that cannot wait is polled, and where
 * messages are let come together.
 */
#ifndef SEAM_IDLE_H
#define SEAM_IDLE_H

#include <stdint.h>

/* How many posts there were: of all commands, or of those whose reply somebody waits for. */
struct idle_posts {
	unsigned all, urgent;
};

/* Counts a post and ends a pause. Any thread; does not block. */
void idle_wake(int urgent);

struct idle_posts idle_posts(void);

/* Pauses until there are more posts than seen, or that time of CLOCK_MONOTONIC comes; returns whether there are. For
 * the draining thread. Nothing is locked meanwhile. */
int idle_pause(struct idle_posts seen, int64_t until_ns);

/* The same, but only urgent posts count. */
int idle_gather(struct idle_posts seen, int64_t until_ns);

/* CLOCK_MONOTONIC. Any thread. */
int64_t idle_now_ns(void);

#endif
