// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>

#include <meterbus/decode.h>

#include "master/failure.h"

#define ANSWER_TEXT 128

/* So much of a faulty telegram is shown. */
#define FAULTY_BYTES	20

const char *failure_name(const struct meterbus_address *address,
			 char out[FAILURE_NAME])
{
	char text[METERBUS_ADDRESS_TEXT];

	snprintf(out, FAILURE_NAME, "%s%s",
		 address->secondary ? "" : "primary address ",
		 meterbus_address_format(address, text));
	return out;
}

/* What came where it was not the telegram that was requested. */
static const char *name_answer(const struct meterbus_exchange *x,
			       char out[ANSWER_TEXT])
{
	struct meterbus_telegram telegram;
	struct meterbus_address meter;
	char name[METERBUS_ADDRESS_TEXT];

	if (x->outcome != METERBUS_OUTCOME_FRAME ||
	    meterbus_telegram_parse(&telegram, x->answer, x->answer_len,
				    NULL) < 0)
		snprintf(out, ANSWER_TEXT, "%s",
			 meterbus_outcome_name(x->outcome));
	else if (telegram.type != METERBUS_TELEGRAM_LONG ||
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

static bool is_selected(const struct meterbus_address *address)
{
	return !address->secondary && address->primary == METERBUS_A_SELECTED;
}

/* --------------------------------------------------------- no telegram */

static int fail_nobody(const struct ask *ask, const char *name,
		       struct meterbus_error *err)
{
	if (is_selected(ask->address))
		return meterbus_fail(err, METERBUS_E_SILENCE,
				     "no meter is selected, or it does not answer: address 253 is for the one that is; use its own address");
	return meterbus_fail_hint(err, METERBUS_E_SILENCE, METERBUS_HINT_SCAN,
				  NULL,
				  "no meter answers to %s; check the number, the wiring and the baud rate",
				  name);
}

/* Not sent, as the line was never quiet, or lost among other bytes. */
static int fail_babble(const char *name, struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_GARBLED,
			     "something sends all the time, also when nobody asked, so that %s cannot be asked: disconnect branches to find it",
			     name);
}

static int fail_several(const struct ask *ask, const char *name,
			struct meterbus_error *err)
{
	const char *signal = ask->converter_signal ?
				     " (the 00 or break received is the converter's collision signal)" :
				     "";

	if (!ask->address->secondary)
		return meterbus_fail_hint(err, METERBUS_E_COLLISION,
					  METERBUS_HINT_SCAN, NULL,
					  "several meters answer to %s at once%s; read them by secondary address, or give each an address of its own",
					  name, signal);
	if (!meterbus_address_exact(ask->address))
		return meterbus_fail_hint(err, METERBUS_E_COLLISION,
					  METERBUS_HINT_SCAN, NULL,
					  "several meters answer to %s at once%s; give more of the address",
					  name, signal);
	return meterbus_fail(err, METERBUS_E_COLLISION,
			     "several meters answer to %s at once%s: they share the whole address; disconnect all but one, then read it or change its address",
			     name, signal);
}

static int fail_silent(const struct ask *ask, const char *name,
		       struct meterbus_error *err)
{
	if (ask->master->guard_fixed)
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s acknowledged %u times and answered none of %u requests, each %u ms after the acknowledgement: a converter needs up to 50 ms to turn the line round; do not fix the guard, or set 60 ms",
				     name, ask->acknowledged, ask->requested,
				     ask->gap_us / 1000);
	return meterbus_fail(err, METERBUS_E_UNREADABLE,
			     "%s acknowledged %u times and answered none of %u requests (%sup to %u ms after that); check the meter: its readouts may be used up, or its battery low",
			     name, ask->acknowledged, ask->requested,
			     ask->other_fcb ? "FCB 1 and 0, " : "",
			     ask->gap_us / 1000);
}

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

static int fail_foreign(const struct ask *ask, const char *name,
			struct meterbus_error *err)
{
	char answer[ANSWER_TEXT];

	return meterbus_fail_hint(err, METERBUS_E_UNREADABLE,
				  METERBUS_HINT_MONITOR, NULL,
				  "the answer to the request to %s was %s", name,
				  name_answer(&ask->exchange, answer));
}

int fail_ask(const struct ask *ask, const char *name,
	     struct meterbus_error *err)
{
	char address[FAILURE_NAME];

	if (!name)
		name = failure_name(ask->address, address);
	if (ask->master->babble ||
	    (ask->result == ASK_SEVERAL && !ask->exchange.tries))
		return fail_babble(name, err);
	switch (ask->result) {
	case ASK_SEVERAL:
		return fail_several(ask, name, err);
	case ASK_SILENT:
		return fail_silent(ask, name, err);
	case ASK_FAULTY:
		return fail_faulty(ask, name, err);
	case ASK_FOREIGN:
		return fail_foreign(ask, name, err);
	case ASK_NO_DATA:
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s answers the request with E5%s: it has no data now; try again later",
				     name,
				     ask->reset ? ", before and after an application reset" :
						  "");
	case ASK_GARBLED:
		return meterbus_fail(err, METERBUS_E_GARBLED,
				     "%s answered %u requests, each damaged in another way (the last: %s); check wiring, baud rate and 8E1, or look for a second meter with this address",
				     name, ask->requested,
				     ask->exchange.reason ?
					     meterbus_reason_name(
						     ask->exchange.reason) :
					     meterbus_outcome_name(
						     ask->exchange.outcome));
	case ASK_STRAY:
		return meterbus_fail(err, METERBUS_E_SILENCE,
				     "%s acknowledged once and then nothing answered any more: the acknowledgement may have been another meter's; read again",
				     name);
	default:
		return fail_nobody(ask, name, err);
	}
}

/* ------------------------------------------------------------ a command */

/* A meter that answers SND_UD with a telegram has something to object. */
static int fail_answer(const struct ask *ask, const char *name,
		       struct meterbus_error *err)
{
	const struct meterbus_exchange *x = &ask->exchange;
	struct meterbus_application app;
	struct meterbus_telegram telegram;

	if (meterbus_telegram_parse(&telegram, x->answer, x->answer_len,
				    NULL) == 0) {
		meterbus_application_parse(&app, &telegram);
		if (app.application_error)
			return meterbus_fail(err, METERBUS_E_UNREADABLE,
					     "%s refuses the command: %s (code %u)",
					     name, app.application_error,
					     app.application_error_code);
	}
	return meterbus_fail_hint(err, METERBUS_E_UNREADABLE,
				  METERBUS_HINT_MONITOR, NULL,
				  "%s answers the command with a telegram instead of E5",
				  name);
}

int fail_command(const struct ask *ask, struct meterbus_error *err)
{
	const struct meterbus_exchange *x = &ask->exchange;
	char name[FAILURE_NAME];

	failure_name(ask->address, name);
	switch (x->outcome) {
	case METERBUS_OUTCOME_FRAME:
		return fail_answer(ask, name, err);
	case METERBUS_OUTCOME_COLLISION:
		return fail_several(ask, name, err);
	case METERBUS_OUTCOME_GARBLED:
		return meterbus_fail(err, METERBUS_E_GARBLED,
				     "%s answers the command, but damaged: %s",
				     name, meterbus_reason_text(x->reason));
	default:
		if (!ask->acknowledged)
			return fail_nobody(ask, name, err);
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s is there and does not acknowledge the command: it may not know it",
				     name);
	}
}

/* --------------------------------------------------- application errors */

int application_error(const struct meterbus_telegram *telegram)
{
	struct meterbus_application app;

	meterbus_application_parse(&app, telegram);
	return app.application_error ? app.application_error_code : -1;
}

int fail_application(const struct ask *ask, const char *name,
		     struct meterbus_error *err)
{
	struct meterbus_application app;
	char address[FAILURE_NAME];

	if (!name)
		name = failure_name(ask->address, address);
	meterbus_application_parse(&app, &ask->telegram);
	switch (app.application_error_code) {
	case APPLICATION_TOO_MANY_READOUTS:
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s has been read too often (application error 9): it allows a number of readouts a day or month to save its battery; read it less often",
				     name);
	case APPLICATION_BUSY:
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "%s answers with an application error instead of data: %s (code 8); try again later",
				     name, app.application_error);
	default:
		return meterbus_fail_hint(err, METERBUS_E_UNREADABLE,
					  METERBUS_HINT_RESET, NULL,
					  "%s answers with an application error instead of data: %s (code %u)",
					  name, app.application_error,
					  app.application_error_code);
	}
}

/* ------------------------------------------------------ after the first */

int fail_after_busy(const struct ask *ask, struct meterbus_error *err)
{
	char answer[ANSWER_TEXT];
	char name[FAILURE_NAME];

	return meterbus_fail(err, METERBUS_E_UNREADABLE,
			     "%s was busy (code 8), and the request after that ended in %s; read again",
			     failure_name(ask->address, name),
			     name_answer(&ask->exchange, answer));
}

int fail_continuation(const struct ask *ask, size_t count,
		      struct meterbus_error *err)
{
	enum meterbus_error_kind kind = METERBUS_E_GARBLED;
	char answer[ANSWER_TEXT];
	char name[FAILURE_NAME];

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
			     failure_name(ask->address, name), count,
			     name_answer(&ask->exchange, answer));
}
