// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel/frame.c by its tables, kernel/tests/frame_cases.h, with the sanitizers in;
 * KUnit runs the same in the kernel.
 */
#include <stdio.h>

#include "frame_cases.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

TEST(each_stream_becomes_its_units)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(frame_cases); i++) {
		EXPECT_STREQ(frame_cases[i].units,
			     frame_case_run(&frame_cases[i]))
			TH_LOG("in: %s", frame_cases[i].name);
	}
}

TEST(each_rule_holds)
{
	const char *broken;
	size_t i;

	for (i = 0; i < ARRAY_LEN(frame_rules); i++) {
		broken = frame_rules[i].broken();
		EXPECT_EQ(NULL, broken)
			TH_LOG("%s: %s", frame_rules[i].name, broken);
	}
}

TEST_HARNESS_MAIN
