// SPDX-License-Identifier: GPL-2.0-only
/*
 * INI files as people write them: what is read from them, and what is refused
 * with its line because it may be meant otherwise.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ini_file.h"

#include "kselftest_harness.h"

FIXTURE(ini) {
	char path[32];
	struct ini_file file;
	char text[2000];	/* what was read, and the faults */
};

FIXTURE_SETUP(ini)
{
	strcpy(self->path, "/tmp/ini.XXXXXX");
	close(mkstemp(self->path));
}

FIXTURE_TEARDOWN(ini)
{
	ini_file_free(&self->file);
	unlink(self->path);
}

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	fwrite(text, 1, len, file);
	fclose(file);
}

/* "[a] x=1, y=2 [b]", and "3: fault" for each fault. */
static void describe(FIXTURE_DATA(ini) *self)
{
	char *out = self->text;

	*out = '\0';
	for (size_t i = 0; i < self->file.count; i++) {
		const struct ini_section *section = &self->file.sections[i];

		out += sprintf(out, "%s[%s]", i ? " " : "", section->name);
		for (size_t j = 0; j < section->count; j++)
			out += sprintf(out, "%s %s=%s", j ? "," : "",
				       section->items[j].key,
				       section->items[j].value);
	}
	for (size_t i = 0; i < self->file.fault_count; i++)
		out += sprintf(out, " %d: %s", self->file.faults[i].line,
			       self->file.faults[i].text);
}

static const char *read_text(FIXTURE_DATA(ini) *self, const char *text)
{
	ini_file_free(&self->file);
	write_file(self->path, text, strlen(text));
	if (ini_file_read(&self->file, self->path))
		return strerror(errno);
	describe(self);
	return self->text;
}

TEST_F(ini, what_is_understood)
{
	static const struct {
		const char *text, *read;
	} files[] = {
		{ "", "" },
		{ "[a]\nx = 1\ny: 2\n\n[b]\nx=3", "[a] x=1, y=2 [b] x=3" },
		{ "[a]\r\nx = 1\r\n", "[a] x=1" },
		{ "\xEF\xBB\xBF[a]\nx = 1\n", "[a] x=1" },
		{ "[  code  FF \t07 ]\n", "[code FF 07]" },
		{ "; one\n# two\n\n[a] ; three\n  # four\nx = 1 # five\ny = 2 ; six\nz = #7\n",
		  "[a] x=1, y=2, z=#7" },
		/* Indented throughout, by spaces or tabs. */
		{ "[a]\n    x = 1\n    y = 2\n  [b]\n\tz = 3\n        w = 4\n",
		  "[a] x=1, y=2 [b] z=3, w=4" },
		{ "[a]\n\tx = 1\n y = 2\nz = 3\n", "[a] x=1, y=2, z=3" },
		/* Longer values. */
		{ "[a]\nx =\n\t68 04\n\n\t# 1\n\tB5 16 ; end\ny = 1\n",
		  "[a] x=68 04 B5 16, y=1" },
		{ "[a]\n\tx = 1\n\t  2\n\ty = 3\n", "[a] x=1 2, y=3" },
		{ "[a]\nx = http://one\n http://two:80 12:30\n a = b\n",
		  "[a] x=http://one http://two:80 12:30"
		  " 4: the indentation makes this a part of the value above; begin it at the column of the key above" },
		/* Empty values and "quotes" within them. */
		{ "[a]\nx =\ny = the \"Ox\"\nz = \"a\" or \"b\"\n",
		  "[a] x=, y=the \"Ox\", z=\"a\" or \"b\"" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		EXPECT_STREQ(files[i].read, read_text(self, files[i].text));
}

TEST_F(ini, what_may_be_meant_otherwise_is_refused)
{
	static const struct {
		const char *text, *says;
	} files[] = {
		/* A key that would vanish in the value before it. */
		{ "[a]\nx = 1\n  y = 2\n", "[a] x=1 3: the indentation makes" },
		{ "[a]\nx = 1\n\tbit 0: 2\n", "[a] x=1 3: the indentation makes" },
		/* A header that would. */
		{ "[a]\nx = 1\n  [b]\n  y = 2\n", "[a] x=1 [b] y=2" },
		{ "[a] x = 1\ny = 2\n",
		  "[a] y=2 1: there is text behind the section's name" },
		{ "[a]b]\n", "1: there is text behind the section's name" },
		{ "[a\nx = 1\n", "1: the section's name has no end" },
		{ "[ ]\nx = 1\n", "1: the section has no name" },
		{ "[a]\nx = 1\n[b]\n[ a]\ny = 2\n",
		  "[a] x=1 [b] 4: section [a] is there twice (line 1)" },
		{ "[a]\nx = 1\ny = 2\nx = 3\n\t4\n",
		  "[a] x=1, y=2 4: x is there twice (line 2); remove one" },
		{ "x = 1\n[a]\ny = 2\n",
		  "[a] y=2 1: x stands before the first [section]" },
		{ "[a]\nx\n", "[a] 2: this is neither [section] nor key = value" },
		{ "[a]\n<<<<<<< mine\n=======\n",
		  "[a] 2: this is neither [section] nor key = value"
		  " 3: there is no key in front of the =" },
		{ "[a]\n= 1\n", "[a] 2: there is no key in front of the =" },
		{ "[a]\nx == 1\n", "2: x: there is a second =" },
		{ "[a]\nx = \"1\"\n", "[a] x=1 2: x: quotation marks" },
		{ "[a]\nx = '1'\n", "[a] x=1 2: x: quotation marks" },
		{ "[a]\nx = 1 \\\n  2 \\\n  3\n",
		  "[a] x=1 2 3 2: x: a \\ continues no line; remove it, and indent the next line"
		  " 3: x: a \\ continues" },
		{ "[a]\n\xC2\xA0x = 1\n", "this key has a character that is not ASCII" },
		{ "[a]\nx = \xFF\n", "[a] 2: the line is no UTF-8" },
		{ "[a]\rx = 1\r", "1: the line is no UTF-8 text or has control" },
		{ "\xFF\xFE[", "1: the file is UTF-16; save it as UTF-8" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		EXPECT_NE(NULL, strstr(read_text(self, files[i].text),
				       files[i].says))
			TH_LOG("%s: %s", files[i].text, self->text);
	}
}

TEST_F(ini, long_names_and_lines)
{
	char name[120], text[500], expected[500];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	sprintf(text, "[%s]\n%s = 1\n 2\n", name, name);
	sprintf(expected, "[%s] %s=1 2", name, name);
	EXPECT_STREQ(expected, read_text(self, text));

	/* 198 characters fit. */
	sprintf(text, "[a]\nx = %0194d\n", 1);
	sprintf(expected, "[a] x=%0194d", 1);
	EXPECT_STREQ(expected, read_text(self, text));
	sprintf(text, "[a]\nx = %0195d\ny = 1\n", 1);
	EXPECT_STREQ("[a] y=1 2: the line is longer than 198 characters; "
		     "continue it on the next line, indented",
		     read_text(self, text));
}

TEST_F(ini, bytes_that_are_no_text_are_refused_and_end)
{
	static const char nul[] = "[a]\nx = 1\0 2\n";
	static const char utf16[] = "\xFE\xFF\0[\0a\0]\0\n\0x\0\n\0y\0\n";

	write_file(self->path, nul, sizeof(nul) - 1);
	ASSERT_EQ(0, ini_file_read(&self->file, self->path));
	describe(self);
	EXPECT_NE(NULL, strstr(self->text, "[a] 2: the line is no UTF-8"));

	ini_file_free(&self->file);
	write_file(self->path, utf16, sizeof(utf16) - 1);
	ASSERT_EQ(0, ini_file_read(&self->file, self->path));
	describe(self);
	EXPECT_STREQ(" 1: the file is UTF-16; save it as UTF-8", self->text);
}

TEST_F(ini, sections_of_one_name_where_they_may_be)
{
	self->file.repeats = true;
	write_file(self->path, "[a]\nx = 1\n[a]\nx = 2\n", 20);
	ASSERT_EQ(0, ini_file_read(&self->file, self->path));
	describe(self);
	EXPECT_STREQ("[a] x=1 [a] x=2", self->text);
}

TEST_F(ini, places_in_several_files)
{
	int number;

	EXPECT_STREQ("[a]", read_text(self, "[a]\n\n"));
	write_file(self->path, "[b]\n[a]\n", 8);
	ASSERT_EQ(0, ini_file_read(&self->file, self->path));
	ASSERT_EQ(1, self->file.fault_count);
	EXPECT_EQ(4, self->file.faults[0].line);
	EXPECT_EQ(self->file.faults[0].text,
		  strstr(self->file.faults[0].text,
			 "section [a] is there twice (line 1 of /tmp/ini."));
	EXPECT_STREQ(self->path, ini_file_place(&self->file, 4, &number));
	EXPECT_EQ(2, number);
	EXPECT_EQ(-1, ini_file_read(&self->file, "/"));
	EXPECT_EQ(EISDIR, errno);
	EXPECT_EQ(-1, ini_file_read(&self->file, "/no/such/file"));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_STREQ("/no/such/file",
		     ini_file_place(&self->file, self->file.lines, &number));
	EXPECT_EQ(1, number);
}

TEST_HARNESS_MAIN
