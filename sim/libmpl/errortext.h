/* errortext.h: why the calling thread's last command was not accepted. */
#ifndef LIBMPL_ERRORTEXT_H
#define LIBMPL_ERRORTEXT_H

enum { ERROR_TEXT = 256 }; /* bytes of a text, its NUL included */

/* Keeps a copy for the calling thread's scpErrorText. */
void libmpl_keep_error_text(const char *text);

#endif
