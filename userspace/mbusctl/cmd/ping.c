// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl ping: whether meters answer, and how soon, without a readout.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>

#include "ui/command.h"
#include "wire/master.h"
#include "ui/progress.h"

static int run_ping(int argc, char **argv);

COMMAND(ping_command,
	.name = "ping",
	.arguments = "ADDRESS... [-c COUNT]",
	.summary = "check whether meters answer",
	.help = "Sends SND_NKE to a primary address, a selection to a secondary one. The meter\n"
		"answers E5, which is not a readout. The delay is from the end of the telegram to\n"
		"the first byte of the answer, as delivered by the serial port.\n"
		"  -c COUNT     number of telegrams, 1 to 1000; default 1. None is repeated\n"
		"      --json   one object for each, with outcome and delay_us\n"
		"Several meters that answer E5 at once may look like one.\n"
		"Exit status: 0 all answered, 5 one did not, 6 collision, 7 damaged answer.\n",
	.run = run_ping);

struct delays {
	unsigned long count;
	uint64_t min, max, sum;
};

static int outcome_status(unsigned int outcome)
{
	switch (outcome) {
	case METERBUS_OUTCOME_ACK:
		return STATUS_OK;
	case METERBUS_OUTCOME_COLLISION:
		return STATUS_COLLISION;
	case METERBUS_OUTCOME_SILENCE:
	case METERBUS_OUTCOME_ECHO_ONLY:
		return STATUS_SILENCE;
	default:
		return STATUS_GARBLED;
	}
}

static void print_one_json(const struct meterbus_bus *bus, const char *name,
			   const struct meterbus_exchange *x, uint64_t delay)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "bus",
			       json_object_new_string(meterbus_bus_name(bus)));
	json_object_object_add(object, "address",
			       json_object_new_string(name));
	json_object_object_add(object, "outcome",
			       json_object_new_string(
				       meterbus_outcome_name(x->outcome)));
	if (x->reason)
		json_object_object_add(object, "reason",
				       json_object_new_string(
					       meterbus_reason_name(x->reason)));
	if (delay)
		json_object_object_add(object, "delay_us",
				       json_object_new_int64(delay / 1000));
	print_json(object);
	json_object_put(object);
}

static void print_one_text(const char *name, const struct meterbus_exchange *x,
			   uint64_t delay)
{
	printf("%s: %s", name, meterbus_outcome_name(x->outcome));
	if (x->reason)
		printf(" (%s)", meterbus_reason_text(x->reason));
	if (delay)
		printf(" after %llu.%llu ms",
		       (unsigned long long)delay / 1000000,
		       (unsigned long long)delay / 100000 % 10);
	putchar('\n');
}

static int ping_once(struct meterbus_master *master, struct meterbus_bus *bus,
		     const struct meterbus_address *address, const char *name,
		     struct delays *delays)
{
	struct meterbus_exchange x = { .repeats = 0 };
	struct meterbus_error err;
	uint64_t delay = 0;
	int ret;

	if (address->secondary)
		ret = meterbus_select(master, address, &x, &err);
	else
		ret = meterbus_snd_nke(master, address->primary, &x, &err);
	if (ret < 0)
		return fail_error(&err);
	if (x.first_ns > x.sent_end_ns)
		delay = x.first_ns - x.sent_end_ns;
	if (globals.json)
		print_one_json(bus, name, &x, delay);
	else
		print_one_text(name, &x, delay);
	fflush(stdout);
	if (x.outcome == METERBUS_OUTCOME_ACK) {
		if (!delays->count++ || delay < delays->min)
			delays->min = delay;
		if (delay > delays->max)
			delays->max = delay;
		delays->sum += delay;
	}
	return outcome_status(x.outcome);
}

static void print_delays(const struct delays *delays, const char *name,
			 unsigned long sent)
{
	printf("%s: %lu of %lu answered", name, delays->count, sent);
	if (delays->count)
		printf(", after %llu to %llu ms, %llu on average",
		       (unsigned long long)delays->min / 1000000,
		       (unsigned long long)delays->max / 1000000,
		       (unsigned long long)(delays->sum / delays->count) /
			       1000000);
	putchar('\n');
}

static int ping(struct meterbus_master *master, struct meterbus_bus *bus,
		const char *text, unsigned long count)
{
	char name[METERBUS_ADDRESS_TEXT];
	struct meterbus_address address;
	struct delays delays = { 0 };
	int status = STATUS_OK;
	unsigned long sent;

	if (parse_address(&address, text))
		return STATUS_USAGE;
	meterbus_address_format(&address, name);
	for (sent = 0; sent < count && !stop_requested(); sent++) {
		int result = ping_once(master, bus, &address, name, &delays);

		if (status == STATUS_OK)
			status = result;
		if (result == STATUS_UNPLUGGED || result == STATUS_SYSTEM ||
		    result == STATUS_BUSY)
			break;
	}
	if (count > 1 && !globals.json)
		print_delays(&delays, name, sent);
	return status;
}

static int run_ping(int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "count", required_argument, NULL, 'c' },
		{ 0 }
	};
	struct meterbus_address address;
	struct meterbus_master *master;
	struct meterbus_bus *bus;
	unsigned long count = 1;
	int letter, status;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS "c:", options,
				     NULL)) != -1) {
		if (letter == 'c') {
			if (!parse_number(optarg, 1, 1000, &count))
				return fail(STATUS_USAGE,
					    "-c %s: not a number from 1 to 1000",
					    optarg);
			continue;
		}
		status = common_option(&ping_command, letter);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return fail_usage(&ping_command, "no meter address given");
	for (int i = optind; i < argc; i++) {
		status = parse_address(&address, argv[i]);
		if (status != STATUS_OK)
			return status;
	}
	status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	for (; optind < argc && !stop_requested(); optind++) {
		int result = ping(master, bus, argv[optind], count);

		if (status == STATUS_OK)
			status = result;
	}
	close_master(master, bus);
	return stop_requested() ? STATUS_SIGNAL + stop_requested() : status;
}
