// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl setup: the meters, their first readings, and the file of the bus.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <meterbus/bus.h>
#include <meterbus/decode.h>
#include <meterbus/tune.h>

#include "cmd/scan.h"
#include "cmd/setup_steps.h"
#include "print/entry.h"
#include "ui/command.h"
#include "ui/progress.h"
#include "wire/master.h"
#include "wire/section.h"

#define PATH_SIZE 512

struct meters {
	struct scan_state state;	/* of which only the finds are used */
	uint32_t baud;
};

static void on_found(void *context, const struct meterbus_found *found)
{
	struct meters *meters = context;

	scan_state_add_find(&meters->state, found);
	scan_print_found(found, false);
}

static void on_progress(void *context, const struct meterbus_progress *progress)
{
	const struct meters *meters = context;

	scan_print_progress(progress, meters->baud);
}

static int search(struct setup *setup, struct meterbus_bus *bus,
		  struct meters *meters, struct meterbus_search_result *result)
{
	struct meterbus_search search = {
		.found = on_found, .progress = on_progress, .context = meters,
	};
	struct meterbus_address mask = { .secondary = true };
	struct meterbus_error err;
	int ret;

	memset(mask.bytes, 0xFF, sizeof(mask.bytes));
	search.baud = meters->baud = setup->status.info.baud;
	search.master = start_master(bus);
	if (!search.master)
		return STATUS_SYSTEM;
	printf("searching %s for meters; about three minutes for 15\n",
	       setup->bus);
	ret = meterbus_search_secondary(&search, &mask, result, &err);
	/* Meters without secondary addresses. */
	if (ret == 0 && !result->cancelled &&
	    !result->count[METERBUS_METER_CONFIRMED]) {
		printf("no meter found by secondary address; searching by primary address\n");
		meters->state.primary = true;
		ret = meterbus_search_primary(&search, result, &err);
	}
	progress_clear();
	meterbus_master_free(search.master);
	if (ret < 0)
		return fail_error(&err);
	if (result->cancelled)
		return STATUS_SIGNAL + stop_requested();
	return STATUS_OK;
}

/* "31892743: energy 17484.31 kWh": the first number of the telegram. */
static void print_reading(const struct meterbus_found *found)
{
	struct meterbus_application app;
	struct meterbus_telegram telegram;
	struct entries entries = { 0 };
	char name[METERBUS_ADDRESS_TEXT], value[ENTRY_VALUE];
	size_t at = 0;

	meterbus_address_format(&found->address, name);
	if (meterbus_telegram_parse(&telegram, found->telegram,
				    found->telegram_len, NULL) < 0)
		return;
	meterbus_application_parse(&app, &telegram);
	entries_from(&entries, &app);
	while (at < entries.count &&
	       (entries.list[at].error || entries.list[at].kind != ENTRY_NUMBER ||
		entries.list[at].storage))
		at++;
	printf("  %s: ", name);
	if (at < entries.count) {
		const char *unit = entry_value(value, &entries.list[at], NULL);

		entry_label(stdout, &entries.list[at]);
		printf(" %s %s\n", value, unit);
	} else {
		printf("no value in the first telegram, which may be encrypted\n");
	}
	entries_free(&entries);
}

static void print_readings(const struct meterbus_found **found, size_t count)
{
	printf("first readings:\n");
	for (size_t i = 0; i < count; i++)
		if (found[i]->telegram)
			print_reading(found[i]);
}

static void print_bus(FILE *out, const struct setup *setup)
{
	if (!setup->tcp && !setup->rfc2217) {
		section_print_bus(out, setup->name, &setup->status,
				  setup->status.info.baud);
		return;
	}
	fprintf(out, "\n[bus %s]\n%s = %s\n", setup->name,
		setup->tcp ? "tcp" : "rfc2217",
		setup->tcp ? setup->tcp : setup->rfc2217);
}

static char *read_old(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!in)
		return NULL;
	if (getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = NULL;
	}
	fclose(in);
	return text;
}

/* Writes the old file of the bus, with new meters appended. */
static int write_bus(const struct setup *setup,
		     const struct meterbus_found **found, size_t count,
		     bool primary)
{
	char path[PATH_SIZE], *old, *text = NULL;
	size_t size = 0, added = 0;
	FILE *out = open_memstream(&text, &size);
	int written;

	if (!out)
		return fail(STATUS_SYSTEM, "out of memory");
	snprintf(path, sizeof(path), "%s/conf.d/%s.conf", setup->etc, setup->name);
	old = read_old(path);
	if (old) {
		fputs(old, out);
	} else {
		fprintf(out, "# Written by 'mbusctl setup'; it adds new meters and does not change the rest.\n"
			     "# Names and titles may be changed, see mbusd.conf(5).\n");
		print_bus(out, setup);
	}
	for (size_t i = 0; i < count; i++)
		if (!setup_is_configured(setup->etc, &found[i]->address))
			found[added++] = found[i];
	section_print_meters(out, setup->name, found, added, primary);
	fclose(out);
	written = setup_write(path, text, 0640);
	printf("%s: %s, %zu new of %zu meters\n", path,
	       written < 0 ? "failed" : written ? "written" : "unchanged", added,
	       count);
	free(text);
	free(old);
	return written < 0 ? STATUS_SYSTEM : STATUS_OK;
}

static int write_main(const struct setup *setup)
{
	char path[PATH_SIZE], text[400], site[65] = "site";
	int written;

	snprintf(path, sizeof(path), "%s", setup->etc);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return fail(STATUS_SYSTEM, "cannot make %s: %s", path,
			    strerror(errno));
	snprintf(path, sizeof(path), "%s/conf.d", setup->etc);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return fail(STATUS_SYSTEM, "cannot make %s: %s", path,
			    strerror(errno));
	snprintf(path, sizeof(path), "%s/mbusd.conf", setup->etc);
	if (access(path, F_OK) == 0)
		return STATUS_OK;
	gethostname(site, sizeof(site) - 1);
	snprintf(text, sizeof(text),
		 "# mbusd.conf(5); buses, meters and outputs may be in conf.d, too.\n"
		 "[mbusd]\nsite = %.64s\nschedule = %.64s\n",
		 setup->site ? setup->site : site, setup->schedule);
	written = setup_write(path, text, 0640);
	if (written > 0)
		printf("%s: written\n", path);
	return written < 0 ? STATUS_SYSTEM : STATUS_OK;
}

static int use_finds(const struct setup *setup, struct meters *meters,
		     const struct meterbus_search_result *result)
{
	const struct meterbus_found **found;
	size_t count = 0;
	int status;

	found = calloc(meters->state.find_count + 1, sizeof(const void *));
	if (!found)
		return fail(STATUS_SYSTEM, "out of memory");
	for (size_t i = 0; i < meters->state.find_count; i++)
		if (meters->state.finds[i]->found.state == METERBUS_METER_CONFIRMED)
			found[count++] = &meters->state.finds[i]->found;
	printf("%zu meter%s found\n", count, count == 1 ? "" : "s");
	if (result->count[METERBUS_METER_SEVERAL] ||
	    result->count[METERBUS_METER_SILENT] ||
	    result->count[METERBUS_METER_SUSPECT] || result->strays)
		printf("further answers could not be assigned to a meter; 'mbusctl -b %s scan --evidence' shows them\n",
		       setup->bus);
	if (!count) {
		free(found);
		return fail(STATUS_SILENCE,
			    "no meter found; 'mbusctl doctor' looks for the cause");
	}
	print_readings(found, count);
	status = write_main(setup);
	if (status == STATUS_OK)
		status = write_bus(setup, found, count, meters->state.primary);
	free(found);
	return status;
}

/* Measures the converter, and raises the guard if it needs more than the default. */
static void tune(struct setup *setup, struct meterbus_bus *bus,
		 const struct meters *meters)
{
	struct meterbus_tune_meter meter = { 0 };
	struct meterbus_tuning tuning;
	struct meterbus_master *master;

	for (size_t i = 0; i < meters->state.find_count; i++)
		if (meters->state.finds[i]->found.state == METERBUS_METER_CONFIRMED)
			meter.address = meters->state.finds[i]->found.address;
	master = start_master(bus);
	if (!master)
		return;
	if (meterbus_tune(master, &meter, 1, &tuning, NULL) == 0) {
		tuning.settings.fields &= METERBUS_SET_GUARD;
		printf("converter: passes telegrams %u ms after an answer\n",
		       (tuning.turnaround_us + 999) / 1000);
		if (tuning.settings.timing.guard_us >
		    setup->status.timing.guard_us)
			meterbus_settings_set(meterbus_bus_number(bus),
					      &tuning.settings, NULL);
	}
	meterbus_master_free(master);
}

int setup_search(struct setup *setup)
{
	struct meterbus_search_result result = { 0 };
	struct meters meters = { 0 };
	struct meterbus_error err;
	struct meterbus_bus *bus = meterbus_bus_open(setup->bus, &err);
	int status;

	if (!bus)
		return fail_error(&err);
	status = meterbus_status_get(meterbus_bus_number(bus), &setup->status,
				     &err) < 0 ?
			 fail_error(&err) : STATUS_OK;
	if (status == STATUS_OK)
		status = search(setup, bus, &meters, &result);
	if (status == STATUS_OK && result.count[METERBUS_METER_CONFIRMED])
		tune(setup, bus, &meters);
	/* With the new guard. */
	meterbus_status_get(meterbus_bus_number(bus), &setup->status, NULL);
	if (status == STATUS_OK)
		status = use_finds(setup, &meters, &result);
	meterbus_bus_close(bus);
	scan_state_free(&meters.state);
	return status;
}
