// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Single exchanges of a master, with the frame count bits of EN 13757-2: a
 * few for each address, one for REQ_UD2, REQ_UD1 and SND_UD each.
 */
#include <stdlib.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/master.h>

#include "master/evidence.h"
#include "master/master.h"

#define C_SND_UD_FCV0	0x43

#define DIF_BCD8	0x0C
#define VIF_FABRICATION	0x78

static bool get_bit(const uint8_t bits[32], uint8_t a)
{
	return bits[a / 8] >> a % 8 & 1;
}

static void set_bit(uint8_t bits[32], uint8_t a, bool value)
{
	if (value)
		bits[a / 8] |= 1 << a % 8;
	else
		bits[a / 8] &= ~(1 << a % 8);
}

void meterbus_master_reset(struct meterbus_master *master)
{
	memset(master->req_fcb, 0xFF, sizeof(master->req_fcb));
	memset(master->snd_fcb, 0xFF, sizeof(master->snd_fcb));
	memset(master->alarm_fcb, 0xFF, sizeof(master->alarm_fcb));
	memset(master->linked, 0, sizeof(master->linked));
	master->own = 0;
	master->others = 0;
	master->turn_proved = false;
	master->echoes = 0;
	master->learnt_us = 0;
}

void meterbus_master_init(struct meterbus_master *master,
			  struct meterbus_link *link)
{
	memset(master, 0, sizeof(*master));
	master->link = link;
	master->select_c = METERBUS_C_SND_UD | METERBUS_C_FCB;
	meterbus_master_reset(master);
}

struct meterbus_master *meterbus_master_new(struct meterbus_link *link,
					    struct meterbus_error *err)
{
	struct meterbus_master *master;

	if (!link->exchange || !link->hold || !link->release) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "the link has no exchange, hold or release");
		return NULL;
	}
	master = malloc(sizeof(*master));
	if (!master) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	meterbus_master_init(master, link);
	return master;
}

void meterbus_master_free(struct meterbus_master *master)
{
	free(master);
}

void meterbus_master_set_callbacks(
	struct meterbus_master *master,
	void (*finding)(void *context, const struct meterbus_finding *finding),
	bool (*cancelled)(void *context), void *context)
{
	master->finding = finding;
	master->cancelled = cancelled;
	master->context = context;
}

void meterbus_master_set_guard(struct meterbus_master *master,
			       uint32_t guard_us, bool fixed)
{
	master->guard_us = guard_us;
	master->guard_fixed = fixed;
}

void meterbus_master_set_select_c(struct meterbus_master *master, uint8_t c)
{
	master->select_c = c;
}

void meterbus_master_set_quirks(struct meterbus_master *master,
				const struct meterbus_quirks *quirks)
{
	master->quirks = quirks;
}

unsigned long meterbus_master_exchanges(const struct meterbus_master *master)
{
	return master->exchanges;
}

unsigned long
meterbus_master_transmissions(const struct meterbus_master *master)
{
	return master->transmissions;
}

static bool is_silent(const struct meterbus_exchange *exchange)
{
	return exchange->outcome == METERBUS_OUTCOME_SILENCE ||
	       exchange->outcome == METERBUS_OUTCOME_ECHO_ONLY;
}

/* What came back beside an answer, or instead of one. */
static void note_bytes(struct meterbus_master *master,
		       const struct meterbus_exchange *exchange)
{
	if (exchange->flags & METERBUS_FLAG_ECHO) {
		if (master->echoes < ECHOES_MIN)
			master->echoes++;
	} else if (!is_silent(exchange)) {
		master->echoes = 0;
	}
	if (!(exchange->flags & METERBUS_FLAG_JUNK)) {
		if (master->calm < CALM_MIN)
			master->calm++;
		return;
	}
	if (master->calm == CALM_MIN && is_silent(exchange)) {
		master->junk++;
		master->junk_ns = exchange->sent_end_ns;
	}
	master->calm = 0;
}

static int transact(struct meterbus_master *master, const uint8_t *request,
		    size_t len, struct meterbus_exchange *exchange,
		    struct meterbus_error *err)
{
	int ret;

	exchange->request = request;
	exchange->request_len = len;
	if (!exchange->guard_us)
		exchange->guard_us = master->guard_us;
	if (!exchange->window_us)
		exchange->window_us = master->window_us;
	exchange->outcome = METERBUS_OUTCOME_NONE;
	exchange->answer_len = 0;
	ret = master->link->exchange(master->link, exchange, err);
	if (ret == 0 && master->evidence)
		evidence_add(master->evidence, exchange);
	/* The caller of the master never owned the bytes. */
	exchange->request = NULL;
	exchange->request_len = 0;
	if (ret == 0) {
		master->babble = exchange->flags & METERBUS_FLAG_BABBLE;
		note_bytes(master, exchange);
		master->char_ns = (exchange->sent_end_ns - exchange->sent_ns) /
				  len;
		if (exchange->flags & METERBUS_FLAG_UNASKED &&
		    master->last_outcome != METERBUS_OUTCOME_ACK)
			master->unasked++;
		master->last_outcome = exchange->outcome;
		master->exchanges++;
		master->transmissions += exchange->tries;
		master->own += exchange->tries;
	}
	return ret;
}

static void reset_fcb(struct meterbus_master *master, uint8_t a)
{
	if (a == METERBUS_A_TEST || a == METERBUS_A_BROADCAST) {
		memset(master->req_fcb, 0xFF, sizeof(master->req_fcb));
		memset(master->snd_fcb, 0xFF, sizeof(master->snd_fcb));
		memset(master->alarm_fcb, 0xFF, sizeof(master->alarm_fcb));
		return;
	}
	set_bit(master->req_fcb, a, true);
	set_bit(master->snd_fcb, a, true);
	set_bit(master->alarm_fcb, a, true);
}

int meterbus_snd_nke(struct meterbus_master *master, uint8_t a,
		     struct meterbus_exchange *exchange,
		     struct meterbus_error *err)
{
	uint8_t request[5];
	size_t len = meterbus_telegram_short(request, METERBUS_C_SND_NKE, a);

	if (transact(master, request, len, exchange, err) < 0)
		return -1;
	reset_fcb(master, a);
	set_bit(master->linked, a, exchange->outcome == METERBUS_OUTCOME_ACK);
	return 0;
}

int meterbus_select(struct meterbus_master *master,
		    const struct meterbus_address *address,
		    struct meterbus_exchange *exchange,
		    struct meterbus_error *err)
{
	uint8_t data[sizeof(address->bytes) + 2 + sizeof(address->fabrication)];
	uint8_t request[METERBUS_TELEGRAM_MAX];
	size_t len = sizeof(address->bytes);

	memcpy(data, address->bytes, sizeof(address->bytes));
	if (address->has_fabrication) {
		/* Enhanced selection: a data record as filter. */
		data[len++] = DIF_BCD8;
		data[len++] = VIF_FABRICATION;
		memcpy(data + len, address->fabrication,
		       sizeof(address->fabrication));
		len += sizeof(address->fabrication);
	}
	len = meterbus_telegram_long(request, master->select_c,
				     METERBUS_A_SELECTED, METERBUS_CI_SELECT,
				     data, len);

	if (transact(master, request, len, exchange, err) < 0)
		return -1;
	reset_fcb(master, METERBUS_A_SELECTED);
	return 0;
}

int meterbus_deselect(struct meterbus_master *master,
		      struct meterbus_exchange *exchange,
		      struct meterbus_error *err)
{
	return meterbus_snd_nke(master, METERBUS_A_SELECTED, exchange, err);
}

/*
 * EN 13757-2: a meter answers with its own address. One that was selected
 * answers with 253 or with its primary address, one asked by 254 with any.
 */
static bool answers_for(uint8_t asked, uint8_t answered)
{
	switch (asked) {
	case METERBUS_A_SELECTED:
		return answered == METERBUS_A_SELECTED ||
		       answered <= METERBUS_A_PRIMARY_MAX;
	case METERBUS_A_TEST:
		return answered <= METERBUS_A_PRIMARY_MAX;
	default:
		return answered == asked;
	}
}

static int request(struct meterbus_master *master, uint8_t c, uint8_t fcbs[32],
		   uint8_t a, struct meterbus_exchange *exchange,
		   struct meterbus_telegram *telegram,
		   struct meterbus_error *err)
{
	bool fcb = get_bit(fcbs, a);
	uint8_t bytes[5];
	size_t len;

	memset(telegram, 0, sizeof(*telegram));
	len = meterbus_telegram_short(bytes, c | (fcb ? METERBUS_C_FCB : 0), a);
	if (transact(master, bytes, len, exchange, err) < 0)
		return -1;
	/* Long answers go on when the converter has signalled their collision. */
	if (exchange->outcome == METERBUS_OUTCOME_COLLISION ||
	    exchange->outcome == METERBUS_OUTCOME_GARBLED) {
		master->disturbed = true;
		if (exchange->reason == METERBUS_REASON_NUL ||
		    exchange->reason == METERBUS_REASON_BREAK)
			master->signalled_ns = exchange->sent_end_ns;
	}
	if (exchange->outcome != METERBUS_OUTCOME_FRAME)
		return 0;
	master->disturbed = false;
	if (meterbus_telegram_parse(telegram, exchange->answer,
				    exchange->answer_len, NULL) < 0 ||
	    telegram->type != METERBUS_TELEGRAM_LONG ||
	    (telegram->c & ~(METERBUS_C_ACD | METERBUS_C_DFC)) !=
		    METERBUS_C_RSP_UD ||
	    !answers_for(a, telegram->a)) {
		telegram->raw = NULL;
		return 0;
	}
	set_bit(fcbs, a, !fcb);
	return 0;
}

int meterbus_req_ud2(struct meterbus_master *master, uint8_t a,
		     struct meterbus_exchange *exchange,
		     struct meterbus_telegram *telegram,
		     struct meterbus_error *err)
{
	return request(master, METERBUS_C_REQ_UD2, master->req_fcb, a, exchange,
		       telegram, err);
}

int meterbus_req_ud1(struct meterbus_master *master, uint8_t a,
		     struct meterbus_exchange *exchange,
		     struct meterbus_telegram *telegram,
		     struct meterbus_error *err)
{
	return request(master, METERBUS_C_REQ_UD1, master->alarm_fcb, a,
		       exchange, telegram, err);
}

int meterbus_send(struct meterbus_master *master, uint8_t a, uint8_t ci,
		  const uint8_t *data, size_t len,
		  struct meterbus_exchange *exchange,
		  struct meterbus_error *err)
{
	bool fcb = get_bit(master->snd_fcb, a);
	uint8_t c = METERBUS_C_SND_UD | (fcb ? METERBUS_C_FCB : 0);
	uint8_t request[METERBUS_TELEGRAM_MAX];
	size_t request_len;

	if (a == METERBUS_A_BROADCAST) {
		c = C_SND_UD_FCV0;
		exchange->repeats = 0;
	}
	request_len = meterbus_telegram_long(request, c, a, ci, data, len);
	if (!request_len)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%zu bytes of user data are too many for a telegram: %d fit",
				     len, METERBUS_USER_DATA_MAX);
	if (transact(master, request, request_len, exchange, err) < 0)
		return -1;
	if (exchange->outcome == METERBUS_OUTCOME_ACK)
		set_bit(master->snd_fcb, a, !fcb);
	return 0;
}

bool meterbus_telegram_meter(const struct meterbus_telegram *telegram,
			     struct meterbus_address *meter)
{
	struct meterbus_application app;

	meterbus_application_parse(&app, telegram);
	if (app.header.kind != METERBUS_HEADER_LONG &&
	    app.header.kind != METERBUS_HEADER_FIXED)
		return false;
	*meter = app.header.address;
	return true;
}

const char *meterbus_finding_name(enum meterbus_finding_kind kind)
{
	static const char *const names[] = {
		[METERBUS_FINDING_TURNAROUND] = "turnaround",
		[METERBUS_FINDING_REQUESTS_LOST] = "requests-lost",
		[METERBUS_FINDING_COLLISION] = "collision",
		[METERBUS_FINDING_SLOW_METER] = "slow-meter",
		[METERBUS_FINDING_FCB_ZERO] = "fcb-zero",
		[METERBUS_FINDING_FCB_IGNORED] = "fcb-ignored",
		[METERBUS_FINDING_ENDLESS] = "endless",
		[METERBUS_FINDING_PHANTOM] = "phantom",
		[METERBUS_FINDING_DOUBTFUL] = "doubtful",
		[METERBUS_FINDING_SERIALS] = "serials",
		[METERBUS_FINDING_NOBODY] = "nobody",
		[METERBUS_FINDING_MISSING] = "missing",
		[METERBUS_FINDING_AGAIN] = "again",
		[METERBUS_FINDING_NEEDS_RESET] = "needs-reset",
		[METERBUS_FINDING_BUSY] = "busy",
		[METERBUS_FINDING_ALARM] = "alarm",
		[METERBUS_FINDING_QUIRKS] = "quirks",
		[METERBUS_FINDING_LATE] = "late",
		[METERBUS_FINDING_STRAY] = "stray",
		[METERBUS_FINDING_BABBLE] = "babble",
		[METERBUS_FINDING_ACKNOWLEDGES] = "acknowledges",
		[METERBUS_FINDING_COMPANY] = "company",
		[METERBUS_FINDING_DEAF] = "deaf",
		[METERBUS_FINDING_OTHER_MASTER] = "other-master",
	};

	if ((size_t)kind >= sizeof(names) / sizeof(names[0]))
		return "?";
	return names[kind];
}
