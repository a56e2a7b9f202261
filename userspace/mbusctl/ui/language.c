// SPDX-License-Identifier: GPL-2.0-or-later
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/language.h"

/* The variables of which the first one that is set names the language. */
static const char *wanted(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

/*
 * gettext(3) takes the language from LANGUAGE only under a locale that is
 * installed and not "C"; minimal systems have but C.UTF-8.
 */
static void set_language(void)
{
	const char *language = wanted();

	if (setlocale(LC_MESSAGES, "") || !setlocale(LC_MESSAGES, "C.UTF-8"))
		return;
	if (!getenv("LANGUAGE") || !*getenv("LANGUAGE"))
		setenv("LANGUAGE", language, 1);
}

/* The catalogs of a program that is not installed are beside it. */
static const char *folder(char beside[4096])
{
	ssize_t len = readlink("/proc/self/exe", beside, 4096 - 16);
	char *name;

	if (len <= 0)
		return LOCALE_DIR;
	beside[len] = '\0';
	name = strrchr(beside, '/');
	if (!name)
		return LOCALE_DIR;
	strcpy(name, "/locale");
	return access(beside, X_OK) == 0 ? beside : LOCALE_DIR;
}

void language_start(void)
{
	char beside[4096];

	set_language();
	bindtextdomain(LANGUAGE_DOMAIN, folder(beside));
	bind_textdomain_codeset(LANGUAGE_DOMAIN, "UTF-8");
}
