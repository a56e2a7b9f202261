// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire between the PC and the meters, in a time of the test's own: what
 * reaches whom, and when.
 */
#include "kselftest_harness.h"

#include "../../userspace/mbus-sim/wire/wire.h"

#define BAUD	  2400
#define CHARACTER bits_ns(CHAR_BITS, BAUD)

static const uint8_t nke5[] = { 0x10, 0x40, 0x05, 0x45, 0x16 };
static const uint8_t req5[] = { 0x10, 0x7b, 0x05, 0x80, 0x16 };
static const uint8_t recorded[] = { 0x68, 0x04, 0x04, 0x68, 0x08,
				    0x05, 0x78, 0x2f, 0xb4, 0x16 };

FIXTURE(wire)
{
	struct recording telegram;
	struct model model[2];
	struct meter meters[2];
	struct scenario scenario;
	struct wire wire;
	int64_t now;
	uint8_t got[1000];
	int64_t when[1000]; /* not before the byte was due */
	size_t nr;
};

static void collect(void *context, uint8_t byte)
{
	FIXTURE_DATA(wire) *self = context;

	self->when[self->nr] = self->now;
	self->got[self->nr++] = byte;
}

/* Both meters on address 5, alike; a test makes them differ. */
FIXTURE_SETUP(wire)
{
	int i;

	memset(self, 0, sizeof(*self));
	memcpy(self->telegram.bytes, recorded, sizeof(recorded));
	self->telegram.len = sizeof(recorded);
	for (i = 0; i < 2; i++) {
		self->model[i] = (struct model){
			.telegrams = &self->telegram,
			.nr_telegrams = 1,
			.delay = { .millibits = 33000 },
			.baud = BAUD,
			.acks = 1,
			.copies = 1,
			.fault_every = 1,
			.answer_every = 1,
			.hears_every = 1,
			.reset_ack = true,
			.milliamps = 15,
		};
		self->meters[i] = (struct meter){
			.model = &self->model[i],
			.address = 5,
			.baud = BAUD,
		};
	}
	self->scenario = (struct scenario){
		.seed = 1,
		.baud = BAUD,
		.gap = { .millibits = 33000 },
		.tty = { .parity = true },
		.converter = { .break_time = { .ns = 50 * NS_PER_MS } },
		.meters = self->meters,
		.nr_meters = 1,
	};
	wire_init(&self->wire, &self->scenario, NULL, collect, self);
}

FIXTURE_TEARDOWN(wire)
{
	wire_free(&self->wire);
}

/* Runs as the runner does: only when the wire asks for it. */
static void run_until(FIXTURE_DATA(wire) * self, int64_t end)
{
	for (;;) {
		int64_t next = wire_run(&self->wire, self->now);

		if (next > end)
			break;
		self->now = next;
	}
	self->now = end;
}

static void send(FIXTURE_DATA(wire) * self, const uint8_t *bytes, size_t len)
{
	wire_run(&self->wire, self->now);
	wire_send(&self->wire, self->now, bytes, len);
}

static void run_for_ms(FIXTURE_DATA(wire) * self, int64_t ms)
{
	run_until(self, self->now + ms * NS_PER_MS);
}

TEST_F(wire, an_answer_comes_after_the_delay_paced_at_the_baud_rate)
{
	size_t i;

	send(self, req5, sizeof(req5));
	run_for_ms(self, 1000);
	ASSERT_EQ(sizeof(recorded), self->nr);
	EXPECT_EQ(0, memcmp(self->got, recorded, self->nr));
	for (i = 0; i < self->nr; i++) {
		int64_t due = bits_ns(55 + 33 + 11 * (i + 1), BAUD);

		EXPECT_LE(due - 10, self->when[i]);
		EXPECT_GE(due + 10, self->when[i]);
	}
}

TEST_F(wire, bytes_of_one_telegram_may_come_in_pieces_but_not_far_apart)
{
	send(self, nke5, 2);
	run_for_ms(self, 20);
	send(self, nke5 + 2, 3);
	run_for_ms(self, 1000);
	EXPECT_EQ(1, self->nr);

	send(self, nke5, 2);
	run_for_ms(self, 40);
	send(self, nke5 + 2, 3);
	run_for_ms(self, 1000);
	EXPECT_EQ(1, self->nr);
}

TEST_F(wire, within_the_turnaround_bytes_of_the_pc_are_lost)
{
	self->scenario.converter.turnaround.ns = 37 * NS_PER_MS;
	send(self, nke5, sizeof(nke5));
	while (!self->nr)
		run_until(self, self->now + NS_PER_MS / 10);
	send(self, req5, sizeof(req5)); /* 22.9 ms, all lost */
	run_for_ms(self, 1000);
	EXPECT_EQ(1, self->nr);

	send(self, req5, sizeof(req5));
	run_for_ms(self, 1000);
	EXPECT_EQ(1 + sizeof(recorded), self->nr);
}

TEST_F(wire, what_is_left_of_a_telegram_begun_too_early_is_no_telegram)
{
	self->scenario.converter.turnaround.ns = 37 * NS_PER_MS;
	send(self, nke5, sizeof(nke5));
	while (!self->nr)
		run_until(self, self->now + NS_PER_MS / 10);
	run_for_ms(self, 30);
	send(self, req5, sizeof(req5)); /* two bytes lost */
	run_for_ms(self, 1000);
	EXPECT_EQ(1, self->nr);
}

TEST_F(wire, the_turnaround_ends_when_it_ends)
{
	self->scenario.converter.turnaround.ns = 37 * NS_PER_MS;
	send(self, nke5, sizeof(nke5));
	while (!self->nr)
		run_until(self, self->now + NS_PER_MS / 10);
	run_for_ms(self, 38);
	send(self, req5, sizeof(req5));
	run_for_ms(self, 1000);
	EXPECT_EQ(1 + sizeof(recorded), self->nr);
}

TEST_F(wire, the_first_telegram_needs_no_turnaround)
{
	self->scenario.converter.turnaround.ns = 37 * NS_PER_MS;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	EXPECT_EQ(1, self->nr);
}

TEST_F(wire, two_e5_at_the_same_time_are_one_clean_e5)
{
	self->scenario.nr_meters = 2;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	ASSERT_EQ(1, self->nr);
	EXPECT_EQ(0xe5, self->got[0]);
}

TEST_F(wire, two_e5_a_character_apart_are_two)
{
	self->scenario.nr_meters = 2;
	self->model[1].delay.millibits = 45000;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	ASSERT_EQ(2, self->nr);
	EXPECT_EQ(0xe5, self->got[0]);
	EXPECT_EQ(0xe5, self->got[1]);
}

TEST_F(wire, e5_two_bits_apart_show_the_spaces_of_both)
{
	self->scenario.nr_meters = 2;
	self->model[1].delay.millibits = 35000;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	/*
	 * Lowest bit first, s the start, p the parity:
	 *	s 1 0 1 0 0 1 1 1 p
	 *	    s 1 0 1 0 0 1 1 1 p
	 * gives	  1 0 1 0 0 0 0 1
	 */
	ASSERT_EQ(1, self->nr);
	EXPECT_EQ(0x85, self->got[0]);
}

TEST_F(wire, different_telegrams_at_once_give_the_and_of_their_bits)
{
	struct recording other = self->telegram;

	other.bytes[7] = 0x17;
	other.bytes[8] = 0x9c;
	self->model[1].telegrams = &other;
	self->scenario.nr_meters = 2;
	send(self, req5, sizeof(req5));
	run_for_ms(self, 1000);
	ASSERT_EQ(sizeof(recorded), self->nr);
	EXPECT_EQ(0x2f & 0x17, self->got[7]);
	EXPECT_EQ(0xb4 & 0x9c, self->got[8]);
	EXPECT_EQ(0x16, self->got[9]);
}

TEST_F(wire, too_much_current_is_one_nul_and_a_break)
{
	self->scenario.nr_meters = 2;
	self->scenario.converter.collision_ma = 30;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	ASSERT_EQ(1, self->nr);
	EXPECT_EQ(0x00, self->got[0]);
	EXPECT_FALSE(self->wire.breaking);
}

TEST_F(wire, during_a_break_answers_are_lost)
{
	self->scenario.nr_meters = 2;
	self->scenario.converter.collision_ma = 30;
	self->scenario.converter.break_time.ns = 300 * NS_PER_MS;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 100);
	EXPECT_TRUE(self->wire.breaking);
	self->meters[1].address = 6;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	EXPECT_EQ(1, self->nr);
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	EXPECT_EQ(2, self->nr);
}

TEST_F(wire, a_break_lasts_as_long_as_the_telegrams_that_collide)
{
	self->scenario.nr_meters = 2;
	self->scenario.converter.collision_ma = 30;
	send(self, req5, sizeof(req5));
	run_for_ms(self, 22 + 14 + 46 + 40);
	EXPECT_TRUE(self->wire.breaking);
	run_for_ms(self, 20);
	EXPECT_FALSE(self->wire.breaking);
	EXPECT_EQ(1, self->nr);
}

TEST_F(wire, current_below_the_limit_is_no_collision)
{
	self->scenario.nr_meters = 2;
	self->scenario.converter.collision_ma = 31;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	EXPECT_EQ(0xe5, self->got[0]);
}

TEST_F(wire, an_echo_comes_at_the_end_of_each_byte)
{
	self->scenario.converter.echo.on = true;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	ASSERT_EQ(6, self->nr);
	EXPECT_EQ(0, memcmp(self->got, nke5, 5));
	EXPECT_LE(CHARACTER - 10, self->when[0]);
	EXPECT_GE(CHARACTER + 10, self->when[0]);
	EXPECT_EQ(0xe5, self->got[5]);
}

TEST_F(wire, an_echo_does_not_turn_the_line_round)
{
	self->scenario.converter.echo.on = true;
	self->scenario.converter.turnaround.ns = 37 * NS_PER_MS;
	send(self, nke5, 3);
	run_for_ms(self, 14);
	send(self, nke5 + 3, 2);
	run_for_ms(self, 1000);
	EXPECT_EQ(6, self->nr);
}

TEST_F(wire, a_telegram_at_another_rate_is_not_heard)
{
	wire_set_baud(&self->wire, 0, 9600);
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	EXPECT_EQ(0, self->nr);
	wire_set_baud(&self->wire, self->now, BAUD);
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	EXPECT_EQ(1, self->nr);
}

TEST_F(wire, a_meter_of_any_rate_answers_at_the_rate_it_heard)
{
	self->model[0].auto_baud = true;
	wire_set_baud(&self->wire, 0, 300);
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 2000);
	ASSERT_EQ(1, self->nr);
	EXPECT_EQ(0xe5, self->got[0]);
}

TEST_F(wire, a_pause_in_an_answer_is_as_long_as_set)
{
	self->model[0].pause_after = 4;
	self->model[0].pause.ns = 100 * NS_PER_MS;
	send(self, req5, sizeof(req5));
	run_for_ms(self, 1000);
	ASSERT_EQ(sizeof(recorded), self->nr);
	EXPECT_EQ(0, memcmp(self->got, recorded, self->nr));
	EXPECT_LE(100 * NS_PER_MS + CHARACTER - 10,
		  self->when[4] - self->when[3]);
	EXPECT_GE(100 * NS_PER_MS + CHARACTER + 10,
		  self->when[4] - self->when[3]);
}

TEST_F(wire, noise_flips_and_drops_each_nth_byte)
{
	self->scenario.noise.flip_every = 5;
	self->scenario.noise.drop_every = 4;
	send(self, req5, sizeof(req5));
	run_for_ms(self, 1000);
	ASSERT_EQ(sizeof(recorded) - 2, self->nr);
	EXPECT_EQ(recorded[2], self->got[2]);
	EXPECT_NE(recorded[4], self->got[3]);
	EXPECT_EQ(1, __builtin_popcount(recorded[4] ^ self->got[3]));
}

TEST_F(wire, a_nul_comes_before_each_nth_answer)
{
	self->scenario.noise.nul_every = 2;
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 500);
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 500);
	ASSERT_EQ(3, self->nr);
	EXPECT_EQ(0, memcmp(self->got, "\xe5\x00\xe5", 3));
}

TEST_F(wire, idle_noise_is_the_same_for_the_same_seed)
{
	uint8_t first[20];
	size_t i;

	self->scenario.noise.idle.ns = 20 * NS_PER_MS;
	for (i = 0; i < 2; i++) {
		wire_free(&self->wire);
		wire_init(&self->wire, &self->scenario, NULL, collect, self);
		self->now = 0;
		self->nr = 0;
		run_for_ms(self, 2000);
		ASSERT_LT(20, self->nr);
		if (!i)
			memcpy(first, self->got, sizeof(first));
	}
	EXPECT_EQ(0, memcmp(first, self->got, sizeof(first)));
}

TEST_F(wire, latency_gathers_bytes_and_keeps_their_order)
{
	self->scenario.converter.latency.ns = 16 * NS_PER_MS;
	send(self, req5, sizeof(req5));
	run_for_ms(self, 1000);
	ASSERT_EQ(sizeof(recorded), self->nr);
	EXPECT_EQ(0, memcmp(self->got, recorded, self->nr));
	EXPECT_EQ(self->when[0], self->when[2]);
	EXPECT_LE(bits_ns(55 + 33 + 11, BAUD) + 16 * NS_PER_MS - 10,
		  self->when[0]);
}

TEST_F(wire, sleeps_while_nothing_happens)
{
	EXPECT_EQ(NEVER, wire_run(&self->wire, 0));
	send(self, nke5, sizeof(nke5));
	run_for_ms(self, 1000);
	EXPECT_EQ(NEVER, wire_run(&self->wire, self->now));
}

TEST_HARNESS_MAIN
