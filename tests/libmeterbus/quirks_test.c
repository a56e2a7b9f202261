// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quirks of meters: those that are known, and files of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <meterbus/config.h>
#include <meterbus/quirks.h>

#include "kselftest_harness.h"

#define MAX 4

FIXTURE(quirks) {
	char path[32];
	struct meterbus_quirks quirks[MAX];
	struct meterbus_error err;
};

FIXTURE_SETUP(quirks)
{
	strcpy(self->path, "/tmp/quirks.XXXXXX");
	close(mkstemp(self->path));
}

FIXTURE_TEARDOWN(quirks)
{
	unlink(self->path);
}

static int load(FIXTURE_DATA(quirks) *self, const char *text)
{
	FILE *file = fopen(self->path, "w");

	fputs(text, file);
	fclose(file);
	memset(&self->err, 0, sizeof(self->err));
	return meterbus_quirks_load(self->path, self->quirks, MAX, &self->err);
}

TEST_F(quirks, all_keys_of_a_file)
{
	const struct meterbus_quirks *q = self->quirks;

	ASSERT_EQ(2, load(self, "; two of them\n"
				"[one]\n"
				"meter = FFFFFFFF.HYD.28.04\n\t3189274F\n"
				"snd-nke = always\n"
				"select = 53\n"
				"reset = 10\n"
				"before = B1 01 02\n"
				"settle = 250\n"
				"window = 1100\n"
				"fcb = 0\n"
				"telegrams = 3\n"
				"[two]\n"
				"reset = yes\n"));
	EXPECT_STREQ("one", q[0].name);
	EXPECT_EQ(2, q[0].meter_count);
	EXPECT_EQ(METERBUS_NKE_ALWAYS, q[0].nke);
	EXPECT_EQ(0x53, q[0].select_c);
	EXPECT_TRUE(q[0].reset && q[0].has_subcode);
	EXPECT_EQ(0x10, q[0].subcode);
	EXPECT_EQ(3, q[0].before_len);
	EXPECT_EQ(0xB1, q[0].before[0]);
	EXPECT_EQ(0x02, q[0].before[2]);
	EXPECT_EQ(250000, q[0].settle_us);
	EXPECT_EQ(1100000, q[0].window_us);
	EXPECT_EQ(METERBUS_FCB_ZERO, q[0].fcb);
	EXPECT_EQ(3, q[0].telegrams);
	EXPECT_TRUE(q[1].reset);
	EXPECT_FALSE(q[1].has_subcode);
	EXPECT_EQ(0, q[1].meter_count);
}

TEST_F(quirks, mistakes_are_named_with_their_line)
{
	static const struct {
		const char *text, *says;
	} mistakes[] = {
		{ "[a]\nsnd-nke = maybe\n", ":2: [a] snd-nke = maybe: write auto" },
		{ "[a]\nselect = 43\n", ":2: [a] select = 43: write 53 or 73" },
		{ "[a]\nreset = maybe\n", "[a] reset = maybe: write yes" },
		{ "[a]\nreset = 1\n", "write yes" },
		{ "[a]\nbefore = B\n", "write CI and data" },
		{ "[a]\nbefore =\n", "write CI and data" },
		{ "[a]\nsettle = soon\n", "write milliseconds" },
		{ "[a]\nwindow = 60001\n", "write milliseconds" },
		{ "[a]\nfcb = 2\n", "write toggles, 0 or 1" },
		{ "[a]\ntelegrams = 0\n", "write a number from 1 to 32" },
		{ "[a]\nmeter = 5\n", "write secondary addresses" },
		{ "[a]\nmeter = 1 2\n", "write secondary addresses" },
		{ "[a]\nmeter = 3189274F 3189275F 3189276F 3189277F 3189278F\n",
		  "too many" },
		{ "[a]\nresets = yes\n",
		  "unknown; there is meter, snd-nke, select, reset" },
		{ "reset = yes\n", ":1: reset stands before the first [section]" },
		{ "[a]\nreset = yes\n[b]\nfcb = 0\n[a]\nfcb = 1\n",
		  ":5: section [a] is there twice (line 1)" },
		{ "[0123456789012345678901234567890x]\nfcb = 1\n",
		  ":1: [0123456789012345678901234567890x]: the name has more than 31" },
		{ "[a]\nreset = yes\n\tfcb = 0\n", ":3: the indentation makes" },
		{ "[a]\nfcb = 0\n[b]\nfcb = 0\n[c]\nfcb = 0\n[d]\nfcb = 0\n[e]\nfcb = 0\n",
		  "too many sections" },
		{ "[a]\nnonsense\n", ":2: this is neither [section] nor key = value" },
		{ "", "there is no section" },
	};

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		EXPECT_EQ(-1, load(self, mistakes[i].text));
		EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
		EXPECT_NE(NULL, strstr(self->err.text, mistakes[i].says))
			TH_LOG("%s", self->err.text);
	}
	unlink(self->path);
	EXPECT_EQ(-1, meterbus_quirks_load(self->path, self->quirks, MAX,
					   &self->err));
	EXPECT_NE(NULL, strstr(self->err.text, "cannot read"));
}

TEST(known_by_name_and_by_meter)
{
	const struct meterbus_quirks *known, *found;
	struct meterbus_address meter;
	size_t count;

	known = meterbus_quirks_known(&count);
	found = meterbus_quirks_named(known, count, "eastron-sdm");
	ASSERT_NE(NULL, found);
	EXPECT_EQ(0xB1, found->before[0]);
	EXPECT_EQ(NULL, meterbus_quirks_named(known, count, "eastron"));

	ASSERT_EQ(0, meterbus_address_parse(&meter, "12345678.SON.0E.04", NULL));
	found = meterbus_quirks_of(known, count, &meter);
	ASSERT_NE(NULL, found);
	EXPECT_STREQ("sontex", found->name);
	ASSERT_EQ(0, meterbus_address_parse(&meter, "12345678.QDS.16.06", NULL));
	EXPECT_STREQ("qundis", meterbus_quirks_of(known, count, &meter)->name);
	ASSERT_EQ(0, meterbus_address_parse(&meter, "12345678.HYD.28.04", NULL));
	EXPECT_EQ(NULL, meterbus_quirks_of(known, count, &meter));
	/* An ID alone does not give the manufacturer. */
	ASSERT_EQ(0, meterbus_address_parse(&meter, "12345678", NULL));
	EXPECT_EQ(NULL, meterbus_quirks_of(known, count, &meter));
	ASSERT_EQ(0, meterbus_address_parse(&meter, "5", NULL));
	EXPECT_EQ(NULL, meterbus_quirks_of(known, count, &meter));
}

TEST_HARNESS_MAIN
