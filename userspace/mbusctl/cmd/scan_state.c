// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state of a search in a JSON file, from which it can be resumed. A new
 * file replaces the old one by rename(). A file that is read may be edited or
 * foreign, so all of it is checked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include <meterbus/json.h>
#include <meterbus/telegram.h>

#include "ui/command.h"
#include "ui/hex.h"
#include "cmd/scan.h"

#define FORMAT	"mbusctl scan state"
#define VERSION 1

#define BAUD_MAX 4000000

static void *grow(void *items, size_t count, size_t size)
{
	items = realloc(items, (count + 1) * size);
	if (!items)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	return items;
}

void scan_state_add_find(struct scan_state *state,
			 const struct meterbus_found *found)
{
	struct scan_find *find = grow(NULL, 0, sizeof(*find));

	find->found = *found;
	find->why = strdup(found->why ? found->why : "");
	if (!find->why)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	find->found.why = find->why;
	if (found->telegram) {
		memcpy(find->telegram, found->telegram, found->telegram_len);
		find->found.telegram = find->telegram;
	}
	find->tries = NULL;
	if (found->try_count) {
		find->tries = grow(NULL, found->try_count,
				   sizeof(*find->tries));
		memcpy(find->tries, found->tries,
		       found->try_count * sizeof(*find->tries));
	}
	find->found.tries = find->tries;
	state->finds = grow(state->finds, state->find_count,
			    sizeof(*state->finds));
	state->finds[state->find_count++] = find;
}

void scan_state_add_visit(struct scan_state *state, uint32_t baud,
			  const struct meterbus_visit *visit)
{
	state->visits = grow(state->visits, state->visit_count,
			     sizeof(*state->visits));
	state->visits[state->visit_count].baud = baud;
	state->visits[state->visit_count++].visit = *visit;
}

void scan_state_free(struct scan_state *state)
{
	for (size_t i = 0; i < state->find_count; i++) {
		free(state->finds[i]->why);
		free(state->finds[i]->tries);
		free(state->finds[i]);
	}
	free(state->finds);
	free(state->visits);
	memset(state, 0, sizeof(*state));
}

/* --- writing --- */

static void put(struct json_object *object, const char *key,
		struct json_object *value)
{
	if (!object || !value || json_object_object_add(object, key, value))
		exit(fail(STATUS_SYSTEM, "out of memory"));
}

static void append(struct json_object *array, struct json_object *value)
{
	if (!array || !value || json_object_array_add(array, value))
		exit(fail(STATUS_SYSTEM, "out of memory"));
}

static struct json_object *address_json(const struct meterbus_address *address)
{
	char text[METERBUS_ADDRESS_TEXT];

	return json_object_new_string(meterbus_address_format(address, text));
}

static struct json_object *visit_json(const struct scan_visit *item)
{
	const struct meterbus_visit *visit = &item->visit;
	struct json_object *object = json_object_new_object();

	put(object, "baud", json_object_new_int64(item->baud));
	put(object, "address", address_json(&visit->address));
	put(object, "result",
	    json_object_new_string(meterbus_visit_result_name(visit->result)));
	put(object, "meters", json_object_new_int64(visit->meters));
	put(object, "patient", json_object_new_boolean(visit->patient));
	return object;
}

static struct json_object *primaries_json(const struct scan_state *state)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int a = 0; a <= METERBUS_A_PRIMARY_MAX; a++)
		if (state->primaries[a / 8] >> a % 8 & 1)
			append(array, json_object_new_int(a));
	return array;
}

static struct json_object *state_json(const struct scan_state *state)
{
	struct json_object *object = json_object_new_object();
	struct json_object *bauds = json_object_new_array();
	struct json_object *visits = json_object_new_array();
	struct json_object *meters = json_object_new_array();

	put(object, "format", json_object_new_string(FORMAT));
	put(object, "version", json_object_new_int(VERSION));
	put(object, "search",
	    json_object_new_string(state->primary ? "primary" : "secondary"));
	if (!state->primary) {
		put(object, "mask", address_json(&state->mask));
		put(object, "all_digits",
		    json_object_new_boolean(state->all_digits));
	} else if (state->chosen) {
		put(object, "primaries", primaries_json(state));
	}
	for (size_t i = 0; i < state->baud_count; i++)
		append(bauds, json_object_new_int64(state->bauds[i]));
	put(object, "bauds", bauds);
	for (size_t i = 0; i < state->find_count; i++)
		append(meters, meterbus_json_found(&state->finds[i]->found));
	put(object, "meters", meters);
	for (size_t i = 0; i < state->visit_count; i++)
		append(visits, visit_json(&state->visits[i]));
	put(object, "visits", visits);
	return object;
}

int scan_state_save(const struct scan_state *state, const char *path)
{
	struct json_object *object = state_json(state);
	char *beside;
	FILE *file;
	bool ok;

	if (asprintf(&beside, "%s.new", path) < 0)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	file = fopen(beside, "we");
	ok = file && fprintf(file, "%s\n",
			     json_object_to_json_string_ext(
				     object, JSON_C_TO_STRING_NOSLASHESCAPE)) >
			     0;
	ok = ok && !fflush(file) && !fsync(fileno(file));
	if (file && fclose(file))
		ok = false;
	json_object_put(object);
	ok = ok && !rename(beside, path);
	if (!ok) {
		fail(STATUS_SYSTEM, "%s: cannot write the state of the search: %s",
		     beside, strerror(errno));
		unlink(beside);
	}
	free(beside);
	return ok ? STATUS_OK : STATUS_SYSTEM;
}

/* --- reading --- */

static struct json_object *member(struct json_object *object, const char *key,
				  enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

static bool get_number(struct json_object *object, const char *key,
		       int64_t max, uint32_t *number)
{
	struct json_object *value = member(object, key, json_type_int);
	int64_t wide = value ? json_object_get_int64(value) : -1;

	if (wide < 0 || wide > max)
		return false;
	*number = wide;
	return true;
}

static bool get_bool(struct json_object *object, const char *key, bool *flag)
{
	struct json_object *value = member(object, key, json_type_boolean);

	*flag = json_object_get_boolean(value);
	return value;
}

static const char *get_string(struct json_object *object, const char *key)
{
	return json_object_get_string(member(object, key, json_type_string));
}

static bool get_address(struct json_object *object, const char *key,
			struct meterbus_address *address)
{
	const char *text = get_string(object, key);

	return text && meterbus_address_parse(address, text, NULL) == 0;
}

static bool load_visit(struct json_object *object, struct scan_visit *item)
{
	const char *result = get_string(object, "result");
	struct meterbus_visit *visit = &item->visit;
	uint32_t number = 0;

	memset(item, 0, sizeof(*item));
	if (!result || !get_address(object, "address", &visit->address) ||
	    !get_number(object, "baud", BAUD_MAX, &item->baud) ||
	    !get_number(object, "meters", UINT16_MAX, &number) ||
	    !get_bool(object, "patient", &visit->patient))
		return false;
	visit->meters = number;
	for (number = 0; number < METERBUS_VISIT_RESULTS; number++)
		if (!strcmp(result, meterbus_visit_result_name(number)))
			break;
	visit->result = number;
	return number < METERBUS_VISIT_RESULTS;
}

static bool load_telegram(struct json_object *object,
			  struct meterbus_found *found,
			  uint8_t bytes[METERBUS_TELEGRAM_MAX])
{
	const char *raw = get_string(object, "raw");
	char why[HEX_WHY_SIZE];
	size_t len = 0;

	if (!raw)
		return true;
	if (hex_parse(bytes, &len, raw, 0, why) < 0)
		return false;
	found->telegram = bytes;
	found->telegram_len = len;
	return true;
}

static bool load_find(struct json_object *object, struct meterbus_found *found,
		      uint8_t bytes[METERBUS_TELEGRAM_MAX],
		      struct meterbus_try tries[METERBUS_TRIES_MAX])
{
	const char *state = get_string(object, "state");
	const char *why = get_string(object, "why");
	int try_count = meterbus_json_evidence(object, tries);
	uint32_t number;

	memset(found, 0, sizeof(*found));
	if (try_count < 0)
		return false;
	found->tries = tries;
	found->try_count = try_count;
	found->why = why ? why : "";
	found->primary = -1;
	if (!state || !get_address(object, "address", &found->address) ||
	    !get_number(object, "baud", BAUD_MAX, &found->baud) ||
	    !load_telegram(object, found, bytes))
		return false;
	if (get_number(object, "primary", METERBUS_A_PRIMARY_MAX, &number))
		found->primary = number;
	for (number = 0; number < METERBUS_METER_STATES; number++)
		if (!strcmp(state, meterbus_meter_state_name(number)))
			break;
	found->state = number;
	return number < METERBUS_METER_STATES;
}

static bool load_bauds(struct scan_state *state, struct json_object *array)
{
	size_t count = array ? json_object_array_length(array) : 0;

	if (!count || count > SCAN_BAUDS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		int64_t baud = json_object_get_int64(
			json_object_array_get_idx(array, i));

		if (baud < 1 || baud > BAUD_MAX)
			return false;
		state->bauds[state->baud_count++] = baud;
	}
	return true;
}

static bool load_primaries(struct scan_state *state, struct json_object *array)
{
	size_t count = array ? json_object_array_length(array) : 0;

	state->chosen = array;
	for (size_t i = 0; i < count; i++) {
		int64_t a = json_object_get_int64(
			json_object_array_get_idx(array, i));

		if (a < 0 || a > METERBUS_A_PRIMARY_MAX)
			return false;
		state->primaries[a / 8] |= 1 << a % 8;
	}
	return true;
}

static const char *load_plan(struct scan_state *state,
			     struct json_object *object)
{
	const char *search = get_string(object, "search");

	state->primary = search && !strcmp(search, "primary");
	if (!state->primary && (!search || strcmp(search, "secondary")))
		return "'search' is neither primary nor secondary";
	if (!load_bauds(state, member(object, "bauds", json_type_array)))
		return "'bauds' is not a list of baud rates";
	if (state->primary)
		return load_primaries(state, member(object, "primaries",
						    json_type_array)) ?
			       NULL :
			       "'primaries' is not a list of primary addresses";
	if (!get_address(object, "mask", &state->mask) ||
	    !state->mask.secondary)
		return "'mask' is not a secondary address";
	if (!get_bool(object, "all_digits", &state->all_digits))
		return "'all_digits' is neither true nor false";
	return NULL;
}

static const char *load_items(struct scan_state *state,
			      struct json_object *object)
{
	struct json_object *meters = member(object, "meters", json_type_array);
	struct json_object *visits = member(object, "visits", json_type_array);
	struct meterbus_try tries[METERBUS_TRIES_MAX];
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	struct meterbus_found found;
	struct scan_visit item;

	if (!meters || !visits)
		return "'meters' or 'visits' is not a list";
	for (size_t i = 0; i < json_object_array_length(meters); i++) {
		if (!load_find(json_object_array_get_idx(meters, i), &found,
			       bytes, tries))
			return "invalid entry in 'meters'";
		scan_state_add_find(state, &found);
	}
	for (size_t i = 0; i < json_object_array_length(visits); i++) {
		if (!load_visit(json_object_array_get_idx(visits, i), &item))
			return "invalid entry in 'visits'";
		scan_state_add_visit(state, item.baud, &item.visit);
	}
	return NULL;
}

static const char *load(struct scan_state *state, struct json_object *object)
{
	const char *format = get_string(object, "format");
	uint32_t version;
	const char *why;

	if (!format || strcmp(format, FORMAT))
		return "not a file of 'scan --state'";
	if (!get_number(object, "version", UINT16_MAX, &version) ||
	    version != VERSION)
		return "written by another version of mbusctl; start a new search";
	why = load_plan(state, object);
	return why ? why : load_items(state, object);
}

int scan_state_load(struct scan_state *state, const char *path)
{
	struct json_object *object = json_object_from_file(path);
	const char *why;

	memset(state, 0, sizeof(*state));
	if (!object && access(path, R_OK) < 0)
		return fail(STATUS_SYSTEM, "%s: %s", path, strerror(errno));
	why = object ? load(state, object) : "not JSON";
	json_object_put(object);
	if (!why)
		return STATUS_OK;
	scan_state_free(state);
	return fail(STATUS_USAGE, "%s cannot be resumed: %s", path, why);
}
