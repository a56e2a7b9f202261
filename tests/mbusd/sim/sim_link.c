// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus_link.h for a daemon without a kernel module: [bus] tty = FILE is a
 * scenario of mbus-sim, whose meters answer at once. The adapter is unplugged
 * while that file is not there. With MBUSD_SIM_PACE=1 an exchange takes as long
 * as on a wire of the scenario's baud rate. While there is a FILE.hang an
 * exchange does not return, as on a tty whose driver hangs; it makes FILE.hung.
 *
 * Bits and converters are not simulated: what counts here is the daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "../../../userspace/mbus-sim/scenario/scenario.h"
#include "../../../userspace/mbusd/reader/link.h"

#define RESPONSE_MS 200 /* of a window without an answer */

struct bus_link {
	struct meterbus_link link;
	const struct config_bus *config;
	int inotify;
	bool open;
	bool pace;
	struct scenario scenario;
	struct settings settings;
	struct parser parser;
	int64_t now; /* of the simulation, ns */
	uint64_t sent;
};

static struct bus_link *sim_of(struct meterbus_link *link)
{
	return (struct bus_link *)((char *)link -
				   offsetof(struct bus_link, link));
}

static bool is_plugged(const struct bus_link *sim)
{
	return access(sim->config->path, R_OK) == 0;
}

static void pass(struct bus_link *sim, int64_t ns)
{
	struct timespec time = {ns / NS_PER_S, ns % NS_PER_S};

	sim->now += ns;
	if (sim->pace)
		nanosleep(&time, NULL);
}

/* The request as the meters receive it. */
static bool hear(struct bus_link *sim, const struct meterbus_exchange *exchange)
{
	int64_t character = bits_ns(CHAR_BITS, sim->scenario.baud);
	enum parsed parsed = PARSED_PART;

	pass(sim, 60 * NS_PER_MS);
	for (size_t i = 0; i < exchange->request_len; i++)
		parsed = parser_byte(&sim->parser, sim->now + i * character,
				     sim->now + (i + 1) * character,
				     sim->scenario.baud, exchange->request[i]);
	pass(sim, exchange->request_len * character);
	return parsed == PARSED_TELEGRAM;
}

/* Identical answers at the same time are received as one. */
static void take_answer(struct meterbus_exchange *exchange,
			const struct answer *answer)
{
	if (exchange->outcome != METERBUS_OUTCOME_SILENCE) {
		if (exchange->answer_len == answer->len &&
		    !memcmp(exchange->answer, answer->bytes, answer->len))
			return;
		/* A converter that signals it: nothing of the answers is left.
		 */
		exchange->outcome = METERBUS_OUTCOME_COLLISION;
		exchange->reason = METERBUS_REASON_NUL;
		exchange->answer_len = 1;
		exchange->answer[0] = 0;
		return;
	}
	exchange->answer_len = answer->len;
	memcpy(exchange->answer, answer->bytes, answer->len);
	exchange->outcome = answer->len == 1 ? METERBUS_OUTCOME_ACK :
					       METERBUS_OUTCOME_FRAME;
	exchange->reason = METERBUS_REASON_NONE;
}

static void send_once(struct bus_link *sim, struct meterbus_exchange *exchange)
{
	struct answer answer;

	exchange->tries++;
	sim->sent++;
	exchange->outcome = METERBUS_OUTCOME_SILENCE;
	exchange->answer_len = 0;
	if (!hear(sim, exchange))
		return;
	for (size_t i = 0; i < sim->scenario.nr_meters; i++) {
		struct meter *meter = &sim->scenario.meters[i];

		if (!meter_hear(meter, &sim->parser.telegram, sim->now,
				&answer))
			continue;
		take_answer(exchange, &answer);
		meter_answered(meter, sim->now);
	}
	if (exchange->outcome == METERBUS_OUTCOME_SILENCE)
		pass(sim, RESPONSE_MS * NS_PER_MS);
	else
		pass(sim, bits_ns(CHAR_BITS * exchange->answer_len,
				  sim->scenario.baud));
}

static void hang(const struct bus_link *sim)
{
	char name[512], hung[512], folder[512], event[4096];
	int fd;

	snprintf(name, sizeof(name), "%s.hang", sim->config->path);
	snprintf(hung, sizeof(hung), "%s.hung", sim->config->path);
	snprintf(folder, sizeof(folder), "%s", sim->config->path);
	if (access(name, F_OK) < 0)
		return;
	fd = inotify_init1(IN_CLOEXEC);
	inotify_add_watch(fd, dirname(folder), IN_DELETE | IN_MOVED_FROM);
	close(open(hung, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	while (access(name, F_OK) == 0 && read(fd, event, sizeof(event)) > 0)
		;
	close(fd);
}

static int sim_exchange(struct meterbus_link *link,
			struct meterbus_exchange *exchange,
			struct meterbus_error *err)
{
	struct bus_link *sim = sim_of(link);
	unsigned int repeats = exchange->repeats == METERBUS_REPEATS_BUS ?
				       2 :
				       exchange->repeats;

	exchange->tries = 0;
	hang(sim);
	do {
		if (!is_plugged(sim))
			return meterbus_fail(
				err, METERBUS_E_UNPLUGGED,
				"unplugged during the transaction");
		send_once(sim, exchange);
	} while (exchange->outcome == METERBUS_OUTCOME_SILENCE &&
		 exchange->tries <= repeats);
	return 0;
}

static int sim_hold(struct meterbus_link *link, struct meterbus_error *err)
{
	(void)link;
	(void)err;
	return 0;
}

static void sim_release(struct meterbus_link *link)
{
	(void)link;
}

static int sim_get_timing(struct meterbus_link *link,
			  struct meterbus_timing *timing,
			  struct meterbus_error *err)
{
	(void)link;
	(void)err;
	*timing = (struct meterbus_timing){
		.guard_us = 60000,
		.window_us = 187500,
		.gap_us = 100000,
		.slack_us = 20000,
		.repeats = 2,
	};
	return 0;
}

static int sim_set_timing(struct meterbus_link *link,
			  const struct meterbus_timing *timing,
			  struct meterbus_error *err)
{
	(void)link;
	(void)timing;
	(void)err;
	return 0;
}

static uint64_t sim_sent(struct meterbus_link *link)
{
	return sim_of(link)->sent;
}

struct bus_link *bus_link_new(const struct config_bus *bus,
			      struct meterbus_error *err)
{
	struct bus_link *sim = calloc(1, sizeof(*sim));
	char *path = strdup(bus->path);

	*sim = (struct bus_link){
		.link =
			{
				.exchange = sim_exchange,
				.hold = sim_hold,
				.release = sim_release,
				.get_timing = sim_get_timing,
				.set_timing = sim_set_timing,
				.sent = sim_sent,
			},
		.config = bus,
		.pace = getenv("MBUSD_SIM_PACE"),
		.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
	};
	if (inotify_add_watch(sim->inotify, dirname(path),
			      IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) < 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "%s: %s", path,
			      strerror(errno));
		bus_link_free(sim);
		sim = NULL;
	}
	free(path);
	return sim;
}

void bus_link_free(struct bus_link *sim)
{
	bus_link_close(sim);
	close(sim->inotify);
	free(sim);
}

void bus_link_set_config(struct bus_link *sim, const struct config_bus *bus)
{
	sim->config = bus;
}

int bus_link_open(struct bus_link *sim, struct meterbus_error *err)
{
	if (!is_plugged(sim))
		return meterbus_fail(err, METERBUS_E_NO_TTY,
				     "no adapter %s is plugged in",
				     sim->config->path);
	if (!settings_read(&sim->settings, sim->config->path) ||
	    !scenario_build(&sim->scenario, &sim->settings)) {
		settings_free(&sim->settings);
		return meterbus_fail(err, METERBUS_E_USAGE, "%s is no scenario",
				     sim->config->path);
	}
	sim->parser = (struct parser){.gap = sim->scenario.gap};
	sim->open = true;
	return 0;
}

void bus_link_close(struct bus_link *sim)
{
	if (!sim->open)
		return;
	sim->open = false;
	scenario_free(&sim->scenario);
	settings_free(&sim->settings);
	sim->settings = (struct settings){0};
}

struct meterbus_link *bus_link_exchanges(struct bus_link *sim)
{
	return &sim->link;
}

const char *bus_link_device(const struct bus_link *sim)
{
	return sim->open ? "sim" : "";
}

const char *bus_link_tty(const struct bus_link *sim)
{
	return sim->config->path;
}

int bus_link_fd(const struct bus_link *sim)
{
	return sim->inotify;
}

bool bus_link_changed(struct bus_link *sim)
{
	char events[4096];

	while (read(sim->inotify, events, sizeof(events)) > 0)
		;
	return sim->open != is_plugged(sim);
}

unsigned int bus_link_retry_s(const struct bus_link *sim)
{
	(void)sim;
	return 60;
}
