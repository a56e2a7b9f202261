// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Asking one meter. The difficulty is a converter that needs time to turn the
 * line round: it swallows a request which follows an answer too soon, so that
 * every selection is acknowledged and no request ever answered. Only a request
 * that follows a fresh acknowledgement tells whether the gap was long enough;
 * hence each try begins with the selection again.
 */
#include <string.h>

#include "master/company.h"
#include "master/steps.h"

/* Quiet times to try beyond the guard of the bus, microseconds. */
static const uint32_t gaps_us[] = { 60000, 150000, 500000 };

#define GAP_COUNT (sizeof(gaps_us) / sizeof(gaps_us[0]))

/* Tries before growing the gap: one lost request may have been noise. */
#define SAME_GAP_TRIES	2

/* CI fields that leave the contents of an answer to the meter's maker. */
#define CI_MAKERS_FIRST	0xA0
#define CI_MAKERS_LAST	0xB7

struct attempt {
	uint32_t gap_us;	/* 0: the guard in force */
	bool fcb_zero;
	bool other_c;		/* the other C field of a selection */
};

/* The @number-th try, or false when all have been made. */
static bool plan(const struct ask *ask, uint32_t guard_us, unsigned int number,
		 struct attempt *attempt)
{
	const struct meterbus_master *master = ask->master;
	uint32_t longest = 0;
	size_t i;

	memset(attempt, 0, sizeof(*attempt));
	if (!master->guard_fixed && gaps_us[GAP_COUNT - 1] > guard_us)
		longest = gaps_us[GAP_COUNT - 1];
	if (ask->brief) {
		attempt->gap_us = number ? longest : 0;
		return number < 2;
	}
	if (number < SAME_GAP_TRIES)
		return true;
	number -= SAME_GAP_TRIES;
	for (i = 0; i < GAP_COUNT && !master->guard_fixed; i++) {
		if (gaps_us[i] <= guard_us)
			continue;
		if (number-- == 0) {
			attempt->gap_us = gaps_us[i];
			return true;
		}
	}
	attempt->gap_us = longest;
	attempt->fcb_zero = number == 0;
	attempt->other_c = number == 1;
	return number == 0 || (number == 1 && ask->address->secondary);
}

const struct meterbus_quirks *quirks_of(const struct ask *ask)
{
	static const struct meterbus_quirks none;

	return ask->quirks ? ask->quirks : &none;
}

bool is_converter_signal(const struct meterbus_exchange *exchange)
{
	return exchange->outcome == METERBUS_OUTCOME_COLLISION &&
	       (exchange->reason == METERBUS_REASON_NUL ||
		exchange->reason == METERBUS_REASON_BREAK);
}

uint8_t asked_address(const struct ask *ask)
{
	return ask->address->secondary ? METERBUS_A_SELECTED :
					 ask->address->primary;
}

/*
 * What others have sent may have left any meter with another FCB. The bus is
 * held, so that no other master sends meanwhile.
 */
static void notice_others(struct meterbus_master *master)
{
	uint64_t sent = master->link->sent ? master->link->sent(master->link) :
					     0;

	if (!sent)
		return;
	if (sent - master->own != master->others)
		memset(master->linked, 0, sizeof(master->linked));
	master->others = sent - master->own;
}

static bool is_linked(const struct ask *ask)
{
	uint8_t a = ask->address->primary;

	if (ask->address->secondary || !ask->insist ||
	    quirks_of(ask)->nke == METERBUS_NKE_ALWAYS)
		return false;
	notice_others(ask->master);
	return ask->master->linked[a / 8] >> a % 8 & 1;
}

static int send_before(struct ask *ask, uint32_t gap_us, const uint8_t *ci,
		       size_t data_len, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;

	x->guard_us = gap_us;
	x->window_us = 0;
	x->repeats = METERBUS_REPEATS_BUS;
	if (check_cancelled(ask->master, err) < 0 ||
	    meterbus_send(ask->master, asked_address(ask), ci[0], ci + 1,
			  data_len, x, err) < 0)
		return -1;
	if (x->outcome != METERBUS_OUTCOME_ACK)
		report_finding(ask->master, METERBUS_FINDING_QUIRKS,
			       ask->address, 0,
			       "what has to precede the readout (SND_UD with CI %02X) was not acknowledged: %s; read nevertheless",
			       ci[0], meterbus_outcome_name(x->outcome));
	return 0;
}

/* What this meter wants before it is asked for its data. */
static int prepare(struct ask *ask, uint32_t gap_us, struct meterbus_error *err)
{
	const struct meterbus_quirks *quirks = quirks_of(ask);
	uint8_t reset[2] = { METERBUS_CI_RESET, quirks->subcode };

	if ((quirks->reset || ask->reset) &&
	    send_before(ask, gap_us, reset, quirks->has_subcode, err) < 0)
		return -1;
	if (quirks->before_len)
		return send_before(ask, gap_us, quirks->before,
				   quirks->before_len - 1, err);
	return 0;
}

/* Meters that wait for an application reset show it in two ways. */
static bool lacks_data(const struct ask *ask)
{
	return ask->result == ASK_NO_DATA ||
	       (ask->result == ASK_FRAME &&
		ask->telegram.ci >= CI_MAKERS_FIRST &&
		ask->telegram.ci <= CI_MAKERS_LAST);
}

static bool wants_reset(const struct ask *ask)
{
	return lacks_data(ask) && ask->insist && !ask->reset &&
	       !quirks_of(ask)->reset;
}

/* SND_NKE to 253 would deselect the meter. */
bool wants_opening(const struct ask *ask)
{
	return ask->address->secondary ||
	       (ask->address->primary != METERBUS_A_SELECTED &&
		quirks_of(ask)->nke != METERBUS_NKE_NEVER);
}

static int try_once(struct ask *ask, const struct attempt *attempt,
		    uint8_t open_repeats, struct meterbus_error *err)
{
	struct meterbus_master *master = ask->master;
	uint8_t select_c = master->select_c;
	uint8_t a = asked_address(ask);
	int ret = 0;

	if (quirks_of(ask)->select_c)
		master->select_c = quirks_of(ask)->select_c;
	if (attempt->other_c)
		master->select_c ^= METERBUS_C_FCB;
	if (wants_opening(ask))
		ret = open_meter(ask, open_repeats, err);
	master->select_c = select_c;
	if (ret < 0 || (ask->result == ASK_SEVERAL && !ask->any_ack))
		return ret;
	if (ask->result == ASK_NOBODY &&
	    (ask->address->secondary || !ask->insist))
		return 0;
	if (prepare(ask, attempt->gap_us, err) < 0)
		return -1;
	if (attempt->fcb_zero) {
		master->req_fcb[a / 8] &= ~(1 << a % 8);
		ask->other_fcb = true;
	}
	if (attempt->gap_us > ask->gap_us)
		ask->gap_us = attempt->gap_us;
	return request(ask, attempt->gap_us, err);
}

/*
 * Answers of several meters may damage each other in the same way each time,
 * too. One meter with a fault has it also when it is selected alone, by the
 * address in its telegram. Where a telegram is too short to have one it was
 * cut, which others do not do to it unless the converter signals them.
 */
static int check_fault(struct ask *ask, struct meterbus_error *err)
{
	const struct meterbus_exchange *x = &ask->exchange;
	struct meterbus_exchange alone = { .repeats = 0 };
	struct meterbus_telegram telegram;
	struct meterbus_address address;

	if (!company_address(x->answer, x->answer_len, &address)) {
		if (!x->answer_len || !x->answer[x->answer_len - 1] ||
		    (ask->address->secondary &&
		     x->answer_len >= COMPANY_ADDRESS_LEN))
			ask->result = ASK_SEVERAL;
		return 0;
	}
	ask->result = ASK_SEVERAL;
	if (meterbus_select(ask->master, &address, &alone, err) < 0)
		return -1;
	if (alone.outcome != METERBUS_OUTCOME_ACK)
		return 0;
	if (meterbus_req_ud2(ask->master, METERBUS_A_SELECTED, &alone,
			     &telegram, err) < 0)
		return -1;
	if (alone.outcome == x->outcome &&
	    company_same(alone.answer, alone.answer_len, x->answer,
			 x->answer_len))
		ask->result = ASK_FAULTY;
	return 0;
}

/* Learns about converter and meter from the try that succeeded. */
static void learn(struct ask *ask, const struct attempt *attempt,
		  unsigned int number, uint32_t guard_us)
{
	struct meterbus_master *master = ask->master;

	const struct meterbus_exchange *x = &ask->exchange;

	note_delay(ask);
	if (ask->late) {
		uint32_t ms = (x->first_ns - x->sent_end_ns) / 1000000;

		report_finding(master, METERBUS_FINDING_LATE, ask->address, 0,
			       "this meter answers %u ms after a request, beyond the window of the bus; with the quirk 'window = %u' it is given that time at once",
			       ms, ms + ms / 4);
	} else if (attempt->fcb_zero) {
		report_finding(master, METERBUS_FINDING_FCB_ZERO, ask->address,
			       0,
			       "the meter answers only a REQ_UD2 with FCB = 0, against EN 13757-2; nothing to do");
	} else if (attempt->gap_us > guard_us) {
		if (master->turn_proved)
			report_finding(master, METERBUS_FINDING_SLOW_METER,
				       ask->address, attempt->gap_us,
				       "this meter answers only when %u ms pass after its selection, others on the bus do earlier; to read it at once raise the guard of the bus to that",
				       attempt->gap_us / 1000);
		else
			raise_guard(master, attempt->gap_us, guard_us);
	} else if (number == 0 && ask->acknowledged) {
		master->turn_proved = true;
	} else if (number) {
		ask->missed++;
	}
	if (ask->in_company)
		report_finding(master, METERBUS_FINDING_COMPANY, ask->address,
			       0,
			       "bytes come around the answers, the same each time: an E5 too many or bytes that the converter adds; they are left out");
	if (ask->reset && !lacks_data(ask))
		report_finding(master, METERBUS_FINDING_NEEDS_RESET,
			       ask->address, 0,
			       "this meter gives its data only after an application reset, which it got; with the quirk 'reset = yes' it gets it at once");
}

int ask_plan(struct ask *ask, struct meterbus_error *err)
{
	struct meterbus_master *master = ask->master;
	uint32_t guard_us = current_guard(master);
	bool was_linked = false;
	bool was_foreign = false;
	struct attempt attempt;
	unsigned int number;
	int ret = 0;

	ask->result = ASK_NOBODY;
	ask->gap_us = guard_us;
	for (number = 0; plan(ask, guard_us, number, &attempt); number++) {
		uint8_t repeats = number ? METERBUS_REPEATS_BUS :
					   ask->open_repeats;

		if (master->link->hold(master->link, err) < 0)
			return -1;
		ask->held = true;
		if (number == 0 && !ask->reset)
			was_linked = is_linked(ask);
		if (was_linked && number == 0)
			ret = request(ask, 0, err);
		else
			ret = try_once(ask, &attempt, repeats, err);
		if (!ret && ask->result == ASK_FAULTY)
			ret = check_fault(ask, err);
		if (ret < 0)
			break;
		if (wants_reset(ask)) {
			ask->reset = true;
			was_linked = false;
			ask_release(ask);
			number--;
			continue;
		}
		if (ask->result == ASK_FRAME) {
			/* It proves the acknowledgement, too. */
			if (ask->doubtful && !ask->acknowledged)
				ask->acknowledged++;
			learn(ask, &attempt, number, guard_us);
			return 0;
		}
		ask_release(ask);
		if (ask->result == ASK_SILENT || ask->result == ASK_NOBODY) {
			if (was_linked && number == 0)
				continue;
			/* Once more before a doubtful one is dropped. */
			if (ask->result == ASK_SILENT && !ask->acknowledged &&
			    ask->doubtful && !number)
				continue;
			if (ask->acknowledged)
				ask->result = ASK_SILENT;
			else
				ask->result = ask->doubtful ? ASK_STRAY :
							      ASK_NOBODY;
			if (ask->result != ASK_SILENT)
				break;
		} else if (ask->result == ASK_FOREIGN && !was_foreign) {
			was_foreign = true;
		} else {
			break;
		}
	}
	ask_release(ask);
	return ret;
}

void ask_release(struct ask *ask)
{
	if (!ask->held)
		return;
	ask->master->link->release(ask->master->link);
	ask->held = false;
}
