// SPDX-License-Identifier: GPL-2.0-only
/* What one meter says to which telegram. */
#include "kselftest_harness.h"

#include "../../userspace/mbus-sim/meter/meter.h"

static const uint8_t recorded[] = {0x68, 0x15, 0x15, 0x68, 0x08, 0x02, 0x72,
				   0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 0x01,
				   0x07, 0x13, 0x00, 0x00, 0x00, 0x0c, 0x78,
				   0x04, 0x03, 0x02, 0x01, 0x9d, 0x16};

FIXTURE(meter)
{
	struct recording telegrams[3];
	struct model model;
	struct meter meter;
	struct answer answer;
};

FIXTURE_SETUP(meter)
{
	size_t i;

	memset(self, 0, sizeof(*self));
	for (i = 0; i < 3; i++) {
		memcpy(self->telegrams[i].bytes, recorded, sizeof(recorded));
		self->telegrams[i].len = sizeof(recorded);
		self->telegrams[i].bytes[21] = i + 1; /* distinguishes them */
	}
	self->model = (struct model){
		.telegrams = self->telegrams,
		.nr_telegrams = 1,
		.patch = true,
		.access_counts = true,
		.delay = {.millibits = 33000},
		.baud = 2400,
		.baud_switch = true,
		.baud_fallback = 120 * NS_PER_S,
		.acks = 1,
		.copies = 1,
		.fault_every = 1,
		.answer_every = 1,
		.hears_every = 1,
		.reset_ack = true,
		.selection = SELECTION_YES,
		.wildcards = true,
		.milliamps = 15,
	};
	self->meter = (struct meter){
		.model = &self->model,
		.identity = {.id = {0x47, 0x27, 0x89, 0x31},
			     .manufacturer = {0x24, 0x23},
			     .version = 0x28,
			     .medium = 0x04},
		.address = 5,
		.answer_address = -1,
		.baud = 2400,
	};
}

FIXTURE_TEARDOWN(meter)
{
}

/* Says it to the meter and waits until the answer is out. */
static bool meter_answers(FIXTURE_DATA(meter) * self, const uint8_t *bytes, size_t len)
{
	struct parser parser = {.gap = {.millibits = 33000}};
	enum parsed parsed = PARSED_PART;
	bool answered;
	size_t i;

	for (i = 0; i < len; i++)
		parsed = parser_byte(&parser, i * 10, i * 10 + 10, 2400,
				     bytes[i]);
	if (parsed != PARSED_TELEGRAM)
		return false;
	answered = meter_hear(&self->meter, &parser.telegram, 0, &self->answer);
	if (answered)
		meter_answered(&self->meter, 0);
	return answered;
}

static bool tell_short(FIXTURE_DATA(meter) * self, uint8_t c, uint8_t a)
{
	uint8_t t[] = {0x10, c, a, c + a, 0x16};

	return meter_answers(self, t, sizeof(t));
}

static bool tell_long(FIXTURE_DATA(meter) * self, uint8_t c, uint8_t a,
		      uint8_t ci, const uint8_t *data, size_t len)
{
	uint8_t t[TELEGRAM_MAX] = {0x68, len + 3, len + 3, 0x68, c, a, ci};

	memcpy(t + 7, data, len);
	t[len + 7] = telegram_checksum(t + 4, len + 3);
	t[len + 8] = 0x16;
	return meter_answers(self, t, len + 9);
}

#define TELL_LONG(c, a, ci, ...)                                  \
	tell_long(self, c, a, ci, (const uint8_t[]){__VA_ARGS__}, \
		  sizeof((const uint8_t[]){__VA_ARGS__}))
#define SELECT(...) TELL_LONG(0x73, 0xfd, 0x52, __VA_ARGS__)
#define SELECT_IT() SELECT(0x47, 0x27, 0x89, 0x31, 0xff, 0xff, 0xff, 0xff)

static bool acked(FIXTURE_DATA(meter) * self)
{
	return self->answer.len == 1 && self->answer.bytes[0] == 0xe5;
}

/* Which of the recorded telegrams the last answer is; 0: none of them. */
static int which(FIXTURE_DATA(meter) * self)
{
	return self->answer.len == sizeof(recorded) ? self->answer.bytes[21] :
						      0;
}

TEST_F(meter, answers_snd_nke_to_its_address_and_to_254_only)
{
	EXPECT_TRUE(tell_short(self, 0x40, 5));
	EXPECT_TRUE(acked(self));
	EXPECT_TRUE(tell_short(self, 0x40, 254));
	EXPECT_FALSE(tell_short(self, 0x40, 6));
	EXPECT_FALSE(tell_short(self, 0x40, 255));
	EXPECT_FALSE(tell_short(self, 0x40, 253));
}

TEST_F(meter, answers_with_its_own_identity_and_a_right_checksum)
{
	static const uint8_t header[] = {0x08, 0x05, 0x72, 0x47, 0x27, 0x89,
					 0x31, 0x24, 0x23, 0x28, 0x04, 0x13};

	ASSERT_TRUE(tell_short(self, 0x5b, 5));
	EXPECT_EQ(0, memcmp(self->answer.bytes + 4, header, sizeof(header)));
	EXPECT_EQ(NULL, telegram_check(self->answer.bytes, self->answer.len));
}

TEST_F(meter, sends_an_unpatched_recording_as_it_is)
{
	self->model.patch = false;
	self->telegrams[0].bytes[3] = 0x99;
	ASSERT_TRUE(tell_short(self, 0x5b, 5));
	EXPECT_EQ(0, memcmp(self->answer.bytes, self->telegrams[0].bytes,
			    self->answer.len));
}

TEST_F(meter, counts_access_numbers_but_not_for_a_repetition)
{
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(0x13, self->answer.bytes[15]);
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(0x13, self->answer.bytes[15]);
	tell_short(self, 0x5b, 5);
	EXPECT_EQ(0x14, self->answer.bytes[15]);
}

TEST_F(meter, repeats_on_the_same_fcb_and_goes_on_when_it_toggles)
{
	self->model.nr_telegrams = 3;
	tell_short(self, 0x40, 5);
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x5b, 5);
	EXPECT_EQ(2, which(self));
	tell_short(self, 0x5b, 5);
	EXPECT_EQ(2, which(self));
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(3, which(self));
	tell_short(self, 0x5b, 5);
	EXPECT_EQ(1, which(self));
}

TEST_F(meter, without_fcv_every_request_gets_the_next_telegram)
{
	self->model.nr_telegrams = 2;
	tell_short(self, 0x4b, 5);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x4b, 5);
	EXPECT_EQ(2, which(self));
}

TEST_F(meter, acknowledges_after_the_last_telegram_if_set)
{
	self->model.after_last = AFTER_LAST_ACK;
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x5b, 5);
	EXPECT_TRUE(acked(self));
	tell_short(self, 0x5b, 5);
	EXPECT_TRUE(acked(self));
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(1, which(self));
}

TEST_F(meter, snd_nke_and_application_reset_start_the_readout_again)
{
	self->model.nr_telegrams = 3;
	tell_short(self, 0x7b, 5);
	tell_short(self, 0x5b, 5);
	EXPECT_EQ(2, which(self));
	tell_short(self, 0x40, 5);
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x5b, 5);
	EXPECT_TRUE(TELL_LONG(0x53, 5, 0x50, 0x10));
	EXPECT_TRUE(acked(self));
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(1, which(self));
}

TEST_F(meter, fcb_memory_of_253_is_its_own_and_cleared_by_a_selection)
{
	self->model.nr_telegrams = 2;
	tell_short(self, 0x7b, 5);
	SELECT_IT();
	tell_short(self, 0x7b, 253);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x5b, 253);
	EXPECT_EQ(2, which(self));
	SELECT_IT();
	tell_short(self, 0x5b, 253);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x5b, 5);
	EXPECT_EQ(2, which(self));
}

TEST_F(meter, a_strict_one_leaves_5b_after_a_selection_unanswered)
{
	self->model.fcb = FCB_STRICT;
	SELECT_IT();
	EXPECT_FALSE(tell_short(self, 0x5b, 253));
	EXPECT_TRUE(tell_short(self, 0x7b, 253));
	EXPECT_TRUE(tell_short(self, 0x5b, 253));
}

TEST_F(meter, one_that_ignores_fcb_goes_on_or_starts_over)
{
	self->model.nr_telegrams = 2;
	self->model.fcb = FCB_IGNORE;
	tell_short(self, 0x7b, 5);
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(2, which(self));
	self->model.fcb = FCB_FIRST;
	tell_short(self, 0x5b, 5);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(1, which(self));
}

TEST_F(meter, is_selected_by_its_full_address_or_wildcards)
{
	EXPECT_TRUE(SELECT(0x47, 0x27, 0x89, 0x31, 0x24, 0x23, 0x28, 0x04));
	EXPECT_TRUE(acked(self));
	EXPECT_TRUE(SELECT(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
	EXPECT_TRUE(SELECT(0xf7, 0x2f, 0xff, 0x3f, 0xff, 0x23, 0xff, 0x04));
	EXPECT_TRUE(self->meter.selected);
	EXPECT_TRUE(tell_short(self, 0x7b, 253));
}

TEST_F(meter, is_deselected_by_any_selection_that_does_not_match)
{
	SELECT_IT();
	EXPECT_FALSE(SELECT(0x48, 0x27, 0x89, 0x31, 0xff, 0xff, 0xff, 0xff));
	EXPECT_FALSE(tell_short(self, 0x7b, 253));
	SELECT_IT();
	EXPECT_FALSE(SELECT(0x47, 0x27, 0x89, 0x31, 0xff, 0xff, 0x29, 0xff));
	EXPECT_FALSE(tell_short(self, 0x7b, 253));
	SELECT_IT();
	EXPECT_FALSE(SELECT(0x47, 0x27, 0x89, 0x31, 0xff, 0xff, 0xff, 0x0f));
	EXPECT_FALSE(tell_short(self, 0x7b, 253));
}

TEST_F(meter, snd_nke_to_253_is_acknowledged_and_deselects)
{
	SELECT_IT();
	EXPECT_TRUE(tell_short(self, 0x40, 253));
	EXPECT_FALSE(tell_short(self, 0x40, 253));
}

TEST_F(meter, knows_mode_2_only_if_set_and_is_else_deselected_by_it)
{
	static const uint8_t mode2[] = {0x31, 0x89, 0x27, 0x47,
					0x23, 0x24, 0x28, 0x04};

	SELECT_IT();
	EXPECT_FALSE(tell_long(self, 0x53, 253, 0x56, mode2, 8));
	EXPECT_FALSE(self->meter.selected);
	self->model.mode2 = MODE2_YES;
	EXPECT_TRUE(tell_long(self, 0x53, 253, 0x56, mode2, 8));
}

TEST_F(meter, enhanced_selection_needs_the_fabrication_number)
{
#define FABRICATION(digits)                                                \
	SELECT(0x47, 0x27, 0x89, 0x31, 0xff, 0xff, 0xff, 0xff, 0x0c, 0x78, \
	       0x04, 0x03, 0x02, digits)
	EXPECT_FALSE(FABRICATION(0x01));
	self->meter.has_fabrication = true;
	memcpy(self->meter.fabrication, "\x04\x03\x02\x01", 4);
	EXPECT_TRUE(FABRICATION(0x01));
	EXPECT_TRUE(FABRICATION(0xf1));
	EXPECT_FALSE(FABRICATION(0x02));
}

TEST_F(meter, takes_a_new_primary_address)
{
	EXPECT_TRUE(TELL_LONG(0x53, 5, 0x51, 0x01, 0x7a, 0x08));
	EXPECT_TRUE(acked(self));
	EXPECT_FALSE(tell_short(self, 0x40, 5));
	EXPECT_TRUE(tell_short(self, 0x5b, 8));
	EXPECT_EQ(8, self->answer.bytes[5]);
}

TEST_F(meter, acknowledges_but_does_not_take_an_address_above_250)
{
	EXPECT_TRUE(TELL_LONG(0x53, 5, 0x51, 0x01, 0x7a, 0xfb));
	EXPECT_TRUE(tell_short(self, 0x40, 5));
}

TEST_F(meter, takes_a_new_identification)
{
	EXPECT_TRUE(TELL_LONG(0x53, 5, 0x51, 0x0c, 0x79, 4, 3, 2, 1));
	EXPECT_FALSE(SELECT_IT());
	EXPECT_TRUE(SELECT(4, 3, 2, 1, 0xff, 0xff, 0xff, 0xff));
	EXPECT_TRUE(TELL_LONG(0x73, 5, 0x51, 0x07, 0x79, 9, 9, 9, 9, 0x24, 0x40,
			      1, 7));
	EXPECT_TRUE(SELECT(9, 9, 9, 9, 0x24, 0x40, 1, 7));
}

TEST_F(meter, a_strict_one_does_not_execute_another_command_under_one_fcb)
{
	self->model.fcb = FCB_STRICT;
	EXPECT_TRUE(TELL_LONG(0x73, 5, 0x51, 0x01, 0x7a, 0x08));
	EXPECT_TRUE(TELL_LONG(0x73, 8, 0x51, 0x01, 0x7a, 0x09));
	EXPECT_TRUE(acked(self));
	EXPECT_TRUE(tell_short(self, 0x40, 8));
}

TEST_F(meter, switches_the_baud_rate_after_the_acknowledgement)
{
	uint8_t t[] = {0x68, 3, 3, 0x68, 0x53, 5, 0xbd, 0x15, 0x16};

	EXPECT_TRUE(meter_answers(self, t, sizeof(t)));
	EXPECT_TRUE(acked(self));
	EXPECT_EQ(2400, self->answer.baud);
	EXPECT_EQ(9600, meter_listens(&self->meter, 1));
}

TEST_F(meter, falls_back_to_the_old_rate_when_nothing_valid_comes)
{
	uint8_t t[] = {0x68, 3, 3, 0x68, 0x53, 5, 0xbd, 0x15, 0x16};

	meter_answers(self, t, sizeof(t));
	EXPECT_EQ(9600, meter_listens(&self->meter, 119 * NS_PER_S));
	EXPECT_EQ(2400, meter_listens(&self->meter, 120 * NS_PER_S));
}

TEST_F(meter, stays_at_the_new_rate_once_something_valid_came)
{
	uint8_t t[] = {0x68, 3, 3, 0x68, 0x53, 5, 0xbd, 0x15, 0x16};

	meter_answers(self, t, sizeof(t));
	tell_short(self, 0x40, 5);
	EXPECT_EQ(9600, meter_listens(&self->meter, 500 * NS_PER_S));
}

TEST_F(meter, one_with_a_fixed_rate_acknowledges_the_switch_and_stays)
{
	uint8_t t[] = {0x68, 3, 3, 0x68, 0x53, 5, 0xbd, 0x15, 0x16};

	self->model.baud_switch = false;
	EXPECT_TRUE(meter_answers(self, t, sizeof(t)));
	EXPECT_EQ(2400, meter_listens(&self->meter, 1));
}

TEST_F(meter, executes_a_broadcast_without_an_answer)
{
	EXPECT_FALSE(TELL_LONG(0x53, 255, 0x51, 0x01, 0x7a, 0x08));
	EXPECT_TRUE(tell_short(self, 0x40, 8));
}

TEST_F(meter, answers_an_alarm_request_with_e5_or_its_alarm)
{
	static const uint8_t alarm[] = {0x68, 4,    4,	  0x68, 0x08,
					0,    0x71, 0x80, 0xf9, 0x16};

	EXPECT_TRUE(tell_short(self, 0x5a, 5));
	EXPECT_TRUE(acked(self));
	memcpy(self->model.alarm.bytes, alarm, sizeof(alarm));
	self->model.alarm.len = sizeof(alarm);
	EXPECT_TRUE(tell_short(self, 0x5a, 5));
	EXPECT_EQ(0x71, self->answer.bytes[6]);
	EXPECT_EQ(5, self->answer.bytes[5]);
	EXPECT_EQ(NULL, telegram_check(self->answer.bytes, self->answer.len));
}

TEST_F(meter, says_too_many_readouts_or_nothing_when_they_are_used_up)
{
	self->model.readouts = 1;
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(1, which(self));
	tell_short(self, 0x5b, 5);
	EXPECT_EQ(0x70, self->answer.bytes[6]);
	EXPECT_EQ(0x09, self->answer.bytes[7]);
	EXPECT_EQ(NULL, telegram_check(self->answer.bytes, self->answer.len));
	self->model.over_limit = OVER_LIMIT_SILENCE;
	EXPECT_FALSE(tell_short(self, 0x7b, 5));
}

TEST_F(meter, a_silent_one_acknowledges_a_dead_one_does_not)
{
	self->model.silent = true;
	EXPECT_TRUE(SELECT_IT());
	EXPECT_FALSE(tell_short(self, 0x7b, 253));
	self->model.dead = true;
	EXPECT_FALSE(SELECT_IT());
}

TEST_F(meter, answers_each_third_request_only_if_set)
{
	self->model.answer_every = 3;
	EXPECT_FALSE(tell_short(self, 0x7b, 5));
	EXPECT_FALSE(tell_short(self, 0x7b, 5));
	EXPECT_TRUE(tell_short(self, 0x7b, 5));
}

TEST_F(meter, hears_nothing_until_its_answer_is_out)
{
	struct parser parser = {.gap = {.millibits = 33000}};
	uint8_t nke[] = {0x10, 0x40, 0x05, 0x45, 0x16};
	size_t i;

	for (i = 0; i < sizeof(nke); i++)
		parser_byte(&parser, i, i + 1, 2400, nke[i]);
	EXPECT_TRUE(
		meter_hear(&self->meter, &parser.telegram, 0, &self->answer));
	EXPECT_FALSE(
		meter_hear(&self->meter, &parser.telegram, 1, &self->answer));
	meter_answered(&self->meter, 2);
	EXPECT_TRUE(
		meter_hear(&self->meter, &parser.telegram, 3, &self->answer));
}

TEST_F(meter, is_late_with_telegrams_but_not_with_an_acknowledgement)
{
	self->model.delay = (struct span){.ns = 20 * NS_PER_MS};
	self->model.late = (struct span){.ns = 300 * NS_PER_MS};
	tell_short(self, 0x40, 5);
	EXPECT_EQ(20 * NS_PER_MS, self->answer.delay);
	tell_short(self, 0x7b, 5);
	EXPECT_EQ(320 * NS_PER_MS, self->answer.delay);
}

TEST(what_meters_take_for_a_telegram)
{
	static const uint8_t nke[] = {0x10, 0x40, 0x05, 0x45, 0x16};
	struct parser parser = {.gap = {.millibits = 33000}};
	int64_t t = NS_PER_S, character = bits_ns(11, 2400);
	enum parsed parsed = PARSED_PART;
	size_t i;

	/* the end of a telegram whose beginning was lost, then a whole one */
	EXPECT_EQ(PARSED_SPOILED, parser_byte(&parser, t, t + 1, 2400, 0x45));
	EXPECT_EQ(PARSED_SPOILED,
		  parser_byte(&parser, t + 1, t + 2, 2400, 0x10));
	t += bits_ns(34, 2400) + 2;
	for (i = 0; i < sizeof(nke); i++, t += character)
		parsed = parser_byte(&parser, t, t + character, 2400, nke[i]);
	EXPECT_EQ(PARSED_TELEGRAM, parsed);

	/* a pause of three characters in the middle */
	for (i = 0; i < sizeof(nke); i++, t += character) {
		if (i == 2)
			t += 4 * character;
		parsed = parser_byte(&parser, t, t + character, 2400, nke[i]);
	}
	EXPECT_EQ(PARSED_SPOILED, parsed);
}

TEST(telegrams_with_wrong_fields_are_none)
{
	uint8_t t[] = {0x68, 3, 3, 0x68, 0x53, 5, 0xbd, 0x15, 0x16};

	EXPECT_EQ(NULL, telegram_check(t, sizeof(t)));
	EXPECT_NE(NULL, telegram_check(t, sizeof(t) - 1));
	t[7]++;
	EXPECT_NE(NULL, telegram_check(t, sizeof(t)));
	t[7]--;
	t[2]++;
	EXPECT_NE(NULL, telegram_check(t, sizeof(t)));
	t[2]--;
	t[8] = 0x17;
	EXPECT_NE(NULL, telegram_check(t, sizeof(t)));
}

TEST_F(meter, has_no_data_before_what_it_wants)
{
	self->model.prepare = 0xb1;
	SELECT_IT();
	EXPECT_TRUE(tell_short(self, 0x7b, 0xfd));
	EXPECT_TRUE(acked(self));
	EXPECT_TRUE(TELL_LONG(0x53, 0xfd, 0x50));
	EXPECT_TRUE(tell_short(self, 0x5b, 0xfd));
	EXPECT_TRUE(acked(self));
	EXPECT_TRUE(TELL_LONG(0x73, 0xfd, 0xb1));
	EXPECT_TRUE(tell_short(self, 0x7b, 0xfd));
	EXPECT_EQ(which(self), 1);
	/* A new selection, and all begins again. */
	SELECT_IT();
	EXPECT_TRUE(tell_short(self, 0x7b, 0xfd));
	EXPECT_TRUE(acked(self));
}

TEST_F(meter, is_busy_for_some_requests)
{
	self->model.busy = 2;
	EXPECT_TRUE(tell_short(self, 0x7b, 5));
	EXPECT_EQ(self->answer.bytes[6], 0x70);
	EXPECT_EQ(self->answer.bytes[7], 0x08);
	EXPECT_TRUE(tell_short(self, 0x5b, 5));
	EXPECT_EQ(self->answer.bytes[7], 0x08);
	EXPECT_TRUE(tell_short(self, 0x7b, 5));
	EXPECT_EQ(which(self), 1);
}

/* Volume, volume with storage 1, date and time. */
static const uint8_t three_records[] = {
	0x68, 0x20, 0x20, 0x68, 0x08, 5,    0x72, 0x47, 0x27, 0x89,
	0x31, 0x24, 0x23, 0x28, 0x04, 0,    0,	  0,	0,    0x02,
	0x13, 0x11, 0x11, 0x42, 0x13, 0x22, 0x22, 0x04, 0x6d, 0x21,
	0x16, 0x0a, 0x39, 0x2f, 0x2f, 0x2f, 0,	  0x16,
};

static void record_three(FIXTURE_DATA(meter) * self)
{
	memcpy(self->telegrams[0].bytes, three_records, sizeof(three_records));
	self->telegrams[0].len = sizeof(three_records);
}

TEST_F(meter, sends_what_was_selected)
{
	static const uint8_t volume[] = {0x02, 0x13, 0x11, 0x11};

	record_three(self);
	/* Volume of storage 0, until the next application reset. */
	EXPECT_TRUE(TELL_LONG(0x73, 5, 0x51, 0x08, 0x13));
	EXPECT_TRUE(tell_short(self, 0x7b, 5));
	ASSERT_EQ(self->answer.len, 9 + 12 + sizeof(volume));
	EXPECT_EQ(memcmp(self->answer.bytes + 19, volume, sizeof(volume)), 0);
	EXPECT_EQ(telegram_check(self->answer.bytes, self->answer.len), NULL);
	/* Any storage: both; any VIF of storage 0: volume and time. */
	EXPECT_TRUE(TELL_LONG(0x53, 5, 0x51, 0xc8, 0x3f, 0x13));
	EXPECT_TRUE(tell_short(self, 0x5b, 5));
	EXPECT_EQ(self->answer.len, 9 + 12 + 8);
	EXPECT_TRUE(TELL_LONG(0x73, 5, 0x51, 0x08, 0x7e));
	EXPECT_TRUE(tell_short(self, 0x7b, 5));
	EXPECT_EQ(self->answer.len, 9 + 12 + 10);
	EXPECT_TRUE(TELL_LONG(0x53, 5, 0x51, 0x7f));
	EXPECT_TRUE(tell_short(self, 0x5b, 5));
	EXPECT_EQ(self->answer.len, 9 + 12 + 14);
	EXPECT_TRUE(TELL_LONG(0x73, 5, 0x50));
	EXPECT_TRUE(tell_short(self, 0x7b, 5));
	EXPECT_EQ(self->answer.len, sizeof(three_records));
}

TEST_F(meter, its_clock_is_set)
{
	static const uint8_t set[] = {0x04, 0x6d, 0x1e, 0x0c, 0x56, 0x3b};

	record_three(self);
	EXPECT_TRUE(tell_long(self, 0x73, 5, 0x51, set, sizeof(set)));
	EXPECT_TRUE(tell_short(self, 0x7b, 5));
	EXPECT_EQ(memcmp(self->answer.bytes + 27, set, sizeof(set)), 0);
	EXPECT_EQ(telegram_check(self->answer.bytes, self->answer.len), NULL);
	self->meter.clock_len = 0;
	self->model.read_only = true;
	EXPECT_TRUE(tell_long(self, 0x53, 5, 0x51, set, sizeof(set)));
	EXPECT_TRUE(acked(self));
	EXPECT_TRUE(tell_short(self, 0x5b, 5));
	EXPECT_NE(memcmp(self->answer.bytes + 27, set, sizeof(set)), 0);
}

TEST_HARNESS_MAIN
