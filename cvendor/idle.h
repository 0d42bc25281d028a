/*
 * idle.h: how a library that cannot wait is polled: a pause that a post cuts short.
 */
#ifndef SEAM_IDLE_H
#define SEAM_IDLE_H

/* Counts a post and ends a pause. Any thread; does not block. */
void idle_wake(void);

/* How many posts were counted. */
unsigned idle_posts(void);

/* Pauses for ms (below 1,000), or until there are more posts than seen; returns whether there are.
 * For the draining thread. Nothing is locked meanwhile. */
int idle_pause(unsigned seen, int ms);

#endif
