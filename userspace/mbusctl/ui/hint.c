// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>

#include "ui/hint.h"

static const struct {
	const char *text;	/* ends with what it is about, if anything */
	const char *about;	/* if the library does not know it */
} hints[METERBUS_HINTS] = {
	[METERBUS_HINT_ATTACH]		= { "attach a bus with: mbusctl attach", "TTY" },
	[METERBUS_HINT_DETACH]		= { "detach it with: mbusctl detach", "BUS" },
	[METERBUS_HINT_LIST_BUSES]	= { "'mbusctl status' lists the buses" },
	[METERBUS_HINT_CHOOSE_BUS]	= { "choose one with -b" },
	[METERBUS_HINT_LIST_PORTS]	= { "'mbusctl ports' lists the serial ports" },
	[METERBUS_HINT_CHOOSE_ADAPTER]	= { "choose one with --serial or by its tty" },
	[METERBUS_HINT_CHOOSE_PORT]	= { "choose one with -n" },
	[METERBUS_HINT_CHOOSE_BAUD]	= { "choose another rate with --baud" },
	[METERBUS_HINT_FIND_HOLDER]	= { "find it with: fuser -v", "TTY" },
	[METERBUS_HINT_SCAN]		= { "'mbusctl scan' finds the meters" },
	[METERBUS_HINT_MONITOR]		= { "'mbusctl monitor' shows it" },
	[METERBUS_HINT_PING]		= { "'mbusctl ping' shows the outcomes" },
	[METERBUS_HINT_RESET]		= { "'mbusctl reset' may bring its usual readout back" },
	[METERBUS_HINT_ALARM]		= { "'mbusctl alarm' fetches it" },
};

const char *hint_text(const char *text, enum meterbus_hint hint,
		      const char *about, char out[HINT_TEXT])
{
	bool known = (size_t)hint < METERBUS_HINTS && hints[hint].text;

	if (known && hints[hint].about)
		snprintf(out, HINT_TEXT, "%s; %s %s", text, hints[hint].text,
			 about && *about ? about : hints[hint].about);
	else
		snprintf(out, HINT_TEXT, "%s%s%s", text, known ? "; " : "",
			 known ? hints[hint].text : "");
	return out;
}

const char *error_text(const struct meterbus_error *err, char out[HINT_TEXT])
{
	return hint_text(err->text, err->hint, err->about, out);
}

const char *finding_text(const struct meterbus_finding *finding,
			 char out[HINT_TEXT])
{
	return hint_text(finding->text, finding->hint, NULL, out);
}
