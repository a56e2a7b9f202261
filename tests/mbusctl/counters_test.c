// SPDX-License-Identifier: GPL-2.0-only
/* The findings of 'mbusctl doctor' about the counters of a bus. */
#include "kselftest_harness.h"

#include <meterbus/settings.h>

#include "mbusctl/doctor/finding.h"
#include "mbusctl/ui/command.h"

/* Of finding.c, only for want of memory. */
int fail(enum status status, const char *format, ...)
{
	fputs(format, stderr);
	return status;
}

FIXTURE(counters)
{
	struct findings findings;
	struct meterbus_status status;
};

FIXTURE_SETUP(counters)
{
	self->findings.root = "";
	strcpy(self->status.info.tty, "ttyUSB0");
	self->status.info.format = METERBUS_TTY_FORMAT_8E1;
}

FIXTURE_TEARDOWN(counters)
{
	free(self->findings.items);
}

/* Starts with a bus without problems. */
static void well(FIXTURE_DATA(counters) *self)
{
	struct meterbus_info *info = &self->status.info;

	info->frames_sent = info->frames_received = 2000;
	info->bytes_received = 100000;
	info->outcomes[METERBUS_OUTCOME_ACK] = 1000;
	info->outcomes[METERBUS_OUTCOME_FRAME] = 1000;
}

/* "code:level ..." in the order of the findings. */
static const char *codes(FIXTURE_DATA(counters) *self)
{
	static char text[400];
	size_t used = 0;

	doctor_counters(&self->findings, &self->status);
	text[0] = '\0';
	for (size_t i = 0; i < self->findings.count; i++) {
		const struct finding *finding = &self->findings.items[i];

		used += snprintf(text + used, sizeof(text) - used, "%s%s:%d",
				 i ? " " : "", finding->code, finding->level);
	}
	return text;
}

TEST_F(counters, an_answering_bus_has_no_finding)
{
	well(self);
	EXPECT_STREQ(codes(self), "bus:0");
	EXPECT_STREQ(self->findings.items[0].subject, "mbus0");
}

TEST_F(counters, an_unused_bus)
{
	EXPECT_STREQ(codes(self), "unused:1");
}

TEST_F(counters, no_byte_received)
{
	self->status.info.outcomes[METERBUS_OUTCOME_SILENCE] = 12;
	EXPECT_STREQ(codes(self), "nothing-heard:3");
	EXPECT_NE(strstr(self->findings.items[0].text, "12 requests"), NULL);
}

TEST_F(counters, only_the_echo_received)
{
	self->status.info.outcomes[METERBUS_OUTCOME_ECHO_ONLY] = 12;
	self->status.info.bytes_received = 60;
	EXPECT_STREQ(codes(self), "echo-only:3");
}

TEST_F(counters, silence_after_acknowledgement)
{
	self->status.info.outcomes[METERBUS_OUTCOME_ACK] = 15;
	self->status.info.outcomes[METERBUS_OUTCOME_SILENCE] = 45;
	self->status.info.bytes_received = 15;
	EXPECT_STREQ(codes(self), "ack-then-silence:3");
	EXPECT_NE(strstr(self->findings.items[0].remedy, "tune"), NULL);
}

TEST_F(counters, only_selections_were_sent)
{
	self->status.info.outcomes[METERBUS_OUTCOME_ACK] = 15;
	self->status.info.bytes_received = 15;
	EXPECT_STREQ(codes(self), "bus:0");
}

TEST_F(counters, no_valid_telegram_received)
{
	self->status.info.outcomes[METERBUS_OUTCOME_GARBLED] = 3;
	self->status.info.outcomes[METERBUS_OUTCOME_ECHO_ONLY] = 3;
	self->status.info.bytes_received = 90;
	EXPECT_STREQ(codes(self), "nothing-valid:3");
}

TEST_F(counters, babble_is_reported)
{
	well(self);
	self->status.info.babble = 200;
	self->status.info.unasked = 90000;
	EXPECT_STREQ(codes(self), "babble:3");
}

TEST_F(counters, bytes_without_a_request)
{
	well(self);
	self->status.info.unasked = 1001;
	EXPECT_STREQ(codes(self), "unasked:2");
	self->findings.count = 0;
	self->status.info.unasked = 1000;
	EXPECT_STREQ(codes(self), "bus:0");
}

TEST_F(counters, shares_above_the_limits_are_reported)
{
	static const struct {
		unsigned int outcome;
		unsigned int none, some;
		const char *codes;
	} rows[] = {
		{ METERBUS_OUTCOME_COLLISION, 100, 120, "collisions:1" },
		{ METERBUS_OUTCOME_GARBLED, 40, 42, "garbled:2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(self->status.info.outcomes, 0,
		       sizeof(self->status.info.outcomes));
		well(self);
		self->findings.count = 0;
		self->status.info.outcomes[rows[i].outcome] = rows[i].none;
		EXPECT_STREQ(codes(self), "bus:0");
		self->findings.count = 0;
		self->status.info.outcomes[rows[i].outcome] = rows[i].some;
		EXPECT_STREQ(codes(self), rows[i].codes);
	}
}

TEST_F(counters, errors_reported_by_the_driver)
{
	well(self);
	self->status.info.errors[METERBUS_ERROR_PARITY] = 100;
	EXPECT_STREQ(codes(self), "bus:0");
	self->findings.count = 0;
	self->status.info.errors[METERBUS_ERROR_FRAMING] = 1;
	EXPECT_STREQ(codes(self), "line-errors:2");
	self->findings.count = 0;
	self->status.info.errors[METERBUS_ERROR_FRAMING] = 0;
	self->status.info.errors[METERBUS_ERROR_OVERRUN] = 1;
	EXPECT_STREQ(codes(self), "overruns:2");
}

TEST_F(counters, the_tty_and_the_gateway)
{
	well(self);
	self->status.info.format = 0;
	self->status.info.baud_refused = 300;
	EXPECT_STREQ(codes(self), "no-parity:2 baud-refused:2");
	self->findings.count = 0;
	self->status.info.baud_refused = 0;
	/* A gateway's pty has no parity; the gateway has. */
	strcpy(self->status.info.tty, "pts/3");
	EXPECT_STREQ(codes(self), "bus:0");
	self->findings.count = 0;
	self->status.info.state = METERBUS_STATE_NO_LINK;
	EXPECT_STREQ(codes(self), "gateway-away:3");
}

TEST_F(counters, late_answers_echo_and_slow_readers)
{
	well(self);
	self->status.info.late = 41;
	self->status.info.echo_learnt = METERBUS_ECHO_FAULTY;
	self->status.info.records_lost = 7;
	EXPECT_STREQ(codes(self), "echo-faulty:2 late:2 records-lost:1");
}

TEST_F(counters, each_warning_and_fault_has_a_remedy)
{
	well(self);
	self->status.info.late = 41;
	self->status.info.babble = 1;
	self->status.info.echo_learnt = METERBUS_ECHO_FAULTY;
	self->status.info.format = 0;
	self->status.info.errors[METERBUS_ERROR_OVERRUN] = 1;
	codes(self);
	EXPECT_EQ(self->findings.count, 5);
	for (size_t i = 0; i < self->findings.count; i++)
		EXPECT_NE(self->findings.items[i].remedy[0], '\0');
}

TEST_HARNESS_MAIN
