// SPDX-License-Identifier: GPL-2.0-only
/*
 * Searches of made-up sites: deliveries with consecutive numbers, with gaps,
 * numbers from anywhere, behind converters of several kinds. Each meter is
 * found, once. The series is fixed.
 */
#include <stdlib.h>

#include <meterbus/search.h>

#include "sim_wire.h"
#include "kselftest_harness.h"
#include "master/master.h"

#define SITES		400
#define METERS_MAX	40
#define VISITS_MAX	2000

struct site {
	struct sim_wire sim;
	unsigned int state;	/* of the series */
	unsigned int finds[METERS_MAX];
	unsigned int strangers;
	/* The state that a resumed search starts from. */
	struct meterbus_found found[METERS_MAX];
	size_t found_count;
	struct meterbus_visit visits[VISITS_MAX];
	size_t visit_count;
	size_t stop_after;	/* visits; 0: never */
};

static unsigned int any(struct site *site, unsigned int below)
{
	site->state = site->state * 1664525 + 1013904223;
	return (site->state >> 8) % below;
}

static void set_id(struct meter *meter, unsigned int id)
{
	uint8_t *bytes = (uint8_t *)&meter->identity;

	for (unsigned int i = 0; i < 4; i++, id /= 100)
		bytes[i] = id % 10 | id / 10 % 10 << 4;
}

static bool same_id(const struct meter *a, const struct meter *b)
{
	return !memcmp(&a->identity, &b->identity, 4);
}

static bool is_taken(const struct scenario *scenario, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (same_id(&scenario->meters[i], &scenario->meters[j]))
			return true;
	return false;
}

/* One delivery, one with gaps, several, or from anywhere. */
static void set_ids(struct site *site)
{
	struct scenario *scenario = &site->sim.scenario;
	unsigned int kind = any(site, 4);
	unsigned int id = 0;

	for (size_t i = 0; i < scenario->nr_meters; i++) {
		do {
			if (!i || kind == 3 || (kind == 2 && i % 6 == 0))
				id = any(site, 10000) * 10000 +
				     any(site, 10000);
			else
				id = (id + 1 + (kind == 1 && !any(site, 3))) %
				     100000000;
			set_id(&scenario->meters[i], id);
		} while (is_taken(scenario, i));
	}
}

static void on_found(void *context, const struct meterbus_found *found)
{
	struct site *site = context;
	const struct scenario *scenario = &site->sim.scenario;
	size_t i = 0;

	while (i < scenario->nr_meters &&
	       memcmp(&scenario->meters[i].identity, found->address.bytes, 8))
		i++;
	if (i < scenario->nr_meters &&
	    found->state == METERBUS_METER_CONFIRMED)
		site->finds[i]++;
	else
		site->strangers++;
	if (site->found_count == METERS_MAX)
		return;
	site->found[site->found_count] = *found;
	site->found[site->found_count].telegram = NULL;
	site->found[site->found_count].try_count = 0;
	site->found[site->found_count++].why = "";
}

static void on_visited(void *context, const struct meterbus_visit *visit)
{
	struct site *site = context;

	if (site->visit_count < VISITS_MAX)
		site->visits[site->visit_count++] = *visit;
}

static bool is_stopped(void *context)
{
	struct site *site = context;

	return site->stop_after && site->visit_count >= site->stop_after;
}

/* @before: the search that this one goes on with, or NULL. */
static int search(struct site *site, const struct site *before)
{
	struct meterbus_address mask = { .secondary = true };
	struct meterbus_search_result result;
	struct meterbus_master master;
	struct meterbus_search search = {
		.master = &master,
		.found = on_found,
		.visited = on_visited,
		.context = site,
	};
	struct meterbus_error err;

	memset(mask.bytes, 0xFF, sizeof(mask.bytes));
	meterbus_master_init(&master, &site->sim.link);
	master.cancelled = is_stopped;
	master.context = site;
	if (before) {
		search.finds = before->found;
		search.find_count = before->found_count;
		search.visits = before->visits;
		search.visit_count = before->visit_count;
	}
	return meterbus_search_secondary(&search, &mask, &result, &err);
}

/* Of two meters already. */
static bool tells_collisions(unsigned int number)
{
	return number % 2;
}

static bool make(struct site *site, unsigned int number)
{
	static const char *const turnarounds[] = {
		"converter.turnaround=0ms",
		"converter.turnaround=37ms",
		"converter.turnaround=50ms",
	};
	char id[32];
	const char *const set[] = {
		id,
		turnarounds[number % 3],
		tells_collisions(number) ? "converter.collision-current=30" :
					   "converter.collision-current=45",
		NULL,
	};

	memset(site, 0, sizeof(*site));
	site->state = number;
	snprintf(id, sizeof(id), "meter.id=random %u",
		 2 + any(site, METERS_MAX - 1));
	if (!sim_open(&site->sim, MBUS_TOP
		      "/userspace/mbus-sim/scenarios/many.ini", set))
		return false;
	set_ids(site);
	return true;
}

/* Meters that were not found once, and finds that are none of them. */
static unsigned int wrongs(const struct site *site)
{
	const struct scenario *scenario = &site->sim.scenario;
	unsigned int wrong = site->strangers;

	for (size_t i = 0; i < scenario->nr_meters; i++)
		wrong += site->finds[i] != 1;
	return wrong;
}

/* Battery meters count it. */
static unsigned int read_twice(const struct site *site)
{
	const struct scenario *scenario = &site->sim.scenario;
	unsigned int count = 0;

	for (size_t i = 0; i < scenario->nr_meters; i++)
		count += scenario->meters[i].readouts > 1;
	return count;
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

TEST_F_TIMEOUT(sites, every_meter_of_every_site_once, 300)
{
	struct site *site = malloc(sizeof(*site));

	ASSERT_NE(NULL, site);
	for (unsigned int number = 0; number < SITES; number++) {
		ASSERT_TRUE(make(site, number));
		EXPECT_EQ(0, search(site, NULL));
		EXPECT_EQ(0, wrongs(site))
		{
			TH_LOG("site %u", number);
		}
		if (tells_collisions(number))
			EXPECT_EQ(0, read_twice(site));
		sim_close(&site->sim);
	}
	free(site);
}

TEST_F_TIMEOUT(sites, a_search_of_any_site_goes_on_where_it_stopped, 300)
{
	struct site *site = malloc(sizeof(*site));
	struct site *before = malloc(sizeof(*before));

	ASSERT_NE(NULL, site);
	ASSERT_NE(NULL, before);
	for (unsigned int number = 1; number < SITES; number += 6) {
		ASSERT_TRUE(make(site, number));
		site->stop_after = 1 + any(site, 60);
		EXPECT_EQ(0, search(site, NULL));
		*before = *site;
		memset(site->finds, 0, sizeof(site->finds));
		site->found_count = 0;
		site->stop_after = 0;
		EXPECT_EQ(0, search(site, before));
		EXPECT_EQ(0, wrongs(site) + read_twice(site))
		{
			TH_LOG("site %u", number);
		}
		sim_close(&site->sim);
	}
	free(before);
	free(site);
}

TEST_HARNESS_MAIN
