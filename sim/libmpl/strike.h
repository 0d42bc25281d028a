/* strike.h: how the simulated library fails its caller, when it is asked to (fault.go). */
#ifndef LIBMPL_STRIKE_H
#define LIBMPL_STRIKE_H

/* These do not return. */
void libmpl_block(void);
void libmpl_crash(void);

/* Crashes in a thread that the library makes, after so many milliseconds. */
void libmpl_crash_in_a_thread(long after_ms);

#endif
