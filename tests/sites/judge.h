/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The master at a made-up site, in virtual time, and the rules that hold on
 * every wire: nothing is invented, nothing is lost in silence, everything ends.
 */
#ifndef TESTS_SITES_JUDGE_H
#define TESTS_SITES_JUDGE_H

#include "site.h"

enum rule {
	RULE_BUILDS, /* the site is a scenario: a fault of the generator */
	RULE_INVENTED, /* a meter was reported that is not there, or twice */
	RULE_LOST, /* one that was heard is missing, with status 0 */
	RULE_ENDS, /* the bound of transmissions or of time */
	RULE_FLOOD, /* more doubtful finds than a person can look at */
	RULE_CAUSE, /* the cause in words is not the one built in */
	NR_RULES,
};

const char *rule_name(enum rule rule);

struct verdict {
	unsigned int broken; /* a bit for each rule */
	unsigned int meters;
	unsigned int right; /* found or read, as what they are */
	unsigned int invented, doubtful;
	unsigned int lost; /* not right, yet heard */
	unsigned int unheard; /* nor that: nothing, or what others explain */
	int status; /* 0: the result promises to be complete */
	unsigned long transmissions;
	unsigned long seconds; /* of the site's own time */
	char missing[1000]; /* their addresses, as far as there is room */
	char why[400]; /* the rules that were broken, in words */
};

/* @trace: prints each exchange and what the master says; NULL: nothing. */
void judge(const struct site *site, struct verdict *verdict, FILE *trace);

#endif
