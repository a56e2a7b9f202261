// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists for a search: known meters in a file, baud rates, addresses.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "ui/command.h"
#include "cmd/scan.h"

static const char *string_of(struct json_object *object, const char *key)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, key, &member))
		return NULL;
	return json_object_get_string(member);
}

/* Only these states are those of one meter. */
static bool is_meter(const char *state)
{
	return !strcmp(state, "confirmed") || !strcmp(state, "silent");
}

/* The address in a line of JSON, "" if it is not that of a meter. */
static int take_json(const char *line, char *address, size_t size)
{
	struct json_object *object = json_tokener_parse(line);
	const char *event, *state, *text;
	int ret = -1;

	if (json_object_is_type(object, json_type_object)) {
		event = string_of(object, "event");
		state = string_of(object, "state");
		text = string_of(object, "address");
		address[0] = '\0';
		if ((!event || !strcmp(event, "meter")) && text &&
		    (!state || is_meter(state)))
			snprintf(address, size, "%s", text);
		ret = 0;
	}
	json_object_put(object);
	return ret;
}

/*
 * The address at the start of a line of text. "" for comments, lines that scan
 * prints below a meter, its notes and its summary.
 */
static void take_text(const char *line, char *address, size_t size)
{
	char state[16] = "";
	int used = 0;

	address[0] = '\0';
	if (strchr(" \t\r\n#", line[0]) || !strncmp(line, "note: ", 6) ||
	    strstr(line, " probes, "))
		return;
	sscanf(line, "%*s%n %15s", &used, state);
	for (int i = 0; i < METERBUS_METER_STATES; i++)
		if (!strcmp(state, meterbus_meter_state_name(i)) &&
		    !is_meter(state))
			return;
	snprintf(address, size, "%.*s", used, line);
}

static int take_line(const char *path, size_t number, const char *line,
		     struct meterbus_address **addresses, size_t *count)
{
	struct meterbus_address address, *more;
	struct meterbus_error err;
	char text[80];

	if (line[0] != '{')
		take_text(line, text, sizeof(text));
	else if (take_json(line, text, sizeof(text)) < 0)
		return fail(STATUS_USAGE, "%s:%zu: invalid JSON", path,
			    number);
	if (!text[0])
		return STATUS_OK;
	if (meterbus_address_parse(&address, text, &err) < 0)
		return fail(STATUS_USAGE, "%s:%zu: %s", path, number, err.text);
	if (!address.secondary && address.primary > METERBUS_A_PRIMARY_MAX)
		return fail(STATUS_USAGE,
			    "%s:%zu: %u is not the primary address of a meter; use 0 to 250",
			    path, number, address.primary);
	more = realloc(*addresses, (*count + 1) * sizeof(*more));
	if (!more)
		return fail(STATUS_SYSTEM, "out of memory");
	*addresses = more;
	more[(*count)++] = address;
	return STATUS_OK;
}

int scan_list_read(const char *path, struct meterbus_address **addresses,
		   size_t *count)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	int status = STATUS_OK;
	char *line = NULL;
	size_t size = 0, number = 0;

	*addresses = NULL;
	*count = 0;
	if (!file)
		return fail(STATUS_SYSTEM, "%s: %s", path, strerror(errno));
	while (!status && getline(&line, &size, file) >= 0)
		status = take_line(path, ++number, line, addresses, count);
	if (!status && ferror(file))
		status = fail(STATUS_SYSTEM, "%s: %s", path, strerror(errno));
	free(line);
	if (file != stdin)
		fclose(file);
	if (!status && !*count)
		status = fail(STATUS_USAGE,
			      "%s: no meters in this file; write an address a line, or use the output of 'mbusctl scan'",
			      path);
	if (status) {
		free(*addresses);
		*addresses = NULL;
	}
	return status;
}

/* Parses the number at the start of *@text and advances *@text. */
static bool take_number(const char **text, unsigned long max,
			unsigned long *number)
{
	size_t digits = strspn(*text, "0123456789");

	if (!digits || digits > 6)
		return false;
	*number = strtoul(*text, NULL, 10);
	*text += digits;
	return *number <= max;
}

static bool is_rate(unsigned long baud)
{
	static const unsigned int rates[] = { 300,  600,  1200,	 2400,
					      4800, 9600, 19200, 38400 };

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (rates[i] == baud)
			return true;
	return false;
}

bool scan_parse_bauds(struct scan_state *state, const char *text)
{
	unsigned long baud;

	state->baud_count = 0;
	for (;; text++) {
		if (!take_number(&text, 38400, &baud) || !is_rate(baud) ||
		    state->baud_count == SCAN_BAUDS_MAX)
			return false;
		for (size_t i = 0; i < state->baud_count; i++)
			if (state->bauds[i] == baud)
				return false;
		state->bauds[state->baud_count++] = baud;
		if (*text != ',')
			return !*text;
	}
}

bool scan_parse_primaries(struct scan_state *state, const char *text)
{
	unsigned long first, last;

	state->chosen = true;
	for (;; text++) {
		if (!take_number(&text, METERBUS_A_PRIMARY_MAX, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!take_number(&text, METERBUS_A_PRIMARY_MAX,
					 &last) ||
			    last < first)
				return false;
		}
		for (; first <= last; first++)
			state->primaries[first / 8] |= 1 << first % 8;
		if (*text != ',')
			return !*text;
	}
}
