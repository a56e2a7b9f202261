// SPDX-License-Identifier: GPL-2.0-only
/* The change of a counter between two readouts, exactly. */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "mbusctl/print/difference.h"

static const struct {
	const char *now, *before, *change;
} rows[] = {
	{ "174843.1", "174843.1", "0.0" },
	{ "174843.2", "174843.1", "0.1" },
	{ "10", "9", "1" },
	{ "9", "10", "-1" },
	{ "1000.00", "0.01", "999.99" },
	{ "0.01", "1000.00", "-999.99" },
	{ "1000", "0.01", "999.99" },
	{ "0.5", "1", "-0.5" },
	{ "1.25", "1.2", "0.05" },
	{ "0", "0", "0" },
	{ "-0.41", "0.59", "-1.00" },
	{ "0.59", "-0.41", "1.00" },
	{ "-5", "-7", "2" },
	{ "-7", "-5", "-2" },
	{ "-7", "-7", "0" },
	{ "-0", "0", "0" },
	{ "99", "-1", "100" },
	{ "100", "007", "93" },
	{ "99999999999999999999999999999999999999999999",
	  "0.00000000000000000000000000000000000000000001",
	  "99999999999999999999999999999999999999999998."
	  "99999999999999999999999999999999999999999999" },
};

TEST(each_difference_is_exact)
{
	char change[METERBUS_DECIMAL_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_TRUE(difference(change, rows[i].now, rows[i].before));
		EXPECT_STREQ(rows[i].change, change)
			TH_LOG("%s - %s", rows[i].now, rows[i].before);
	}
}

TEST(integers_as_the_machine_subtracts_them)
{
	srand(1);
	for (int i = 0; i < 20000; i++) {
		char change[METERBUS_DECIMAL_TEXT];
		char now[24], before[24], expected[24];
		int a = rand() % (i + 1) - i / 2, b = rand() % (i + 1) - i / 2;

		snprintf(now, sizeof(now), "%d", a);
		snprintf(before, sizeof(before), "%d", b);
		snprintf(expected, sizeof(expected), "%d", a - b);
		ASSERT_TRUE(difference(change, now, before));
		ASSERT_STREQ(expected, change)
			TH_LOG("%s - %s", now, before);
	}
}

TEST(what_does_not_fit_is_refused)
{
	char change[METERBUS_DECIMAL_TEXT], number[METERBUS_DECIMAL_TEXT];

	memset(number, '9', sizeof(number) - 1);
	number[sizeof(number) - 1] = '\0';
	EXPECT_FALSE(difference(change, number, "-1"));
	EXPECT_STREQ("", change);
	/* The most that leaves room for a carry, a sign, a point and NUL. */
	number[sizeof(number) - 4] = '\0';
	EXPECT_TRUE(difference(change, number, "-1"));
	EXPECT_EQ(sizeof(number) - 3, strlen(change));
}

TEST_HARNESS_MAIN
