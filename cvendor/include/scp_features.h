/*
 * scp_features.h: what the simulator offers beyond the required functions. The macros are explained in
 * cvendor/sdk/scp_features.example.h; cvendor/sdk/scp_features.h says the same of a maker's library.
 */
#ifndef SCP_FEATURES_H
#define SCP_FEATURES_H

#define SCP_HAS_WAIT           1
#define SCP_HAS_PARALLEL_POSTS 1
#define SCP_HAS_LAST_HEARD     1
#define SCP_HAS_ERROR_TEXT     1
#define SCP_HAS_VERSION        1

#define SCP_HAS_REWIND         1
#define SCP_HAS_CUMULATIVE_ACK 1
#define SCP_HAS_REPORT_UP_TO   1
#define SCP_HAS_PAUSE          1
#define SCP_HAS_LOG_EPOCHS     1

#define SCP_MAX_LINKS          10000

#endif
