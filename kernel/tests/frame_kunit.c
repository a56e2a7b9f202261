// SPDX-License-Identifier: GPL-2.0-only
/* KUnit for frame.c: the tables of frame_cases.h. */
#include <kunit/test.h>
#include <linux/module.h>

/* A copy of its own: nothing is exported for a test. */
#include "../frame.c"

#include "frame_cases.h"

static void frame_case_name(const struct frame_case *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

static void frame_rule_name(const struct frame_rule *rule, char *name)
{
	strscpy(name, rule->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(frame_case, frame_cases, frame_case_name);
KUNIT_ARRAY_PARAM(frame_rule, frame_rules, frame_rule_name);

static void stream_becomes_units(struct kunit *test)
{
	const struct frame_case *c = test->param_value;

	KUNIT_EXPECT_STREQ(test, c->units, frame_case_run(c));
}

static void rule_holds(struct kunit *test)
{
	const struct frame_rule *rule = test->param_value;
	const char *broken = rule->broken();

	KUNIT_EXPECT_NULL_MSG(test, broken, "%s", broken);
}

static struct kunit_case frame_kunit_cases[] = {
	KUNIT_CASE_PARAM(stream_becomes_units, frame_case_gen_params),
	KUNIT_CASE_PARAM(rule_holds, frame_rule_gen_params),
	{}
};

static struct kunit_suite frame_kunit_suite = {
	.name = "mbus_frame",
	.test_cases = frame_kunit_cases,
};

kunit_test_suite(frame_kunit_suite);

MODULE_DESCRIPTION("KUnit tests of the M-Bus line discipline");
MODULE_LICENSE("GPL");
