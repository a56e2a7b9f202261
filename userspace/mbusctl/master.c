// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "master.h"
#include "progress.h"

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	(void)context;
	progress_clear();
	fflush(stdout);
	fprintf(stderr, "mbusctl: note: %s\n", finding->text);
}

static bool cancelled(void *context)
{
	(void)context;
	return stop_requested();
}

void start_master(struct meterbus_master *master, struct meterbus_bus *bus)
{
	meterbus_master_init(master, &bus->link);
	master->finding = on_finding;
	master->cancelled = cancelled;
	stop_on_signals();
}

static int fail_unknown(const char *text)
{
	const struct meterbus_quirks *known;
	char names[200] = "";
	size_t count, used = 0;

	known = meterbus_quirks_known(&count);
	for (size_t i = 0; i < count && used < sizeof(names); i++)
		used += snprintf(names + used, sizeof(names) - used, "%s%s",
				 i ? ", " : "", known[i].name);
	return fail(STATUS_USAGE,
		    "--quirks %s: neither a file nor a known name; those are %s",
		    text, names);
}

int quirks_choose(struct quirks_choice *choice, const char *text)
{
	const struct meterbus_quirks *known;
	struct meterbus_error err;
	size_t count;
	int loaded;

	known = meterbus_quirks_known(&count);
	choice->named = meterbus_quirks_named(known, count, text);
	if (choice->named)
		return -1;
	if (access(text, F_OK) < 0)
		return fail_unknown(text);
	loaded = meterbus_quirks_load(text, choice->file, QUIRKS_FILE_MAX,
				      &err);
	if (loaded < 0)
		return fail_error(&err);
	choice->count = loaded;
	return -1;
}

const struct meterbus_quirks *quirks_for(const struct quirks_choice *choice,
					 const struct meterbus_address *address)
{
	const struct meterbus_quirks *quirks = choice->file;
	size_t count = choice->count;

	if (choice->named)
		return choice->named;
	if (!count) {
		quirks = meterbus_quirks_known(&count);
		return meterbus_quirks_of(quirks, count, address);
	}
	quirks = meterbus_quirks_of(quirks, count, address);
	for (size_t i = 0; i < count && !quirks; i++)
		if (!choice->file[i].meter_count)
			quirks = &choice->file[i];
	return quirks;
}

void quirks_hint(const struct quirks_choice *choice,
		 const struct meterbus_master *master,
		 const struct meterbus_readout *readout, const char *name)
{
	char meter[METERBUS_ADDRESS_TEXT];
	const struct meterbus_quirks *quirks;

	if (master->quirks || !readout->identified)
		return;
	quirks = quirks_for(choice, &readout->meter);
	if (!quirks || !quirks->meter_count)
		return;
	fflush(stdout);
	fprintf(stderr,
		"mbusctl: note: %s is a meter with quirks, '%s', which were not used as its address did not tell; read it as %s\n",
		name, quirks->name,
		meterbus_address_format(&readout->meter, meter));
}
