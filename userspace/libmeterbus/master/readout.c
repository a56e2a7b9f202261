// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The readout of one meter: the first telegram, those that DIF 1F announces,
 * and for every failure the reason and what to do about it.
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/master.h>

#include "master/exchange.h"

/* In the data of a telegram with long header. */
#define ID_LEN			4
#define ACCESS_NUMBER_OFFSET	8

/* CI 70: what the codes say that ask for something else than a new try. */
#define ERROR_BUSY		8
#define ERROR_TOO_MANY_READOUTS	9

/* How long a meter may be busy: it is asked again after each of these. */
static const uint32_t busy_us[] = { 1000000, 2000000, 4000000 };

/* Before more is asked of a meter that says it cannot take more (DFC). */
#define DFC_GUARD_US 500000

static const char *name_of(const struct meterbus_address *address, char *out)
{
	char text[METERBUS_ADDRESS_TEXT];

	snprintf(out, METERBUS_ADDRESS_TEXT + 24, "%s%s",
		 address->secondary ? "" : "primary address ",
		 meterbus_address_format(address, text));
	return out;
}

#define ANSWER_TEXT 128

/* What came where it was not the telegram that was asked for. */
static const char *name_answer(const struct meterbus_exchange *x,
			       char out[ANSWER_TEXT])
{
	struct meterbus_telegram telegram;
	struct meterbus_address meter;
	char name[METERBUS_ADDRESS_TEXT];

	if (x->outcome != METERBUS_OUTCOME_FRAME ||
	    meterbus_telegram_parse(&telegram, x->answer, x->answer_len,
				    NULL) < 0) {
		snprintf(out, ANSWER_TEXT, "%s",
			 meterbus_outcome_name(x->outcome));
		return out;
	}
	if (telegram.type != METERBUS_TELEGRAM_LONG ||
	    (telegram.c & ~(METERBUS_C_ACD | METERBUS_C_DFC)) !=
		    METERBUS_C_RSP_UD)
		snprintf(out, ANSWER_TEXT,
			 "a frame with C = %02X, which is no RSP_UD",
			 telegram.c);
	else if (meterbus_telegram_meter(&telegram, &meter))
		snprintf(out, ANSWER_TEXT,
			 "a telegram from address %u, of meter %s", telegram.a,
			 meterbus_address_format(&meter, name));
	else
		snprintf(out, ANSWER_TEXT, "a telegram from address %u",
			 telegram.a);
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

/* So much of a faulty telegram is shown. */
#define FAULTY_BYTES	20

static int fail_faulty(const struct ask *ask, const char *name,
		       struct meterbus_error *err)
{
	const struct meterbus_exchange *x = &ask->exchange;
	char bytes[3 * FAULTY_BYTES + 1] = "";

	for (size_t i = 0; i < x->answer_len && i < FAULTY_BYTES; i++)
		snprintf(bytes + 3 * i, sizeof(bytes) - 3 * i, " %02X",
			 x->answer[i]);
	return meterbus_fail(err, METERBUS_E_GARBLED,
			     "%s sends telegrams that are faulty, always the same way (%s):%s%s",
			     name, meterbus_reason_text(x->reason), bytes,
			     x->answer_len > FAULTY_BYTES ? " ..." : "");
}

int ask_fail(const struct ask *ask, struct meterbus_error *err)
{
	char name[METERBUS_ADDRESS_TEXT + 24];
	char answer[ANSWER_TEXT];

	name_of(ask->address, name);
	switch (ask->result) {
	case ASK_SEVERAL:
		return fail_several(ask, name, err);
	case ASK_SILENT:
		return fail_silent(ask, name, err);
	case ASK_NO_DATA:
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s answers the request with E5, before and after an application reset: it has no data now; try again later",
				     name);
	case ASK_GARBLED:
		return meterbus_fail(err, METERBUS_E_GARBLED,
				     "%s answers, but damaged (%s, %u of %u requests): check wiring, baud rate and 8E1, or whether a second meter shares the address",
				     name,
				     meterbus_reason_name(ask->exchange.reason),
				     ask->requested, ask->requested);
	case ASK_FAULTY:
		return fail_faulty(ask, name, err);
	case ASK_STRAY:
		return meterbus_fail(err, METERBUS_E_SILENCE,
				     "%s acknowledged once and then nothing answered any more: the acknowledgement may have been another meter's; read again",
				     name);
	case ASK_FOREIGN:
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s was asked and the answer was %s; 'mbusctl monitor' shows it",
				     name, name_answer(&ask->exchange, answer));
	default:
		if (!ask->address->secondary &&
		    ask->address->primary == METERBUS_A_SELECTED)
			return meterbus_fail(err, METERBUS_E_SILENCE,
					     "no meter is selected, or it does not answer: address 253 is for the one that is; read it by its own address");
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

/* True if @telegram says what @before said; the access number may differ. */
static bool says_the_same(const struct meterbus_telegram *before,
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

/* The number, from 1, of the telegram of the row that said the same, or 0. */
static size_t said_before(const struct meterbus_readout *readout,
			  const struct meterbus_telegram *telegram)
{
	struct meterbus_telegram before;

	for (size_t i = readout->count; i > 0; i--)
		if (meterbus_telegram_parse(&before,
					    readout->telegrams[i - 1].bytes,
					    readout->telegrams[i - 1].len,
					    NULL) == 0 &&
		    says_the_same(&before, telegram))
			return i;
	return 0;
}

static int fail_continuation(const struct ask *ask, size_t count,
			     struct meterbus_error *err)
{
	enum meterbus_error_kind kind = METERBUS_E_GARBLED;
	char name[METERBUS_ADDRESS_TEXT + 24];
	char answer[ANSWER_TEXT];

	switch (ask->exchange.outcome) {
	case METERBUS_OUTCOME_FRAME:
	case METERBUS_OUTCOME_SILENCE:
	case METERBUS_OUTCOME_ECHO_ONLY:
		kind = METERBUS_E_UNREADABLE;
		break;
	case METERBUS_OUTCOME_COLLISION:
		kind = METERBUS_E_COLLISION;
		break;
	}
	return meterbus_fail(err, kind,
			     "%s announced more after telegram %zu and the next request ended in %s, twice; read again",
			     name_of(ask->address, name), count,
			     name_answer(&ask->exchange, answer));
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
	char name[METERBUS_ADDRESS_TEXT + 24];

	if (!meterbus_more_follow(&ask->telegram))
		return true;
	if (quirks && quirks->telegrams && readout->count >= quirks->telegrams)
		return true;
	if (readout->count < METERBUS_READOUT_MAX)
		return false;
	report_finding(ask->master, METERBUS_FINDING_ENDLESS, ask->address, 0,
		       "%s still announces more after %d telegrams; the rest was left",
		       name_of(ask->address, name), METERBUS_READOUT_MAX);
	return true;
}

/* The code of an application error, -1 if the telegram is none. */
static int application_error(const struct meterbus_telegram *telegram,
			     const char **text)
{
	struct meterbus_application app;

	meterbus_application_parse(&app, telegram);
	if (!app.application_error)
		return -1;
	*text = app.application_error;
	return app.application_error_code;
}

/* A meter that is busy has heard the request, and says when to come again. */
static int wait_while_busy(struct ask *ask, struct meterbus_error *err)
{
	const size_t max = sizeof(busy_us) / sizeof(busy_us[0]);
	char name[METERBUS_ADDRESS_TEXT + 24];
	const char *text;
	size_t tries;

	for (tries = 0; tries < max; tries++) {
		if (application_error(&ask->telegram, &text) != ERROR_BUSY)
			break;
		if (ask_again(ask, busy_us[tries], err) < 0)
			return -1;
		if (!ask->telegram.raw)
			return meterbus_fail(err, METERBUS_E_UNREADABLE,
					     "%s was busy (code 8), and the request after that ended in %s; read again",
					     name_of(ask->address, name),
					     meterbus_outcome_name(
						     ask->exchange.outcome));
	}
	if (tries && application_error(&ask->telegram, &text) != ERROR_BUSY)
		report_finding(ask->master, METERBUS_FINDING_BUSY, ask->address,
			       0, "%s was busy and answered request %zu",
			       name_of(ask->address, name), tries + 1);
	return 0;
}

static int fail_application(const struct ask *ask, int code, const char *text,
			    struct meterbus_error *err)
{
	char name[METERBUS_ADDRESS_TEXT + 24];

	name_of(ask->address, name);
	if (code == ERROR_TOO_MANY_READOUTS)
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s has been read too often (application error 9): it allows a number of readouts a day or month to save its battery; it was not asked again, read it less often",
				     name);
	return meterbus_fail(err, METERBUS_E_UNREADABLE,
			     "%s answers with an application error instead of data: %s (code %d); %s",
			     name, text, code,
			     code == ERROR_BUSY ?
				     "it was asked 4 times, try again later" :
				     "'mbusctl reset' may bring its usual readout back");
}

static int check_meter(struct ask *ask, struct meterbus_readout *readout,
		       struct meterbus_error *err)
{
	char name[METERBUS_ADDRESS_TEXT + 24];
	char meter[METERBUS_ADDRESS_TEXT];
	const char *text;
	int code;

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
	code = application_error(&ask->telegram, &text);
	if (code >= 0)
		return fail_application(ask, code, text, err);
	if (ask->telegram.c & METERBUS_C_ACD)
		report_finding(ask->master, METERBUS_FINDING_ALARM,
			       ask->address, 0,
			       "%s has class 1 data waiting (ACD), usually an alarm; 'mbusctl alarm' fetches it",
			       name);
	return 0;
}

/* It says again what telegram @same of @count said, and announces more. */
static void tell_of_circle(struct ask *ask, size_t same, size_t count)
{
	char name[METERBUS_ADDRESS_TEXT + 24];

	name_of(ask->address, name);
	if (same == count)
		report_finding(ask->master, METERBUS_FINDING_FCB_IGNORED,
			       ask->address, 0,
			       "%s announces more telegrams and sends the same one again: it ignores the FCB; what it sent is all there is to have",
			       name);
	else
		report_finding(ask->master, METERBUS_FINDING_ENDLESS,
			       ask->address, 0,
			       "%s announces more after telegram %zu and sends telegram %zu again: it goes in a circle; what it sent is all there is to have",
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
	const char *text;
	size_t same;
	int code;

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
	same = said_before(readout, telegram);
	if (same) {
		tell_of_circle(ask, same, readout->count);
		return ROW_COMPLETE;
	}
	keep(readout, telegram);
	code = application_error(telegram, &text);
	if (code < 0)
		return ROW_GOES_ON;
	fail_application(ask, code, text, err);
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
		ask_fail(ask_for, err);
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
				     "no meter answers to address 255, which is for telling something to all of them; name one meter");
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
