/*
 * shim.h: the flat facade that Go sees. Its struct is ours, so only shim.c knows the library's
 * layout. Numbers are those of include/scp_net.h whichever library is linked.
 */
#ifndef SEAM_SHIM_H
#define SEAM_SHIM_H

#include <stdint.h>

#ifdef SEAM_MPL
#if !__has_include("sdk/scp_features.h")
#error "cvendor/sdk/scp_features.h is missing: copy scp_features.example.h to it, and say there what the library can do (see cvendor/sdk/README.md)"
#endif
#include "sdk/scp_features.h"
#else
#include "include/scp_features.h"
#endif

/* One message. The fields down to percent are always set (0 where the kind has no such field),
 * those after it only for the kinds named. Text ends in NUL unless it fills its array. */
struct seam_message {
	int32_t  kind;
	int16_t  scp;
	uint32_t attachment;
	int64_t  time_ns;
	uint32_t log_epoch;
	uint64_t index;
	uint32_t reader, door, bits, request;
	uint64_t card;
	int64_t  deadline_ns;
	uint32_t number;
	int32_t  active, value; /* value: reason, cause, value or phase */
	uint32_t percent;

	uint32_t tag;          /* SCP_COMMAND_REPLY: with text */
	int32_t  result, nak;
	char     text[64];     /* SCP_COMM_ONLINE: the peer; SCP_COMM_OFFLINE, _REFUSED: the cause */
	char     tls[8];       /* SCP_COMM_ONLINE */

	uint32_t capacity, unread; /* SCP_LOG_*: with overwritten */
	uint64_t overwritten;

	struct {               /* SCP_IDENTITY */
		uint64_t serial, oldest, newest;
		uint32_t readers, doors, inputs, outputs, cards, log, log_epoch;
		char     mac[16], model[64], firmware[64];
	} identity;
};

enum { SEAM_POSTED = 0, SEAM_REFUSED = 1, SEAM_GONE = 2, SEAM_STALE = 3, SEAM_LATE = 4 };

/* How a post ended. */
struct seam_outcome {
	int32_t  status;       /* SEAM_* */
	uint32_t tag;          /* SEAM_POSTED: the library's tag, 0 when it gave none */
	int32_t  silence_ms;   /* SEAM_STALE: for how long the link has been silent */
	char     text[128];    /* SEAM_REFUSED: the library's words, ended by NUL, or "" */
};

/* Whether this binary holds a library. Any thread. */
int seam_linked(void);

/* The library's own name and version, or "". Any thread. */
void seam_version(char *text, int size);

/* Fills at most room messages, and returns how many. When there is none it waits for up to timeout_ms
 * and looks again. Transactions that come one by one are let come together: a call that follows one which
 * found some, but no full room, waits until 5 ms have passed since then (less where the library can wait
 * and 128 messages come sooner at the pace of late), unless busy, or until a post that is in a hurry. So a
 * lone one is returned at once, and a thousand a second in 200 calls. One thread at a time. */
int seam_drain(short channel, struct seam_message *to, int room, int timeout_ms, int busy);

enum { SEAM_SLICE_MS = 250 };

/* Ends the wait of seam_drain that is under way, within SEAM_SLICE_MS, or else the next. Any thread; does not block. */
void seam_wake(void);

/* A number that changes each SEAM_SLICE_MS at least while seam_drain waits. Any thread. */
unsigned seam_waits(void);

#define SEAM_NO_HURRY INT64_MAX

/* Posts a line to one attachment of a controller, if that still lasts and, where max_silence_ms is
 * above 0 and the library can tell, was heard from within it, and if no more than left_ns passes before
 * the library is free. Any thread; waits for other posts to the same controller, and without
 * SCP_HAS_PARALLEL_POSTS for whoever is in the library. */
void seam_post(short scp, uint32_t attachment, char *line, int max_silence_ms, int64_t left_ns,
	       struct seam_outcome *outcome);

/* Posts a line that is for a channel. Any thread. */
void seam_post_channel(char *line, struct seam_outcome *outcome);

#endif
