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
#include "master/damage.h"
#include "master/exchange.h"

/* Quiet times to try beyond the guard of the bus, microseconds. */
static const uint32_t gaps_us[] = { 60000, 150000, 500000 };

#define GAP_COUNT (sizeof(gaps_us) / sizeof(gaps_us[0]))

/* Tries before growing the gap: one lost request may have been noise. */
#define SAME_GAP_TRIES	2

/* How often a request that gets an E5 not its own is made again. */
#define DOUBTS_MAX	2

/*
 * E5 and 00 are two meters whose collision the converter signals, or one and a
 * byte that the converter adds: so often the latter is tried.
 */
#define SIGNAL_TRIES	3

/* Something may yet come, or just came, of what was sent before. */
#define LATE_FLAGS (METERBUS_FLAG_DOUBTFUL | METERBUS_FLAG_LATE | \
		    METERBUS_FLAG_UNASKED)

/* Valid answers among damaged ones, of which no two are the same. */
#define VALID_MAX	3

/* So many damaged answers of a wire show that it damages them. */
#define SPOILT_MIN	3

/* Window for a meter that was late: Qundis takes up to 1100 ms. */
#define LATE_WINDOW_US	2000000

#define ACK	0xE5

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

static const struct meterbus_quirks *quirks_of(const struct ask *ask)
{
	static const struct meterbus_quirks none;

	return ask->quirks ? ask->quirks : &none;
}

static bool is_converter_signal(const struct meterbus_exchange *exchange)
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

static int open_once(struct ask *ask, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;

	x->guard_us = 0;
	if (!ask->master->turn_proved && !ask->master->guard_fixed &&
	    current_guard(ask->master) < UNPROVED_GUARD_US)
		x->guard_us = UNPROVED_GUARD_US;
	x->window_us = ask->open_window_us;
	if (ask->address->secondary)
		return meterbus_select(ask->master, ask->address, x, err);
	return meterbus_snd_nke(ask->master, ask->address->primary, x, err);
}

/* Whether an E5 among the bytes that came counts: 00 may be a signal. */
static bool is_believed(const struct ask *ask)
{
	const struct meterbus_exchange *x = &ask->exchange;

	if (!ask->company || !ask->master->signals || ask->company_nul)
		return ask->company;
	return !memchr(x->answer, 0, x->answer_len) ||
	       ask->master->signal_tries++ < SIGNAL_TRIES;
}

static unsigned int count_acks(const struct meterbus_exchange *x)
{
	unsigned int acks = 0;

	for (size_t i = 0; i < x->answer_len; i++)
		acks += x->answer[i] == ACK;
	return acks;
}

static void note_delay(struct ask *ask)
{
	const struct meterbus_exchange *x = &ask->exchange;
	uint32_t delay_us = 0;

	if (x->first_ns > x->sent_end_ns)
		delay_us = (x->first_ns - x->sent_end_ns) / 1000;
	if (delay_us > ask->latest_us)
		ask->latest_us = delay_us;
}

/*
 * An E5 that came while the answer to another request was still due proves
 * nothing until the same question has got it twice.
 */
static void note_acknowledgement(struct ask *ask)
{
	const struct meterbus_exchange *x = &ask->exchange;

	ask->result = ASK_SILENT;
	ask->opening_acks = count_acks(x);
	note_delay(ask);
	if (!(x->flags & METERBUS_FLAG_DOUBTFUL)) {
		ask->acknowledged++;
		return;
	}
	ask->stray_ns = x->first_ns;
	if (ask->doubtful++)
		ask->acknowledged++;
}

/*
 * Selection or SND_NKE. What the converter itself calls a collision is one;
 * other damage may be noise, also where nobody is, and is asked for again: a
 * search that believes in meters which are not there goes on for days.
 */
static int open_meter(struct ask *ask, uint8_t repeats,
		      struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;
	struct onsets onsets = { 0 };
	struct damage damage = { 0 };
	bool collided = ask->collided;
	unsigned int silent = 0;

	ask->opened_in_company = false;
	for (;;) {
		x->repeats = repeats;
		if (check_cancelled(ask->master, err) < 0 ||
		    open_once(ask, err) < 0)
			return -1;
		if (x->flags & METERBUS_FLAG_UNASKED)
			ask->heard_before = true;
		if (x->outcome != METERBUS_OUTCOME_SILENCE &&
		    x->outcome != METERBUS_OUTCOME_ECHO_ONLY) {
			ask->missed += x->tries - 1;
			/* A meter hears nothing while its answer is due. */
			if (x->tries > ask->open_tries && !ask->requested &&
			    !(x->flags & LATE_FLAGS))
				ask->open_tries = x->tries;
		}
		switch (x->outcome) {
		case METERBUS_OUTCOME_ACK:
			ask->master->disturbed = false;
			note_acknowledgement(ask);
			return 0;
		case METERBUS_OUTCOME_SILENCE:
		case METERBUS_OUTCOME_ECHO_ONLY:
			if (ask->master->disturbed) {
				ask->master->disturbed = false;
				break;
			}
			if (!onsets.count || ++silent == 2) {
				ask->result = ASK_NOBODY;
				return 0;
			}
			break;
		case METERBUS_OUTCOME_FRAME:
			/* It answers the request we have given up. */
			if (ask->requested && !ask->late) {
				ask->late = true;
				break;
			}
			/* fall through */
		default:
			if (is_converter_signal(x)) {
				ask->master->signals = true;
				ask->converter_signal = true;
				ask->result = ASK_SEVERAL;
				return 0;
			}
			note_damage(&damage, x);
			if (damage.same && is_believed(ask) &&
			    company_has_ack(x)) {
				ask->in_company = true;
				ask->opened_in_company = true;
				ask->collided = collided;
				note_acknowledgement(ask);
				return 0;
			}
			ask->collided = true;
			if (add_onset(&onsets, x) == DAMAGE_MAX) {
				ask->result = ASK_SEVERAL;
				return 0;
			}
			if (onsets.count == ONSETS_MAX) {
				ask->result = ask->insist ? ASK_SEVERAL :
							    ASK_NOBODY;
				return 0;
			}
		}
	}
}

static uint32_t request_window(const struct ask *ask)
{
	if (quirks_of(ask)->window_us)
		return quirks_of(ask)->window_us;
	return ask->late ? LATE_WINDOW_US : 0;
}

/* Some meters know one value of the FCB only. */
static void fix_fcb(struct ask *ask)
{
	enum meterbus_quirk_fcb fcb = quirks_of(ask)->fcb;
	uint8_t a = asked_address(ask);

	if (fcb == METERBUS_FCB_ZERO)
		ask->master->req_fcb[a / 8] &= ~(1 << a % 8);
	else if (fcb == METERBUS_FCB_ONE)
		ask->master->req_fcb[a / 8] |= 1 << a % 8;
}

/*
 * The answer may belong to another request: to one that the driver knows of, or
 * to the selection or SND_NKE if that was acknowledged late or in company. A
 * telegram gives an address: that of who was asked, or not.
 */
static bool may_be_anothers(const struct ask *ask)
{
	const struct meterbus_exchange *x = &ask->exchange;
	struct meterbus_address meter;

	if (x->outcome == METERBUS_OUTCOME_ACK)
		return ask->doubtful || ask->late || ask->in_company ||
		       x->flags & (METERBUS_FLAG_DOUBTFUL | METERBUS_FLAG_LATE);
	return ask->address->secondary && x->flags & METERBUS_FLAG_DOUBTFUL &&
	       ask->telegram.raw &&
	       !(meterbus_telegram_meter(&ask->telegram, &meter) &&
		 address_admits(ask->address, &meter));
}

/* The same question once more. */
static void keep_fcb(struct ask *ask)
{
	uint8_t a = asked_address(ask);

	if (ask->telegram.raw)
		ask->master->req_fcb[a / 8] ^= 1 << a % 8;
}

/*
 * Where answers are damaged, one may be valid by chance, and nothing but that
 * shows the meter of a primary address: it has to come twice. @valid has those
 * before.
 */
static bool is_unproved(const struct ask *ask, const struct damage *damage,
			struct damage *valid)
{
	struct meterbus_master *master = ask->master;

	if (ask->address->secondary || !ask->telegram.raw ||
	    (!damage->count && master->spoilt < SPOILT_MIN) ||
	    valid->count == VALID_MAX)
		return false;
	note_damage(valid, &ask->exchange);
	return !valid->alike;
}

/*
 * One request, repeated with the same FCB while its answer is damaged. Two
 * meters with the same question answer the same way again; noise does not.
 */
static int request(struct ask *ask, uint32_t gap_us, struct meterbus_error *err)
{
	const struct meterbus_quirks *quirks = quirks_of(ask);
	struct meterbus_exchange *x = &ask->exchange;
	unsigned int max = ask->brief ? DAMAGE_MAX - 1 : DAMAGE_MAX;
	struct damage damage = { 0 };
	struct damage valid = { 0 };
	bool collided = ask->collided;
	unsigned int doubts = 0;

	if (gap_us < quirks->settle_us)
		gap_us = quirks->settle_us;
	for (;;) {
		x->guard_us = gap_us;
		x->window_us = request_window(ask);
		fix_fcb(ask);
		/* Without an acknowledgement there is nothing to learn. */
		x->repeats = ask->acknowledged || ask->doubtful ?
				     0 : METERBUS_REPEATS_BUS;
		if (check_cancelled(ask->master, err) < 0 ||
		    meterbus_req_ud2(ask->master, asked_address(ask), x,
				     &ask->telegram, err) < 0)
			return -1;
		ask->requested++;
		if (x->flags & METERBUS_FLAG_UNASKED)
			ask->heard_more = true;
		switch (x->outcome) {
		case METERBUS_OUTCOME_FRAME:
			ask->result = ask->telegram.raw ? ASK_FRAME :
							  ASK_FOREIGN;
			if (!is_unproved(ask, &damage, &valid) &&
			    (!may_be_anothers(ask) || doubts++))
				return 0;
			keep_fcb(ask);
			continue;
		case METERBUS_OUTCOME_ACK:
			ask->result = ASK_NO_DATA;
			ask->crossed = true;
			if (!may_be_anothers(ask) || doubts++ == DOUBTS_MAX)
				return 0;
			continue;
		case METERBUS_OUTCOME_SILENCE:
		case METERBUS_OUTCOME_ECHO_ONLY:
			if (damage.count)
				ask->result = ASK_GARBLED;
			else
				ask->result = ASK_SILENT;
			return 0;
		}
		note_damage(&damage, x);
		if (is_converter_signal(x)) {
			ask->converter_signal = true;
			ask->result = ASK_SEVERAL;
			return 0;
		}
		if (damage.alike && company_has_telegram(x, &ask->telegram)) {
			ask->in_company = true;
			ask->collided = collided;
			ask->result = ASK_FRAME;
			return 0;
		}
		ask->collided = true;
		if (ask->master->spoilt < SPOILT_MIN)
			ask->master->spoilt++;
		if (is_fault(&damage, x)) {
			ask->result = ASK_FAULTY;
			return 0;
		}
		if (damage.collided >= 2 || damage.same) {
			ask->result = ASK_SEVERAL;
			return 0;
		}
		if (damage.count >= max + valid.count) {
			ask->result = ASK_GARBLED;
			return 0;
		}
	}
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

int ask_open(struct ask *ask, struct meterbus_error *err)
{
	return open_meter(ask, ask->open_repeats, err);
}

int ask_presence(struct ask *ask, struct meterbus_error *err)
{
	struct meterbus_link *link = ask->master->link;
	int ret;

	if (link->hold(link, err) < 0)
		return -1;
	ask->held = true;
	ret = open_meter(ask, ask->open_repeats, err);
	ask_release(ask);
	return ret;
}

int ask_again(struct ask *ask, uint32_t guard_us, struct meterbus_error *err)
{
	struct meterbus_exchange *x = &ask->exchange;

	x->guard_us = guard_us;
	x->window_us = request_window(ask);
	x->repeats = METERBUS_REPEATS_BUS;
	fix_fcb(ask);
	if (check_cancelled(ask->master, err) < 0)
		return -1;
	return meterbus_req_ud2(ask->master, asked_address(ask), x,
				&ask->telegram, err);
}

void ask_release(struct ask *ask)
{
	if (!ask->held)
		return;
	ask->master->link->release(ask->master->link);
	ask->held = false;
}
