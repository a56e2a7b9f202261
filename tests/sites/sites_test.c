// SPDX-License-Identifier: GPL-2.0-only
/*
 * On a thousand made-up sites nothing is invented, nothing is lost in silence,
 * and everything ends, whatever single impairment of those in the check they
 * have. tests/sites/sites judges any number, and the other impairments.
 */
#include "kselftest_harness.h"

#include "impairment.h"
#include "judge.h"

#define SITES	       1000
#define FAILURES_SHOWN 3

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
	for (unsigned int i = 0; i < SITES; i++) {
		const struct impairment *one = checked[i % nr];
		struct verdict verdict;
		struct site site;

		site_make(&site, i, &one, 1);
		judge(&site, &verdict, NULL);
		EXPECT_EQ(0, verdict.broken);
		if (verdict.broken && failures++ < FAILURES_SHOWN) {
			TH_LOG("site %u, %s: %s", i, one->name, verdict.why);
			fprintf(stderr, "# mbus-sim replays it from this:\n%s",
				site.text);
		}
		site_free(&site);
		if (failures == FAILURES_SHOWN)
			break;
	}
}

TEST_HARNESS_MAIN
