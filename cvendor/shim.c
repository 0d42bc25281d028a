/*
 * shim.c: the only code that calls the library, and the only one that knows its SCPReply. Where a
 * maker's header differs from include/scp_net.h, this file is what changes.
 */
#include "shim.h"

#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "attachments.h"
#include "idle.h"
#include "library.h"

#if SCP_HAS_PARALLEL_POSTS
static void enter(void) {}
static void leave(void) {}
#else
/* A library that says nothing about threads is entered by one at a time, the draining one included.
 * Nobody waits for a controller in there, so a post is held up by single calls only. */
#include <pthread.h>
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;
static void enter(void) { pthread_mutex_lock(&library); }
static void leave(void) { pthread_mutex_unlock(&library); }
#endif

int seam_linked(void)
{
#ifdef SEAM_MPL
	return 1;
#else
	return scpConfigCommand && scpGetMessage && scpLastTag && scpWaitMessage && scpLastHeard &&
	       scpErrorText && scpVersion;
#endif
}

void seam_version(char *text, int size)
{
	memset(text, 0, size);
#if SCP_HAS_VERSION
	enter();
	scpVersion(text, size - 1);
	leave();
#endif
}

/* ---- messages ---- */

/* Copies text that may lack its NUL into an array that it may fill. */
#define COPY(to, from) copy(to, sizeof(to), from, sizeof(from))

static void copy(char *to, size_t room, const char *from, size_t size)
{
	size_t n = strnlen(from, size < room ? size : room);
	memcpy(to, from, n);
	memset(to + n, 0, room - n);
}

static void copy_identity(struct seam_message *to, const SCPReply *reply)
{
	to->identity.serial = reply->u.identity.serial;
	COPY(to->identity.mac, reply->u.identity.mac);
	COPY(to->identity.model, reply->u.identity.model);
	COPY(to->identity.firmware, reply->u.identity.firmware);
	to->identity.readers = reply->u.identity.readers;
	to->identity.doors = reply->u.identity.doors;
	to->identity.inputs = reply->u.identity.inputs;
	to->identity.outputs = reply->u.identity.outputs;
	to->identity.cards = reply->u.identity.cards;
	to->identity.log = reply->u.identity.log;
	to->identity.log_epoch = reply->u.identity.log_epoch;
	to->identity.oldest = reply->u.identity.oldest;
	to->identity.newest = reply->u.identity.newest;
}

static void copy_access(struct seam_message *to, const SCPReply *reply)
{
	to->reader = reply->u.access.reader;
	to->door = reply->u.access.door;
	to->card = reply->u.access.card;
	switch (reply->kind) {
	case SCP_ACCESS_DENIED:
		to->value = reply->u.access.reason;
		break;
	case SCP_UNKNOWN_CREDENTIAL:
		to->bits = reply->u.access.bits;
		break;
	case SCP_HOST_DECISION_REQUEST:
		to->request = reply->u.access.request;
		to->deadline_ns = reply->u.access.deadline_ns;
	}
}

/* Kinds that are newer than this list cross with their head alone. */
static void copy_body(struct seam_message *to, const SCPReply *reply)
{
	switch (reply->kind) {
	case SCP_COMM_ONLINE:
		COPY(to->text, reply->u.online.peer);
		COPY(to->tls, reply->u.online.tls);
		break;
	case SCP_COMM_OFFLINE:
	case SCP_COMM_REFUSED:
		COPY(to->text, reply->u.offline.cause);
		break;
	case SCP_IDENTITY:
		copy_identity(to, reply);
		break;
	case SCP_LOG_STATUS:
	case SCP_LOG_NEAR_FULL:
		to->capacity = reply->u.log.capacity;
		to->unread = reply->u.log.unread;
		to->overwritten = reply->u.log.overwritten;
		break;
	case SCP_COMMAND_REPLY:
		to->tag = reply->u.reply.tag;
		to->result = reply->u.reply.result;
		to->nak = reply->u.reply.reason;
		COPY(to->text, reply->u.reply.text);
		break;
	case SCP_PANEL_BOOT:
		to->value = reply->u.boot.cause;
		break;
	case SCP_ACCESS_GRANTED:
	case SCP_ACCESS_DENIED:
	case SCP_UNKNOWN_CREDENTIAL:
	case SCP_DURESS:
	case SCP_HOST_DECISION_REQUEST:
		copy_access(to, reply);
		break;
	case SCP_DOOR_POSITION:
	case SCP_DOOR_FORCED:
	case SCP_DOOR_HELD:
	case SCP_EXIT_REQUEST:
	case SCP_INPUT_CHANGE:
	case SCP_OUTPUT_CHANGE:
	case SCP_MODULE_COMM:
	case SCP_TAMPER:
	case SCP_POWER:
	case SCP_MODE_CHANGE:
		to->number = reply->u.point.number;
		to->active = reply->u.point.active;
		to->value = reply->u.point.value;
		break;
	case SCP_FIRMWARE_PROGRESS:
		to->value = reply->u.firmware.phase;
		to->percent = reply->u.firmware.percent;
	}
}

/* A controller's number, or -1 for one that no controller can have. */
static int16_t number(long scp) { return scp >= 0 && scp <= SHRT_MAX ? scp : -1; }

/* The attachment that a message belongs to, 0 without a number. */
static uint32_t attachment_of(int16_t scp, int kind)
{
	if (scp < 0)
		return 0;
	if (kind == SCP_COMM_ONLINE)
		attachment_begin(scp);
	else if (kind == SCP_COMM_OFFLINE)
		attachment_end(scp);
	return attachment_count(scp);
}

static void copy_message(struct seam_message *to, const SCPReply *reply)
{
	memset(to, 0, offsetof(struct seam_message, tag));
	to->kind = reply->kind;
	to->scp = number(reply->scp);
	to->attachment = attachment_of(to->scp, to->kind);
	to->time_ns = reply->time_ns;
	to->log_epoch = reply->log_epoch;
	to->index = reply->index;
	copy_body(to, reply);
}

static int get(short channel, SCPReply *reply)
{
	memset(reply, 0, sizeof *reply);
	enter();
	int got = scpGetMessage(channel, reply);
	leave();
	return got;
}

static int take(short channel, struct seam_message *to, int room)
{
	SCPReply reply;
	int n = 0;
	while (n < room && get(channel, &reply))
		copy_message(&to[n++], &reply);
	return n;
}

#define MS INT64_C(1000000)

static atomic_uint wakes, waits;
static unsigned woken; /* the wakes that the draining thread has heard */

void seam_wake(void) { atomic_fetch_add(&wakes, 1); }

unsigned seam_waits(void) { return atomic_load(&waits); }

/* Before each wait: whether there is to be none. */
static int is_woken(void)
{
	atomic_fetch_add(&waits, 1);
	return atomic_load(&wakes) != woken;
}

#if SCP_HAS_WAIT

static int drain(short channel, struct seam_message *to, int room, int timeout_ms, int busy)
{
	(void)busy;
	int64_t until_ns = idle_now_ns() + timeout_ms * MS, left_ns = timeout_ms * MS;
	int n;
	/* In slices, as nothing ends a wait in the library: the end of one wakes this thread and no more of the process. */
	while ((n = take(channel, to, room)) == 0 && left_ns > 0 && !is_woken()) {
		scpWaitMessage(channel, left_ns < SEAM_SLICE_MS * MS ? (left_ns + MS - 1) / MS : SEAM_SLICE_MS);
		left_ns = until_ns - idle_now_ns();
	}
	return n;
}

#else

enum { BUSY_MS = 1, IDLE_MS = 20 };

static int drain(short channel, struct seam_message *to, int room, int timeout_ms, int busy)
{
	for (int waited = 0;;) {
		struct idle_posts seen = idle_posts();
		int n = take(channel, to, room);
		if (n > 0 || waited >= timeout_ms || is_woken())
			return n;
		int pause = busy ? BUSY_MS : IDLE_MS;
		waited += pause;
		busy |= idle_pause(seen, idle_now_ns() + pause * MS);
	}
}

#endif

/* With GATHERED of them a call costs each message next to nothing, and what 20,000 a second bring is still one call in
 * GATHER_MS. */
enum { GATHER_MS = 5, GATHERED = 128 };

/* For how long messages are let come together: until GATHERED of them have at the pace of late, GATHER_MS at most. In a flood
 * the controllers have soon said all that they may, and wait for what is fetched here; where all of them together may say no
 * more than GATHERED, the pace does not tell. A library that must be polled is looked at each GATHER_MS then: what follows an
 * empty look is a longer pause. */
static int64_t gather_ns(int came, int64_t now_ns)
{
#if SCP_HAS_WAIT
	static int64_t since_ns, messages, each_ns; /* these are the draining thread's */
	messages += came;
	if (now_ns - since_ns >= GATHER_MS * MS) {
		each_ns = (now_ns - since_ns) / (messages ? messages : 1);
		since_ns = now_ns;
		messages = 0;
	}
	if (each_ns < GATHER_MS * MS / GATHERED)
		return each_ns * GATHERED;
#else
	(void)came, (void)now_ns;
#endif
	return GATHER_MS * MS;
}

/* Whether there is a transaction among them. More of these may follow; what a controller answers comes by itself, and the lone
 * transaction behind it is not let wait. */
static int any_transaction(const struct seam_message *of, int n)
{
	while (n > 0)
		if (of[--n].kind >= SCP_PANEL_BOOT)
			return 1;
	return 0;
}

int seam_drain(short channel, struct seam_message *to, int room, int timeout_ms, int busy)
{
	static int64_t gather_until_ns; /* these are the draining thread's */
	static struct idle_posts seen;
	if (!busy && timeout_ms > 0 && idle_now_ns() < gather_until_ns)
		idle_gather(seen, gather_until_ns);
	int n = drain(channel, to, room, timeout_ms, busy);
	int64_t now_ns = idle_now_ns(), until_ns = now_ns + gather_ns(n, now_ns);
	gather_until_ns = n < room && any_transaction(to, n) ? until_ns : 0;
	seen = idle_posts();
	woken = atomic_load(&wakes);
	return n;
}

/* ---- commands ---- */

static void config(char *line, struct seam_outcome *outcome)
{
	if (scpConfigCommand(line))
		return;
	outcome->status = SEAM_REFUSED;
#if SCP_HAS_ERROR_TEXT
	scpErrorText(outcome->text, sizeof outcome->text - 1);
#endif
}

/* Whether the link was heard from lately enough; else the outcome says why not. */
static int fresh(short scp, int max_silence_ms, struct seam_outcome *outcome)
{
#if SCP_HAS_LAST_HEARD
	if (max_silence_ms > 0) {
		int silence_ms = scpLastHeard(scp);
		outcome->silence_ms = silence_ms;
		outcome->status = silence_ms < 0                ? SEAM_GONE
				  : silence_ms > max_silence_ms ? SEAM_STALE
								: SEAM_POSTED;
	}
#endif
	return outcome->status == SEAM_POSTED;
}

/* Whether the time is not over yet; else the outcome says so. */
static int in_time(int64_t until_ns, struct seam_outcome *outcome)
{
	if (until_ns != SEAM_NO_HURRY && idle_now_ns() > until_ns)
		outcome->status = SEAM_LATE;
	return outcome->status == SEAM_POSTED;
}

void seam_post(short scp, uint32_t attachment, char *line, int max_silence_ms, int64_t left_ns,
	       struct seam_outcome *outcome)
{
	int64_t until_ns = left_ns == SEAM_NO_HURRY ? SEAM_NO_HURRY : idle_now_ns() + left_ns;
	memset(outcome, 0, sizeof *outcome);
	if (!attachment_lock(scp, attachment)) {
		outcome->status = SEAM_GONE;
	} else {
		enter();
		if (in_time(until_ns, outcome) && fresh(scp, max_silence_ms, outcome))
			config(line, outcome);
		if (outcome->status == SEAM_POSTED) {
			int tag = scpLastTag(scp);
			outcome->tag = tag > 0 ? tag : 0;
		}
		leave();
	}
	attachment_unlock(scp);
	if (outcome->status == SEAM_POSTED)
		idle_wake(left_ns != SEAM_NO_HURRY);
}

void seam_post_channel(char *line, struct seam_outcome *outcome)
{
	memset(outcome, 0, sizeof *outcome);
	enter();
	config(line, outcome);
	leave();
	idle_wake(0);
}
