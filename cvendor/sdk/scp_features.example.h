/*
 * scp_features.example.h: to be copied to scp_features.h, which says what the library in this folder
 * offers beyond the required functions (scp_net.h in cvendor/include). 1 is yes, 0 is no. All off is the
 * careful end: raise a line only when the maker's documents say so. SCP_HAS_REPORT_UP_TO or SCP_HAS_PAUSE is
 * needed.
 */
#ifndef SCP_FEATURES_H
#define SCP_FEATURES_H

/* It has scpWaitMessage, which may run at the same time as all other functions. Without it the
 * library is polled: at once while messages come, each 1 ms while commands are unanswered, else each
 * 20 ms. */
#define SCP_HAS_WAIT           0

/* scpConfigCommand and scpLastTag may run at the same time for different controllers, and at the
 * same time as scpGetMessage. Without it one mutex lets one thread at a time into the library
 * (scpWaitMessage excepted). */
#define SCP_HAS_PARALLEL_POSTS 0

/* It has scpLastHeard. Without it a door is moved only after a status query was answered. */
#define SCP_HAS_LAST_HEARD     0

/* It has scpErrorText. Without it a refused command has no reason. */
#define SCP_HAS_ERROR_TEXT     0

/* It has scpVersion. Without it -version shows the hash of the archive alone. */
#define SCP_HAS_VERSION        0

/* Controllers obey 9021: report the log again from an index on. Without it what a controller has
 * reported is gone from it: mercury-driver does not start without SPOOL_DIR, and writes each
 * transaction there, with an fsync, before it asks for the next message. */
#define SCP_HAS_REWIND         0

/* Controllers obey 9020: forget everything up to an index. Without it they keep their log until
 * it wraps. */
#define SCP_HAS_CUMULATIVE_ACK 0

/* Controllers obey 9022: report up to an index. Without it they are held back by 9023. */
#define SCP_HAS_REPORT_UP_TO   0

/* Controllers obey 9023 and 9024: pause and resume reporting. Without it and without the line above
 * mercury-driver does not start: what is not acknowledged must have a bound. */
#define SCP_HAS_PAUSE          0

/* Controllers tell an erased log from the one before by its log_epoch. Without it an erased log is
 * noticed only by its indexes, which starting again at 1 may hide. */
#define SCP_HAS_LOG_EPOCHS     0

/* Most controllers attached at a time; one more is refused. */
#define SCP_MAX_LINKS          1000

#endif
