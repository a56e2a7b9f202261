// SPDX-License-Identifier: GPL-2.0-only
/* An index finds entries by name, however many there are. */
#include <stdio.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/base/index.h"

#define COUNT 5000

TEST(each_entry_is_found_by_its_name)
{
	static char names[COUNT][24];
	struct index index = { 0 };
	int other;

	EXPECT_EQ(NULL, index_find(&index, "meter-0"));
	for (int i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "meter-%d", i);
		ASSERT_TRUE(index_add(&index, names[i], names[i]));
	}
	for (int i = 0; i < COUNT; i++)
		ASSERT_EQ((void *)names[i], index_find(&index, names[i]));
	EXPECT_EQ(NULL, index_find(&index, "meter-5000"));
	EXPECT_EQ(NULL, index_find(&index, ""));
	/* The first entry of a name is kept. */
	EXPECT_TRUE(index_add(&index, "meter-7", &other));
	EXPECT_EQ((void *)names[7], index_find(&index, "meter-7"));
	index_free(&index);
}

TEST_HARNESS_MAIN
