// SPDX-License-Identifier: GPL-2.0-only
/* The exec output without room for the input of its program. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/output/output.h"

extern const struct output_kind output_exec;

/* Writes nothing, as without memory for a file. */
int dprintf(int fd, const char *format, ...)
{
	(void)fd;
	(void)format;
	errno = ENOSPC;
	return -1;
}

static unsigned int open_files(void)
{
	unsigned int count = 0;
	DIR *folder = opendir("/proc/self/fd");

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

TEST(a_readout_without_room_waits_and_keeps_no_file_open)
{
	const struct store_readout readout = {
		.meter = "cellar", .bus = "b", .address = "5", .why = "",
	};
	struct config config = { .site = (char *)"home" };
	struct config_output output = { .name = (char *)"o", .timeout_s = 1 };
	const char *command = "/bin/true";
	long long state[32] = { 0 };
	struct reading *reading = reading_new(&config, NULL, &readout);
	struct meterbus_error err;
	unsigned int before;

	ASSERT_NE(NULL, reading);
	/* Its only key. */
	output.settings = &command;
	ASSERT_GE(sizeof(state), output_exec.state_size);
	ASSERT_EQ(0, output_exec.open(state, NULL, &config, &output, -1, &err));
	before = open_files();
	EXPECT_EQ(OUTPUT_LATER, output_exec.send(state, reading, &err));
	EXPECT_STREQ("cannot create the input of a program: No space left on device",
		     err.text);
	EXPECT_EQ(before, open_files());
	reading_put(reading);
}

TEST_HARNESS_MAIN
