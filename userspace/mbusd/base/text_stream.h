/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text that is written to like a file. As open_memstream(), except that it fails
 * without memory: that of glibc 2.36 leaves out what it has no room for, without
 * an error.
 */
#ifndef MBUSD_TEXT_STREAM_H
#define MBUSD_TEXT_STREAM_H

#include <stdio.h>

/*
 * NULL without memory. Once fclose() has returned 0, *@text has all that was
 * written, *@len bytes and a NUL. To be freed, also after a failure.
 */
FILE *text_stream_open(char **text, size_t *len);

#endif
