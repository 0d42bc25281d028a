/*
 * A controller library made for tests, with one pretend controller inside and no network. Once the
 * channel is open the controller attaches as scp 0, and after every loss of its link attaches again
 * under the same number. Its log holds LOG_SIZE transactions of all kinds in turn, and ERASED_SIZE others
 * once it was erased. It answers what it is told at once; a status query reports in "unread" how often it
 * was asked for a message, and in "overwritten" how often it was paused.
 *
 * It bears one call at a time, and ends the process when there are two. It has faults to be asked for: port
 * TAKEN_PORT is refused, to open HANGING_PORT never comes back, nor does a download of firmware "hang", and
 * one of "crash" is the end of the process.
 *
 * With ONCE it has no rewind: a transaction is said once, and forgotten with the next call for a message. The file that
 * PRETEND_FORGOTTEN names remembers how far that has come, so that a killed process forgets no less.
 */
#include "scp_net.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "1.0"
#endif
#define SERIAL 70001
#ifndef LOG_SIZE
#define LOG_SIZE 300
#endif
#define SECOND 1000000000LL
#define MANY 4096 /* more than a test leaves unread */

enum { NAK_NO_SUCH_POINT = 3, READERS = 4, ERASED_SIZE = 40, HANGING_PORT = 65534, TAKEN_PORT = 65535 };

static atomic_int callers;
static SCPReply queue[MANY]; /* said, and not fetched: what lies from first up to last */
static unsigned first, last;
static int online, lost, reporting, tag;
static unsigned long next = 1, newest = LOG_SIZE, polls, pauses;
static const char *why = ""; /* the last command was not accepted */
static int *volatile nowhere;

#ifdef ONCE
#include <fcntl.h>

static unsigned long said; /* and not forgotten yet */

static int memory(void)
{
	static int file = -1;
	if (file < 0)
		file = open(getenv("PRETEND_FORGOTTEN"), O_RDWR | O_CREAT, 0600);
	return file;
}

static void forget(void)
{
	if (said && pwrite(memory(), &said, sizeof said, 0) != sizeof said)
		abort();
}

static unsigned long start(void)
{
	unsigned long forgotten = 0;
	return pread(memory(), &forgotten, sizeof forgotten, 0) < 0 ? 1 : forgotten + 1;
}
#endif

static void enter(void)
{
	if (atomic_fetch_add(&callers, 1) != 0) {
		fputs("libmpl: two calls at the same time\n", stderr);
		abort();
	}
}

static int leave(int result)
{
	atomic_fetch_sub(&callers, 1);
	return result;
}

static SCPReply *say(int kind)
{
	SCPReply *r = &queue[last++ % MANY];
	memset(r, 0xee, sizeof *r); /* what a kind does not have is rubbish */
	r->kind = kind;
	r->channel = r->scp = r->log_epoch = 0;
	r->index = 0;
	r->time_ns = 1700000000 * SECOND;
	return r;
}

static void attach(void)
{
	struct online *o = &say(SCP_COMM_ONLINE)->u.online;
	memset(o->peer, 'p', sizeof o->peer);
	strcpy(o->tls, "1.3");

	struct identity *i = &say(SCP_IDENTITY)->u.identity;
	memcpy(i->mac, "00aabbccddee", sizeof i->mac);
	strcpy(i->firmware, "1.2.3");
	strcpy(i->model, "PM-\xff-4"); /* not UTF-8 */
	i->serial = SERIAL;
	i->oldest = 1;
	i->newest = newest;
	i->log_epoch = 0;
	i->log = 50000;
	i->cards = 100000;
	i->readers = READERS;
	i->doors = 3;
	i->inputs = 8;
	i->outputs = 200;
	online = 1;
#ifdef ONCE
	if (!said)
		next = start();
#else
	next = 1;
#endif
}

static void detach(const char *cause)
{
	strcpy(say(SCP_COMM_OFFLINE)->u.offline.cause, cause);
	online = reporting = 0;
}

/* The transaction with this index; its values follow from the index. */
static void report(unsigned long index)
{
	SCPReply *r = say(SCP_PANEL_BOOT + (index - 1) % 17);
	r->index = index;
	r->time_ns += index * SECOND;
	switch (r->kind) {
	case SCP_PANEL_BOOT:
		r->u.boot.cause = 2;
		break;
	case SCP_ACCESS_GRANTED:
	case SCP_ACCESS_DENIED:
	case SCP_UNKNOWN_CREDENTIAL:
	case SCP_DURESS:
	case SCP_HOST_DECISION_REQUEST:
		r->u.access = (struct access){ .deadline_ns = r->time_ns + SECOND, .request = 40000,
			.bits = 200, .reason = 3, .card = 1UL << 62, .door = 2, .reader = 1 };
		break;
	case SCP_FIRMWARE_PROGRESS:
		r->u.firmware = (struct firmware){ .percent = 50, .phase = 1 };
		break;
	default:
		r->u.point = (struct point){ .value = 2, .number = 250, .active = index % 2 };
	}
}

static void answer(int nak)
{
	struct reply *r = &say(SCP_COMMAND_REPLY)->u.reply;
	*r = (struct reply){ .tag = ++tag, .result = nak ? 2 : 1, .reason = nak };
}

static void report_status(void)
{
	struct log *l = &say(SCP_LOG_STATUS)->u.log;
	*l = (struct log){ .capacity = 50000, .unread = polls, .overwritten = (1ULL << 40) + pauses };
}

static void hang(void)
{
	fputs("libmpl: hangs, as it was told to\n", stderr);
	for (;;)
		pause();
}

static int to_channel(int command, long port)
{
	if (command == 9001 && port == HANGING_PORT)
		hang();
	if (command == 9001 && port == TAKEN_PORT) {
		why = "somebody pretends to have that port";
		return 0;
	}
	if (command == 9001)
		attach();
	else if (online)
		detach("channel closed");
	return 1;
}

static void download(const char *line)
{
	if (strstr(line, " hang"))
		hang();
	if (strstr(line, " crash"))
		*nowhere = 0;
}

static void erase(void)
{
	newest = ERASED_SIZE;
	detach("erased");
	lost = 1;
}

static int to_controller(int command, unsigned long a, unsigned long b)
{
	switch (command) {
	case 9004:
	case 9033:
		tag++;
		detach("told to");
		lost = 1;
		return 1;
	case 9021:
#ifdef ONCE
		why = "there is no rewind";
		return 0;
#endif
		next = b;
		break;
	case 9023:
		pauses++;
		reporting = 0;
		break;
	case 9024:
		reporting = 1;
		break;
	case 9030:
		report_status();
	}
	answer(command == 311 && a > READERS ? NAK_NO_SUCH_POINT : 0);
	if (command == 9031 && a == 1)
		erase();
	return 1;
}

static int obey(const char *line)
{
	int command, target;
	unsigned long a = 0, b = 0;
	why = "no such command, or no such controller";
	if (sscanf(line, "%d %d %lu %lu", &command, &target, &a, &b) < 2)
		return 0;
	if (command == 9001 || command == 9002)
		return to_channel(command, a);
	if (command == 9032)
		download(line);
	return online && target == 0 && to_controller(command, a, b);
}

int scpConfigCommand(char *command)
{
	enter();
	sched_yield(); /* come in, whoever is not kept out */
	return leave(obey(command));
}

int scpLastTag(short scp)
{
	enter();
	return leave(scp == 0 ? tag : 0);
}

int scpGetMessage(short channel, SCPReply *reply)
{
	enter();
	polls++;
#ifdef ONCE
	forget();
#endif
	if (first == last && lost) { /* the offline was fetched by an earlier call */
		lost = 0;
		attach();
	}
	if (first == last && reporting && next <= newest)
		report(next++);
	if (first == last || channel != 0)
		return leave(0);
	*reply = queue[first++ % MANY];
#ifdef ONCE
	if (reply->kind >= SCP_PANEL_BOOT)
		said = reply->index;
#endif
	return leave(1);
}

void scpVersion(char *text, int size)
{
	snprintf(text, size, "pretend " VERSION);
}

void scpErrorText(char *text, int size)
{
	snprintf(text, size, "%s", why);
}
