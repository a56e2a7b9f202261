// SPDX-License-Identifier: GPL-2.0-only
/*
 * On a thousand made-up sites nothing is invented, nothing is lost in silence,
 * and everything ends, whatever single impairment of those in the check they
 * have; nor on sites of the other impairments that once broke a rule.
 * tests/sites/sites judges any number, and all impairments.
 */
#include "kselftest_harness.h"

#include "impairment.h"
#include "judge.h"

#define SITES	       1000
#define FAILURES_SHOWN 3

/* Each broke a rule once. */
static const struct {
	const char *impairment;
	unsigned int seeds[9]; /* none is 0 */
} mended[] = {
	/* Searches that did not end. */
	{"before-request", {1355, 3353}},
	{"after-request", {1410, 5298}},
	{"echo-flip", {2060, 7028}},
	{"echo-late", {173, 443, 551}},
	{"lumps", {454, 670, 724}},
	{"one-pause", {3809}},
	{"acks-all", {949, 1165, 4675}},
	{"ack-first", {626, 842, 1220}},
	{"acknowledges-all", {1114, 1708, 1924}},
	{"selected-by-any", {7649}},
	{"never-deselected", {738, 1224, 1278}},
	{"hears-every-all", {418, 1552, 2686}},
	/* Meters that were missing, with status 0. */
	{"ack-first", {425}},
	{"hears-every-all", {472, 1660, 2308, 3928}},
	{"silent", {911, 4367, 5717}},
	{"sleep-own", {475, 1123}},
	{"late-one", {2509, 241, 5965, 9043, 9961}},
	{"late-all", {71, 96, 172, 43, 179, 239, 248}},
	{"other-master", {1261, 1855, 3151, 4015, 4933}},
	{"echo-last", {8163, 10431}},
	{"echo-skip", {9403}},
	{"acks-one", {6186, 9642}},
	{"sleep-own", {43}},
	{"faulty-at-times", {137}},
	{"acknowledges-all", {38, 185, 198, 6028, 7108}},
	/* A meter that was made up of damaged answers. */
	{"echo-late", {26, 130, 821, 6977}},
	/* Causes that the result did not name. */
	{"stream", {283, 445, 715}},
	{"stream-of-acks", {338, 446}},
	/* More doubtful finds than meters. */
	{"stream-of-acks", {230, 824, 1094, 3200, 4712}},
	{"after-request", {4, 11, 168}},
	{"echo-flip", {37, 191, 548}},
	{"echo-skip", {3085}},
	{"acknowledges-all", {2, 45, 736}},
	{"selected-by-any", {521, 1655}},
};

/* Returns whether all rules hold. */
static bool is_good(const struct impairment *one, unsigned int seed)
{
	struct verdict verdict;
	struct site site;

	site_make(&site, seed, &one, 1);
	judge(&site, &verdict, NULL);
	if (verdict.broken)
		fprintf(stderr,
			"# site %u, %s: %s; mbus-sim replays it from this:\n%s",
			seed, one->name, verdict.why, site.text);
	site_free(&site);
	return !verdict.broken;
}

/* For the time that a busy host may take. */
FIXTURE(sites)
{
};

FIXTURE_SETUP(sites)
{
	(void)self;
}

FIXTURE_TEARDOWN(sites)
{
	(void)self;
}

TEST_F_TIMEOUT(sites, no_rule_is_broken, 300)
{
	const struct impairment *checked[100];
	unsigned int failures = 0;
	size_t nr = 0;

	for (size_t i = 0; i < nr_impairments; i++)
		if (impairments[i].in_check)
			checked[nr++] = &impairments[i];
	ASSERT_LT(0, nr);
	for (unsigned int i = 0; i < SITES && failures < FAILURES_SHOWN; i++)
		failures += !is_good(checked[i % nr], i);
	EXPECT_EQ(0, failures);
}

TEST_F_TIMEOUT(sites, no_rule_is_broken_that_was_once, 300)
{
	for (size_t i = 0; i < sizeof(mended) / sizeof(mended[0]); i++) {
		const struct impairment *one =
			impairment_find(mended[i].impairment);

		ASSERT_NE(NULL, one);
		for (size_t j = 0; mended[i].seeds[j]; j++)
			EXPECT_TRUE(is_good(one, mended[i].seeds[j]));
	}
}

TEST_HARNESS_MAIN
