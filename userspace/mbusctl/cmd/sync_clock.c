// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl sync-clock: sets the clock of a meter and checks it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <meterbus/control.h>
#include <meterbus/decode.h>

#include "ui/command.h"
#include "wire/master.h"
#include "ui/progress.h"

static int run_sync_clock(int argc, char **argv);

COMMAND(sync_clock_command,
	.name = "sync-clock",
	.arguments = "ADDRESS [--type F|I] [--utc | --time TIME] [--no-check] [--force]",
	.summary = "set the clock of a meter",
	.help = "Writes local time to the meter, then reads the meter and compares, as meters\n"
		"acknowledge this command even if they do not implement it.\n"
		"      --type F     to the minute (default); waits for the next full minute\n"
		"      --type I     to the second; few meters implement it\n"
		"      --utc        UTC instead of local time\n"
		"      --time TIME  2026-11-22T17:05 or 2026-11-22T17:05:30 instead of now\n"
		"      --no-check   omit the readout\n"
		"      --force      allow addresses of all meters: 254, and 255 (no answer)\n"
		"TZ sets the time zone: TZ=CET-1 is winter time all year, which many meters\n"
		"keep.\n"
		"Exit status: 8 acknowledged, but the clock was not set.\n",
	.run = run_sync_clock);

#define TOLERANCE_S 120
#define HOUR_S 3600

struct clock {
	enum meterbus_clock type;
	bool utc;
	bool given;
	bool unchecked;
	bool force;
	struct tm tm;
};

static int parse_time(struct clock *clock, const char *text)
{
	const char *end = strptime(text, "%Y-%m-%dT%H:%M", &clock->tm);
	struct tm local;

	if (end && *end == ':')
		end = strptime(end, ":%S", &clock->tm);
	if (!end || *end || clock->tm.tm_year < 100 || clock->tm.tm_year > 199)
		return fail(STATUS_USAGE,
			    "--time %s: not a time from 2000 to 2099 such as 2026-11-22T17:05 or 2026-11-22T17:05:30",
			    text);
	local = clock->tm;
	local.tm_isdst = -1;
	if (mktime(&local) == -1 || local.tm_mday != clock->tm.tm_mday ||
	    local.tm_hour != clock->tm.tm_hour ||
	    local.tm_min != clock->tm.tm_min ||
	    local.tm_sec != clock->tm.tm_sec)
		return fail(STATUS_USAGE,
			    "--time %s: no such date, or a time that the beginning of summer time skips",
			    text);
	/* Completed by mktime(): summer time, day of the week. */
	clock->tm = local;
	clock->given = true;
	return -1;
}

enum { TYPE = 2000, UTC, TIME, NO_CHECK, FORCE };

static int parse_option(struct clock *clock, int letter)
{
	switch (letter) {
	case TYPE:
		if (strcmp(optarg, "F") && strcmp(optarg, "I"))
			return fail(STATUS_USAGE,
				    "--type %s: use F or I", optarg);
		clock->type = *optarg == 'I' ? METERBUS_CLOCK_I :
					       METERBUS_CLOCK_F;
		return -1;
	case UTC:
		clock->utc = true;
		return -1;
	case TIME:
		return parse_time(clock, optarg);
	case NO_CHECK:
		clock->unchecked = true;
		return -1;
	case FORCE:
		clock->force = true;
		return -1;
	default:
		return common_option(&sync_clock_command, letter);
	}
}

/* Type F has no seconds, so it is sent at the full minute. */
static bool take_now(struct clock *clock)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	if (clock->type == METERBUS_CLOCK_F) {
		until.tv_sec += 60 - until.tv_sec % 60;
		until.tv_nsec = 0;
		progress_show("waiting for the full minute");
		while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until,
				       NULL) == EINTR)
			if (stop_requested())
				return false;
		progress_clear();
	}
	if (clock->utc)
		gmtime_r(&until.tv_sec, &clock->tm);
	else
		localtime_r(&until.tv_sec, &clock->tm);
	return true;
}

/*
 * The meter's clock in @readout: present date and time, not those of a
 * storage. *@invalid is set if the meter marks it invalid.
 */
static bool find_clock(const struct meterbus_readout *readout,
		       struct meterbus_time *time, const char **invalid)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_application app;
	struct meterbus_telegram telegram;

	for (size_t i = 0; i < readout->count; i++) {
		if (meterbus_telegram_parse(&telegram,
					    readout->telegrams[i].bytes,
					    readout->telegrams[i].len, NULL))
			continue;
		meterbus_application_parse(&app, &telegram);
		meterbus_data_records_start(&records, &app);
		while (meterbus_data_record_next(&records, &record)) {
			if (record.error || record.head_len != 2 ||
			    (record.head[0] != 0x04 && record.head[0] != 0x06) ||
			    record.head[1] != 0x6D)
				continue;
			if (record.value.type != METERBUS_VALUE_TIME) {
				*invalid = record.value.invalid;
				continue;
			}
			if (record.value.time.marked_invalid) {
				*invalid = "marked invalid by the meter";
				continue;
			}
			*time = record.value.time;
			return true;
		}
	}
	return false;
}

/* Both taken as UTC, as only the difference matters. */
static long seconds_apart(const struct meterbus_time *time,
			  const struct tm *wanted)
{
	struct tm got = {
		.tm_year = time->year - 1900,
		.tm_mon = time->month - 1,
		.tm_mday = time->day,
		.tm_hour = time->hour,
		.tm_min = time->minute,
		.tm_sec = time->has_second ? time->second : 0,
	};
	struct tm copy = *wanted;

	return timegm(&got) - timegm(&copy);
}

static int check_clock(struct meterbus_master *master, struct meterbus_bus *bus,
		       const struct meterbus_address *address,
		       const struct clock *clock)
{
	struct meterbus_readout readout;
	char text[METERBUS_TIME_TEXT];
	struct meterbus_error err;
	struct meterbus_time time;
	char name[METERBUS_ADDRESS_TEXT];
	const char *invalid = NULL;
	bool found;
	long apart;

	meterbus_address_format(address, name);
	if (meterbus_read(master, address, &readout, &err) < 0)
		return fail_error(&err);
	found = find_clock(&readout, &time, &invalid);
	if (!found && invalid)
		return fail(STATUS_UNREADABLE,
			    "%s acknowledged, but its clock is %s",
			    name, invalid);
	if (!found)
		return print_done(&sync_clock_command, bus, address,
				  "acknowledged; not checked, as its telegrams contain no clock");
	meterbus_time_format(&time, text);
	apart = labs(seconds_apart(&time, &clock->tm));
	if (labs(apart - HOUR_S) <= TOLERANCE_S)
		return fail(STATUS_UNREADABLE,
			    "%s acknowledged, but shows %s, an hour off: it has no summer time, or a rule of its own; set the time it keeps with --utc or, for example, TZ=CET-1",
			    name, text);
	if (apart > TOLERANCE_S)
		return fail(STATUS_UNREADABLE,
			    "%s acknowledged, but shows %s; some meters must be unlocked first, or are set by a button only",
			    name, text);
	return print_done(&sync_clock_command, bus, address, "its clock is %s",
			  text);
}

static int sync_clock(struct meterbus_master *master, struct meterbus_bus *bus,
		      const struct meterbus_address *address,
		      struct clock *clock)
{
	uint8_t record[METERBUS_CLOCK_MAX];
	struct meterbus_error err;
	size_t len;

	if (!clock->given && !take_now(clock))
		return STATUS_SIGNAL + stop_requested();
	len = meterbus_clock_record(record, clock->type, &clock->tm);
	if (meterbus_command(master, address, METERBUS_CI_SEND, record, len,
			     &err) < 0)
		return fail_error(&err);
	if (clock->unchecked || is_for_all(address))
		return print_done(&sync_clock_command, bus, address,
				  "sent; not checked");
	return check_clock(master, bus, address, clock);
}

static int run_sync_clock(int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "type", required_argument, NULL, TYPE },
		{ "utc", no_argument, NULL, UTC },
		{ "time", required_argument, NULL, TIME },
		{ "no-check", no_argument, NULL, NO_CHECK },
		{ "force", no_argument, NULL, FORCE },
		{ 0 }
	};
	struct clock clock = { .type = METERBUS_CLOCK_F };
	struct meterbus_address address;
	struct meterbus_master *master;
	struct meterbus_bus *bus;
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = parse_option(&clock, letter);
		if (status >= 0)
			return status;
	}
	if (clock.given && clock.utc)
		return fail(STATUS_USAGE, "--utc excludes --time");
	if (argc - optind != 1)
		return fail_usage(&sync_clock_command,
				  optind == argc ? "no meter address given" :
						   "only one meter may be given");
	status = parse_address(&address, argv[optind]);
	if (status == STATUS_OK)
		status = refuse_all(&sync_clock_command, &address, clock.force);
	if (status == STATUS_OK)
		status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	status = sync_clock(master, bus, &address, &clock);
	close_master(master, bus);
	return status;
}
