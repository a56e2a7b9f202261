// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files with the settings of a bus.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/meterbus.h>
#include <meterbus/config.h>
#include <meterbus/settings.h>

#include "kselftest_harness.h"

FIXTURE(settings) {
	char path[32];
	struct meterbus_settings settings;
	struct meterbus_error err;
};

FIXTURE_SETUP(settings)
{
	strcpy(self->path, "/tmp/settings.XXXXXX");
	close(mkstemp(self->path));
	memset(&self->settings, 0, sizeof(self->settings));
}

FIXTURE_TEARDOWN(settings)
{
	unlink(self->path);
}

static int load(FIXTURE_DATA(settings) *self, const char *text)
{
	FILE *file = fopen(self->path, "w");

	fputs(text, file);
	fclose(file);
	memset(&self->err, 0, sizeof(self->err));
	return meterbus_settings_load(self->path, &self->settings, &self->err);
}

TEST_F(settings, what_is_written_is_what_is_loaded)
{
	static const char text[] = "[bus]\nbaud = 9600\nguard = 42\n"
				   "slack = 30\ngap = auto\nwindow = 1300\n"
				   "repeats = 1\necho = off\n";
	char *written = NULL;
	size_t size;
	FILE *out;

	ASSERT_EQ(0, load(self, text));
	EXPECT_EQ(9600, self->settings.baud);
	EXPECT_EQ(42000, self->settings.timing.guard_us);
	EXPECT_EQ(1300000, self->settings.timing.window_us);
	EXPECT_EQ(METERBUS_TIMING_GAP, self->settings.follow);
	out = open_memstream(&written, &size);
	meterbus_settings_write(out, &self->settings);
	fclose(out);
	EXPECT_STREQ(text, written);
	free(written);
}

TEST_F(settings, what_is_not_there_stays)
{
	self->settings.timing.guard_us = 1;
	ASSERT_EQ(0, load(self, "[bus]\nslack = 30\n"));
	EXPECT_EQ(METERBUS_SET_SLACK, self->settings.fields);
	EXPECT_EQ(0, self->settings.follow);
	EXPECT_EQ(1, self->settings.timing.guard_us);
	/* Of two files, the later one counts. */
	ASSERT_EQ(0, load(self, "[bus]\nguard = auto\n"));
	ASSERT_EQ(0, load(self, "[bus]\nguard = 5\n"));
	EXPECT_EQ(0, self->settings.follow);
	EXPECT_EQ(5000, self->settings.timing.guard_us);
}

TEST_F(settings, mistakes_are_named_with_their_line)
{
	static const struct {
		const char *text, *says;
	} mistakes[] = {
		{ "[bus]\nbaud = fast\n", ":2: [bus] baud = fast: write a baud" },
		{ "[bus]\nguard = 60001\n", "write milliseconds up to 60000, or" },
		{ "[bus]\nslack = auto\n", "write milliseconds up to 60000" },
		{ "[bus]\ngap = -1\n", "write milliseconds" },
		{ "[bus]\nwindow =\n", "write milliseconds" },
		{ "[bus]\nrepeats = 11\n", "write a number from 0 to 10" },
		{ "[bus]\necho = maybe\n", "write off, on or auto" },
		{ "[bus]\nguards = 1\n", "unknown; there is baud, guard" },
		{ "[mbus0]\nguard = 1\n", "the section is called [bus]" },
		{ "[mbus0]\n", ":1: [mbus0]: the section is called [bus]" },
		{ "[bus]\nslack = 30\n  gap = 7\n", ":3: the indentation makes" },
		{ "[bus]\nguard = 5\nguard = 6\n", ":3: guard is there twice (line 2)" },
		{ "[bus] guard = 5\n", ":1: there is text behind" },
		{ "[bus]\nguard = 5\n[bus]\ngap = 6\n", ":3: section [bus] is there twice" },
		{ "[bus]\nguard = \"5\"\n", ":2: guard: quotation marks" },
		{ "guard = 5\n", ":1: guard stands before the first [section]" },
	};

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		EXPECT_EQ(-1, load(self, mistakes[i].text));
		EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
		EXPECT_NE(NULL, strstr(self->err.text, mistakes[i].says))
			TH_LOG("%s", self->err.text);
	}
}

TEST_HARNESS_MAIN
