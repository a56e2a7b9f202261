// SPDX-License-Identifier: GPL-2.0-only
/*
 * Searches and readouts against a wire that answers whatever it likes: nothing,
 * acknowledgements, telegrams of the meter that was asked or of another one,
 * damaged ones, the answer before once more. Each ends, after a bounded number
 * of telegrams, and says why in one line.
 *
 * Input: a byte for the job, then for each exchange one for its answer, one for
 * its flags and reason, one for its delay, and what the answer takes. The wire
 * begins anew with the first when all are used.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/search.h>

#include "must.h"

#define MS 1000000ULL

/* What a search may send for the meters it finds, and the last steps of it. */
#define SENT_LEAST	4000
#define SENT_EACH	150
#define READ_MOST	2000

enum answer {
	SILENCE,
	ACK,
	OWN_TELEGRAM,	/* of a meter that was asked */
	OTHER_TELEGRAM,
	MORE_FOLLOW,	/* the own one, announcing another */
	REFUSAL,	/* application error */
	MODE_2,		/* CI 76 */
	GARBLED,
	COLLISION,
	ECHO_ONLY,
	SAME_AGAIN,
	LINK_FAILS,
	ANSWERS
};

static struct {
	struct meterbus_link link;
	struct meterbus_timing timing;
	const uint8_t *input;
	size_t len, pos;
	uint64_t now;
	unsigned long exchanges, finds;
	uint8_t selected[8];
	uint8_t last[METERBUS_DATA_MAX];
	size_t last_len;
	uint8_t last_outcome;
	bool warned, failed;
} wire;

static uint8_t next(void)
{
	if (wire.pos == wire.len)
		wire.pos = 0;
	return wire.input[wire.pos++];
}

static void check_text(const char *text)
{
	MUST(*text && !strchr(text, '\n'));
}

/* ID and the rest as selected, wildcards filled; it answers with primary @a. */
static void telegram(struct meterbus_exchange *x, uint8_t a, uint8_t ci,
		     bool own, bool more)
{
	uint8_t *t = x->answer;
	uint8_t sum = 0;
	size_t len = 7;

	memcpy(t, "\x68\0\0\x68\x08", 5);
	t[5] = a;
	t[6] = ci;
	for (size_t i = 0; i < 8; i++) {
		uint8_t byte = own ? wire.selected[i] : next();

		if (byte == 0xff)
			byte = next() % 10 * 0x11;
		t[len++] = byte;
	}
	t[len++] = next();
	memset(t + len, 0, 3);
	len += 3;
	if (ci == 0x70)
		len = 8;
	else
		t[len++] = more ? 0x1f : 0x0f;
	t[1] = t[2] = len - 4;
	for (size_t i = 4; i < len; i++)
		sum += t[i];
	t[len++] = sum;
	t[len++] = 0x16;
	x->answer_len = len;
	x->outcome = METERBUS_OUTCOME_FRAME;
}

static void raw(struct meterbus_exchange *x, uint8_t outcome, uint8_t reason)
{
	static const uint8_t usual[] = {0xe5, 0x00, 0xff, 0x68};

	x->answer_len = 1 + next() % 24;
	for (size_t i = 0; i < x->answer_len; i++) {
		uint8_t byte = next();

		x->answer[i] = byte & 1 ? usual[byte >> 1 & 3] : byte;
	}
	x->outcome = outcome;
	x->reason = 1 + reason % (METERBUS_REASON_COUNT - 1);
}

static void again(struct meterbus_exchange *x)
{
	x->outcome = wire.last_outcome;
	x->answer_len = wire.last_len;
	memcpy(x->answer, wire.last, wire.last_len);
}

static void answer(struct meterbus_exchange *x, uint8_t a, uint8_t kind,
		   uint8_t more)
{
	switch (kind % ANSWERS) {
	case ACK:
		x->outcome = METERBUS_OUTCOME_ACK;
		x->answer[0] = 0xe5;
		x->answer_len = 1;
		break;
	case OWN_TELEGRAM:
		telegram(x, a, 0x72, true, false);
		break;
	case OTHER_TELEGRAM:
		telegram(x, next(), 0x72, false, false);
		break;
	case MORE_FOLLOW:
		telegram(x, a, 0x72, true, true);
		break;
	case REFUSAL:
		telegram(x, a, 0x70, true, false);
		break;
	case MODE_2:
		telegram(x, a, 0x76, true, false);
		break;
	case GARBLED:
		raw(x, METERBUS_OUTCOME_GARBLED, more);
		break;
	case COLLISION:
		raw(x, METERBUS_OUTCOME_COLLISION, more);
		break;
	case ECHO_ONLY:
		x->outcome = METERBUS_OUTCOME_ECHO_ONLY;
		break;
	case SAME_AGAIN:
		again(x);
		break;
	default:
		x->outcome = METERBUS_OUTCOME_SILENCE;
	}
}

static int exchange(struct meterbus_link *link, struct meterbus_exchange *x,
		    struct meterbus_error *err)
{
	const uint8_t *request = x->request;
	uint8_t a = request[0] == 0x68 ? request[5] : request[2];
	uint8_t kind = next(), more = next(), delay = next();
	bool silent;

	MUST(x->request_len >= 5);
	wire.exchanges++;
	if (request[0] == 0x68 && request[6] == 0x52)
		memcpy(wire.selected, request + 7, 8);
	x->tries = 1 + (x->repeats == METERBUS_REPEATS_BUS ? 2 : x->repeats);
	x->reason = METERBUS_REASON_NONE;
	x->flags = (uint32_t)(more & 0x3f) << 5;
	if (!wire.warned)
		x->flags &= ~METERBUS_FLAG_BABBLE;
	x->answer_len = 0;
	wire.now += x->guard_us * 1000ULL + 60 * MS;
	x->sent_ns = wire.now;
	x->sent_end_ns = wire.now + 70 * MS;
	wire.now = x->sent_end_ns + delay * 8 * MS;
	if (kind % ANSWERS == LINK_FAILS) {
		wire.failed = true;
		return meterbus_fail(err, METERBUS_E_UNPLUGGED, "unplugged");
	}
	answer(x, a, kind, more);
	silent = !x->answer_len;
	x->first_ns = silent ? 0 : wire.now;
	x->last_ns = silent ? 0 : wire.now + 20 * MS;
	wire.last_outcome = x->outcome;
	wire.last_len = x->answer_len;
	memcpy(wire.last, x->answer, x->answer_len);
	return 0;
}

static int hold(struct meterbus_link *link, struct meterbus_error *err)
{
	return 0;
}

static void release(struct meterbus_link *link)
{
}

static int get_timing(struct meterbus_link *link,
		      struct meterbus_timing *timing, struct meterbus_error *err)
{
	*timing = wire.timing;
	return 0;
}

static int set_timing(struct meterbus_link *link,
		      const struct meterbus_timing *timing,
		      struct meterbus_error *err)
{
	MUST(timing->slack_us <= METERBUS_TIME_MAX_US);
	MUST(timing->guard_us <= METERBUS_TIME_MAX_US);
	wire.timing = *timing;
	return 0;
}

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	check_text(finding->text);
	check_text(meterbus_finding_name(finding->kind));
	wire.finds++;
}

static void on_found(void *context, const struct meterbus_found *found)
{
	MUST((found->state == METERBUS_METER_CONFIRMED) == !*found->why);
	wire.finds++;
}

static void search(struct meterbus_master *master, bool secondary)
{
	struct meterbus_address mask = {.secondary = true};
	struct meterbus_search_result result;
	struct meterbus_search search = {
		.size = sizeof(search),
		.master = master,
		.found = on_found,
	};
	struct meterbus_error err = {0};
	int ret;

	memset(mask.bytes, 0xff, sizeof(mask.bytes));
	ret = secondary ? meterbus_search_secondary(&search, &mask, &result,
						    &err) :
			  meterbus_search_primary(&search, &result, &err);
	if (ret < 0)
		check_text(err.text);
	else
		MUST(wire.finds);
	MUST(wire.exchanges <=
	     SENT_LEAST + SENT_EACH * result.count[METERBUS_METER_CONFIRMED]);
}

static void read_one(struct meterbus_master *master, bool secondary)
{
	struct meterbus_address address = {
		.secondary = secondary,
		.primary = secondary ? 0 : 5,
		.bytes = {0x78, 0x56, 0x34, 0x12, 0xff, 0xff, 0xff, 0xff},
	};
	static struct meterbus_readout readout;
	struct meterbus_error err = {0};

	if (meterbus_read(master, &address, &readout, &err) < 0)
		check_text(err.text);
	else
		MUST(readout.count);
	MUST(wire.exchanges <= READ_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct meterbus_master *master;
	uint8_t job;

	if (size < 4)
		return 0;
	memset(&wire, 0, sizeof(wire));
	wire.link = (struct meterbus_link){
		.exchange = exchange,
		.hold = hold,
		.release = release,
		.get_timing = get_timing,
		.set_timing = set_timing,
	};
	wire.timing = (struct meterbus_timing){
		.guard_us = 60000,
		.slack_us = 20000,
		.gap_us = 100000,
		.window_us = 187500,
		.repeats = 2,
	};
	job = data[0];
	wire.input = data + 1;
	wire.len = size - 1;
	wire.warned = job & 4;
	master = meterbus_master_new(&wire.link, NULL);
	MUST(master);
	meterbus_master_set_callbacks(master, on_finding, NULL, NULL);
	if (job & 1)
		search(master, job & 2);
	else
		read_one(master, job & 2);
	meterbus_master_free(master);
	return 0;
}
