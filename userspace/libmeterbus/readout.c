// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The readout of one meter: the first telegram, those that DIF 1F announces,
 * and for every failure the reason and what to do about it.
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/master.h>

#include "master_ask.h"

#define ACCESS_NUMBER_OFFSET 8	/* in the data of a telegram with long header */

static const char *name_of(const struct meterbus_address *address, char *out)
{
	char text[METERBUS_ADDRESS_TEXT];

	snprintf(out, METERBUS_ADDRESS_TEXT + 24, "%s%s",
		 address->secondary ? "" : "primary address ",
		 meterbus_address_format(address, text));
	return out;
}

static int fail_several(const struct ask *ask, const char *name,
			struct meterbus_error *err)
{
	const char *signal = ask->converter_signal ?
				     " (the 00 or break received is the converter's collision signal)" :
				     "";

	if (!ask->address->secondary)
		return meterbus_fail(err, METERBUS_E_COLLISION,
				     "several meters answer to %s at once%s; read them by secondary address, 'mbusctl scan' finds it",
				     name, signal);
	return meterbus_fail(err, METERBUS_E_COLLISION,
			     "several meters answer to %s at once%s; %s", name,
			     signal,
			     meterbus_address_exact(ask->address) ?
				     "they share the whole address: disconnect one and change the other's" :
				     "give more of the address, 'mbusctl scan' tells them apart");
}

static int fail_silent(const struct ask *ask, const char *name,
		       struct meterbus_error *err)
{
	if (ask->master->guard_fixed)
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s acknowledged %u times and answered none of %u requests, each %u ms after the acknowledgement: too soon for a converter that must turn round; do not fix the guard",
				     name, ask->acknowledged, ask->requested,
				     ask->gap_us / 1000);
	return meterbus_fail(err, METERBUS_E_UNREADABLE,
			     "%s acknowledged %u times and answered none of %u requests (%sup to %u ms after it); check the meter: readouts used up, or its battery",
			     name, ask->acknowledged, ask->requested,
			     ask->other_fcb ? "FCB 1 and 0, " : "",
			     ask->gap_us / 1000);
}

static int fail_ask(const struct ask *ask, struct meterbus_error *err)
{
	char name[METERBUS_ADDRESS_TEXT + 24];

	name_of(ask->address, name);
	switch (ask->result) {
	case ASK_SEVERAL:
		return fail_several(ask, name, err);
	case ASK_SILENT:
		return fail_silent(ask, name, err);
	case ASK_NO_DATA:
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s answers the request with E5: it has no data now; try again later",
				     name);
	case ASK_GARBLED:
		return meterbus_fail(err, METERBUS_E_GARBLED,
				     "%s answers, but damaged (%s, %u of %u requests): check wiring, baud rate and 8E1, or whether a second meter shares the address",
				     name,
				     meterbus_reason_name(ask->exchange.reason),
				     ask->requested, ask->requested);
	case ASK_FOREIGN:
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s was asked and something else answered (another address, or no RSP_UD); 'mbusctl monitor' shows it",
				     name);
	default:
		return meterbus_fail(err, METERBUS_E_SILENCE,
				     "no meter answers to %s; check the number, the wiring and the baud rate, 'mbusctl scan' lists who answers",
				     name);
	}
}

static void keep(struct meterbus_readout *readout,
		 const struct meterbus_telegram *telegram)
{
	memcpy(readout->telegrams[readout->count].bytes, telegram->raw,
	       telegram->raw_len);
	readout->telegrams[readout->count].len = telegram->raw_len;
	readout->count++;
}

/* True if @telegram says what the last one said; the access number may differ. */
static bool said_before(const struct meterbus_readout *readout,
			const struct meterbus_telegram *telegram)
{
	struct meterbus_telegram last;
	size_t skip = ACCESS_NUMBER_OFFSET;

	if (meterbus_telegram_parse(&last,
				    readout->telegrams[readout->count - 1].bytes,
				    readout->telegrams[readout->count - 1].len,
				    NULL) < 0)
		return false;
	if (last.ci != telegram->ci || last.data_len != telegram->data_len)
		return false;
	if (telegram->ci != METERBUS_CI_RSP_LONG || last.data_len <= skip)
		return !memcmp(last.data, telegram->data, last.data_len);
	return !memcmp(last.data, telegram->data, skip) &&
	       !memcmp(last.data + skip + 1, telegram->data + skip + 1,
		       last.data_len - skip - 1);
}

static int fail_continuation(const struct ask *ask, size_t count,
			     const char *name, struct meterbus_error *err)
{
	const struct meterbus_exchange *x = &ask->exchange;
	enum meterbus_error_kind kind = METERBUS_E_GARBLED;

	if (x->outcome == MBUS_OUTCOME_SILENCE ||
	    x->outcome == MBUS_OUTCOME_ECHO_ONLY)
		kind = METERBUS_E_UNREADABLE;
	else if (x->outcome == MBUS_OUTCOME_COLLISION)
		kind = METERBUS_E_COLLISION;
	return meterbus_fail(err, kind,
			     "%s announced more after telegram %zu and the next request ended in %s; read again",
			     name, count, meterbus_outcome_name(x->outcome));
}

/*
 * DIF 1F: the same request with toggled FCB brings the next telegram. A repeat
 * after silence keeps the FCB, so that none is skipped.
 */
static int read_rest(struct ask *ask, struct meterbus_readout *readout,
		     struct meterbus_error *err)
{
	struct meterbus_master *master = ask->master;
	struct meterbus_telegram *telegram = &ask->telegram;
	struct meterbus_exchange *x = &ask->exchange;
	char name[METERBUS_ADDRESS_TEXT + 24];
	uint8_t a = ask->address->secondary ? METERBUS_A_SELECTED :
					      ask->address->primary;

	name_of(ask->address, name);
	while (meterbus_more_follow(telegram)) {
		if (readout->count == METERBUS_READOUT_MAX) {
			report_finding(master, METERBUS_FINDING_ENDLESS,
				       ask->address, 0,
				       "%s still announces more after %d telegrams; the rest was left",
				       name, METERBUS_READOUT_MAX);
			return 0;
		}
		x->guard_us = 0;
		x->window_us = 0;
		x->repeats = METERBUS_REPEATS_BUS;
		if (check_cancelled(master, err) < 0 ||
		    meterbus_req_ud2(master, a, x, telegram, err) < 0)
			return -1;
		if (x->outcome == MBUS_OUTCOME_ACK)
			return 0;
		if (!telegram->raw)
			return fail_continuation(ask, readout->count, name,
						 err);
		if (said_before(readout, telegram)) {
			report_finding(master, METERBUS_FINDING_FCB_IGNORED,
				       ask->address, 0,
				       "%s announces more telegrams and sends the same one again: it ignores the FCB; what it sent is all there is to have",
				       name);
			return 0;
		}
		keep(readout, telegram);
	}
	return 0;
}

static int check_meter(const struct ask *ask, struct meterbus_readout *readout,
		       struct meterbus_error *err)
{
	char name[METERBUS_ADDRESS_TEXT + 24];
	char meter[METERBUS_ADDRESS_TEXT];
	struct meterbus_application app;

	name_of(ask->address, name);
	readout->primary = ask->telegram.a;
	readout->identified = meterbus_telegram_meter(&ask->telegram,
						      &readout->meter);
	if (ask->address->secondary && readout->identified &&
	    !address_admits(ask->address, &readout->meter))
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s was selected and meter %s answered; 'mbusctl scan' tells which meters there are",
				     name,
				     meterbus_address_format(&readout->meter,
							     meter));
	keep(readout, &ask->telegram);
	meterbus_application_parse(&app, &ask->telegram);
	if (app.application_error)
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s answers with an application error instead of data: %s (code %u)",
				     name, app.application_error,
				     app.application_error_code);
	return 0;
}

int meterbus_read(struct meterbus_master *master,
		  const struct meterbus_address *address,
		  struct meterbus_readout *readout, struct meterbus_error *err)
{
	struct ask a = {
		.master = master,
		.address = address,
		.open_repeats = METERBUS_REPEATS_BUS,
		.insist = true,
	};
	int ret;

	memset(readout, 0, sizeof(*readout));
	if (ask(&a, err) < 0)
		return -1;
	if (a.result != ASK_FRAME)
		return fail_ask(&a, err);
	ret = check_meter(&a, readout, err);
	if (ret == 0)
		ret = read_rest(&a, readout, err);
	ask_release(&a);
	return ret;
}
