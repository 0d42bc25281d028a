/*
 * The library for benchmarks alone, in a plain C program: it has as many transactions said as its first argument says, and
 * posts the commands that a driver posts for them. It prints how many nanoseconds of CPU the library took for one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "scp_net.h"

enum { WINDOW = 256, STEP = WINDOW / 4, MOST = 10000, ROOM = 64 };

static char lines[MOST][2][ROOM];

static double cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Fetches all messages that there are, and returns how many of them are transactions. */
static long drain(void)
{
	SCPReply r;
	long n = 0;
	while (scpGetMessage(0, &r))
		n += r.kind == SCP_ACCESS_GRANTED;
	return n;
}

static void post(char *line)
{
	if (!scpConfigCommand(line)) {
		fprintf(stderr, "alone: refused: %s\n", line);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	long wanted = argc == 2 ? atol(argv[1]) : 0, said = 0, stored = 0;
	const char *many = getenv("BENCH_CONTROLLERS");
	int controllers = many ? atoi(many) : 0;
	if (wanted < 1) {
		fprintf(stderr, "usage: alone TRANSACTIONS\n");
		return 64;
	}
	post("9001 0 1");
	drain();
	double took = 0;
	for (; said < wanted; stored += STEP) {
		for (int scp = 0; scp < controllers; scp++) {
			snprintf(lines[scp][0], ROOM, "9020 %d 1 %ld", scp, stored);
			snprintf(lines[scp][1], ROOM, "9022 %d 1 %ld", scp, stored + WINDOW);
		}
		double began = cpu_ns();
		for (int scp = 0; scp < controllers; scp++) {
			post(lines[scp][0]);
			post(lines[scp][1]);
		}
		said += drain();
		took += cpu_ns() - began;
	}
	printf("%.1f\n", took / said);
	return 0;
}
