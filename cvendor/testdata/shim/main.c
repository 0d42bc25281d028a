/*
 * A library whose messages are what comes on standard input, with the shim before it: each is answered by what
 * seam_drain makes of it. FuzzShim builds it, with the compiler's sanitizers.
 */
#include <stdio.h>
#include <string.h>

#include "include/scp_net.h"
#include "shim.h"

static SCPReply next;

int scpGetMessage(short channel, SCPReply *reply)
{
	(void)channel;
	*reply = next;
	return 1;
}

int main(void)
{
	struct seam_message message;
	while (fread(&next, sizeof next, 1, stdin) == 1) {
		memset(&message, 'x', sizeof message); /* the one before it in the array */
		seam_drain(0, &message, 1, 0, 0);
		fwrite(&message, sizeof message, 1, stdout);
		fflush(stdout);
	}
	return 0;
}
