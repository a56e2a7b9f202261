// SPDX-License-Identifier: GPL-2.0-only
#include "impairment.h"

#include <string.h>

/* As long as any converter's. */
static void long_break(struct site *site)
{
	site_put(site, "break = %ums\n", 81 + site_any(site, 20));
}

/* The bytes that field reports name. */
static void put_glitch(struct site *site, const char *key)
{
	static const char *const bytes[] = {"00", "FF", "F0", "FE"};
	unsigned int nr = 1 + site_any(site, 3);
	const char *byte = bytes[site_any(site, 4)];

	site_put(site, "%s =", key);
	while (nr--)
		site_put(site, " %s", byte);
	site_put(site, "\n");
}

static void before_answer(struct site *site)
{
	put_glitch(site, "before-answer");
}

static void after_answer(struct site *site)
{
	put_glitch(site, "after-answer");
}

static void around_answer(struct site *site)
{
	put_glitch(site, "before-answer");
	put_glitch(site, "after-answer");
}

static void before_request(struct site *site)
{
	put_glitch(site, "before-request");
}

static void after_request(struct site *site)
{
	put_glitch(site, "after-request");
}

static void put_echo(struct site *site)
{
	if (!site->has_echo)
		site_put(site, "echo = yes\n");
	site->has_echo = true;
}

static void echo_skip(struct site *site)
{
	put_echo(site);
	site_put(site, "echo-skip = %u\n", 1 + site_any(site, 3));
}

static void echo_flip(struct site *site)
{
	put_echo(site);
	site_put(site, "echo-flip = %u\n", 1 + site_any(site, 5));
}

static void echo_last(struct site *site)
{
	put_echo(site);
	site_put(site, "echo-last = %u\n", 1 + site_any(site, 3));
}

static void echo_first(struct site *site)
{
	put_echo(site);
	site_put(site, "echo-first = %u\n", 1 + site_any(site, 4));
}

static void echo_late(struct site *site)
{
	put_echo(site);
	site_put(site, "echo-delay = %ums\n", 5 + site_any(site, 120));
}

static void put_stream(struct site *site, const char *byte)
{
	unsigned int character_us = 11000000 / site->baud + 1;
	unsigned int us = 4600 + site_any(site, 195400);

	if (us < character_us)
		us = character_us;
	site_put(site, "stream = %s\nstream-every = %uus\n", byte, us);
	if (!site_any(site, 3))
		site_put(site, "stream-current = 15\n");
}

static void stream(struct site *site)
{
	static const char *const bytes[] = {"FF", "00", "55", "68"};

	put_stream(site, bytes[site_any(site, 4)]);
}

static void stream_of_acks(struct site *site)
{
	put_stream(site, "E5");
}

static void flips(struct site *site)
{
	site_put(site, "flip = %u\n", 200 + site_any(site, 800));
}

static void drops(struct site *site)
{
	site_put(site, "drop = %u\n", 200 + site_any(site, 800));
}

static void nuls(struct site *site)
{
	site_put(site, "nul = %u\n", 2 + site_any(site, 10));
}

static void idle_noise(struct site *site)
{
	site_put(site, "idle = %ums\n", 500 + site_any(site, 10000));
}

static void input_switch(struct site *site)
{
	site_put(site, "switch-time = %ums\nswitch-after = %ums\n",
		 20 + site_any(site, 300), 200 + site_any(site, 4000));
}

static void other_master(struct site *site)
{
	unsigned int holds = 500 + site_any(site, 3500);

	site_put(site, "first = %ums\nevery = %ums\nholds = %ums\n",
		 site_any(site, 3000), holds * (3 + site_any(site, 8)), holds);
	if (site_any(site, 2))
		site_put(site, "telegram = 10 7B FE 79 16\n");
}

static void stalls(struct site *site)
{
	unsigned int ms = 50 + site_any(site, 450);

	site_put(site, "stall = %ums\nstall-every = %ums\n", ms,
		 ms * (3 + site_any(site, 20)));
}

static void late_delivery(struct site *site)
{
	site_put(site, "late = %ums\n", 30 + site_any(site, 470));
}

static void lumps(struct site *site)
{
	site_put(site, "latency = %ums\n", 30 + site_any(site, 170));
}

static void no_parity(struct site *site)
{
	site_put(site, "parity = no\n");
}

/* Within the standard, and another for each meter. */
static void own_delay(struct site *site)
{
	site_put(site, "delay = %ums\n", site_any_delay(site));
}

static void late(struct site *site)
{
	site_put(site, "delay = %ums\n", 200 + site_any(site, 1300));
}

static void late_telegram(struct site *site)
{
	site_put(site, "late = %ums\n", 200 + site_any(site, 1300));
}

static void acks(struct site *site)
{
	site_put(site, "acks = %u\ncopy-pause = %ubits\n",
		 2 + site_any(site, 2), site_any(site, 40));
}

static void ack_first(struct site *site)
{
	site_put(site, "ack-first = yes\ncopy-pause = %ubits\n",
		 site_any(site, 60));
}

static void copies(struct site *site)
{
	site_put(site, "copies = 2\ncopy-pause = %ubits\n",
		 site_any(site, 100));
}

static void selection_acknowledge(struct site *site)
{
	site_put(site, "selection = acknowledge\n");
}

static void selection_any(struct site *site)
{
	site_put(site, "selection = any\n");
}

static void never_deselected(struct site *site)
{
	site_put(site, "deselects = %s\n", site_any(site, 2) ? "no" : "reset");
}

static void fcb_per_meter(struct site *site)
{
	site_put(site, "fcb-memory = meter\n");
}

static void hears_every(struct site *site)
{
	site_put(site, "hears-every = %u\n", 2 + site_any(site, 3));
}

static void answers_every(struct site *site)
{
	site_put(site, "answer-every = %u\n", 2 + site_any(site, 3));
}

static void sleep_any(struct site *site)
{
	site_put(site, "sleep = %ums\nwake-time = %ums\n",
		 2000 + site_any(site, 60000), site_any(site, 100));
}

static void sleep_own(struct site *site)
{
	sleep_any(site);
	site_put(site, "wakes-on = own\n");
}

static void wake_run(struct site *site)
{
	site_put(site, "sleep = 10s\nwakes-on = run\n");
	if (site_any(site, 2))
		site_put(site, "wake-byte = 55\nwake-run = 2s\n");
	else
		site_put(site, "wake-byte = 00\nwake-count = 210\n");
}

static void deaf_after_reset(struct site *site)
{
	site_put(site, "deaf-after-reset = %us\n", 10 + site_any(site, 31));
}

static void no_reset_ack(struct site *site)
{
	site_put(site, "reset-ack = no\n");
}

static void byte_pauses(struct site *site)
{
	site_put(site, "byte-pause = %uus\n", 500 + site_any(site, 10000));
}

static void one_pause(struct site *site)
{
	site_put(site, "pause-after = %u\npause = %ums\n",
		 1 + site_any(site, 20), 20 + site_any(site, 150));
}

static void put_fault(struct site *site)
{
	static const char *const faults[] = {"checksum", "length", "lengths",
					     "start",	 "stop",   "cut"};

	site_put(site, "fault = %s\n", faults[site_any(site, 6)]);
}

static void fault_at_times(struct site *site)
{
	put_fault(site);
	site_put(site, "fault-every = %u\n", 2 + site_any(site, 4));
}

static void mode2(struct site *site)
{
	site_put(site, "mode2 = only\n");
}

static void answer_address(struct site *site)
{
	site_put(site, "answer-address = %u\n",
		 site_any(site, 2) ? 253 : site_any(site, 251));
}

static void silent(struct site *site)
{
	site_put(site, "silent = yes\n");
}

static void busy(struct site *site)
{
	site_put(site, "busy = %u\n", 1 + site_any(site, 2));
}

static void used_up(struct site *site)
{
	site_put(site, "readouts = 1\nover-limit = %s\n",
		 site_any(site, 2) ? "error" : "silence");
}

const struct impairment impairments[] = {
	{.name = "none", .in_check = true},
	/* What the converter or the adapter adds, and how it echoes. */
	{.name = "long-break", .converter = long_break},
	{.name = "before-answer", .converter = before_answer},
	{.name = "after-answer", .cause = "adds", .converter = after_answer},
	{.name = "around-answer", .cause = "adds", .converter = around_answer},
	{.name = "before-request",
	 .cause = "adds|disturb|noise",
	 .converter = before_request},
	{.name = "after-request",
	 .cause = "adds|disturb|noise",
	 .converter = after_request},
	{.name = "echo-skip", .group = "echo", .converter = echo_skip},
	{.name = "echo-flip", .group = "echo", .converter = echo_flip},
	{.name = "echo-last", .group = "echo", .converter = echo_last},
	{.name = "echo-first",
	 .cause = "echo",
	 .group = "echo",
	 .converter = echo_first},
	{.name = "echo-late", .group = "echo", .converter = echo_late},
	{.name = "input-switch", .converter = input_switch},
	/* What comes unasked, and what gets lost. */
	{.name = "stream",
	 .cause = "all the time",
	 .group = "stream",
	 .noise = stream},
	{.name = "stream-of-acks",
	 .cause = "all the time",
	 .group = "stream",
	 .noise = stream_of_acks},
	{.name = "flips", .in_check = true, .noise = flips},
	{.name = "drops", .noise = drops},
	{.name = "nuls", .in_check = true, .noise = nuls},
	{.name = "idle-noise", .in_check = true, .noise = idle_noise},
	{.name = "other-master", .other_master = other_master},
	/* The PC. */
	{.name = "stalls", .tty = stalls},
	{.name = "late-delivery", .tty = late_delivery},
	{.name = "lumps", .converter = lumps},
	{.name = "no-parity",
	 .cause = "baud rate",
	 .in_check = true,
	 .tty = no_parity},
	/* Meters that are late, or some later than others. */
	{.name = "own-delays",
	 .cause = "disturb|late",
	 .group = "late",
	 .of = OF_ALL,
	 .meter = own_delay},
	{.name = "late-one", .group = "late", .of = OF_ONE, .meter = late},
	{.name = "late-all", .group = "late", .of = OF_ALL, .meter = late},
	{.name = "late-telegram", .of = OF_ALL, .meter = late_telegram},
	{.name = "byte-pauses",
	 .cause = "stopped before|truncated",
	 .of = OF_ALL,
	 .meter = byte_pauses},
	{.name = "one-pause",
	 .cause = "stopped before|truncated",
	 .of = OF_ALL,
	 .meter = one_pause},
	/* Meters that answer too much. */
	{.name = "acks-one",
	 .in_check = true,
	 .group = "acks",
	 .of = OF_ONE,
	 .meter = acks},
	{.name = "acks-all",
	 .cause = "E5 too many",
	 .group = "acks",
	 .of = OF_ALL,
	 .meter = acks},
	{.name = "ack-first", .of = OF_ALL, .meter = ack_first},
	{.name = "copies", .cause = "the same", .of = OF_ALL, .meter = copies},
	{.name = "acknowledges-all",
	 .group = "selection",
	 .of = OF_ONE,
	 .meter = selection_acknowledge},
	{.name = "selected-by-any",
	 .group = "selection",
	 .of = OF_ONE,
	 .meter = selection_any},
	{.name = "never-deselected", .of = OF_ONE, .meter = never_deselected},
	{.name = "fcb-per-meter",
	 .in_check = true,
	 .of = OF_ALL,
	 .meter = fcb_per_meter},
	{.name = "answer-address",
	 .cause = "from address",
	 .in_check = true,
	 .of = OF_ALL,
	 .meter = answer_address,
	 .mixes_addresses = true},
	/* Or too little. */
	{.name = "hears-every",
	 .cause = "answer",
	 .of = OF_ONE,
	 .meter = hears_every},
	{.name = "hears-every-all",
	 .cause = "answer",
	 .of = OF_ALL,
	 .meter = hears_every},
	{.name = "answers-every",
	 .cause = "answers only",
	 .of = OF_ONE,
	 .meter = answers_every},
	{.name = "sleep-any",
	 .cause = "answer",
	 .group = "sleep",
	 .of = OF_ALL,
	 .meter = sleep_any},
	{.name = "sleep-own",
	 .cause = "answer",
	 .group = "sleep",
	 .of = OF_ALL,
	 .meter = sleep_own},
	{
		.name = "wake-run",
		.cause = "no meter answers",
		.in_check = true,
		.group = "sleep",
		.of = OF_ONE,
		.meter = wake_run,
	},
	{.name = "deaf-after-reset",
	 .cause = "after SND_NKE|answered none",
	 .in_check = true,
	 .of = OF_ALL,
	 .meter = deaf_after_reset},
	{.name = "no-reset-ack",
	 .cause = "answer",
	 .in_check = true,
	 .of = OF_ONE,
	 .meter = no_reset_ack},
	{.name = "silent",
	 .cause = "answered none",
	 .of = OF_ONE,
	 .meter = silent},
	{.name = "busy",
	 .cause = "busy",
	 .in_check = true,
	 .of = OF_ONE,
	 .meter = busy},
	{.name = "used-up",
	 .cause = "read too often|answered none",
	 .in_check = true,
	 .of = OF_ONE,
	 .meter = used_up},
	/* Or what no master should take. */
	{.name = "faulty",
	 .in_check = true,
	 .group = "fault",
	 .of = OF_ONE,
	 .meter = put_fault},
	{.name = "faulty-at-times",
	 .cause = "damaged|faulty",
	 .group = "fault",
	 .of = OF_ALL,
	 .meter = fault_at_times},
	{.name = "mode2",
	 .cause = "no meter answers",
	 .group = "mode2",
	 .of = OF_ONE,
	 .meter = mode2,
	 .mode2 = true},
	{.name = "mode2-all",
	 .cause = "no meter answers",
	 .group = "mode2",
	 .of = OF_ALL,
	 .meter = mode2,
	 .mode2 = true},
};

const size_t nr_impairments = sizeof(impairments) / sizeof(impairments[0]);

const struct impairment *impairment_find(const char *name)
{
	for (size_t i = 0; i < nr_impairments; i++)
		if (!strcmp(impairments[i].name, name))
			return &impairments[i];
	return NULL;
}
