// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl meters-known: the descriptions of meters.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>

#include <meterbus/meters.h>

#include "ui/command.h"

static int run_meters_known(int argc, char **argv);

COMMAND(meters_known_command,
	.name = "meters-known",
	.arguments = "[--json]",
	.summary = "list the descriptions of meters",
	.help = "A line for each description: manufacturer, versions and media that it is for,\n"
		"name, file, source. They are files *.conf in the folder meters.d of the\n"
		"installation and in /etc/mbus/meters.d, whose descriptions come first. A fault in\n"
		"a file is reported with its line.\n\n"
		"      --json  one object a line\n",
	.run = run_meters_known);

static void print_description(const struct meterbus_profile *profile)
{
	char meters[METERBUS_PROFILE_FOR];

	meterbus_profile_for(profile, meters);
	printf("%-28s %-32s %-26s %s\n", meters, meterbus_profile_name(profile),
	       meterbus_profile_file(profile),
	       meterbus_profile_source(profile));
}

static void print_object(const struct meterbus_profile *profile)
{
	struct json_object *object = json_object_new_object();
	char meters[METERBUS_PROFILE_FOR];

	json_object_object_add(object, "for", json_object_new_string(
			meterbus_profile_for(profile, meters)));
	json_object_object_add(object, "name", json_object_new_string(
			meterbus_profile_name(profile)));
	json_object_object_add(object, "file", json_object_new_string(
			meterbus_profile_file(profile)));
	json_object_object_add(object, "source", json_object_new_string(
			meterbus_profile_source(profile)));
	print_json(object);
	json_object_put(object);
}

static int run_meters_known(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	const struct meterbus_profile *profile = NULL;
	struct meterbus_meters *meters;
	struct meterbus_error err;
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = common_option(&meters_known_command, letter);
		if (status >= 0)
			return status;
	}
	if (argc > optind)
		return fail_usage(&meters_known_command,
				  "unexpected argument '%s'", argv[optind]);
	meters = meterbus_meters_load_default(&err);
	if (!meters)
		return fail_error(&err);
	while ((profile = meterbus_meters_next(meters, profile))) {
		if (globals.json)
			print_object(profile);
		else
			print_description(profile);
	}
	meterbus_meters_free(meters);
	return STATUS_OK;
}
