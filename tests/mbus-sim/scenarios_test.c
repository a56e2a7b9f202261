// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each scenario of a wire that does not keep to the standard does what its
 * description says.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "sim_lab.h"

#define SCENARIOS	MBUS_TOP "/userspace/mbus-sim/scenarios/"

#define NKE	0x40
#define REQ	0x7b
#define REQ_0	0x5b
#define CI	0x52
#define CI_2	0x56

/* The telegram all of them send, without what differs from meter to meter. */
#define HEAD	"681515680800"
#define IS_TELEGRAM(text, id)                                          \
	({                                                             \
		const char *t_ = text;                                 \
		bool is_ = strlen(t_) == 2 * 27 &&                     \
			   !strncmp(t_, "6815156808", 10) &&           \
			   !strncmp(t_ + 12, "72" id, 10) &&           \
			   !strcmp(t_ + 52, "16");                     \
		if (!is_)                                              \
			TH_LOG("%s", t_);                              \
		is_;                                                   \
	})

FIXTURE(sim) {
	struct lab *lab;
};

FIXTURE_SETUP(sim)
{
	self->lab = calloc(1, sizeof(*self->lab));
	ASSERT_NE(NULL, self->lab);
}

FIXTURE_TEARDOWN(sim)
{
	lab_close(self->lab);
	free(self->lab);
}

#define OPEN(name, ...)                                                  \
	do {                                                             \
		const char *const set_[] = { __VA_ARGS__ __VA_OPT__(,)   \
					     NULL };                     \
		ASSERT_TRUE(lab_open(self->lab, SCENARIOS name ".ini",   \
				     set_));                             \
	} while (0)
#define ASK(c, a)	lab_ask(self->lab, lab_short(c, a), 2000)
#define SELECT(hex)	lab_ask(self->lab, lab_select(CI, hex "FFFFFFFF"), 2000)

TEST_F(sim, glitches_are_around_answers_and_nowhere_else)
{
	OPEN("glitches");
	EXPECT_STREQ("00E5FF", ASK(NKE, 1));
	EXPECT_STREQ("", ASK(NKE, 9));
	ASK(REQ, 1);
	EXPECT_EQ(29, self->lab->nr);
	EXPECT_EQ(0, strncmp(self->lab->text, "006815", 6));
}

TEST_F(sim, glitches_may_be_several_bytes_and_around_requests)
{
	OPEN("glitches", "converter.before-answer=F0 FE 00",
	     "converter.after-answer=", "converter.before-request=00",
	     "converter.after-request=FF", "meter.delay=100bits");
	EXPECT_STREQ("00FFF0FE00E5", ASK(NKE, 1));
	EXPECT_STREQ("00FF", ASK(NKE, 9));
}

TEST_F(sim, a_glitch_moves_an_answer_that_would_begin_before_it_ends)
{
	OPEN("glitches", "converter.before-answer=00 00 00 00 00");
	EXPECT_STREQ("0000000000E5FF", ASK(NKE, 1));
}

TEST_F(sim, an_echo_loses_its_first_byte)
{
	OPEN("echo-faults");
	EXPECT_STREQ("40014116E5", ASK(NKE, 1));
	EXPECT_STREQ("40094916", ASK(NKE, 9));
}

TEST_F(sim, an_echo_is_cut_or_only_its_end)
{
	OPEN("echo-faults", "converter.echo-skip=3");
	EXPECT_STREQ("4116E5", ASK(NKE, 1));
	lab_close(self->lab);
	ASSERT_TRUE(lab_open(self->lab, SCENARIOS "glitches.ini",
			     (const char *const[]){ "converter.echo=yes",
						    "converter.echo-last=2",
						    NULL }));
	EXPECT_STREQ("411600E5FF", ASK(NKE, 1));
	EXPECT_STREQ("4916", ASK(NKE, 9));
	lab_close(self->lab);
	ASSERT_TRUE(lab_open(self->lab, SCENARIOS "glitches.ini",
			     (const char *const[]){ "converter.echo=yes",
						    "converter.echo-first=4",
						    NULL }));
	EXPECT_STREQ("10400949", ASK(NKE, 9));
}

TEST_F(sim, an_echo_has_a_wrong_bit_in_the_byte_that_was_named)
{
	OPEN("glitches", "converter.echo=yes", "converter.echo-flip=3");
	for (unsigned int i = 0; i < 20; i++) {
		unsigned int third = 0;
		const char *text = ASK(NKE, 9);

		ASSERT_EQ(5, self->lab->nr);
		EXPECT_EQ(0, strncmp(text, "1040", 4));
		EXPECT_STREQ("4916", text + 6);
		sscanf(text + 4, "%2x", &third);
		EXPECT_EQ(1, __builtin_popcount(third ^ 9));
	}
}

TEST_F(sim, an_echo_comes_late)
{
	OPEN("glitches", "converter.echo=yes", "converter.echo-delay=50ms");
	EXPECT_STREQ("1040094916", ASK(NKE, 9));
	EXPECT_LE(50 * NS_PER_MS + bits_ns(11, 2400) - 10,
		  self->lab->when[0]);
	EXPECT_GE(50 * NS_PER_MS + bits_ns(11, 2400) + 10,
		  self->lab->when[0]);
}

TEST_F(sim, a_stream_comes_whether_anybody_asks_or_not)
{
	OPEN("stream");
	lab_ask(self->lab, NULL, 1000);
	EXPECT_LE(99, self->lab->nr);
	EXPECT_GE(100, self->lab->nr);
	EXPECT_EQ(0, strncmp("FFFFFF", self->lab->text, 6));
	lab_close(self->lab);
	ASSERT_TRUE(lab_open(self->lab, SCENARIOS "stream.ini",
			     (const char *const[]){
				     "noise.stream=E5 68",
				     "noise.stream-every=200ms", NULL }));
	EXPECT_STREQ("E568E568", lab_ask(self->lab, NULL, 900));
}

TEST_F(sim, a_stream_on_the_bus_keeps_a_converter_from_turning)
{
	OPEN("stream", "converter.turnaround=37ms");
	EXPECT_NE(NULL, strstr(ASK(NKE, 1), "FF"));
	EXPECT_TRUE(self->lab->scenario.meters[0].telegrams);
	lab_close(self->lab);
	ASSERT_TRUE(lab_open(self->lab, SCENARIOS "stream.ini",
			     (const char *const[]){
				     "converter.turnaround=37ms",
				     "noise.stream-current=15", NULL }));
	lab_wait(self->lab, 100);
	ASK(NKE, 1);
	EXPECT_FALSE(self->lab->scenario.meters[0].telegrams);
}

TEST_F(sim, repeated_answers)
{
	const char *text;

	OPEN("repeated-answers");
	EXPECT_STREQ("E5E5", ASK(NKE, 1));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 1), "40278931"));
	EXPECT_STREQ("E5", ASK(NKE, 2));
	text = ASK(REQ, 2);
	EXPECT_EQ(0, strncmp("E56815", text, 6));
	EXPECT_EQ(28, self->lab->nr);
	EXPECT_LE(bits_ns(22, 2400) - 10,
		  self->lab->when[1] - self->lab->when[0]);
	EXPECT_STREQ("E5", ASK(NKE, 3));
	text = ASK(REQ, 3);
	ASSERT_EQ(54, self->lab->nr);
	EXPECT_EQ(0, strncmp(text, text + 54, 54));
}

TEST_F(sim, a_meter_acknowledges_all_and_answers_after_its_own_only)
{
	OPEN("acknowledges-all");
	EXPECT_STREQ("E5", SELECT("99999999"));
	EXPECT_STREQ("", ASK(REQ, 0xfd));
	EXPECT_STREQ("E5", SELECT("01000040"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 0xfd), "01000040"));
}

TEST_F(sim, a_meter_that_knows_only_one_selection_is_meant_by_each)
{
	OPEN("acknowledges-all", "meter acknowledges.selection=any");
	EXPECT_STREQ("E5", SELECT("99999999"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 0xfd), "01000040"));
}

TEST_F(sim, a_meter_stays_selected)
{
	OPEN("acknowledges-all", "meter acknowledges.dead=yes");
	EXPECT_STREQ("E5", SELECT("02000050"));
	EXPECT_STREQ("", SELECT("99999999"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 0xfd), "02000050"));
	EXPECT_STREQ("E5", ASK(NKE, 0xfd));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ_0, 0xfd), "02000050"));
	lab_close(self->lab);
	ASSERT_TRUE(lab_open(self->lab, SCENARIOS "acknowledges-all.ini",
			     (const char *const[]){
				     "meter acknowledges.dead=yes",
				     "meter stays.deselects=reset", NULL }));
	SELECT("02000050");
	SELECT("99999999");
	EXPECT_STREQ("E5", ASK(NKE, 0xfd));
	EXPECT_STREQ("", ASK(REQ, 0xfd));
}

TEST_F(sim, one_frame_count_bit_for_several_addresses)
{
	OPEN("one-fcb");
	EXPECT_STREQ("E5", ASK(NKE, 1));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 1), "40278931"));
	/* The same bit at another address: the answer before. */
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 2), "40278931"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ_0, 2), "41278931"));
	EXPECT_STREQ("E5", SELECT("42278931"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ_0, 0xfd), "41278931"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 0xfd), "42278931"));
}

TEST_F(sim, one_frame_count_bit_for_the_addresses_of_a_meter)
{
	OPEN("one-fcb", "meter.fcb-memory=meter", "meter.access-counts=yes");
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 1), "40278931"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 2), "41278931"));
	SELECT("41278931");
	ASK(REQ, 0xfd);
	EXPECT_EQ(1, self->lab->scenario.meters[1].answers);
	ASK(REQ_0, 0xfd);
	EXPECT_EQ(2, self->lab->scenario.meters[1].answers);
}

TEST_F(sim, meters_that_hear_only_each_nth_telegram)
{
	OPEN("every-nth");
	EXPECT_STREQ("", ASK(NKE, 1));
	EXPECT_STREQ("E5", ASK(NKE, 1));
	for (unsigned int i = 0; i < 3; i++)
		EXPECT_STREQ("", ASK(NKE, 2));
	EXPECT_STREQ("E5", ASK(NKE, 2));
	EXPECT_STREQ("E5", ASK(NKE, 3));
}

TEST_F(sim, sleepers_wake_on_any_telegram_or_on_their_own)
{
	OPEN("sleepers");
	EXPECT_STREQ("", ASK(NKE, 1));
	EXPECT_STREQ("E5", ASK(NKE, 1));
	EXPECT_STREQ("E5", ASK(NKE, 2));
	EXPECT_STREQ("", ASK(NKE, 3));
	EXPECT_STREQ("E5", ASK(NKE, 3));
	/* Others' telegrams keep the first two awake, but not the third. */
	lab_ask(self->lab, lab_short(NKE, 9), 4000);
	EXPECT_STREQ("E5", ASK(NKE, 1));
	EXPECT_STREQ("", ASK(NKE, 3));
	lab_wait(self->lab, 5000);
	EXPECT_STREQ("", ASK(NKE, 1));
}

TEST_F(sim, a_sleeper_takes_its_time_to_wake)
{
	OPEN("sleepers", "meter any.wake-time=300ms");
	lab_ask(self->lab, lab_short(NKE, 1), 200);
	EXPECT_STREQ("", lab_ask(self->lab, lab_short(NKE, 1), 200));
	EXPECT_STREQ("E5", ASK(NKE, 1));
}

/* @count times @byte, then a pause, then SND_NKE to @a. */
static const char *wake(struct lab *lab, uint8_t byte, size_t count,
			int64_t pause_ms, uint8_t a)
{
	uint8_t run[600];

	memset(run, byte, sizeof(run));
	lab_send(lab, run, count);
	lab_wait(lab, count * CHAR_BITS * 1000 / 2400 + pause_ms);
	return lab_ask(lab, lab_short(NKE, a), 1000);
}

TEST_F(sim, a_run_of_bytes_wakes_by_its_time)
{
	OPEN("wake-up");
	EXPECT_STREQ("", ASK(NKE, 1));
	EXPECT_STREQ("", wake(self->lab, 0x55, 400, 30, 1));
	EXPECT_STREQ("", wake(self->lab, 0x54, 440, 30, 1));
	EXPECT_STREQ("", wake(self->lab, 0x55, 440, 5, 1));
	EXPECT_STREQ("E5", wake(self->lab, 0x55, 440, 30, 1));
	EXPECT_STREQ("E5", ASK(NKE, 1));
	lab_wait(self->lab, 5000);
	EXPECT_STREQ("", ASK(NKE, 1));
}

TEST_F(sim, a_run_of_bytes_wakes_by_its_number)
{
	OPEN("wake-up");
	EXPECT_STREQ("", wake(self->lab, 0x00, 209, 30, 2));
	EXPECT_STREQ("E5", wake(self->lab, 0x00, 210, 30, 2));
}

TEST_F(sim, a_meter_is_deaf_after_a_reset)
{
	OPEN("deaf-after-reset");
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 1), "40278931"));
	EXPECT_STREQ("E5", ASK(NKE, 1));
	EXPECT_STREQ("", ASK(REQ, 1));
	lab_wait(self->lab, 15000);
	EXPECT_STREQ("", ASK(REQ, 1));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ_0, 1), "40278931"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 2), "41278931"));
}

TEST_F(sim, a_meter_does_not_acknowledge_a_reset)
{
	OPEN("deaf-after-reset", "meter good.reset-ack=no");
	EXPECT_STREQ("", ASK(NKE, 3));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 3), "42278931"));
}

TEST_F(sim, another_master_has_the_bus)
{
	OPEN("other-master");
	EXPECT_STREQ("E5", lab_ask(self->lab, lab_short(NKE, 1), 2100));
	for (unsigned int i = 0; i < 5; i++)
		EXPECT_STREQ("", lab_ask(self->lab, lab_short(NKE, 1), 500));
	lab_wait(self->lab, 500);
	EXPECT_STREQ("E5", ASK(NKE, 1));
	/* It was read by the other one meanwhile. */
	EXPECT_LE(1, self->lab->scenario.meters[0].answers);
	lab_wait(self->lab, 22100 - self->lab->now / NS_PER_MS);
	EXPECT_STREQ("", lab_ask(self->lab, lab_short(NKE, 2), 500));
}

TEST_F(sim, the_pc_may_see_answers_to_another_master)
{
	OPEN("other-master", "other-master.seen=yes");
	EXPECT_NE(NULL, strstr(lab_ask(self->lab, NULL, 6000), "6815156808"));
	EXPECT_EQ(0, self->lab->nr % 27);
}

TEST_F(sim, a_converter_takes_time_to_switch_to_the_pc)
{
	OPEN("input-switch");
	EXPECT_STREQ("", lab_ask(self->lab, lab_short(NKE, 1), 200));
	EXPECT_STREQ("E5", ASK(NKE, 1));
	EXPECT_STREQ("E5", lab_ask(self->lab, lab_short(NKE, 1), 4000));
	EXPECT_STREQ("", ASK(NKE, 1));
}

TEST_F(sim, answers_come_late)
{
	static const int64_t after[] = { 250, 300, 500, 900, 1500 };

	OPEN("late-answers");
	for (unsigned int i = 0; i < 5; i++) {
		int64_t began = self->lab->now;
		int64_t took;

		EXPECT_STREQ("E5", ASK(NKE, 1 + 3 * i));
		took = self->lab->when[0] - began - bits_ns(6 * 11, 2400);
		EXPECT_LE(after[i] * NS_PER_MS - 10, took);
		EXPECT_GE(after[i] * NS_PER_MS + 10, took);
	}
}

TEST_F(sim, telegrams_have_pauses)
{
	int64_t *when;

	OPEN("byte-pauses");
	when = self->lab->when;
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 1), "40278931"));
	for (unsigned int i = 1; i < 27; i++) {
		EXPECT_LE(bits_ns(11, 2400) + 5 * NS_PER_MS - 10,
			  when[i] - when[i - 1]);
		EXPECT_GE(bits_ns(11, 2400) + 5 * NS_PER_MS + 10,
			  when[i] - when[i - 1]);
	}
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 2), "41278931"));
	EXPECT_GE(bits_ns(11, 2400) + 10, when[6] - when[5]);
	EXPECT_LE(bits_ns(11, 2400) + 80 * NS_PER_MS - 10, when[7] - when[6]);
}

TEST_F(sim, telegrams_have_each_their_fault)
{
	static const char *const why[] = {
		"has a wrong checksum",
		"is shorter than its L field says",
		"does not begin as a telegram (68 L L 68 or 10)",
		"does not begin as a telegram (68 L L 68 or 10)",
		"does not end in 16",
		"is shorter than its L field says",
		NULL,
	};

	OPEN("faulty-telegrams");
	for (unsigned int i = 0; i < 7; i++) {
		uint8_t bytes[300];
		size_t len = sizeof(bytes);

		EXPECT_STREQ("E5", ASK(NKE, 1 + i));
		EXPECT_EQ(NULL, value_hex(ASK(REQ, 1 + i), bytes, &len));
		if (why[i]) {
			EXPECT_STREQ(why[i], telegram_check(bytes, len));
		} else {
			EXPECT_EQ(NULL, telegram_check(bytes, len));
		}
	}
}

TEST_F(sim, a_fault_comes_in_each_nth_telegram)
{
	OPEN("faulty-telegrams", "meter stop.fault-every=3");
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ, 5), "44278931"));
	EXPECT_TRUE(IS_TELEGRAM(ASK(REQ_0, 5), "44278931"));
	EXPECT_STREQ("00", ASK(REQ, 5) + 52);
}

TEST_F(sim, meters_of_mode_2_send_and_hear_the_high_byte_first)
{
	OPEN("mode2-only");
	EXPECT_STREQ("E5", ASK(NKE, 1));
	EXPECT_STREQ("", SELECT("40278931"));
	EXPECT_STREQ("E5", lab_ask(self->lab,
				   lab_select(CI_2, "31892740FFFFFFFF"), 2000));
	EXPECT_EQ(0, strncmp("6815156808" "01" "76" "31892740" "2324",
			     ASK(REQ, 0xfd), 26));
	EXPECT_STREQ("", lab_ask(self->lab,
				 lab_select(CI_2, "31892742FFFFFFFF"), 2000));
	EXPECT_STREQ("E5", SELECT("42278931"));
}

TEST_F(sim, meters_answer_with_another_address)
{
	OPEN("answer-address");
	EXPECT_EQ(0, strncmp("6815156808FD72", ASK(REQ, 1), 14));
	EXPECT_EQ(0, strncmp("6815156808" "00" "72", ASK(REQ, 2), 14));
	EXPECT_EQ(0, strncmp("6815156808" "03" "72", ASK(REQ, 3), 14));
}

TEST_F(sim, a_host_stalls)
{
	int64_t longest = 0, usual;

	OPEN("stalling-host", "converter.latency=0");
	for (unsigned int i = 0; i < 40; i++) {
		int64_t began = self->lab->now, took;

		EXPECT_STREQ("E5", lab_ask(self->lab, lab_short(NKE, 1), 700));
		took = self->lab->when[0] - began;
		usual = bits_ns(66 + 33, 2400) + 40 * NS_PER_MS;
		EXPECT_LE(usual - 10, took);
		if (took > longest)
			longest = took;
	}
	EXPECT_LE(usual + 100 * NS_PER_MS, longest);
	EXPECT_GE(usual + 2 * 300 * NS_PER_MS, longest);
}

TEST_F(sim, a_stall_gathers_what_comes_meanwhile)
{
	unsigned int lumps = 0;

	OPEN("stalling-host", "tty.late=0", "converter.latency=0",
	     "noise.stream=00", "noise.stream-every=20ms");
	lab_ask(self->lab, NULL, 20000);
	EXPECT_LE(990, self->lab->nr);
	for (size_t i = 15; i < self->lab->nr; i++)
		lumps += self->lab->when[i] - self->lab->when[i - 13] <
			 NS_PER_MS;
	EXPECT_LE(9, lumps);
}

TEST_F(sim, without_parity_no_meter_hears_anything)
{
	OPEN("no-parity");
	EXPECT_STREQ("", ASK(NKE, 1));
	EXPECT_EQ(0, self->lab->scenario.meters[0].telegrams);
	lab_close(self->lab);
	ASSERT_TRUE(lab_open(self->lab, SCENARIOS "no-parity.ini",
			     (const char *const[]){ "converter.echo=yes",
						    NULL }));
	/* Its own ten bits it understands, eleven of others not always. */
	EXPECT_STREQ("1040014116", ASK(NKE, 1));
}

TEST_HARNESS_MAIN
