// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/hint.h"

/* The service itself changes nothing on a bus; mbusctl(8) works beside it. */
static const char *const hints[METERBUS_HINTS] = {
	[METERBUS_HINT_ATTACH] = "attach a bus with 'mbusctl attach', or name the tty in the configuration",
	[METERBUS_HINT_DETACH] = "'mbusctl detach' ends that",
	[METERBUS_HINT_LIST_BUSES] = "'mbusctl status' lists the buses",
	[METERBUS_HINT_CHOOSE_BUS] = "name one in the configuration",
	[METERBUS_HINT_LIST_PORTS] = "'mbusctl ports' lists the serial ports",
	[METERBUS_HINT_CHOOSE_ADAPTER] = "name its tty in the configuration",
	[METERBUS_HINT_CHOOSE_PORT] = "name its tty in the configuration",
	[METERBUS_HINT_CHOOSE_BAUD] = "choose another baud in the configuration",
	[METERBUS_HINT_FIND_HOLDER] = "'fuser -v' shows it",
	[METERBUS_HINT_SCAN] = "'mbusctl scan' finds the meters",
	[METERBUS_HINT_MONITOR] = "'mbusctl monitor' shows it",
	[METERBUS_HINT_PING] = "'mbusctl ping' shows the outcomes",
	[METERBUS_HINT_RESET] = "'mbusctl reset' may bring its usual readout back",
	[METERBUS_HINT_ALARM] = "'mbusctl alarm' fetches it",
};

static const char *words_of(enum meterbus_hint hint)
{
	return (size_t)hint < METERBUS_HINTS ? hints[hint] : NULL;
}

void hint_complete(struct meterbus_error *err)
{
	const char *words = words_of(err->hint);
	size_t len = strlen(err->text);

	if (words)
		snprintf(err->text + len, sizeof(err->text) - len, "; %s",
			 words);
	err->hint = METERBUS_HINT_NONE;
}

static const char *with_hint(const char *text, enum meterbus_hint hint,
			     char out[HINT_TEXT])
{
	const char *words = words_of(hint);

	snprintf(out, HINT_TEXT, "%s%s%s", text, words ? "; " : "",
		 words ? words : "");
	return out;
}

struct meterbus_finding
hint_finding(const struct meterbus_finding *finding, char text[HINT_TEXT])
{
	struct meterbus_finding complete = *finding;

	complete.hint = METERBUS_HINT_NONE;
	complete.text = with_hint(finding->text, finding->hint, text);
	return complete;
}

struct meterbus_found hint_found(const struct meterbus_found *found,
				 char text[HINT_TEXT])
{
	struct meterbus_found complete = *found;

	complete.hint = METERBUS_HINT_NONE;
	complete.why = with_hint(found->why, found->hint, text);
	return complete;
}
