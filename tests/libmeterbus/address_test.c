// SPDX-License-Identifier: GPL-2.0-only
/* Addresses as people write them, and what they paste instead. */
#include "kselftest_harness.h"

#include <string.h>

#include <meterbus/address.h>

static struct meterbus_address address;
static struct meterbus_error err;

/* What @text means, written the usual way, or the error. */
static const char *meaning(const char *text)
{
	static char out[METERBUS_ADDRESS_TEXT];

	memset(&err, 0, sizeof(err));
	if (meterbus_address_parse(&address, text, &err))
		return err.kind == METERBUS_E_USAGE ? err.text : "wrong kind";
	return meterbus_address_format(&address, out);
}

TEST(addresses)
{
	static const struct {
		const char *text, *meaning;
		bool exact;
	} good[] = {
		{ "0", "0", true },
		{ "5", "5", true },
		{ "005", "5", true },
		{ "250", "250", true },
		{ "253", "253", true },
		{ "254", "254", true },
		{ "255", "255", true },
		{ "31892743", "31892743FFFFFFFF", false },
		{ "3189274F", "3189274FFFFFFFFF", false },
		{ "3189274f", "3189274FFFFFFFFF", false },
		{ "FFFFFFFF", "FFFFFFFFFFFFFFFF", false },
		{ "3189274324232804", "3189274324232804", true },
		{ "829690102d2c400d", "829690102D2C400D", true },
		{ "31892743FFFF2804", "31892743FFFF2804", false },
		{ "31892743.HYD.28.04", "3189274324232804", true },
		{ "31892743.hyd.28.04", "3189274324232804", true },
		{ "31892743.HYD.28", "31892743242328FF", false },
		{ "31892743.HYD", "318927432423FFFF", false },
		{ "31892743.FFFF.FF.04", "31892743FFFFFF04", false },
		{ "3189FFFF.HYD.28.04", "3189FFFF24232804", false },
		/* some meters have other digits than decimal ones */
		{ "3189A743.HYD.28.04", "3189A74324232804", true },
		/* with a fabrication number */
		{ "31892743.HYD.28.04.00001234", "3189274324232804.00001234",
		  true },
		{ "3189274324232804.0000123f", "3189274324232804.0000123F",
		  false },
		{ "FFFFFFFFFFFFFFFF.00001234", "FFFFFFFFFFFFFFFF.00001234",
		  false },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		EXPECT_STREQ(good[i].meaning, meaning(good[i].text));
		EXPECT_EQ(good[i].exact, meterbus_address_exact(&address));
	}
}

TEST(the_bytes_are_those_of_a_selection)
{
	static const uint8_t bytes[] = { 0x43, 0x27, 0x89, 0x31,
					 0x24, 0x23, 0x28, 0x04 };

	ASSERT_EQ(0, meterbus_address_parse(&address, "31892743.HYD.28.04",
					    NULL));
	EXPECT_TRUE(address.secondary);
	EXPECT_EQ(0, memcmp(bytes, address.bytes, sizeof(bytes)));
}

#define FORMS "write 5, 31892743, 3189274324232804 or 31892743.HYD.28.04"

TEST(what_is_no_address_is_explained)
{
	EXPECT_STREQ("the address is empty; " FORMS, meaning(""));
	EXPECT_STREQ("\"garage\" is no address; " FORMS, meaning("garage"));
	EXPECT_STREQ("\"-1\" is no address; " FORMS, meaning("-1"));
	EXPECT_STREQ("\"5 \" is no address; " FORMS, meaning("5 "));
	EXPECT_STREQ("primary address 251 is reserved: meters have 0 to 250",
		     meaning("251"));
	EXPECT_STREQ("primary address 252 is reserved: meters have 0 to 250",
		     meaning("252"));
	EXPECT_STREQ("no primary address 256: they go from 0 to 250; an ID has 8 digits",
		     meaning("256"));
	EXPECT_STREQ("\"3189274\" has 7 digits: an ID has 8, a full secondary address 16, a primary address at most 3",
		     meaning("3189274"));
	EXPECT_STREQ("\"318927431\" has 9 digits: an ID has 8, a full secondary address 16, a primary address at most 3",
		     meaning("318927431"));
	EXPECT_STREQ("\"3189274G\" is no address; " FORMS,
		     meaning("3189274G"));
	EXPECT_STREQ("the ID in \"3189274.HYD\" must be 8 digits, F for any digit",
		     meaning("3189274.HYD"));
	EXPECT_STREQ("\"HY\" in \"31892743.HY\" is no manufacturer: write three letters (HYD) or FFFF for any",
		     meaning("31892743.HY"));
	EXPECT_STREQ("\"\" in \"31892743.\" is no manufacturer: write three letters (HYD) or FFFF for any",
		     meaning("31892743."));
	EXPECT_STREQ("the version in \"31892743.HYD.280\" must be two hex digits, FF for any",
		     meaning("31892743.HYD.280"));
	EXPECT_STREQ("the medium in \"31892743.HYD.28.G4\" must be two hex digits, FF for any",
		     meaning("31892743.HYD.28.G4"));
	EXPECT_STREQ("the fabrication number in \"31892743.HYD.28.04.1\" must be 8 digits, F for any digit",
		     meaning("31892743.HYD.28.04.1"));
	EXPECT_STREQ("the fabrication number in \"3189274324232804.1\" must be 8 digits, F for any digit",
		     meaning("3189274324232804.1"));
	EXPECT_STREQ("the fabrication number in \"31892743.HYD.28.04.00001234.1\" must be 8 digits, F for any digit",
		     meaning("31892743.HYD.28.04.00001234.1"));
}

TEST(a_pasted_selection_telegram_is_recognised)
{
	static const char *const pieces[] = {
		"0B0B6873FD5254278931FFFFFFFFF316",
		"680B0B6873FD5254278931FFFFFFFFF316",
		"680b0b6853fd5254278931ffffffffd316",
		"68 0B 0B 68 73 FD 52 54 27 89 31 FF FF FF FF F3 16",
		"68:0B:0B:68:73:FD:52:54:27:89:31:FF:FF:FF:FF:F3:16",
		"0x73 0xFD 0x52 0x54 0x27 0x89 0x31 0xFF 0xFF 0xFF 0xFF",
		"73FD5254278931FFFFFFFFF316",
		"73FD5254278931FFFFFFFF",
		/* as long as a secondary address, which it is not */
		"73FD5254278931FF",
		"73FD5254278931",
	};
	char expected[256];

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		snprintf(expected, sizeof(expected),
			 "\"%.36s%s\" is a piece of a selection telegram, not an address; the ID in it is 31892754 (sent low byte first): use 31892754",
			 pieces[i], strlen(pieces[i]) > 36 ? "..." : "");
		EXPECT_STREQ(expected, meaning(pieces[i]));
	}
	EXPECT_STREQ("\"680B0B6853FD5254278931242328044A16\" is a piece of a selection telegram, not an address; the ID in it is 31892754 (sent low byte first): use 3189275424232804",
		     meaning("680B0B6853FD5254278931242328044A16"));
}

TEST(other_pasted_telegrams_are_refused_with_a_hint)
{
	EXPECT_STREQ("\"105BFD5816\" is 5 raw bytes, not an address; " FORMS
		     ", or use send for raw telegrams",
		     meaning("105BFD5816"));
	EXPECT_STREQ("\"685E5E680800724727893124...\" is a readout, not an address; it comes from meter 3189274724232804: use that, or decode it",
		     meaning("685E5E680800724727893124232804ED000000"));
}

TEST(no_error_text_is_cut_short)
{
	char longest[600];

	memset(longest, 'F', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	for (size_t len = 0; len < sizeof(longest); len++) {
		char *text = longest + sizeof(longest) - 1 - len;

		if (meterbus_address_parse(&address, text, &err))
			ASSERT_LT(strlen(err.text), sizeof(err.text) - 1);
	}
}

TEST(matching_follows_the_wildcards)
{
	struct meterbus_address meter;
	static const struct {
		const char *mask;
		bool matches;
	} masks[] = {
		{ "31892743", true },		  { "FFFFFFFF", true },
		{ "3189274F", true },		  { "F1892743", true },
		{ "31892744", false },		  { "3289274F", false },
		{ "31892743.HYD", true },	  { "31892743.KAM", false },
		{ "31892743.HYD.28.04", true },	  { "31892743.HYD.29", false },
		{ "31892743.HYD.28.0D", false },  { "FFFFFFFF.FFFF.FF.04", true },
		{ "31892743FF232804", true },	  { "3189274324FF2804", true },
		{ "5", false },
	};

	ASSERT_EQ(0, meterbus_address_parse(&meter, "3189274324232804", NULL));
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		ASSERT_EQ(0, meterbus_address_parse(&address, masks[i].mask,
						    NULL));
		EXPECT_EQ(masks[i].matches,
			  meterbus_address_matches(&address, &meter))
		{
			TH_LOG("  %s", masks[i].mask);
		}
	}
	ASSERT_EQ(0, meterbus_address_parse(&meter, "5", NULL));
	EXPECT_TRUE(meterbus_address_matches(&address, &meter));
	ASSERT_EQ(0, meterbus_address_parse(&meter, "6", NULL));
	EXPECT_FALSE(meterbus_address_matches(&address, &meter));
}

TEST(digits_are_numbered_as_printed)
{
	char out[METERBUS_ADDRESS_TEXT];

	ASSERT_EQ(0, meterbus_address_parse(&address, "0123456789ABCDEF",
					    NULL));
	for (unsigned int i = 0; i < 16; i++)
		EXPECT_EQ(i, meterbus_address_digit(&address, i));
	for (unsigned int i = 0; i < 16; i++)
		meterbus_address_set_digit(&address, i, 15 - i);
	EXPECT_STREQ("FEDCBA9876543210",
		     meterbus_address_format(&address, out));
	EXPECT_STREQ("FEDCBA98", meterbus_address_id(&address, out));
}

TEST(manufacturers_have_three_letters)
{
	char name[4];

	EXPECT_EQ(0x2324, meterbus_manufacturer_code("HYD"));
	EXPECT_EQ(0x2C2D, meterbus_manufacturer_code("KAM"));
	EXPECT_EQ(0x4024, meterbus_manufacturer_code("PAD"));
	EXPECT_EQ(0, meterbus_manufacturer_code("hyd"));
	EXPECT_EQ(0, meterbus_manufacturer_code("HY"));
	EXPECT_EQ(0, meterbus_manufacturer_code("HYDR"));
	EXPECT_STREQ("HYD", meterbus_manufacturer_name(0x2324, name));
	EXPECT_STREQ("KAM", meterbus_manufacturer_name(0x2C2D, name));
	EXPECT_STREQ("?", meterbus_manufacturer_name(0x0000, name));
	EXPECT_STREQ("?", meterbus_manufacturer_name(0xFFFF, name));
	EXPECT_STREQ("?", meterbus_manufacturer_name(0xA324, name));
}

TEST_HARNESS_MAIN
