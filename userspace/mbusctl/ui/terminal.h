/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What standard output is: how wide, and whether it shows colours.
 */
#ifndef MBUSCTL_TERMINAL_H
#define MBUSCTL_TERMINAL_H

#include <stdio.h>

/* Columns of the terminal, 0 if it is a file or a pipe. */
int terminal_width(void);

enum style { STYLE_PLAIN, STYLE_STRONG, STYLE_FAINT, STYLE_FAULT };

/*
 * Begins a style, STYLE_PLAIN ends it. Nothing is written unless stdout is a
 * terminal, NO_COLOR is not set and TERM is not "dumb".
 */
void terminal_style(enum style style);

/* Columns of UTF-8 text; all characters used here take one. */
int terminal_columns_of(const char *text);

#endif
