// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl parked: readouts that outputs of mbusd could not deliver.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "cmd/history.h"

static int run_parked(int argc, char **argv);

COMMAND(parked_command,
	.name = "parked",
	.arguments = "[OUTPUT [--send [READOUT...]]] [--socket PATH] [--json]",
	.summary = "list or send readouts that outputs could not deliver",
	.help = "A line for each: output, readout, meter, time, attempts and reason.\n"
		"      --send         send the READOUTs of OUTPUT again; default all\n"
		"      --socket PATH  where mbusd listens; default: MBUSD_SOCKET in the\n"
		"                     environment, or " DAEMON_SOCKET "\n"
		"      --json         one object a line\n",
	.run = run_parked);

enum { OPTION_SEND = 0x200 };

/* ----------------------------------------------------------------- list */

static void print_parked(const char *output, struct json_object *parked)
{
	char time[HISTORY_TIME_SIZE];

	if (globals.json) {
		json_object_object_add(parked, "output",
				       json_object_new_string(output));
		print_json(parked);
		return;
	}
	printf("%s  %" PRId64 "  %s  %s  %" PRId64 "  %s%s\n", output,
	       daemon_number(parked, "id"), daemon_text(parked, "meter"),
	       history_time(time, daemon_text(parked, "time")),
	       daemon_number(parked, "tries"), daemon_text(parked, "why"),
	       strcmp(daemon_text(parked, "sending"), "true") ?
		       "" :
		       " (is being sent)");
}

static int list_output(const char *output, struct meterbus_error *err)
{
	struct json_object *object, *list;
	char *name = daemon_escape(output);
	char *path;

	if (asprintf(&path, "/v1/outputs/%s/parked", name) < 0)
		abort();
	object = daemon_get(path, err);
	free(path);
	free(name);
	if (!object)
		return -1;
	list = daemon_list(object, "parked");
	for (size_t i = 0; i < daemon_list_length(list); i++)
		print_parked(output, daemon_list_item(list, i));
	json_object_put(object);
	return 0;
}

static int list_all(struct meterbus_error *err)
{
	struct json_object *object = daemon_get("/v1/outputs", err);
	struct json_object *list;
	int ret = 0;

	if (!object)
		return -1;
	list = daemon_list(object, "outputs");
	for (size_t i = 0; i < daemon_list_length(list) && ret == 0; i++)
		ret = list_output(daemon_text(daemon_list_item(list, i),
					      "output"),
				  err);
	json_object_put(object);
	return ret;
}

/* ----------------------------------------------------------------- send */

static bool on_sending(void *context, char *line)
{
	struct json_object *object = daemon_parse(line);

	*(int64_t *)context += daemon_number(object, "sending");
	json_object_put(object);
	return true;
}

/* @readout is NULL for all. */
static int send_again(const char *output, const char *readout, int64_t *count,
		      struct meterbus_error *err)
{
	char *name = daemon_escape(output);
	char *number = daemon_escape(readout ? readout : "");
	struct daemon_request request = {
		.method = "POST", .line = on_sending, .context = count,
	};
	char *path;
	int ret;

	if (asprintf(&path, "/v1/outputs/%s/parked/send%s%s", name,
		     readout ? "?readout=" : "", number) < 0)
		abort();
	request.path = path;
	ret = daemon_ask(&request, NULL, err);
	free(path);
	free(name);
	free(number);
	return ret;
}

static int send_all(int count, char **words)
{
	struct meterbus_error err;
	int64_t sending = 0;
	int ret = 0;

	if (count == 1)
		ret = send_again(words[0], NULL, &sending, &err);
	for (int i = 1; i < count && ret == 0; i++)
		ret = send_again(words[0], words[i], &sending, &err);
	if (ret < 0)
		return fail_error(&err);
	printf("%" PRId64 " readouts are sent again\n", sending);
	return STATUS_OK;
}

static int run_parked(int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		DAEMON_OPTIONS,
		{ "send", no_argument, NULL, OPTION_SEND },
		{ 0 }
	};
	struct meterbus_error err;
	bool send = false;
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		if (letter == OPTION_SEND) {
			send = true;
			continue;
		}
		status = daemon_option(&parked_command, letter);
		if (status >= 0)
			return status;
	}
	if (send && argc == optind)
		return fail_usage(&parked_command, "--send needs an output; give its name");
	if (!send && argc > optind + 1)
		return fail_usage(&parked_command, "unexpected argument '%s'",
				  argv[optind + 1]);
	if (send)
		return send_all(argc - optind, argv + optind);
	if ((argc > optind ? list_output(argv[optind], &err) :
			     list_all(&err)) < 0)
		return fail_error(&err);
	return STATUS_OK;
}
