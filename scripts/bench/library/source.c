/*
 * A controller library made for benchmarks. It has cvendor/include/scp_net.h as its header, no network, and
 * BENCH_CONTROLLERS controllers, which attach when the channel is opened and stay until they are told to go. All of them
 * together log BENCH_RATE transactions a second, one controller after the other, from when the last was told to report:
 * "0" is as many as they may report, and "silent" is none. Their serial numbers count up from BENCH_FIRST_SERIAL, or 500001.
 *
 * A transaction has the time at which it was due, so that whoever fetches it late is late; without a rate it has
 * the time at which its controller went on to report.
 *
 * A post leaves a command in the inbox. The thread that fetches messages carries it out: all else here is that thread's.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "scp_net.h"

#define SECOND 1000000000LL

enum { MOST = 10000, LOG_EPOCH = 1, LOG_SIZE = 50000, NOBODY = -1 };
enum { OPEN = 9001, CLOSE = 9002, REFUSE = 9004, ACKNOWLEDGE = 9020, REWIND = 9021, REPORT = 9022, STATUS = 9030, DETACH = 9033 };

static struct panel {
	uint64_t next;     /* to be reported */
	uint64_t up_to;    /* it may report; 0: not told yet */
	uint64_t newest;   /* that it has logged */
	uint64_t acked;
	short behind;      /* the next one in the queue */
	char queued;
	atomic_char attached;
	uint32_t tag;      /* of its last command; belongs to the thread that posts for it */
} panels[MOST];

static int controllers, first_serial;
static enum { SILENT, PACED, FULL } pace;
static int64_t rate; /* PACED: transactions a second */

/* Reads what the environment says; false, and a line on stderr, where it says nothing useful. */
static int configure(void)
{
	const char *many = getenv("BENCH_CONTROLLERS"), *how = getenv("BENCH_RATE"), *first = getenv("BENCH_FIRST_SERIAL");
	controllers = many ? atoi(many) : 0;
	first_serial = first ? atoi(first) : 500001;
	rate = how ? atoll(how) : 0;
	if (!how || controllers < 1 || controllers > MOST) {
		fprintf(stderr, "libmpl: BENCH_CONTROLLERS must be 1 to %d, and BENCH_RATE be set\n", MOST);
		return 0;
	}
	pace = strcmp(how, "silent") == 0 ? SILENT : rate > 0 ? PACED : FULL;
	return 1;
}

/* ---- inbox ---- */

struct command { int number; short scp; uint32_t tag; uint64_t index; };

enum { INBOX = 1 << 16 };

static struct {
	pthread_mutex_t lock; /* held by who posts, and while the fetching thread makes up its mind to wait */
	pthread_cond_t filled;
	int waiting;
	atomic_uint put, taken;
	struct command commands[INBOX];
} inbox = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER };

static int post(struct command c)
{
	pthread_mutex_lock(&inbox.lock);
	unsigned put = atomic_load_explicit(&inbox.put, memory_order_relaxed);
	int room = put - atomic_load(&inbox.taken) < INBOX;
	if (room) {
		inbox.commands[put % INBOX] = c;
		atomic_store_explicit(&inbox.put, put + 1, memory_order_release);
	}
	if (inbox.waiting)
		pthread_cond_signal(&inbox.filled);
	pthread_mutex_unlock(&inbox.lock);
	return room;
}

static int empty(void)
{
	return atomic_load_explicit(&inbox.put, memory_order_acquire) == atomic_load_explicit(&inbox.taken, memory_order_relaxed);
}

static struct command take(void)
{
	unsigned taken = atomic_load_explicit(&inbox.taken, memory_order_relaxed);
	struct command c = inbox.commands[taken % INBOX];
	atomic_store_explicit(&inbox.taken, taken + 1, memory_order_release);
	return c;
}

int scpConfigCommand(char *line)
{
	struct command c = { .number = strtol(line, &line, 10) };
	c.scp = strtol(line, &line, 10);
	if (c.number == OPEN && !configure())
		return 0;
	if (c.number == OPEN || c.number == CLOSE)
		return post(c);
	if (c.scp < 0 || c.scp >= MOST || !panels[c.scp].attached)
		return 0;
	strtoul(line, &line, 10); /* the log epoch; there is one */
	c.index = strtoull(line, NULL, 10);
	c.tag = ++panels[c.scp].tag;
	return post(c);
}

int scpLastTag(short scp) { return panels[scp].tag; }

int scpLastHeard(short scp) { return panels[scp].attached ? 0 : -1; }

/* ---- time ---- */

static int64_t began; /* PACED: when the first transaction was due; 0: not all controllers report */
static uint64_t logged;

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t due(uint64_t transaction)
{
	return began + (int64_t)(transaction / rate) * SECOND + (int64_t)(transaction % rate) * SECOND / rate;
}

/* ---- controllers with something to report, in their turns ---- */

static short front = NOBODY, back = NOBODY;
static int64_t turn; /* FULL: when that of the first began */

static int reports(const struct panel *p) { return p->next <= p->up_to && (pace == FULL || p->next <= p->newest); }

static void enqueue(short scp)
{
	struct panel *p = &panels[scp];
	if (p->queued || !reports(p))
		return;
	p->queued = 1;
	p->behind = NOBODY;
	if (front == NOBODY)
		front = scp;
	else
		panels[back].behind = scp;
	back = scp;
}

static void dequeue(void)
{
	panels[front].queued = 0;
	front = panels[front].behind;
	turn = 0;
}

static void log_what_is_due(void)
{
	if (pace != PACED || !began)
		return;
	int64_t t = now();
	for (; due(logged) <= t; logged++) {
		panels[logged % controllers].newest++;
		enqueue(logged % controllers);
	}
}

/* ---- messages ---- */

static int64_t time_of(short scp, uint64_t index)
{
	if (pace == PACED)
		return due((index - 1) * controllers + scp);
	return turn ? turn : (turn = now());
}

static void head(SCPReply *r, int kind, short scp)
{
	r->kind = kind;
	r->scp = scp;
	r->time_ns = kind >= SCP_PANEL_BOOT ? 0 : now();
}

static int transaction(SCPReply *r)
{
	while (front != NOBODY && !reports(&panels[front]))
		dequeue();
	if (front == NOBODY)
		return 0;
	struct panel *p = &panels[front];
	r->kind = SCP_ACCESS_GRANTED;
	r->scp = front;
	r->log_epoch = LOG_EPOCH;
	r->index = p->next++;
	r->time_ns = time_of(front, r->index);
	r->u.access.reader = 1 + r->index % 4;
	r->u.access.door = 1 + r->index % 4;
	r->u.access.card = 10000000 + r->index % 1000;
	if (!reports(p))
		dequeue();
	return 1;
}

static int opened, attaching; /* the channel is; how many messages of attachments were said */

/* Each controller attaches with two messages. */
static int attachment(SCPReply *r)
{
	if (attaching == 2 * controllers)
		return 0;
	short scp = attaching / 2;
	if (attaching++ % 2 == 0) {
		panels[scp].attached = 1;
		panels[scp].next = 1;
		head(r, SCP_COMM_ONLINE, scp);
		strcpy(r->u.online.peer, "127.0.0.1:1");
		return 1;
	}
	head(r, SCP_IDENTITY, scp);
	r->u.identity.serial = first_serial + scp;
	sprintf(r->u.identity.mac, "0200%08x", first_serial + scp);
	strcpy(r->u.identity.model, "bench");
	strcpy(r->u.identity.firmware, "1.0");
	r->u.identity.readers = r->u.identity.doors = r->u.identity.inputs = r->u.identity.outputs = 4;
	r->u.identity.cards = 1000;
	r->u.identity.log = LOG_SIZE;
	r->u.identity.log_epoch = LOG_EPOCH;
	r->u.identity.oldest = 1;
	return 1;
}

static short status_of = NOBODY; /* whose status follows the answer to a query */

static int status(SCPReply *r)
{
	if (status_of == NOBODY)
		return 0;
	head(r, SCP_LOG_STATUS, status_of);
	r->u.log.capacity = LOG_SIZE;
	r->u.log.unread = pace == FULL ? 0 : panels[status_of].newest - panels[status_of].acked;
	status_of = NOBODY;
	return 1;
}

static void may_report(struct panel *p, uint64_t up_to)
{
	static int reporting;
	if (p->up_to == 0 && ++reporting == controllers)
		began = now();
	p->up_to = up_to;
}

static int answered(const struct command *c, SCPReply *r)
{
	head(r, SCP_COMMAND_REPLY, c->scp);
	r->u.reply.tag = c->tag;
	r->u.reply.result = SCP_REPLY_OK;
	return 1;
}

/* Returns whether there is a message in return. */
static int carry_out(const struct command *c, SCPReply *r)
{
	struct panel *p = &panels[c->scp];
	switch (c->number) {
	case OPEN:
	case CLOSE:
		opened = c->number == OPEN;
		return 0;
	case REFUSE:
	case DETACH:
		p->attached = 0;
		p->up_to = 0;
		head(r, SCP_COMM_OFFLINE, c->scp);
		strcpy(r->u.offline.cause, "told to go");
		return 1;
	case ACKNOWLEDGE:
		p->acked = c->index;
		break;
	case REWIND:
		p->next = c->index;
		break;
	case REPORT:
		may_report(p, c->index);
		break;
	case STATUS:
		status_of = c->scp;
	}
	enqueue(c->scp);
	return answered(c, r);
}

static int answer(SCPReply *r)
{
	while (!empty()) {
		struct command c = take();
		if (carry_out(&c, r))
			return 1;
	}
	return 0;
}

int scpGetMessage(short channel, SCPReply *r)
{
	r->channel = channel;
	if (status(r) || answer(r))
		return 1;
	if (!opened)
		return 0;
	if (attachment(r))
		return 1;
	if (front == NOBODY)
		log_what_is_due();
	return transaction(r);
}

int scpWaitMessage(short channel, int timeout_ms)
{
	(void)channel;
	static int tuned;
	if (!tuned++)
		prctl(PR_SET_TIMERSLACK, 1UL); /* a message from a network would not come 50 us late */
	int64_t until = now() + timeout_ms * (SECOND / 1000);
	if (pace == PACED && began && due(logged) < until)
		until = due(logged);
	struct timespec at = { until / SECOND, until % SECOND };
	pthread_mutex_lock(&inbox.lock);
	inbox.waiting = 1;
	while (empty() && pthread_cond_timedwait(&inbox.filled, &inbox.lock, &at) == 0)
		;
	inbox.waiting = 0;
	pthread_mutex_unlock(&inbox.lock);
	return 1;
}
