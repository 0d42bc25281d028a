/*
 * program.c: a C program as a user of libmpl.a would write one, with scp_net.h and nothing else of this
 * repository. It calls what its input tells it to, one line each, and answers each with one line:
 *
 *   config LINE       1, or 0 and why it was not accepted
 *   get CHANNEL       0, or 1 and the message's fields as name=value with tabs between
 *   wait CHANNEL MS   1 or 0
 *   tag SCP           the last tag
 *   heard SCP         milliseconds, or -1
 *   version           text
 *   overlap CHANNEL   nothing: two threads take messages at a time, which the library must not survive
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scp_net.h"

static void number(const char *name, int64_t value)
{
	if (value != 0)
		printf("\t%s=%" PRId64, name, value);
}

static void natural(const char *name, uint64_t value)
{
	if (value != 0)
		printf("\t%s=%" PRIu64, name, value);
}

static void text(const char *name, const char *value)
{
	if (*value != '\0')
		printf("\t%s=%s", name, value);
}

static void print_identity(const SCPReply *r)
{
	natural("Identity.Serial", r->u.identity.serial);
	text("Identity.MAC", r->u.identity.mac);
	text("Identity.Model", r->u.identity.model);
	text("Identity.Firmware", r->u.identity.firmware);
	natural("Identity.Readers", r->u.identity.readers);
	natural("Identity.Doors", r->u.identity.doors);
	natural("Identity.Inputs", r->u.identity.inputs);
	natural("Identity.Outputs", r->u.identity.outputs);
	natural("Identity.Cards", r->u.identity.cards);
	natural("Identity.LogCapacity", r->u.identity.log);
	natural("Identity.LogEpoch", r->u.identity.log_epoch);
	natural("Identity.Oldest", r->u.identity.oldest);
	natural("Identity.Newest", r->u.identity.newest);
}

static void print_access(const SCPReply *r)
{
	natural("Reader", r->u.access.reader);
	natural("Door", r->u.access.door);
	natural("Card", r->u.access.card);
	number("Value", r->u.access.reason);
	natural("Bits", r->u.access.bits);
	natural("Request", r->u.access.request);
	number("Deadline", r->u.access.deadline_ns);
}

static void print_body(const SCPReply *r)
{
	switch (r->kind) {
	case SCP_COMM_ONLINE:
		text("Text", r->u.online.peer);
		text("TLS", r->u.online.tls);
		break;
	case SCP_COMM_OFFLINE:
		text("Text", r->u.offline.cause);
		break;
	case SCP_IDENTITY:
		print_identity(r);
		break;
	case SCP_LOG_STATUS:
	case SCP_LOG_NEAR_FULL:
		natural("Log.Capacity", r->u.log.capacity);
		natural("Log.Unread", r->u.log.unread);
		natural("Log.Overwritten", r->u.log.overwritten);
		break;
	case SCP_COMMAND_REPLY:
		natural("Tag", r->u.reply.tag);
		number("Result", r->u.reply.result);
		number("NAK", r->u.reply.reason);
		text("Text", r->u.reply.text);
		break;
	case SCP_PANEL_BOOT:
		number("Value", r->u.boot.cause);
		break;
	case SCP_ACCESS_GRANTED:
	case SCP_ACCESS_DENIED:
	case SCP_UNKNOWN_CREDENTIAL:
	case SCP_DURESS:
	case SCP_HOST_DECISION_REQUEST:
		print_access(r);
		break;
	case SCP_FIRMWARE_PROGRESS:
		number("Value", r->u.firmware.phase);
		natural("Percent", r->u.firmware.percent);
		break;
	default:
		natural("Number", r->u.point.number);
		number("Active", r->u.point.active);
		number("Value", r->u.point.value);
	}
}

static void get(short channel)
{
	SCPReply reply;
	memset(&reply, 0x5a, sizeof reply); /* nothing of it may be left in what is printed */
	if (!scpGetMessage(channel, &reply)) {
		printf("0\n");
		return;
	}
	printf("1\tKind=%d", reply.kind);
	number("SCP", reply.scp);
	number("Time", reply.time_ns);
	natural("LogEpoch", reply.log_epoch);
	natural("Index", reply.index);
	print_body(&reply);
	printf("\n");
}

static void config(char *line)
{
	char why[256] = "";
	if (scpConfigCommand(line)) {
		printf("1\n");
		return;
	}
	scpErrorText(why, sizeof why);
	printf("0 %s\n", why);
}

static void *wait_forever(void *channel)
{
	for (;;)
		scpWaitMessage(*(short *)channel, 1000);
	return NULL;
}

static void overlap(short channel)
{
	pthread_t other;
	SCPReply reply;
	if (pthread_create(&other, NULL, wait_forever, &channel) != 0)
		exit(1);
	for (;;)
		scpGetMessage(channel, &reply);
}

static void version(void)
{
	char name[64];
	scpVersion(name, sizeof name);
	printf("%s\n", name);
}

int main(void)
{
	char line[1024];
	int a, b;
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "config ", 7) == 0)
			config(line + 7);
		else if (sscanf(line, "get %d", &a) == 1)
			get(a);
		else if (sscanf(line, "wait %d %d", &a, &b) == 2)
			printf("%d\n", scpWaitMessage(a, b));
		else if (sscanf(line, "tag %d", &a) == 1)
			printf("%d\n", scpLastTag(a));
		else if (sscanf(line, "heard %d", &a) == 1)
			printf("%d\n", scpLastHeard(a));
		else if (sscanf(line, "overlap %d", &a) == 1)
			overlap(a);
		else if (strcmp(line, "version") == 0)
			version();
		else
			return 2;
		fflush(stdout);
	}
	return 0;
}
