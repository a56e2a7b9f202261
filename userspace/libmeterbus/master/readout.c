// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The readout of one meter: the first telegram and those that DIF 1F announces.
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/master.h>

#include "master/failure.h"

/* In the data of a telegram with long header. */
#define ID_LEN			4
#define ACCESS_NUMBER_OFFSET	8

/* How long a meter may be busy: it is asked again after each of these. */
static const uint32_t busy_us[] = { 1000000, 2000000, 4000000 };

/* Before more is asked of a meter that cannot take more (DFC). */
#define DFC_GUARD_US 500000

static void keep(struct meterbus_readout *readout,
		 const struct meterbus_telegram *telegram)
{
	memcpy(readout->telegrams[readout->count].bytes, telegram->raw,
	       telegram->raw_len);
	readout->telegrams[readout->count].len = telegram->raw_len;
	readout->count++;
}

/* The access number may differ. */
static bool same_contents(const struct meterbus_telegram *before,
			  const struct meterbus_telegram *telegram)
{
	const size_t skip = ACCESS_NUMBER_OFFSET;

	if (before->ci != telegram->ci ||
	    before->data_len != telegram->data_len)
		return false;
	if (telegram->ci != METERBUS_CI_RSP_LONG || before->data_len <= skip)
		return !memcmp(before->data, telegram->data, before->data_len);
	return !memcmp(before->data, telegram->data, skip) &&
	       !memcmp(before->data + skip + 1, telegram->data + skip + 1,
		       before->data_len - skip - 1);
}

/* The number, from 1, of the telegram of the row with the same contents, or 0. */
static size_t find_same(const struct meterbus_readout *readout,
			  const struct meterbus_telegram *telegram)
{
	struct meterbus_telegram before;

	for (size_t i = readout->count; i > 0; i--)
		if (meterbus_telegram_parse(&before,
					    readout->telegrams[i - 1].bytes,
					    readout->telegrams[i - 1].len,
					    NULL) == 0 &&
		    same_contents(&before, telegram))
			return i;
	return 0;
}

enum row {
	ROW_COMPLETE,
	ROW_GOES_ON,
	ROW_BROKEN,	/* no answer, or none that fits */
	ROW_FAILED,	/* with the error filled */
};

/* True if the row of telegrams ends with the one that came last. */
static bool row_ends(struct ask *ask, const struct meterbus_readout *readout)
{
	const struct meterbus_quirks *quirks = ask->quirks;
	char name[FAILURE_NAME];

	if (!meterbus_more_follow(&ask->telegram))
		return true;
	if (quirks && quirks->telegrams && readout->count >= quirks->telegrams)
		return true;
	if (readout->count < METERBUS_READOUT_MAX)
		return false;
	report_finding(ask->master, METERBUS_FINDING_ENDLESS, ask->address, 0,
		       "%s still announces more after %d telegrams; the rest was left",
		       failure_name(ask->address, name), METERBUS_READOUT_MAX);
	return true;
}

/* A meter that is busy has received the request: it is given time. */
static int wait_while_busy(struct ask *ask, struct meterbus_error *err)
{
	const size_t max = sizeof(busy_us) / sizeof(busy_us[0]);
	char name[FAILURE_NAME];
	size_t tries;

	for (tries = 0; tries < max; tries++) {
		if (application_error(&ask->telegram) != APPLICATION_BUSY)
			break;
		if (ask_again(ask, busy_us[tries], err) < 0)
			return -1;
		if (!ask->telegram.raw)
			return fail_after_busy(ask, err);
	}
	if (tries && application_error(&ask->telegram) != APPLICATION_BUSY)
		report_finding(ask->master, METERBUS_FINDING_BUSY, ask->address,
			       0, "%s was busy and answered request %zu",
			       failure_name(ask->address, name), tries + 1);
	return 0;
}

static int check_meter(struct ask *ask, struct meterbus_readout *readout,
		       struct meterbus_error *err)
{
	char name[FAILURE_NAME];
	char meter[METERBUS_ADDRESS_TEXT];

	failure_name(ask->address, name);
	readout->primary = ask->telegram.a;
	readout->identified = meterbus_telegram_meter(&ask->telegram,
						      &readout->meter);
	if (ask->address->secondary && readout->identified &&
	    !address_admits(ask->address, &readout->meter))
		return meterbus_fail_hint(err, METERBUS_E_UNREADABLE,
					  METERBUS_HINT_SCAN, NULL,
					  "%s was selected and meter %s answered",
					  name,
					  meterbus_address_format(
						  &readout->meter, meter));
	keep(readout, &ask->telegram);
	if (application_error(&ask->telegram) >= 0)
		return fail_application(ask, NULL, err);
	if (ask->telegram.c & METERBUS_C_ACD)
		report_finding(ask->master, METERBUS_FINDING_ALARM,
			       ask->address, 0,
			       "%s has class 1 data waiting (ACD), usually an alarm",
			       name);
	return 0;
}

/* The meter repeats telegram @same of @count and announces more. */
static void report_repetition(struct ask *ask, size_t same, size_t count)
{
	char name[FAILURE_NAME];

	failure_name(ask->address, name);
	if (same == count)
		report_finding(ask->master, METERBUS_FINDING_FCB_IGNORED,
			       ask->address, 0,
			       "%s announces more telegrams and sends the same one again: it ignores the FCB; no further data",
			       name);
	else
		report_finding(ask->master, METERBUS_FINDING_ENDLESS,
			       ask->address, 0,
			       "%s announces more after telegram %zu and sends telegram %zu again; no further data",
			       name, count, same);
}

/*
 * DIF 1F: the same request with toggled FCB brings the next telegram. A repeat
 * after silence keeps the FCB, so that none is skipped.
 */
static enum row read_next(struct ask *ask, struct meterbus_readout *readout,
			  struct meterbus_error *err)
{
	struct meterbus_telegram *telegram = &ask->telegram;
	bool full = telegram->c & METERBUS_C_DFC;
	struct meterbus_address meter;
	size_t same;

	if (ask_again(ask, full ? DFC_GUARD_US : 0, err) < 0)
		return ROW_FAILED;
	if (ask->exchange.outcome == METERBUS_OUTCOME_ACK)
		return ROW_COMPLETE;
	if (!telegram->raw)
		return ROW_BROKEN;
	if (wait_while_busy(ask, err) < 0)
		return ROW_FAILED;
	if (readout->identified && meterbus_telegram_meter(telegram, &meter) &&
	    memcmp(meter.bytes, readout->meter.bytes, ID_LEN))
		return ROW_BROKEN;
	same = find_same(readout, telegram);
	if (same) {
		report_repetition(ask, same, readout->count);
		return ROW_COMPLETE;
	}
	keep(readout, telegram);
	if (application_error(telegram) < 0)
		return ROW_GOES_ON;
	fail_application(ask, NULL, err);
	return ROW_FAILED;
}

static enum row read_rest(struct ask *ask, struct meterbus_readout *readout,
			  struct meterbus_error *err)
{
	enum row row = ROW_GOES_ON;

	while (row == ROW_GOES_ON)
		row = row_ends(ask, readout) ? ROW_COMPLETE :
					       read_next(ask, readout, err);
	return row;
}

/* One readout from its beginning. The bus may stay held. */
static enum row read_row(struct ask *ask_for, struct meterbus_readout *readout,
			 struct meterbus_error *err)
{
	memset(readout, 0, sizeof(*readout));
	if (ask(ask_for, err) < 0)
		return ROW_FAILED;
	if (ask_for->result != ASK_FRAME) {
		fail_ask(ask_for, NULL, err);
		return ROW_FAILED;
	}
	if (wait_while_busy(ask_for, err) < 0 ||
	    check_meter(ask_for, readout, err) < 0)
		return ROW_FAILED;
	return read_rest(ask_for, readout, err);
}

int meterbus_read(struct meterbus_master *master,
		  const struct meterbus_address *address,
		  struct meterbus_readout *readout, struct meterbus_error *err)
{
	const struct meterbus_quirks *quirks = master->quirks;
	uint8_t a = address->primary;
	enum row row = ROW_BROKEN;
	size_t count;

	memset(readout, 0, sizeof(*readout));
	if (!address->secondary && a == METERBUS_A_BROADCAST)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "no meter answers to address 255, which is for commands to all of them; give the address of one meter");
	if (!quirks) {
		quirks = meterbus_quirks_known(&count);
		quirks = meterbus_quirks_of(quirks, count, address);
	}
	for (int tries = 0; tries < 2 && row == ROW_BROKEN; tries++) {
		struct ask ask_for = {
			.master = master,
			.address = address,
			.open_repeats = METERBUS_REPEATS_BUS,
			.insist = true,
			.company = true,
			.company_nul = true,
			.quirks = quirks,
		};

		/* The second time from a known FCB. */
		if (tries && !address->secondary)
			master->linked[a / 8] &= ~(1 << a % 8);
		row = read_row(&ask_for, readout, err);
		ask_release(&ask_for);
		if (row == ROW_BROKEN)
			fail_continuation(&ask_for, readout->count, err);
	}
	return row == ROW_COMPLETE ? 0 : -1;
}
