/* strike.h: how the simulated library fails its caller, when it is asked to (fault.go). */
#ifndef LIBMPL_STRIKE_H
#define LIBMPL_STRIKE_H

/* Does not return, or where for_ms is above 0 only after so many milliseconds. */
void libmpl_block(long for_ms);

/* Does not return. */
void libmpl_crash(void);

/* Crashes in a thread that the library makes, after so many milliseconds. */
void libmpl_crash_in_a_thread(long after_ms);

#endif
