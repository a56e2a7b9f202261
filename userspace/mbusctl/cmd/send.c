// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl send: sends a frame given in hex, or data to a meter.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>

#include <meterbus/control.h>
#include <meterbus/telegram.h>

#include "ui/command.h"
#include "ui/describe.h"
#include "ui/hex.h"
#include "wire/master.h"

static int run_send(int argc, char **argv);

COMMAND(send_command,
	.name = "send",
	.arguments = "HEX... [--repeats N] [--guard MS] [--window MS] | --to ADDRESS [--ci CI] HEX...",
	.summary = "send a frame, or data to a meter",
	.help = "HEX is a complete frame of a master: 105BFE5916, or 10 5B FE 59 16. With --to it\n"
		"is user data, for example data records, sent to the meter in a SND_UD after its\n"
		"selection or SND_NKE, repeatedly until it acknowledges.\n\n"
		"  --to ADDRESS  the meter, as for read\n"
		"  --ci CI       CI field, two digits; default 51, data to the meter\n"
		"  --repeats N   repeat it up to N times after silence or a damaged answer,\n"
		"                0 to 10; default: as the bus is set\n"
		"  --guard MS    quiet time before it; default: as the bus is set\n"
		"  --window MS   how long to wait for the first byte; default: as the bus is set\n\n"
		"Exit status by outcome: 0 ack or frame, 5 silence or echo-only, 6 collision,\n"
		"7 garbled; 0 for silence after a broadcast (A=255).\n",
	.run = run_send);

/* The meter of --to. */
struct target {
	bool given;
	bool has_ci;
	uint8_t ci;
	struct meterbus_address address;
};

struct request {
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	size_t len;
	struct meterbus_telegram telegram;
};

/* Arguments, spaces and colons may separate bytes. */
static int parse_hex(struct request *request, int argc, char **argv)
{
	char why[HEX_WHY_SIZE];

	for (int i = 0; i < argc; i++)
		if (hex_parse(request->bytes, &request->len, argv[i], 0, why))
			return fail(STATUS_USAGE, "'%.20s': %s", argv[i],
				    why);
	return STATUS_OK;
}

static int parse_request(struct request *request, int argc, char **argv)
{
	struct meterbus_error err;
	int status;

	status = parse_hex(request, argc, argv);
	if (status != STATUS_OK)
		return status;
	if (meterbus_telegram_parse(&request->telegram, request->bytes,
				    request->len, &err) < 0)
		return fail(STATUS_USAGE, "not a valid frame: %s", err.text);
	if (request->telegram.type == METERBUS_TELEGRAM_ACK ||
	    !(request->telegram.c & METERBUS_C_PRM))
		return fail(STATUS_USAGE,
			    "frame of a meter; a frame of a master is e.g. 105BFE5916 (REQ_UD2 to all meters)");
	return STATUS_OK;
}

static bool has_no_answer(const struct request *request)
{
	return request->telegram.a == METERBUS_A_BROADCAST;
}

static int outcome_status(const struct request *request, unsigned int outcome)
{
	switch (outcome) {
	case METERBUS_OUTCOME_ACK:
	case METERBUS_OUTCOME_FRAME:
		return STATUS_OK;
	case METERBUS_OUTCOME_SILENCE:
	case METERBUS_OUTCOME_ECHO_ONLY:
		return has_no_answer(request) ? STATUS_OK : STATUS_SILENCE;
	case METERBUS_OUTCOME_COLLISION:
		return STATUS_COLLISION;
	case METERBUS_OUTCOME_GARBLED:
		return STATUS_GARBLED;
	default:
		return STATUS_SYSTEM;
	}
}

static void print_flag(const char *name, void *context)
{
	(void)context;
	printf(" [%s]", name);
}

static void print_text(const struct request *request,
		       const struct meterbus_exchange *exchange)
{
	char hex[HEX_TEXT_SIZE(METERBUS_DATA_MAX)];
	char text[DESCRIPTION_SIZE];

	printf("%s", meterbus_outcome_name(exchange->outcome));
	if (exchange->outcome == METERBUS_OUTCOME_FRAME)
		printf(" %s", describe_telegram(text, exchange->answer,
						exchange->answer_len));
	if (exchange->reason)
		printf(" (%s)", meterbus_reason_text(exchange->reason));
	else if (exchange->outcome == METERBUS_OUTCOME_SILENCE)
		printf(" (%s)", has_no_answer(request) ?
					"no meter answers a broadcast" :
					"no answer");
	if (exchange->tries != 1)
		printf(" after %u tries", exchange->tries);
	each_flag(exchange->flags, print_flag, NULL);
	if (exchange->answer_len)
		printf(": %s", hex_text(hex, exchange->answer,
					exchange->answer_len, ' '));
	putchar('\n');
}

static void add_flag(const char *name, void *context)
{
	json_object_array_add(context, json_object_new_string(name));
}

static void print_exchange_json(const struct meterbus_bus *bus,
				const struct request *request,
				const struct meterbus_exchange *exchange)
{
	struct json_object *object = json_object_new_object();
	struct json_object *flags = json_object_new_array();
	char hex[HEX_TEXT_SIZE(METERBUS_DATA_MAX)];
	int64_t delay;

	json_object_object_add(object, "bus",
			       json_object_new_string(meterbus_bus_name(bus)));
	hex_text(hex, request->bytes, request->len, 0);
	json_object_object_add(object, "request", json_object_new_string(hex));
	json_object_object_add(object, "outcome",
			       json_object_new_string(meterbus_outcome_name(
				       exchange->outcome)));
	if (exchange->reason)
		json_object_object_add(object, "reason",
				       json_object_new_string(
					       meterbus_reason_name(
						       exchange->reason)));
	json_object_object_add(object, "tries",
			       json_object_new_int(exchange->tries));
	each_flag(exchange->flags, add_flag, flags);
	json_object_object_add(object, "flags", flags);
	hex_text(hex, exchange->answer, exchange->answer_len, 0);
	json_object_object_add(object, "answer", json_object_new_string(hex));
	if (exchange->first_ns) {
		delay = exchange->first_ns - exchange->sent_end_ns;
		json_object_object_add(object, "delay_us",
				       json_object_new_int64(delay / 1000));
	}
	print_json(object);
	json_object_put(object);
}

static int parse_ms(const char *option, uint32_t *us)
{
	unsigned long ms;

	if (!parse_number(optarg, 0, METERBUS_TIME_MAX_US / 1000, &ms))
		return fail(STATUS_USAGE,
			    "%s %s: not a time in milliseconds from 0 to %u",
			    option, optarg, METERBUS_TIME_MAX_US / 1000);
	/* Zero would mean the setting of the bus; 1 us is the next best. */
	*us = ms ? ms * 1000 : 1;
	return -1;
}

static int parse_ci(struct target *target)
{
	char why[HEX_WHY_SIZE];
	struct request ci = { .len = 0 };

	if (hex_parse(ci.bytes, &ci.len, optarg, 0, why) || ci.len != 1)
		return fail(STATUS_USAGE, "--ci %s: not two hexadecimal digits",
			    optarg);
	target->ci = ci.bytes[0];
	target->has_ci = true;
	return -1;
}

static int parse_target(struct target *target)
{
	target->given = true;
	return parse_address(&target->address, optarg) ? STATUS_USAGE : -1;
}

/* Options for frames only, and for data only. */
static int check_options(const struct meterbus_exchange *exchange,
			 const struct target *target)
{
	if (target->given && (exchange->repeats != METERBUS_REPEATS_BUS ||
			      exchange->guard_us || exchange->window_us))
		return fail(STATUS_USAGE,
			    "--to excludes --repeats, --guard and --window");
	if (!target->given && target->has_ci)
		return fail(STATUS_USAGE,
			    "--ci requires --to; a complete frame has its CI field");
	return -1;
}

static int parse_options(struct meterbus_exchange *exchange,
			 struct target *target, int argc, char **argv)
{
	enum { REPEATS = 2000, GUARD, WINDOW, TO, CI };
	static const struct option options[] = {
		{ "repeats", required_argument, NULL, REPEATS },
		{ "guard", required_argument, NULL, GUARD },
		{ "window", required_argument, NULL, WINDOW },
		{ "to", required_argument, NULL, TO },
		{ "ci", required_argument, NULL, CI },
		COMMON_OPTIONS,
		{ 0 }
	};
	unsigned long repeats;
	int status = -1;
	int letter;

	while (status < 0 &&
	       (letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		switch (letter) {
		case REPEATS:
			if (!parse_number(optarg, 0, METERBUS_REPEATS_MAX,
					  &repeats))
				return fail(STATUS_USAGE,
					    "--repeats %s: not a number from 0 to %d",
					    optarg, METERBUS_REPEATS_MAX);
			exchange->repeats = repeats;
			break;
		case GUARD:
			status = parse_ms("--guard", &exchange->guard_us);
			break;
		case WINDOW:
			status = parse_ms("--window", &exchange->window_us);
			break;
		case TO:
			status = parse_target(target);
			break;
		case CI:
			status = parse_ci(target);
			break;
		default:
			status = common_option(&send_command, letter);
		}
	}
	return status < 0 ? check_options(exchange, target) : status;
}

/* --to: the bytes are user data. */
static int send_data(const struct target *target, int argc, char **argv)
{
	struct request data = { .len = 0 };
	struct meterbus_master *master;
	struct meterbus_error err;
	struct meterbus_bus *bus;
	int status;

	status = parse_hex(&data, argc, argv);
	if (status == STATUS_OK && data.len > METERBUS_USER_DATA_MAX)
		status = fail(STATUS_USAGE,
			      "%zu bytes of user data do not fit into a telegram; at most %d do",
			      data.len, METERBUS_USER_DATA_MAX);
	if (status == STATUS_OK)
		status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	if (meterbus_command(master, &target->address, target->ci, data.bytes,
			     data.len, &err) < 0)
		status = fail_error(&err);
	else
		status = print_done(&send_command, bus, &target->address,
				    !target->address.secondary &&
				    target->address.primary ==
					    METERBUS_A_BROADCAST ?
					    "sent; no meter answers a broadcast" :
					    "acknowledged");
	close_master(master, bus);
	return status;
}

static int run_send(int argc, char **argv)
{
	struct target target = { .ci = METERBUS_CI_SEND };
	struct meterbus_exchange exchange = {
		.repeats = METERBUS_REPEATS_BUS,
	};
	struct meterbus_error err;
	struct meterbus_link *link;
	struct meterbus_bus *bus;
	struct request request = { .len = 0 };
	int status;

	status = parse_options(&exchange, &target, argc, argv);
	if (status >= 0)
		return status;
	if (target.given)
		return send_data(&target, argc - optind, argv + optind);
	if (optind == argc)
		return fail_usage(&send_command, "no frame given");
	status = parse_request(&request, argc - optind, argv + optind);
	if (status != STATUS_OK)
		return status;
	status = open_bus(&bus);
	if (status != STATUS_OK)
		return status;
	/* A broadcast is not answered, so silence is no reason to repeat it. */
	if (has_no_answer(&request) &&
	    exchange.repeats == METERBUS_REPEATS_BUS)
		exchange.repeats = 0;
	exchange.request = request.bytes;
	exchange.request_len = request.len;
	link = meterbus_bus_link(bus);
	if (link->exchange(link, &exchange, &err) < 0) {
		status = fail_error(&err);
	} else {
		if (globals.json)
			print_exchange_json(bus, &request, &exchange);
		else
			print_text(&request, &exchange);
		status = outcome_status(&request, exchange.outcome);
	}
	meterbus_bus_close(bus);
	return status;
}
