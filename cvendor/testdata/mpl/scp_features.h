/* What the library of this folder offers: what it must, a version, and a log that can be wound. It has
 * scpErrorText too, but that is left to the test that raises it. */
#ifndef SCP_FEATURES_H
#define SCP_FEATURES_H

#define SCP_HAS_WAIT           0
#define SCP_HAS_PARALLEL_POSTS 0
#define SCP_HAS_LAST_HEARD     0
#define SCP_HAS_ERROR_TEXT     0
#define SCP_HAS_VERSION        1

#define SCP_HAS_REWIND         1
#define SCP_HAS_CUMULATIVE_ACK 1
#define SCP_HAS_REPORT_UP_TO   0
#define SCP_HAS_PAUSE          1
#define SCP_HAS_LOG_EPOCHS     0

#define SCP_MAX_LINKS          1000

#endif
