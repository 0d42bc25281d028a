//go:build !mpl

/*
 * errortext.c: the text belongs to a thread, and of threads only C knows anything: a Go function that was
 * called by C runs on its caller's thread, and what it calls in C runs there as well.
 */
#include "errortext.h"

#include <stdio.h>

#include "../../cvendor/include/scp_net.h"

static _Thread_local char last[ERROR_TEXT];

void libmpl_keep_error_text(const char *text)
{
	snprintf(last, sizeof last, "%s", text);
}

void scpErrorText(char *text, int size)
{
	if (size > 0)
		snprintf(text, size, "%s", last);
}
