// SPDX-License-Identifier: GPL-2.0-only
/* A text is whole, or closing it fails. */
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/base/text_stream.h"
#define NO_MEMORY_REALLOC
#include "no_memory.h"

#define LINES 2000

/* Returns what fclose() does; -2 if it does not open. */
static int write_lines(char **text, size_t *len)
{
	FILE *out = text_stream_open(text, len);

	if (!out)
		return -2;
	for (int i = 0; i < LINES; i++)
		fprintf(out, "line %4d\n", i);
	return fclose(out);
}

TEST(all_that_is_written_is_there)
{
	size_t len;
	char *text;

	ASSERT_EQ(0, write_lines(&text, &len));
	EXPECT_EQ(10 * LINES, len);
	EXPECT_EQ(len, strlen(text));
	EXPECT_EQ(0, strncmp(text, "line    0\nline    1\n", 20));
	EXPECT_STREQ("line 1999\n", text + len - 10);
	free(text);
}

TEST(nothing_written_is_an_empty_text)
{
	size_t len = 7;
	char *text;
	FILE *out = text_stream_open(&text, &len);

	ASSERT_NE(NULL, out);
	ASSERT_EQ(0, fclose(out));
	EXPECT_EQ(0, len);
	EXPECT_STREQ("", text);
	free(text);
}

TEST(without_memory_it_fails)
{
	unsigned int failures = 0, unopened = 0;
	bool failed = true;

	for (long i = 0; failed; i++) {
		size_t len;
		char *text;
		int ret;

		fail_allocation(i);
		ret = write_lines(&text, &len);
		failed = allocation_failed();
		unopened += ret == -2;
		failures += ret == -1;
		if (ret == 0)
			EXPECT_EQ(10 * LINES, len);
		free(text);
	}
	/* It grows more than once, when stdio hands on what it has kept. */
	EXPECT_LE(2, failures);
	EXPECT_LE(2, unopened);
}

TEST_HARNESS_MAIN
