// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Commands to one meter. E5 acknowledges the telegram only, so what can be
 * checked is checked.
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/control.h>
#include <meterbus/decode.h>

#include "master/failure.h"

#define DIF_8BIT	0x01
#define DIF_32BIT	0x04
#define DIF_48BIT	0x06
#define VIF_BUS_ADDRESS	0x7A
#define VIF_TIME	0x6D
#define CI_FIRST_RATE	0xB8
#define CENTURY_TURN	80

const uint32_t meterbus_rates[9] = { 300,  600,	 1200,	2400, 4800,
				     9600, 19200, 38400, 0 };

/* Quiet times before a command: a converter may swallow what comes too soon. */
static const uint32_t gaps_us[] = { 0, 150000, 500000 };

static uint8_t address_on_bus(const struct meterbus_address *address)
{
	return address->secondary ? METERBUS_A_SELECTED : address->primary;
}

/*
 * Selection or SND_NKE, which some do not answer. On a bus that is held.
 * Returns 0 if there is, or may be, a meter to talk to.
 */
static int approach(struct ask *ask, struct meterbus_error *err)
{
	uint8_t a = ask->address->primary;

	/* SND_NKE to the selected meter would deselect it. */
	if (!ask->address->secondary &&
	    (a == METERBUS_A_BROADCAST || a == METERBUS_A_SELECTED))
		return 0;
	if (ask_open(ask, err) < 0)
		return -1;
	/* All of them answer this; it is their FCB that matters. */
	if (!ask->address->secondary && a == METERBUS_A_TEST)
		return 0;
	if (ask->result == ASK_SEVERAL ||
	    (ask->result == ASK_NOBODY && ask->address->secondary))
		return fail_ask(ask, NULL, err);
	return 0;
}

static int command_held(struct ask *ask, uint8_t ci, const uint8_t *data,
			size_t len, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;
	size_t i;

	for (i = 0; i < sizeof(gaps_us) / sizeof(gaps_us[0]); i++) {
		if (approach(ask, err) < 0)
			return -1;
		x->guard_us = gaps_us[i];
		x->window_us = 0;
		x->repeats = METERBUS_REPEATS_BUS;
		if (check_cancelled(ask->master, err) < 0 ||
		    meterbus_send(ask->master, address_on_bus(ask->address),
				  ci, data, len, x, err) < 0)
			return -1;
		if (x->outcome == METERBUS_OUTCOME_ACK ||
		    (!ask->address->secondary &&
		     ask->address->primary == METERBUS_A_BROADCAST))
			return 0;
		/* A meter that does not answer SND_NKE either is not there. */
		if ((x->outcome != METERBUS_OUTCOME_SILENCE &&
		     x->outcome != METERBUS_OUTCOME_ECHO_ONLY) ||
		    !ask->acknowledged)
			break;
	}
	return fail_command(ask, err);
}

static void start_ask(struct ask *ask, struct meterbus_master *master,
		      const struct meterbus_address *address)
{
	memset(ask, 0, sizeof(*ask));
	ask->master = master;
	ask->address = address;
	ask->open_repeats = METERBUS_REPEATS_BUS;
	ask->insist = true;
}

int meterbus_command(struct meterbus_master *master,
		     const struct meterbus_address *address, uint8_t ci,
		     const uint8_t *data, size_t len,
		     struct meterbus_error *err)
{
	struct ask ask;
	int ret;

	start_ask(&ask, master, address);
	if (master->link->hold(master->link, err) < 0)
		return -1;
	ret = command_held(&ask, ci, data, len, err);
	master->link->release(master->link);
	return ret;
}

/* ------------------------------------------------------ primary address */

/* One telegram identifies the meter; more would only use its battery. */
static int read_one(struct meterbus_master *master,
		    const struct meterbus_address *address,
		    struct meterbus_readout *readout,
		    struct meterbus_error *err)
{
	const struct meterbus_quirks *quirks = master->quirks;
	struct meterbus_quirks one = { .telegrams = 1 };
	int ret;

	if (quirks)
		one = *quirks;
	one.telegrams = 1;
	master->quirks = &one;
	ret = meterbus_read(master, address, readout, err);
	master->quirks = quirks;
	return ret;
}

/*
 * Which meter is meant: a whole secondary address is enough; any other is read,
 * and must be one meter.
 */
static int find_one(struct meterbus_master *master,
		    const struct meterbus_address *address,
		    struct meterbus_address *meter,
		    struct meterbus_readout *readout,
		    struct meterbus_error *err)
{
	if (address->secondary && meterbus_address_exact(address)) {
		*meter = *address;
		return 0;
	}
	if (!address->secondary && address->primary > METERBUS_A_PRIMARY_MAX)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "every meter listens to address %u and would take the same new one; give the address of one meter, or force it",
				     address->primary);
	if (read_one(master, address, readout, err) < 0)
		return -1;
	if (readout->identified)
		*meter = readout->meter;
	return 0;
}

static bool is_present(struct meterbus_master *master,
		       const struct meterbus_address *address)
{
	struct ask ask;

	start_ask(&ask, master, address);
	return ask_presence(&ask, NULL) == 0 && ask.result != ASK_NOBODY;
}

static bool is_same(const struct meterbus_address *meter,
		    const struct meterbus_readout *readout)
{
	return meter->secondary && readout->identified &&
	       address_admits(meter, &readout->meter);
}

/* Returns 1 if it is @meter itself that answers at @primary, 0 if none. */
static int check_free(struct meterbus_master *master, uint8_t primary,
		      const struct meterbus_address *meter,
		      struct meterbus_readout *readout,
		      struct meterbus_error *err)
{
	struct meterbus_address wanted = { .primary = primary };
	char name[FAILURE_NAME];
	struct ask ask;

	start_ask(&ask, master, &wanted);
	if (ask_presence(&ask, err) < 0)
		return -1;
	if (ask.result == ASK_NOBODY)
		return 0;
	if (read_one(master, &wanted, readout, err) < 0)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "primary address %u is taken: something answers there, not with a telegram; choose another, or force it",
				     primary);
	if (is_same(meter, readout))
		return 1;
	if (!readout->identified)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "primary address %u is taken: a meter answers there; choose another, or force it",
				     primary);
	return meterbus_fail(err, METERBUS_E_USAGE,
			     "primary address %u is taken by meter %s; choose another, or force it",
			     primary, failure_name(&readout->meter, name));
}

/* Returns 1 if there is nothing to do. */
static int check_before(struct meterbus_master *master,
			const struct meterbus_address *address, uint8_t primary,
			struct meterbus_address *meter,
			struct meterbus_readout *readout,
			struct meterbus_error *err)
{
	if (find_one(master, address, meter, readout, err) < 0)
		return -1;
	if (readout->count && readout->primary == primary)
		return 1;
	return check_free(master, primary, meter, readout, err);
}

/* It acknowledged, and no meter is at @primary. */
static int fail_not_taken(struct meterbus_master *master,
			  const struct meterbus_address *address,
			  uint8_t primary, struct meterbus_error *err)
{
	char name[FAILURE_NAME];

	failure_name(address, name);
	if (!address->secondary && address->primary > METERBUS_A_PRIMARY_MAX)
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "the new address %u was acknowledged and no meter answers there: no meter has taken it; some have to be unlocked first",
				     primary);
	if (is_present(master, address))
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s acknowledged the new address %u and did not take it: it answers to the old one; some meters have to be unlocked first",
				     name, primary);
	return meterbus_fail_hint(err, METERBUS_E_SILENCE, METERBUS_HINT_SCAN,
				  NULL,
				  "%s acknowledged the new address %u and answers to neither now; it may be restarting: try again in a minute",
				  name, primary);
}

int meterbus_set_primary(struct meterbus_master *master,
			 const struct meterbus_address *address,
			 uint8_t primary, bool force,
			 struct meterbus_readout *readout,
			 struct meterbus_error *err)
{
	const uint8_t record[] = { DIF_8BIT, VIF_BUS_ADDRESS, primary };
	struct meterbus_address meter = { .secondary = false };
	struct meterbus_address wanted = { .primary = primary };
	char name[FAILURE_NAME], other[FAILURE_NAME];
	struct meterbus_error why;
	int done;

	memset(readout, 0, sizeof(*readout));
	if (primary > METERBUS_A_PRIMARY_MAX)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%u is no address for a meter: 0 to 250 are",
				     primary);
	if (!force) {
		done = check_before(master, address, primary, &meter, readout,
				    err);
		if (done)
			return done < 0 ? -1 : 0;
	}
	if (meterbus_command(master, address, METERBUS_CI_SEND, record,
			     sizeof(record), err) < 0)
		return -1;
	if (read_one(master, &wanted, readout, &why) < 0) {
		if (why.kind == METERBUS_E_SILENCE)
			return fail_not_taken(master, address, primary, err);
		if (err)
			*err = why;
		return -1;
	}
	if (meter.secondary && readout->identified && !is_same(&meter, readout))
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s acknowledged the new address %u, and meter %s answers there",
				     failure_name(address, name), primary,
				     failure_name(&readout->meter, other));
	return 0;
}

/* ----------------------------------------------------------------- rate */

static int check_rate(struct meterbus_link *link, uint32_t rate,
		      uint32_t *old, unsigned int *number,
		      struct meterbus_error *err)
{
	for (*number = 0; meterbus_rates[*number] != rate; (*number)++)
		if (!meterbus_rates[*number])
			return meterbus_fail(err, METERBUS_E_USAGE,
					     "%u is no rate of M-Bus: 300, 600, 1200, 2400, 4800, 9600, 19200 and 38400 are",
					     rate);
	if (!link->get_baud || !link->set_baud)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "the rate of this bus cannot be changed");
	if (link->get_baud(link, old, err) < 0)
		return -1;
	if (*old == rate)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "the bus is at %u baud already", rate);
	return 0;
}

/*
 * Before the meter changes its rate: is it permitted, and can the adapter do
 * it? On a bus that is held, so that no other master sends meanwhile.
 */
static int try_rate(struct meterbus_link *link, uint32_t rate, uint32_t old,
		    struct meterbus_error *err)
{
	struct meterbus_error ignored;

	if (link->set_baud(link, rate, err) < 0) {
		link->set_baud(link, old, &ignored);
		return -1;
	}
	return link->set_baud(link, old, err);
}

static bool answers(struct ask *ask, struct meterbus_error *err)
{
	return ask_open(ask, err) == 0 && ask->result == ASK_SILENT;
}

/* The meter is not heard at @rate: the command to return to @old. */
static int come_back(struct ask *ask, uint32_t rate, uint32_t old,
		     unsigned int old_number, struct meterbus_error *err)
{
	struct meterbus_link *link = ask->master->link;
	struct meterbus_exchange *x = &ask->exchange;
	char name[FAILURE_NAME];
	int sent;

	x->guard_us = 0;
	x->window_us = 0;
	x->repeats = METERBUS_REPEATS_BUS;
	sent = meterbus_send(ask->master, address_on_bus(ask->address),
			     CI_FIRST_RATE + old_number, NULL, 0, x, err);
	/* A gateway that is lost comes back, and others use its bus. */
	if (link->set_baud(link, old, sent < 0 ? NULL : err) < 0 || sent < 0)
		return -1;
	failure_name(ask->address, name);
	if (answers(ask, err))
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s acknowledged %u baud and did not answer at it; it is at %u baud again, or still",
				     name, rate, old);
	return meterbus_fail(err, METERBUS_E_SILENCE,
			     "%s acknowledged %u baud and answers neither at it nor at %u baud; most meters return by themselves 2 to 10 minutes after the last telegram they received",
			     name, rate, old);
}

static int change_rate(struct ask *ask, uint32_t rate, uint32_t old,
		       unsigned int number, bool stay,
		       struct meterbus_error *err)
{
	struct meterbus_link *link = ask->master->link;
	unsigned int old_number = 0;

	while (meterbus_rates[old_number] && meterbus_rates[old_number] != old)
		old_number++;
	if (try_rate(link, rate, old, err) < 0 ||
	    command_held(ask, CI_FIRST_RATE + number, NULL, 0, err) < 0)
		return -1;
	/* An end now would lose the meter. */
	ask->master->cancelled = NULL;
	if (link->set_baud(link, rate, err) < 0)
		return -1;
	/* It may still be changing when it is asked for the first time. */
	if (!answers(ask, err) && !answers(ask, err))
		return come_back(ask, rate, old, old_number, err);
	return stay ? 0 : link->set_baud(link, old, err);
}

int meterbus_set_rate(struct meterbus_master *master,
		      const struct meterbus_address *address, uint32_t rate,
		      bool stay, struct meterbus_error *err)
{
	bool (*cancelled)(void *context) = master->cancelled;
	struct meterbus_link *link = master->link;
	unsigned int number;
	struct ask ask;
	uint32_t old;
	int ret;

	if (!address->secondary && address->primary > METERBUS_A_PRIMARY_MAX)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "every meter listens to address %u, and which of them follow cannot be checked; give the address of one meter",
				     address->primary);
	if (check_rate(link, rate, &old, &number, err) < 0 ||
	    link->hold(link, err) < 0)
		return -1;
	start_ask(&ask, master, address);
	ret = change_rate(&ask, rate, old, number, stay, err);
	master->cancelled = cancelled;
	link->release(link);
	return ret;
}

/* ---------------------------------------------------------------- clock */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 || year % 400 == 0);
}

size_t meterbus_clock_record(uint8_t out[METERBUS_CLOCK_MAX],
			     enum meterbus_clock type, const struct tm *tm)
{
	unsigned int year = tm->tm_year % 100;
	unsigned int month = tm->tm_mon + 1;
	bool summer = tm->tm_isdst > 0;
	uint8_t *b = out + 2;

	out[1] = VIF_TIME;
	if (type == METERBUS_CLOCK_F) {
		out[0] = DIF_32BIT;
		/*
		 * Without the hundreds of years 00 to 80 are of this century,
		 * and meters that know no hundreds take it, too.
		 */
		b[0] = tm->tm_min;
		b[1] = tm->tm_hour | summer << 7;
		if (year > CENTURY_TURN)
			b[1] |= (tm->tm_year / 100 & 3) << 5;
		b[2] = tm->tm_mday | (year & 7) << 5;
		b[3] = month | (year >> 3) << 4;
		return 6;
	}
	out[0] = DIF_48BIT;
	b[0] = tm->tm_sec | summer << 6 | is_leap(tm->tm_year + 1900) << 7;
	b[1] = tm->tm_min;
	/* Monday is 1, Sunday 7. */
	b[2] = tm->tm_hour | (tm->tm_wday ? tm->tm_wday : 7) << 5;
	b[3] = tm->tm_mday | (year & 7) << 5;
	b[4] = month | (year >> 3) << 4;
	/* The week is left open. */
	b[5] = 0;
	return 8;
}

/* ---------------------------------------------------------------- alarm */

int meterbus_alarm(struct meterbus_master *master,
		   const struct meterbus_address *address,
		   struct meterbus_exchange *exchange,
		   struct meterbus_telegram *telegram,
		   struct meterbus_error *err)
{
	struct ask ask;
	int ret;

	if (!address->secondary && address->primary == METERBUS_A_BROADCAST)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "no meter answers to address 255; give the address of one meter");
	start_ask(&ask, master, address);
	if (master->link->hold(master->link, err) < 0)
		return -1;
	ret = approach(&ask, err);
	memset(exchange, 0, sizeof(*exchange));
	exchange->repeats = METERBUS_REPEATS_BUS;
	if (ret == 0)
		ret = meterbus_req_ud1(master, address_on_bus(address),
				       exchange, telegram, err);
	master->link->release(master->link);
	if (ret < 0)
		return ret;
	ask.exchange = *exchange;
	if (exchange->outcome == METERBUS_OUTCOME_ACK || telegram->raw)
		return 0;
	return fail_command(&ask, err);
}
