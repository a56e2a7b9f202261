// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl scan: finds the meters of a bus, at one or several baud rates.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/settings.h>

#include "common/clock.h"
#include "ui/command.h"
#include "ui/hint.h"
#include "daemon/daemon.h"
#include "daemon/bus.h"
#include "ui/progress.h"
#include "cmd/scan.h"

#define LINK_WAIT_MS 600000
#define GUARD_MAX_MS	60000

/* How often a running search writes its state. */
#define SAVE_SECONDS	2

static int run_scan(int argc, char **argv);

COMMAND(scan_command,
	.name = "scan",
	.arguments = "[primary [ADDRESSES] | secondary] [options]",
	.summary = "find the meters of a bus",
	.help = "Searches by secondary address, or by primary address: 0 to 250, or ADDRESSES\n"
		"such as 1-20,30.\n"
		"      --primary      the same as 'scan primary'\n"
		"  -m, --mask MASK    secondary: only meters that match, e.g. 318927FF\n"
		"      --all-digits   secondary: also ID digits A to E, 40 selections more;\n"
		"                     default: only if a meter seems to have one\n"
		"      --baud LIST    search at each of these rates, e.g. 300,2400,9600, then\n"
		"                     restore that of the bus; needs CAP_NET_ADMIN\n"
		"      --known FILE   search for these meters first and report missing ones: an\n"
		"                     address a line, or output of scan, with or without --json\n"
		"      --state FILE   write the state of the search to FILE\n"
		"      --resume FILE  resume the search whose state is FILE\n"
		"      --guard MS     send exactly MS ms after each answer and learn nothing;\n"
		"                     default: that of the bus, raised if necessary\n"
		"      --direct       use the bus itself, even if mbusd serves it; implied by all\n"
		"                     options but --mask, --primary, --config, --evidence, --json\n"
		"      --socket PATH  where mbusd listens, default " DAEMON_SOCKET "\n"
		"      --evidence     print the exchanges with each meter below it; --json always\n"
		"                     has them\n"
		"      --json         one object a line as it happens, \"summary\" last\n"
		"      --config       print mbusd.conf: the schedule, the bus, each confirmed meter;\n"
		"                     only the meters if mbusd serves the bus\n"
		"Prints a line for each meter as it is found:\n"
		"  confirmed  answered with a telegram, also at its full address\n"
		"  several    more than one meter answers at this address\n"
		"  silent     acknowledges, but does not answer requests\n"
		"  suspect    answers, but never with a telegram of this address\n"
		"Exit status: 0 all confirmed, 5 none found or a known one missing, 6 several,\n"
		"7 suspect or an answer that no meter explains, 8 silent (the first of 6, 8, 7,\n"
		"5 that applies), 130 stopped by ^C.\n",
	.run = run_scan);

struct scan {
	struct scan_state state;
	bool has_mask;
	bool several_bauds;	/* --baud */
	const char *known_path;
	const char *state_path;	/* NULL: none is written */
	const char *resume_path;
	bool config;		/* print sections of mbusd.conf */
	bool planned;		/* an option that --resume excludes */
	bool has_guard;
	unsigned long guard_ms;
	bool direct;

	/* While it runs. */
	struct meterbus_bus *bus;
	struct meterbus_address *known;
	unsigned int *known_missed;	/* number of rates */
	size_t known_count;
	uint32_t baud;
	int64_t saved_ms;
	int save_status;
	struct meterbus_search_result total;
};

static void save(struct scan *scan)
{
	scan->saved_ms = now_ms();
	/* Reported once; the search continues without its file. */
	if (scan->state_path && !scan->save_status)
		scan->save_status = scan_state_save(&scan->state,
						    scan->state_path);
}

static bool cancelled(void *context)
{
	(void)context;
	return stop_requested();
}

static bool same_address(const struct meterbus_address *a,
			 const struct meterbus_address *b)
{
	char text[METERBUS_ADDRESS_TEXT], other[METERBUS_ADDRESS_TEXT];

	return !strcmp(meterbus_address_format(a, text),
		       meterbus_address_format(b, other));
}

/* True if it was missing at all rates. */
static bool is_missing(struct scan *scan, const struct meterbus_address *address)
{
	for (size_t i = 0; i < scan->known_count; i++)
		if (same_address(&scan->known[i], address))
			return ++scan->known_missed[i] ==
			       scan->state.baud_count;
	return false;
}

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	struct scan *scan = context;

	if (finding->kind == METERBUS_FINDING_MISSING) {
		if (!is_missing(scan, finding->address))
			return;
		scan->total.missing++;
	}
	scan_print_finding(finding);
}

static bool is_new(const struct scan *scan, const struct meterbus_found *found)
{
	for (size_t i = 0; i < scan->state.find_count; i++) {
		const struct meterbus_found *old = &scan->state.finds[i]->found;

		if (old->baud == found->baud && old->state == found->state &&
		    old->primary == found->primary &&
		    same_address(&old->address, &found->address))
			return false;
	}
	return true;
}

static void on_found(void *context, const struct meterbus_found *found)
{
	struct meterbus_found complete = *found;
	struct scan *scan = context;
	char why[HINT_TEXT];

	complete.why = hint_text(found->why, found->hint, NULL, why);
	complete.hint = METERBUS_HINT_NONE;
	scan_print_found(&complete, scan->several_bauds);
	/* Without those of the resumed state. */
	if (!is_new(scan, &complete))
		return;
	scan_state_add_find(&scan->state, &complete);
	save(scan);
}

static void on_visited(void *context, const struct meterbus_visit *visit)
{
	struct scan *scan = context;

	scan_state_add_visit(&scan->state, scan->baud, visit);
	if (now_ms() - scan->saved_ms >= SAVE_SECONDS * 1000)
		save(scan);
}

static void on_progress(void *context, const struct meterbus_progress *progress)
{
	const struct scan *scan = context;

	scan_print_progress(progress, scan->baud);
}

static int scan_status(const struct meterbus_search_result *result)
{
	if (result->cancelled)
		return STATUS_SIGNAL + stop_requested();
	if (result->count[METERBUS_METER_SEVERAL])
		return STATUS_COLLISION;
	if (result->count[METERBUS_METER_SILENT])
		return STATUS_UNREADABLE;
	if (result->count[METERBUS_METER_SUSPECT] || result->strays)
		return STATUS_GARBLED;
	return result->count[METERBUS_METER_CONFIRMED] && !result->missing ?
		       STATUS_OK :
		       STATUS_SILENCE;
}

/* Earlier results, for the search at one rate. Freed by end_rate(). */
struct before {
	struct meterbus_found *finds;
	struct meterbus_visit *visits;
	struct meterbus_address *earlier;
};

static void *array(size_t count, size_t size)
{
	void *items = calloc(count + 1, size);

	if (!items)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	return items;
}

/* A meter found at another rate, as this search could find it again. */
static void add_earlier(const struct scan *scan,
			struct meterbus_search *search,
			struct before *before,
			const struct meterbus_found *found)
{
	struct meterbus_address address = found->address;

	if (found->state != METERBUS_METER_CONFIRMED)
		return;
	if (scan->state.primary) {
		memset(&address, 0, sizeof(address));
		address.primary = found->primary;
	}
	before->earlier[search->earlier_count++] = address;
}

static void begin_rate(const struct scan *scan, struct meterbus_search *search,
		       struct before *before)
{
	const struct scan_state *state = &scan->state;

	before->finds = array(state->find_count, sizeof(*before->finds));
	before->earlier = array(state->find_count, sizeof(*before->earlier));
	before->visits = array(state->visit_count, sizeof(*before->visits));
	for (size_t i = 0; i < state->find_count; i++) {
		const struct meterbus_found *found = &state->finds[i]->found;

		if (found->baud == scan->baud)
			before->finds[search->find_count++] = *found;
		else
			add_earlier(scan, search, before, found);
	}
	for (size_t i = 0; i < state->visit_count; i++)
		if (state->visits[i].baud == scan->baud)
			before->visits[search->visit_count++] =
				state->visits[i].visit;
	search->finds = before->finds;
	search->visits = before->visits;
	search->earlier = before->earlier;
}

static void end_rate(struct before *before)
{
	free(before->finds);
	free(before->visits);
	free(before->earlier);
}

static void add_result(struct meterbus_search_result *total,
		       const struct meterbus_search_result *one)
{
	for (int i = 0; i < METERBUS_METER_STATES; i++)
		total->count[i] += one->count[i];
	total->strays += one->strays;
	total->probes += one->probes;
	total->transmissions += one->transmissions;
	total->elapsed_ns += one->elapsed_ns;
	total->cancelled = one->cancelled;
}

/* Searches at the rate that is set. */
static int search_rate(struct scan *scan, struct meterbus_error *err)
{
	struct scan_state *state = &scan->state;
	struct meterbus_search_result result;
	struct meterbus_search search = {
		.all_digits = state->all_digits,
		.primaries = state->chosen ? state->primaries : NULL,
		.known = scan->known,
		.known_count = scan->known_count,
		.baud = scan->baud,
		.found = on_found,
		.progress = on_progress,
		.visited = on_visited,
		.context = scan,
	};
	struct before before = { 0 };
	int ret;

	search.master = meterbus_master_new(meterbus_bus_link(scan->bus), err);
	if (!search.master)
		return -1;
	meterbus_master_set_callbacks(search.master, on_finding, cancelled,
				      scan);
	if (scan->has_guard)
		/* Zero would mean: as the bus is set. */
		meterbus_master_set_guard(
			search.master,
			scan->guard_ms ? scan->guard_ms * 1000 : 1, true);
	begin_rate(scan, &search, &before);
	if (state->primary)
		ret = meterbus_search_primary(&search, &result, err);
	else
		ret = meterbus_search_secondary(&search, &state->mask, &result,
						err);
	end_rate(&before);
	meterbus_master_free(search.master);
	add_result(&scan->total, &result);
	return ret;
}

static int set_baud(const struct scan *scan, uint32_t baud,
		    struct meterbus_error *err)
{
	const struct meterbus_settings settings = {
		.fields = METERBUS_SET_BAUD,
		.baud = baud,
	};

	return meterbus_settings_set(meterbus_bus_number(scan->bus), &settings, err);
}

static int search_rates(struct scan *scan, uint32_t own,
			struct meterbus_error *err)
{
	const struct scan_state *state = &scan->state;
	uint32_t set = own;
	int ret = 0;

	for (size_t i = 0; i < state->baud_count && !ret; i++) {
		scan->baud = state->bauds[i];
		if (scan->baud != set)
			ret = set_baud(scan, scan->baud, err);
		if (ret)
			break;
		set = scan->baud;
		ret = search_rate(scan, err);
		if (scan->total.cancelled)
			break;
	}
	if (set != own && set_baud(scan, own, ret ? NULL : err) < 0)
		return -1;
	return ret;
}

static int scan_bus(struct scan *scan)
{
	struct meterbus_status status;
	struct meterbus_error err;
	int ret;

	if (meterbus_status_get(meterbus_bus_number(scan->bus), &status, &err) < 0)
		return fail_error(&err);
	if (!scan->state.baud_count)
		scan->state.bauds[scan->state.baud_count++] =
			status.info.baud;
	scan->saved_ms = now_ms();
	/* A lost connection to a gateway must not end a long search. */
	meterbus_bus_set_link_wait(scan->bus, LINK_WAIT_MS);
	stop_on_signals();
	ret = search_rates(scan, status.info.baud, &err);
	save(scan);
	scan_print_summary(&scan->total, ret < 0 ? &err : NULL);
	if (scan->config) {
		/* With what the search has set. */
		meterbus_status_get(meterbus_bus_number(scan->bus), &status,
				    NULL);
		scan_print_config(&scan->state, &status, NULL);
	}
	if (ret < 0)
		return fail_error(&err);
	if (scan->save_status && !scan->total.cancelled)
		return scan->save_status;
	return scan_status(&scan->total);
}

/* mbusd can do the search: no option that its API lacks. */
static bool is_plain(const struct scan *scan)
{
	return !scan->direct && !scan->has_guard && !scan->several_bauds &&
	       !scan->known_path && !scan->state_path && !scan->resume_path &&
	       !scan->state.all_digits && !scan->state.chosen;
}

static int scan_by_daemon(struct scan *scan, struct daemon_bus *bus)
{
	struct meterbus_search search = {
		.found = on_found,
		.progress = on_progress,
		.context = scan,
	};
	struct meterbus_error err;
	int ret;

	bus->finding = on_finding;
	bus->context = scan;
	scan->baud = bus->baud;
	stop_on_signals();
	ret = daemon_bus_search(bus, &search,
				scan->state.primary ? NULL : &scan->state.mask,
				&scan->total, &err);
	scan_print_summary(&scan->total, ret < 0 ? &err : NULL);
	if (scan->config)
		scan_print_config(&scan->state, NULL, bus->name);
	return ret < 0 ? fail_error(&err) : scan_status(&scan->total);
}

static int choose_and_scan(struct scan *scan)
{
	struct daemon_bus bus;
	int status;

	if (is_plain(scan) && daemon_bus_find(&bus))
		return scan_by_daemon(scan, &bus);
	status = open_bus(&scan->bus);
	if (status)
		return status;
	status = scan_bus(scan);
	meterbus_bus_close(scan->bus);
	return status;
}

static int parse_mask(struct scan *scan, const char *text)
{
	struct meterbus_address *mask = &scan->state.mask;
	struct meterbus_error err;

	if (meterbus_address_parse(mask, text, &err) < 0)
		return fail_error(&err);
	if (!mask->secondary)
		return fail_usage(&scan_command,
				  "--mask '%s' is a primary address; use 8 or 16 digits, F for any",
				  text);
	scan->has_mask = true;
	return -1;
}

enum {
	OPTION_PRIMARY = 2000,
	OPTION_ALL_DIGITS,
	OPTION_BAUD,
	OPTION_KNOWN,
	OPTION_STATE,
	OPTION_RESUME,
	OPTION_GUARD,
	OPTION_DIRECT,
	OPTION_CONFIG,
	OPTION_EVIDENCE,
};

/* Returns -1 to continue or an exit status. */
static int parse_option(struct scan *scan, int letter, const char *text)
{
	/* Options that --resume takes from the state. */
	scan->planned |= letter == OPTION_PRIMARY || letter == 'm' ||
			 letter == OPTION_ALL_DIGITS || letter == OPTION_BAUD;
	switch (letter) {
	case OPTION_PRIMARY:
		scan->state.primary = true;
		return -1;
	case 'm':
		return parse_mask(scan, text);
	case OPTION_ALL_DIGITS:
		scan->state.all_digits = true;
		return -1;
	case OPTION_BAUD:
		scan->several_bauds = true;
		if (scan_parse_bauds(&scan->state, text))
			return -1;
		return fail_usage(&scan_command,
				  "--baud %s: not a list of different baud rates such as 300,2400,9600; M-Bus has 300, 600, 1200 ... 38400",
				  text);
	case OPTION_KNOWN:
		scan->known_path = text;
		return -1;
	case OPTION_STATE:
		scan->state_path = text;
		return -1;
	case OPTION_RESUME:
		scan->resume_path = text;
		return -1;
	case OPTION_GUARD:
		scan->has_guard = true;
		if (parse_number(text, 0, GUARD_MAX_MS, &scan->guard_ms))
			return -1;
		return fail_usage(&scan_command,
				  "--guard %s: not a time in milliseconds from 0 to %d",
				  text, GUARD_MAX_MS);
	case OPTION_DIRECT:
		scan->direct = true;
		return -1;
	case OPTION_CONFIG:
		scan->config = true;
		return -1;
	case OPTION_EVIDENCE:
		scan_print_with_evidence();
		return -1;
	default:
		return daemon_option(&scan_command, letter);
	}
}

static int parse_kind(struct scan *scan, int argc, char **argv)
{
	struct scan_state *state = &scan->state;
	int left = argc - optind;

	scan->planned |= left > 0;
	if (left && !strcmp(argv[optind], "primary"))
		state->primary = true;
	else if (left && (strcmp(argv[optind], "secondary") || state->primary))
		return fail_usage(&scan_command,
				  "unexpected argument '%s'; use 'primary' or 'secondary'",
				  argv[optind]);
	if (left > 2 || (left == 2 && (!state->primary ||
				       !strcmp(argv[optind + 1], "secondary"))))
		return fail_usage(&scan_command, "give either 'primary' or 'secondary'");
	if (left == 2 && !scan_parse_primaries(state, argv[optind + 1]))
		return fail_usage(&scan_command,
				  "'%s': not primary addresses; write numbers from 0 to 250 as 1-20,30",
				  argv[optind + 1]);
	if (state->primary && scan->has_mask)
		return fail_usage(&scan_command,
				  "--mask requires a secondary search");
	return -1;
}

/* Opens the files before anything is sent. */
static int load(struct scan *scan)
{
	int status;

	if (scan->config && globals.json)
		return fail_usage(&scan_command,
				  "--config excludes --json");
	if (scan->config)
		scan_print_as_config();
	if (scan->resume_path && scan->planned)
		return fail_usage(&scan_command,
				  "--resume excludes addresses, --mask, --all-digits and --baud, which are in its file");
	if (scan->resume_path) {
		status = scan_state_load(&scan->state, scan->resume_path);
		if (status)
			return status;
		if (!scan->state_path)
			scan->state_path = scan->resume_path;
		scan->several_bauds = scan->state.baud_count > 1;
	}
	if (!scan->known_path)
		return -1;
	status = scan_list_read(scan->known_path, &scan->known,
				&scan->known_count);
	if (status)
		return status;
	scan->known_missed = array(scan->known_count,
				   sizeof(*scan->known_missed));
	return -1;
}

static int run(struct scan *scan, int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "primary", no_argument, NULL, OPTION_PRIMARY },
		{ "mask", required_argument, NULL, 'm' },
		{ "all-digits", no_argument, NULL, OPTION_ALL_DIGITS },
		{ "baud", required_argument, NULL, OPTION_BAUD },
		{ "known", required_argument, NULL, OPTION_KNOWN },
		{ "state", required_argument, NULL, OPTION_STATE },
		{ "resume", required_argument, NULL, OPTION_RESUME },
		{ "guard", required_argument, NULL, OPTION_GUARD },
		{ "direct", no_argument, NULL, OPTION_DIRECT },
		{ "config", no_argument, NULL, OPTION_CONFIG },
		{ "evidence", no_argument, NULL, OPTION_EVIDENCE },
		DAEMON_OPTIONS,
		{ 0 }
	};
	int status = -1;
	int letter;

	while (status < 0 && (letter = getopt_long(argc, argv,
						   COMMON_LETTERS "m:", options,
						   NULL)) != -1)
		status = parse_option(scan, letter, optarg);
	if (status < 0)
		status = parse_kind(scan, argc, argv);
	if (status < 0)
		status = load(scan);
	return status < 0 ? choose_and_scan(scan) : status;
}

static int run_scan(int argc, char **argv)
{
	struct scan scan = { .state.mask.secondary = true };
	int status;

	memset(scan.state.mask.bytes, 0xFF, sizeof(scan.state.mask.bytes));
	status = run(&scan, argc, argv);
	free(scan.known);
	free(scan.known_missed);
	scan_state_free(&scan.state);
	return status;
}
