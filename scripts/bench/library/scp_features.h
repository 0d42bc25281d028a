/*
 * scp_features.h: what the library for benchmarks offers. A driver that polls it is built with SCP_HAS_WAIT 0.
 */
#ifndef SCP_FEATURES_H
#define SCP_FEATURES_H

#define SCP_HAS_WAIT           1
#define SCP_HAS_PARALLEL_POSTS 1
#define SCP_HAS_LAST_HEARD     1
#define SCP_HAS_ERROR_TEXT     0
#define SCP_HAS_VERSION        0

#define SCP_HAS_REWIND         1
#define SCP_HAS_CUMULATIVE_ACK 1
#define SCP_HAS_REPORT_UP_TO   1
#define SCP_HAS_PAUSE          0
#define SCP_HAS_LOG_EPOCHS     1

#define SCP_MAX_LINKS          10000

#endif
