// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <meterbus/config.h>

#include "ui/command.h"
#include "ui/hint.h"
#include "wire/master.h"
#include "ui/progress.h"

void note_finding(void *context, const struct meterbus_finding *finding)
{
	char text[HINT_TEXT];

	(void)context;
	progress_clear();
	fflush(stdout);
	fprintf(stderr, "mbusctl: note: %s\n", finding_text(finding, text));
}

static bool cancelled(void *context)
{
	(void)context;
	return stop_requested();
}

struct meterbus_master *start_master(struct meterbus_bus *bus)
{
	struct meterbus_error err;
	struct meterbus_master *master =
		meterbus_master_new(meterbus_bus_link(bus), &err);

	if (!master) {
		fail_error(&err);
		return NULL;
	}
	meterbus_master_set_callbacks(master, note_finding, cancelled, NULL);
	stop_on_signals();
	return master;
}

int parse_address(struct meterbus_address *address, const char *text)
{
	struct meterbus_error err;

	if (meterbus_address_parse(address, text, &err) < 0)
		return fail_error(&err);
	return STATUS_OK;
}

int open_master(struct meterbus_master **master, struct meterbus_bus **bus)
{
	int status = open_bus(bus);

	if (status != STATUS_OK)
		return status;
	*master = start_master(*bus);
	if (*master)
		return STATUS_OK;
	meterbus_bus_close(*bus);
	return STATUS_SYSTEM;
}

void close_master(struct meterbus_master *master, struct meterbus_bus *bus)
{
	meterbus_master_free(master);
	meterbus_bus_close(bus);
}

int print_done(const struct command *command, const struct meterbus_bus *bus,
	       const struct meterbus_address *address, const char *format, ...)
{
	char name[METERBUS_ADDRESS_TEXT] = "";
	struct json_object *object;
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (address)
		meterbus_address_format(address, name);
	if (!globals.json) {
		printf("%s%s%s\n", name, *name ? ": " : "", text);
		return STATUS_OK;
	}
	object = json_object_new_object();
	json_object_object_add(object, "bus",
			       json_object_new_string(meterbus_bus_name(bus)));
	json_object_object_add(object, "command",
			       json_object_new_string(command->name));
	if (address)
		json_object_object_add(object, "address",
				       json_object_new_string(name));
	json_object_object_add(object, "text", json_object_new_string(text));
	print_json(object);
	json_object_put(object);
	return STATUS_OK;
}

bool is_broadcast(const struct meterbus_address *address)
{
	return !address->secondary && address->primary == METERBUS_A_BROADCAST;
}

bool is_for_all(const struct meterbus_address *address)
{
	return is_broadcast(address) ||
	       (!address->secondary && address->primary == METERBUS_A_TEST);
}

int refuse_all(const struct command *command,
	       const struct meterbus_address *address, bool force)
{
	if (force || !is_for_all(address))
		return STATUS_OK;
	return fail(STATUS_USAGE,
		    "%s: address %u is that of all meters; give the address of one meter, or --force",
		    command->name, address->primary);
}

int take_address(const struct command *command, int argc, char **argv,
		 struct meterbus_address *address, bool *force)
{
	enum { OPTION_FORCE = 2000 };
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "force", no_argument, NULL, OPTION_FORCE },
		{ 0 }
	};
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		if (letter == OPTION_FORCE && force) {
			*force = true;
			continue;
		}
		status = common_option(command, letter);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return fail_usage(command, "no meter address given");
	status = parse_address(address, argv[optind++]);
	return status == STATUS_OK ? -1 : status;
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
		    "--quirks %s: neither a file nor known quirks; known are %s",
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
		 const struct meterbus_address *address,
		 const struct meterbus_readout *readout, const char *name)
{
	char meter[METERBUS_ADDRESS_TEXT];
	const struct meterbus_quirks *quirks;

	if (quirks_for(choice, address) || !readout->identified)
		return;
	quirks = quirks_for(choice, &readout->meter);
	if (!quirks || !quirks->meter_count)
		return;
	fflush(stdout);
	fprintf(stderr,
		"mbusctl: note: %s is a meter with known quirks, '%s', but this address does not identify it; read it as %s to use them\n",
		name, quirks->name,
		meterbus_address_format(&readout->meter, meter));
}
