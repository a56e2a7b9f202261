// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl history: prints readouts of a meter that mbusd stored.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/daemon.h"
#include "cmd/history.h"
#include "print/entry.h"
#include "print/output.h"
#include "ui/language.h"
#include "ui/terminal.h"

static int run_history(int argc, char **argv);

COMMAND(history_command,
	.name = "history",
	.arguments = "NAME [OPTIONS]",
	.summary = "show readouts that mbusd stored",
	.help = "NAME is the name of a meter in mbusd.conf, see 'mbusctl meters'. Oldest first.\n"
		"      --since TIME   from this time on: 2d, 12h, 30m, 90s ago, 2026-01-31,\n"
		"                     '2026-01-31 06:00', or RFC 3339\n"
		"      --until TIME   until before this time\n"
		"      --limit N      only the newest N\n"
		"      --format FORMAT  table: a line a readout, with its present values and the\n"
		"                     changes of counters; csv: a line a record; json: an object a line\n"
		"      --units UNITS  of a table: meter (default), as on the meter's face: kWh, kW,\n"
		"                     l/h; si: Wh, W, m³/h as in the other formats\n"
		"      --json         the same as --format json\n"
		"      --socket PATH  where mbusd listens; default: MBUSD_SOCKET in the\n"
		"                     environment, or " DAEMON_SOCKET "\n"
		"Failed readouts are listed, too. Exit status 5 if there are no readouts.\n",
	.run = run_history);

struct history {
	enum output_format format;
	char since[HISTORY_QUERY_SIZE], until[HISTORY_QUERY_SIZE];
	unsigned long limit;	/* 0: no limit */
	struct history_table table;
	unsigned long count;	/* of readouts so far */
	/* With a limit mbusd sends the newest first; kept to be printed in reverse. */
	char **lines;
	struct meterbus_error failure;	/* reported by mbusd after readouts */
};

/* ---------------------------------------------------------------- time */

char *history_time(char out[HISTORY_TIME_SIZE], const char *rfc3339)
{
	struct tm tm = { 0 };
	time_t when;

	out[0] = '\0';
	if (!strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &tm))
		return out;
	when = timegm(&tm);
	localtime_r(&when, &tm);
	strftime(out, HISTORY_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	return out;
}

static void format_query(char out[HISTORY_QUERY_SIZE], time_t when)
{
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(out, HISTORY_QUERY_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static bool parse_ago(char out[HISTORY_QUERY_SIZE], const char *text)
{
	static const char units[] = "smhdw";
	static const long seconds[] = { 1, 60, 3600, 86400, 604800 };
	size_t digits = strspn(text, "0123456789");
	const char *unit;
	long number;

	/* Limits the result to 1970. */
	if (!digits || digits > 9 || !text[digits] || text[digits + 1])
		return false;
	unit = strchr(units, text[digits]);
	if (!unit)
		return false;
	number = strtol(text, NULL, 10) * seconds[unit - units];
	format_query(out, number < time(NULL) ? time(NULL) - number : 0);
	return true;
}

bool history_parse_time(char out[HISTORY_QUERY_SIZE], const char *text)
{
	static const char *const local[] = {
		"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
		"%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
	};

	if (parse_ago(out, text))
		return true;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, local[i], &tm);

		if (!end || *end || tm.tm_year < 70 || tm.tm_year > 300)
			continue;
		format_query(out, mktime(&tm));
		return true;
	}
	/* With an offset it is RFC 3339, which mbusd parses. */
	if (strlen(text) >= HISTORY_QUERY_SIZE ||
	    strlen(text) < strlen("2026-01-31T06:00:00Z"))
		return false;
	strcpy(out, text);
	return true;
}

/* --------------------------------------------------------------- output */

static void print_line(struct history *history, const char *line)
{
	struct json_object *reading;

	if (history->format == JSON) {
		puts(line);
		return;
	}
	reading = daemon_parse_exact(line);
	if (history->format == TABLE)
		history_print_row(&history->table, reading);
	else
		history_print_csv(reading);
	json_object_put(reading);
}

bool history_is_failure(const char *line, struct meterbus_error *failure)
{
	struct json_object *object, *error;

	if (strncmp(line, "{\"error\":", 9))
		return false;
	object = daemon_parse(line);
	error = daemon_object(object, "error");
	meterbus_fail(failure, METERBUS_E_SYSTEM, "%s",
		      daemon_text(error, "text"));
	json_object_put(object);
	return true;
}

/* Called by daemon_ask() for each line. */
static bool on_line(void *context, char *line)
{
	struct history *history = context;

	if (history_is_failure(line, &history->failure))
		return false;
	if (!history->limit) {
		if (!history->count++ && history->format == CSV)
			history_print_csv_head();
		print_line(history, line);
		return !ferror(stdout);
	}
	if (history->count == history->limit)
		return false;
	/* The array is doubled at each power of two. */
	if (!(history->count & (history->count - 1)))
		history->lines = realloc(history->lines,
					 (2 * history->count + 1) *
						 sizeof(char *));
	line = strdup(line);
	if (!history->lines || !line)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	history->lines[history->count++] = line;
	return true;
}

static void print_kept(struct history *history)
{
	if (history->count && history->format == CSV)
		history_print_csv_head();
	for (unsigned long i = history->count; i-- > 0;) {
		print_line(history, history->lines[i]);
		free(history->lines[i]);
	}
	free(history->lines);
}

/* -------------------------------------------------------------- request */

static char *make_path(const struct history *history, const char *name)
{
	char *escaped = daemon_escape(name);
	char *since = daemon_escape(history->since);
	char *until = daemon_escape(history->until);
	char *path = NULL;
	size_t len;
	FILE *out = open_memstream(&path, &len);

	if (!out)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	fprintf(out, "/v1/meters/%s/readings?order=%s", escaped,
		history->limit ? "newest" : "oldest");
	if (*since)
		fprintf(out, "&since=%s", since);
	if (*until)
		fprintf(out, "&until=%s", until);
	if (history->limit)
		fprintf(out, "&limit=%lu", history->limit);
	fclose(out);
	free(escaped);
	free(since);
	free(until);
	return path;
}

static int show(struct history *history, const char *name)
{
	char *path = make_path(history, name);
	const struct daemon_request request = {
		.method = "GET", .path = path, .line = on_line,
		.context = history,
	};
	struct meterbus_error err;
	int ret;

	history->table.width = terminal_width();
	ret = daemon_ask(&request, NULL, &err);
	free(path);
	if (history->limit)
		print_kept(history);
	history_end_table(&history->table);
	if (ret < 0)
		return fail_error(&err);
	if (history->failure.kind)
		return fail_error(&history->failure);
	return history->count ? STATUS_OK :
				fail(STATUS_SILENCE,
				     "no readouts of %s in this period", name);
}

static int parse_format(struct history *history, const char *text)
{
	static const char *const names[] = {
		[TABLE] = "table", [CSV] = "csv", [JSON] = "json",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!names[i] || strcmp(text, names[i]))
			continue;
		history->format = i;
		return -1;
	}
	return fail_usage(&history_command,
			  "--format %s: unknown format; use table, csv or json", text);
}

static int parse_time(char out[HISTORY_QUERY_SIZE], const char *option,
		      const char *text)
{
	if (history_parse_time(out, text))
		return -1;
	return fail_usage(&history_command,
			  "%s %s: not a time; write 2d, 12h, 30m, 2026-01-31 or '2026-01-31 06:00'",
			  option, text);
}

static int run_history(int argc, char **argv)
{
	enum { SINCE = 2000, UNTIL, LIMIT, FORMAT, UNITS };
	static const struct option options[] = {
		COMMON_OPTIONS,
		DAEMON_OPTIONS,
		{ "since", required_argument, NULL, SINCE },
		{ "until", required_argument, NULL, UNTIL },
		{ "limit", required_argument, NULL, LIMIT },
		{ "format", required_argument, NULL, FORMAT },
		{ "units", required_argument, NULL, UNITS },
		{ 0 }
	};
	struct history history = { .format = TABLE };
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = -1;
		if (letter == SINCE)
			status = parse_time(history.since, "--since", optarg);
		else if (letter == UNTIL)
			status = parse_time(history.until, "--until", optarg);
		else if (letter == FORMAT)
			status = parse_format(&history, optarg);
		else if (letter == UNITS)
			status = output_units(optarg);
		else if (letter != LIMIT)
			status = daemon_option(&history_command, letter);
		else if (!parse_number(optarg, 1, 1000000000, &history.limit))
			status = fail_usage(&history_command,
					    "--limit %s: not a number from 1",
					    optarg);
		if (status >= 0)
			return status;
	}
	if (argc - optind != 1)
		return fail_usage(&history_command, argc == optind ?
							"no meter name given" :
							"only one meter may be given");
	if (globals.json)
		history.format = JSON;
	if (history.format == TABLE)
		language_start();
	return show(&history, argv[optind]);
}
