/*
 * The header of a controller library made for tests. It has the names of cvendor/include/scp_net.h
 * and nothing else in common with it: other order, other widths, other sizes of text.
 */
#ifndef PRETEND_SCP_NET_H
#define PRETEND_SCP_NET_H

enum { SCP_COMM_ONLINE = 1, SCP_COMM_OFFLINE, SCP_IDENTITY, SCP_LOG_STATUS, SCP_LOG_NEAR_FULL,
       SCP_COMMAND_REPLY, SCP_COMM_REFUSED };
enum { SCP_PANEL_BOOT = 20, SCP_ACCESS_GRANTED, SCP_ACCESS_DENIED, SCP_UNKNOWN_CREDENTIAL,
       SCP_DURESS, SCP_HOST_DECISION_REQUEST, SCP_DOOR_POSITION, SCP_DOOR_FORCED, SCP_DOOR_HELD,
       SCP_EXIT_REQUEST, SCP_INPUT_CHANGE, SCP_OUTPUT_CHANGE, SCP_MODULE_COMM, SCP_TAMPER, SCP_POWER,
       SCP_MODE_CHANGE, SCP_FIRMWARE_PROGRESS };

struct online { char tls[5]; char peer[200]; };
struct offline { unsigned code; char cause[24]; };
struct identity {
	unsigned char mac[12]; /* no room for a NUL */
	char firmware[16], model[128];
	unsigned long newest, oldest;
	unsigned short log_epoch;
	unsigned long log, cards;
	unsigned char outputs, inputs, doors, readers;
	long long serial;
};
struct log { unsigned long long overwritten, unread, capacity; };
struct reply { char text[16]; signed char reason, result; long long tag; };
struct boot { signed char cause; };
struct access {
	long long deadline_ns;
	unsigned short request;
	unsigned char bits;
	signed char reason;
	unsigned long card;
	unsigned short door, reader;
};
struct point { signed char value; unsigned char number; _Bool active; };
struct firmware { unsigned char percent, phase; };

typedef struct {
	union {
		struct firmware firmware;
		struct point point;
		struct access access;
		struct boot boot;
		struct reply reply;
		struct log log;
		struct identity identity;
		struct offline offline;
		struct online online;
	} u;
	unsigned long index;
	unsigned short log_epoch;
	long long time_ns;
	int scp, channel;
	unsigned char kind;
} SCPReply;

int scpConfigCommand(char *command);
int scpGetMessage(short channel, SCPReply *reply);
int scpLastTag(short scp);
void scpErrorText(char *text, int size);
void scpVersion(char *text, int size);

#endif
