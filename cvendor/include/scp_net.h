/*
 * scp_net.h: what mercury-driver asks of a controller library.
 *
 * This is our own statement, in our own words, of the few functions and messages that such a
 * library must offer. The simulator exports exactly this; cvendor/shim.c is the only C code that
 * reads it. A licensee builds with the maker's header instead (cvendor/sdk), and adapts shim.c
 * where the names below differ from it.
 *
 * A "scp" is the library's small number of one attached controller, from 0. It is used again only
 * by a scpGetMessage call that comes after the one which returned the controller's SCP_COMM_OFFLINE.
 * Times are UTC nanoseconds since 1970; panel times are the controller's own clock. Readers,
 * doors, inputs, outputs, areas, procedures and modules count from 1. Text ends in NUL, is
 * UTF-8, and comes from outside: nothing may be concluded from it.
 */
#ifndef SCP_NET_H
#define SCP_NET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- messages ---------------------------------------------------------------------------- */

enum {
	/* of the link and the library */
	SCP_COMM_ONLINE     = 1,  /* u.online: a controller attached */
	SCP_COMM_OFFLINE    = 2,  /* u.offline: it is gone; its scp is free again */
	SCP_IDENTITY        = 3,  /* u.identity: who it is; follows SCP_COMM_ONLINE */
	SCP_LOG_STATUS      = 4,  /* u.log: how full its log is; asked for by a status query */
	SCP_LOG_NEAR_FULL   = 5,  /* u.log: 90 % of its log is not acknowledged */
	SCP_COMMAND_REPLY   = 6,  /* u.reply: the controller answered a command */
	SCP_COMM_REFUSED    = 7,  /* u.offline: a connection was not let in, which has no scp: -1. The
	                             cause says whose, and what it showed. A library may keep silent. */

	/* transactions: entries of the controller's log, they carry log_epoch and index */
	SCP_PANEL_BOOT            = 20, /* u.boot */
	SCP_ACCESS_GRANTED        = 21, /* u.access */
	SCP_ACCESS_DENIED         = 22, /* u.access with reason */
	SCP_UNKNOWN_CREDENTIAL    = 23, /* u.access with bits */
	SCP_DURESS                = 24, /* u.access */
	SCP_HOST_DECISION_REQUEST = 25, /* u.access with request and deadline_ns */
	SCP_DOOR_POSITION         = 26, /* u.point: number = door, active = open */
	SCP_DOOR_FORCED           = 27, /* u.point: number = door, active = forced, else restored */
	SCP_DOOR_HELD             = 28, /* u.point: number = door, active = held, else restored */
	SCP_EXIT_REQUEST          = 29, /* u.point: number = door */
	SCP_INPUT_CHANGE          = 30, /* u.point: number = input, value = SCP_INPUT_* */
	SCP_OUTPUT_CHANGE         = 31, /* u.point: number = output, active = on */
	SCP_MODULE_COMM           = 32, /* u.point: number = module, active = online */
	SCP_TAMPER                = 33, /* u.point: number = module (0: own cabinet), active = open */
	SCP_POWER                 = 34, /* u.point: value = SCP_POWER_*, active = good */
	SCP_MODE_CHANGE           = 35, /* u.point: number = door, value = SCP_MODE_* */
	SCP_FIRMWARE_PROGRESS     = 36  /* u.firmware */
};

enum { SCP_REPLY_OK = 1, SCP_REPLY_NAK = 2, SCP_REPLY_FAILED = 3 };

enum { /* why a controller said no */
	SCP_NAK_UNSPECIFIED = 0,
	SCP_NAK_UNKNOWN_COMMAND = 1,
	SCP_NAK_BAD_ARGUMENT = 2,   /* a value out of its range */
	SCP_NAK_NO_SUCH_POINT = 3,  /* no such door, reader, input, output, area, procedure, card */
	SCP_NAK_BUSY = 4,
	SCP_NAK_FULL = 5,           /* no room for one more card */
	SCP_NAK_TOO_LATE = 6,       /* host decision after its deadline */
	SCP_NAK_WRONG_EPOCH = 7     /* log position of another log epoch */
};

enum { SCP_DENY_NO_ACCESS = 1, SCP_DENY_NOT_VALID_NOW = 2, SCP_DENY_WRONG_PIN = 3,
       SCP_DENY_DOOR_LOCKED = 4, SCP_DENY_HOST = 5, SCP_DENY_HOST_TIMEOUT = 6 };
enum { SCP_BOOT_POWER = 1, SCP_BOOT_COMMAND = 2, SCP_BOOT_WATCHDOG = 3, SCP_BOOT_FIRMWARE = 4,
       SCP_BOOT_ERASE = 5 };
enum { SCP_INPUT_SECURE = 1, SCP_INPUT_ACTIVE = 2, SCP_INPUT_FAULT = 3 };
enum { SCP_POWER_MAINS = 1, SCP_POWER_BATTERY = 2 };
enum { SCP_MODE_LOCKED = 1, SCP_MODE_UNLOCKED = 2, SCP_MODE_CARD = 3, SCP_MODE_CARD_AND_PIN = 4,
       SCP_MODE_HOST = 5 };
enum { SCP_OUTPUT_ON = 1, SCP_OUTPUT_OFF = 2, SCP_OUTPUT_PULSE = 3 };
enum { SCP_FIRMWARE_LOADING = 1, SCP_FIRMWARE_VERIFYING = 2, SCP_FIRMWARE_DONE = 3,
       SCP_FIRMWARE_FAILED = 4 };

typedef struct SCPReply {
	int      kind;       /* SCP_COMM_ONLINE ... */
	short    channel;
	short    scp;
	int64_t  time_ns;    /* panel time; for SCP_COMM_* the library's own clock */
	uint32_t log_epoch;  /* transactions; 0 where the controller has no log epochs */
	uint64_t index;      /* transactions; from 1, grows by one */
	union {
		struct { char peer[64]; char tls[8]; } online;        /* host:port; "1.3" or "" */
		struct { char cause[64]; } offline;
		struct {
			uint64_t serial;                              /* 1 to 2^63-1 */
			char     mac[16];                             /* 12 lower-case hex digits */
			char     model[64];
			char     firmware[64];
			uint32_t readers, doors, inputs, outputs;
			uint32_t cards, log;                          /* how many each can hold */
			uint32_t log_epoch;
			uint64_t oldest, newest;                      /* newest + 1 and newest when empty */
		} identity;
		struct { uint32_t capacity, unread; uint64_t overwritten; } log;
		struct {
			uint32_t tag;                                 /* scpLastTag after the post */
			int      result;                              /* SCP_REPLY_* */
			int      reason;                              /* SCP_NAK_* */
			char     text[64];                            /* why it failed, or "" */
		} reply;
		struct { int cause; } boot;                           /* SCP_BOOT_* */
		struct {
			uint32_t reader, door;
			uint64_t card;                                /* 0: opened without a card */
			int      reason;                              /* SCP_DENY_* */
			uint32_t bits;                                /* length of an unknown credential */
			uint32_t request;                             /* names a host decision request */
			int64_t  deadline_ns;                         /* the controller decides alone then */
		} access;
		struct { uint32_t number; int active; int value; } point;
		struct { int phase; uint32_t percent; } firmware;     /* SCP_FIRMWARE_*, 0 to 100 */
	} u;
} SCPReply;

/* ---- commands ---------------------------------------------------------------------------- *
 *
 * One line of ASCII: decimal numbers and words, one blank between them, no end of line, at most
 * 255 bytes. 309, 310 and 311 are publicly known; the numbers from 9001 are ours.
 *
 *   309  <scp> <door> <0|1>                  mask "door forced"; 1 masks
 *   310  <scp> <door> <0|1>                  mask "door held"; 1 masks
 *   311  <scp> <reader>                      momentary unlock of the door of that reader
 *   9001 <channel> <port>                    open the channel: listen on that TCP port
 *   9002 <channel>                           close it and every link on it
 *   9003 <scp>                               accept the controller; it answers
 *   9004 <scp>                               refuse it: its link is closed
 *   9010 <scp> <door> <mode>                 door mode, SCP_MODE_*
 *   9011 <scp> <output> <action> <ms>        SCP_OUTPUT_*; ms for a pulse, else 0
 *   9012 <scp> <input> <0|1>                 mask an input
 *   9013 <scp> <area> <0|1>                  disarm, arm
 *   9014 <scp> <procedure> <0|1>             run, abort
 *   9015 <scp> <time_ns>                     set the clock
 *   9016 <scp> <card> <pin> <doors> <from_ns> <until_ns>  add or change a card; bit 0 is door 1
 *   9017 <scp> <card>                        delete a card
 *   9018 <scp> <request> <0|1>               host decision: deny, grant
 *   9020 <scp> <log_epoch> <index>           log: everything up to index is stored, forget it
 *   9021 <scp> <log_epoch> <index>           log: report again, from index on
 *   9022 <scp> <log_epoch> <index>           log: report up to index, not further
 *   9023 <scp>                               log: pause reporting
 *   9024 <scp>                               log: resume reporting
 *   9030 <scp>                               status query; it answers and reports SCP_LOG_STATUS
 *   9031 <scp> <0|1>                         reset: warm, erase
 *   9032 <scp> <version>                     download that firmware
 *   9033 <scp>                               detach: abort the link, unsent bytes are discarded
 *
 * A controller reports nothing of its log until 9022 (or 9024) told it to. Every command to a
 * controller but 9004 and 9033 is answered by one SCP_COMMAND_REPLY, in order with its transactions.
 */

/* ---- functions --------------------------------------------------------------------------- */

/* Takes one command. Non-zero: accepted, and tagged. Zero: not accepted. Two calls for one scp never
 * overlap; calls for different ones may, where the library allows it. Does not wait for the
 * controller. */
int scpConfigCommand(char *command);

/* Runs the library's port handlers and takes one message of a channel. Non-zero: *reply is filled.
 * Called by one thread at a time. Does not block. */
int scpGetMessage(short channel, SCPReply *reply);

/* The tag of the last accepted command of a controller, from 1. Called by the thread that posted it,
 * before the next command for that controller. */
int scpLastTag(short scp);

/* Optional, switched on by macros (cvendor/sdk/scp_features.h): */

/* Waits until scpGetMessage may have something, or the time is over. Called by the thread that
 * calls scpGetMessage, at the same time as scpConfigCommand by others. timeout_ms: 0 to 1,000. */
int scpWaitMessage(short channel, int timeout_ms);

/* Milliseconds since the last byte of the controller arrived; negative when it is not attached. */
int scpLastHeard(short scp);

/* Why the calling thread's last command was not accepted. Fills at most size bytes, NUL included. */
void scpErrorText(char *text, int size);

/* Name and version of the library, for people. */
void scpVersion(char *text, int size);

#ifdef __cplusplus
}
#endif

#endif
