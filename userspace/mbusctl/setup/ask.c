// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "setup/setup.h"
#include "ui/command.h"

/* A line of standard input without its newline; NULL at the end of the input. */
static char *read_answer(void)
{
	char *line = NULL;
	size_t size = 0;

	fflush(stdout);
	if (getline(&line, &size, stdin) < 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

static char *copy(const char *text)
{
	char *copied = strdup(text);

	if (!copied)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	return copied;
}

/* Ends the program: there is neither an answer nor a default. */
static void give_up(const char *option, const char *question)
{
	exit(fail(STATUS_USAGE, "%s: no answer; give %s", question, option));
}

char *setup_ask(const struct setup *setup, const char *option,
		const char *question, const char *preset)
{
	char *answer;

	if (setup->yes && !preset)
		give_up(option, question);
	if (setup->yes)
		return copy(preset);
	printf("%s%s%s%s ", question, preset && *preset ? " [" : "",
	       preset ? preset : "", preset && *preset ? "]" : "");
	answer = read_answer();
	if (!answer)
		give_up(option, question);
	if (*answer)
		return answer;
	free(answer);
	if (!preset)
		give_up(option, question);
	return copy(preset);
}

char *setup_ask_secret(const struct setup *setup, const char *option,
		       const char *question)
{
	struct termios before, hidden;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
	char *answer;

	if (setup->yes)
		give_up(option, question);
	printf("%s ", question);
	if (terminal) {
		hidden = before;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	}
	answer = read_answer();
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		putchar('\n');
	}
	if (!answer)
		give_up(option, question);
	return answer;
}

bool setup_ask_yes(const struct setup *setup, const char *option,
		   const char *question, bool preset)
{
	char *answer = setup_ask(setup, option, question, preset ? "yes" : "no");
	bool yes = *answer == 'y' || *answer == 'Y';

	free(answer);
	return yes;
}
