// SPDX-License-Identifier: GPL-2.0-only
/* KUnit for line.c: the scripts of line_cases.h. */
#include <kunit/test.h>
#include <linux/module.h>

/* A copy of its own, on top of that of frame.c in frame_kunit.c. */
#include "../added.c"
#include "../answer.c"
#include "../babble.c"
#include "../echo.c"
#include "../late.c"
#include "../line.c"
#include "../timing.c"

#include "line_cases.h"

static void line_case_name(const struct line_case *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(line_case, line_cases, line_case_name);

static void events_lead_to(struct kunit *test)
{
	const char *why = line_case_run(test->param_value);

	KUNIT_EXPECT_NULL_MSG(test, why, "%s", why);
}

static struct kunit_case line_kunit_cases[] = {
	KUNIT_CASE_PARAM(events_lead_to, line_case_gen_params),
	{}
};

static struct kunit_suite line_kunit_suite = {
	.name = "mbus_line",
	.test_cases = line_kunit_cases,
};

kunit_test_suite(line_kunit_suite);
