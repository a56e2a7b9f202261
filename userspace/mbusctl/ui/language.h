/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for people, in their language (userspace/po/). What programs read is
 * English.
 */
#ifndef MBUSCTL_LANGUAGE_H
#define MBUSCTL_LANGUAGE_H

#include <libintl.h>

#define LANGUAGE_DOMAIN "linux-mbus"

/*
 * Before the first translated word: the language of the environment, whether
 * its locale is installed or not. Numbers, times and the order of characters
 * stay those of the C locale.
 */
void language_start(void);

/* The empty text is the head of a catalog to gettext(3). */
static inline __attribute__((format_arg(1))) const char *
language_words(const char *words)
{
	return *words ? dgettext(LANGUAGE_DOMAIN, words) : words;
}

#define _(words) language_words(words)
/* Marks words that are translated where they are printed. */
#define N_(words) words

#endif
