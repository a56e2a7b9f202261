// SPDX-License-Identifier: GPL-2.0-only
/* The events and findings that the API keeps for event streams. */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "../../userspace/mbusd/api/journal.h"

/* Limit that ends a failed test; no test waits that long. */
#define LONG 10

FIXTURE(journal)
{
	struct events *events;
	struct journal *journal;
	uint64_t after;		/* of read_event() */
	uint64_t number;
	char text[256];		/* of the last event */
};

FIXTURE_SETUP(journal)
{
	self->events = events_new();
	self->journal = journal_start(self->events);
	ASSERT_NE(NULL, self->journal);
	self->after = 0;
}

FIXTURE_TEARDOWN(journal)
{
	journal_stop(self->journal);
	journal_free(self->journal);
	events_free(self->events);
}

static void publish(struct events *events, const char *event, const char *json)
{
	events_publish(events, event, json_tokener_parse(json));
}

/* Waits until the collecting thread has read all events. */
static void wait_for(struct journal *journal, uint64_t newest)
{
	const struct event *item;
	uint64_t after, number;

	while (journal_newest(journal) < newest) {
		after = newest - 1;
		if (journal_read(journal, &after, LONG, &item, &number) ==
		    JOURNAL_EVENT)
			event_put(item);
	}
}

static enum journal_result read_event(FIXTURE_DATA(journal) *self)
{
	const struct event *item;
	enum journal_result result;

	result = journal_read(self->journal, &self->after, LONG, &item,
			      &self->number);
	if (result == JOURNAL_EVENT) {
		snprintf(self->text, sizeof(self->text), "%s %s", item->event,
			 item->json);
		event_put(item);
	}
	return result;
}

TEST_F(journal, events_come_in_order_with_numbers)
{
	publish(self->events, "bus", "{\"n\":1}");
	publish(self->events, "readout", "{\"n\":2}");
	ASSERT_EQ(JOURNAL_EVENT, read_event(self));
	EXPECT_STREQ("bus {\"n\":1}", self->text);
	EXPECT_EQ(1, self->number);
	ASSERT_EQ(JOURNAL_EVENT, read_event(self));
	EXPECT_STREQ("readout {\"n\":2}", self->text);
	EXPECT_EQ(2, self->number);
	EXPECT_EQ(2, journal_newest(self->journal));
}

TEST_F(journal, a_quiet_wait_ends_at_its_timeout)
{
	const struct event *item;

	EXPECT_EQ(JOURNAL_QUIET, journal_read(self->journal, &self->after, 0,
					      &item, &self->number));
}

TEST_F(journal, a_slow_reader_gets_the_number_of_lost_events)
{
	uint64_t seen;

	for (int i = 1; i <= 3000; i++) {
		publish(self->events, "bus", "{}");
		/* Not faster than the collecting thread. */
		if (i % 100 == 0)
			wait_for(self->journal, i);
	}
	ASSERT_EQ(JOURNAL_LOST, read_event(self));
	EXPECT_LT(1000, self->number);
	seen = self->number;
	while (self->after < 3000) {
		ASSERT_EQ(JOURNAL_EVENT, read_event(self));
		seen++;
	}
	EXPECT_EQ(3000, seen);
}

TEST_F(journal, many_large_events_take_bounded_memory)
{
	static char large[100000];
	unsigned int kept = 0;

	snprintf(large, sizeof(large), "{\"text\":\"%090000d\"}", 0);
	for (int i = 1; i <= 100; i++) {
		publish(self->events, "readout", large);
		wait_for(self->journal, i);
	}
	ASSERT_EQ(JOURNAL_LOST, read_event(self));
	while (self->after < 100) {
		ASSERT_EQ(JOURNAL_EVENT, read_event(self));
		kept++;
	}
	EXPECT_LT(10, kept);
	EXPECT_GT(30, kept);
}

TEST_F(journal, a_position_of_an_earlier_start_begins_with_the_oldest_event)
{
	publish(self->events, "bus", "{\"n\":1}");
	wait_for(self->journal, 1);
	self->after = 123456;
	ASSERT_EQ(JOURNAL_EVENT, read_event(self));
	EXPECT_STREQ("bus {\"n\":1}", self->text);
}

static void *stop(void *journal)
{
	journal_stop(journal);
	return NULL;
}

TEST(the_end_wakes_waiting_readers)
{
	struct events *events = events_new();
	struct journal *journal = journal_start(events);
	const struct event *item;
	uint64_t after = 0, number;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, stop, journal));
	EXPECT_EQ(JOURNAL_END, journal_read(journal, &after, LONG, &item,
					    &number));
	pthread_join(thread, NULL);
	journal_free(journal);
	events_free(events);
}

static enum journal_result read_scan(FIXTURE_DATA(journal) *self,
				     unsigned int *after,
				     unsigned int *progress)
{
	const struct event *item;
	enum journal_result result;

	result = journal_scan_read(self->journal, "north", 7, after, progress,
				   LONG, &item);
	if (result == JOURNAL_EVENT) {
		snprintf(self->text, sizeof(self->text), "%s", item->json);
		event_put(item);
	}
	return result;
}

TEST_F(journal, a_search_can_be_followed_from_its_beginning_at_any_time)
{
	unsigned int after = 0, progress = 0;
	bool running;

	journal_scan_begin(self->journal, "north", 7);
	ASSERT_TRUE(journal_scan_known(self->journal, "north", 7, &running));
	EXPECT_TRUE(running);
	EXPECT_FALSE(journal_scan_known(self->journal, "north", 6, &running));
	EXPECT_FALSE(journal_scan_known(self->journal, "south", 7, &running));

	publish(self->events, "progress", "{\"bus\":\"north\",\"scan\":7,\"n\":1}");
	publish(self->events, "progress", "{\"bus\":\"north\",\"scan\":7,\"n\":2}");
	publish(self->events, "meter", "{\"bus\":\"north\",\"scan\":7,\"n\":3}");
	publish(self->events, "meter", "{\"bus\":\"south\",\"scan\":7,\"n\":4}");
	publish(self->events, "finding", "{\"bus\":\"north\",\"n\":5}");
	wait_for(self->journal, 5);
	ASSERT_EQ(JOURNAL_EVENT, read_scan(self, &after, &progress));
	EXPECT_STREQ("{\"bus\":\"north\",\"scan\":7,\"n\":3}", self->text);
	ASSERT_EQ(JOURNAL_EVENT, read_scan(self, &after, &progress));
	EXPECT_STREQ("{\"bus\":\"north\",\"scan\":7,\"n\":2}", self->text);

	publish(self->events, "progress", "{\"bus\":\"north\",\"scan\":7,\"n\":6}");
	publish(self->events, "summary", "{\"bus\":\"north\",\"scan\":7,\"n\":7}");
	wait_for(self->journal, 7);
	ASSERT_EQ(JOURNAL_EVENT, read_scan(self, &after, &progress));
	EXPECT_STREQ("{\"bus\":\"north\",\"scan\":7,\"n\":7}", self->text);
	EXPECT_EQ(JOURNAL_END, read_scan(self, &after, &progress));
	ASSERT_TRUE(journal_scan_known(self->journal, "north", 7, &running));
	EXPECT_FALSE(running);

	/* Another client, after the end. */
	after = progress = 0;
	ASSERT_EQ(JOURNAL_EVENT, read_scan(self, &after, &progress));
	EXPECT_STREQ("{\"bus\":\"north\",\"scan\":7,\"n\":3}", self->text);
	ASSERT_EQ(JOURNAL_EVENT, read_scan(self, &after, &progress));
	EXPECT_EQ(JOURNAL_END, read_scan(self, &after, &progress));

	/* The next search replaces it. */
	publish(self->events, "meter", "{\"bus\":\"north\",\"scan\":8}");
	wait_for(self->journal, 8);
	EXPECT_FALSE(journal_scan_known(self->journal, "north", 7, &running));
	EXPECT_TRUE(journal_scan_known(self->journal, "north", 8, &running));
}

static size_t findings(struct journal *journal, const char *bus, char *text,
		       size_t size)
{
	struct json_object *list = journal_findings(journal, bus);
	size_t count = json_object_array_length(list);

	snprintf(text, size, "%s", json_object_to_json_string_ext(
					   list, JSON_C_TO_STRING_PLAIN));
	json_object_put(list);
	return count;
}

TEST_F(journal, equal_findings_count_as_one)
{
	char text[4096];

	publish(self->events, "finding", "{\"event\":\"finding\",\"bus\":\"north\",\"kind\":\"turnaround\",\"text\":\"50 ms\"}");
	publish(self->events, "finding", "{\"event\":\"finding\",\"bus\":\"south\",\"kind\":\"turnaround\",\"text\":\"50 ms\"}");
	publish(self->events, "finding", "{\"event\":\"finding\",\"bus\":\"north\",\"kind\":\"turnaround\",\"text\":\"51 ms\"}");
	publish(self->events, "finding", "{\"event\":\"finding\",\"bus\":\"north\",\"kind\":\"turnaround\",\"address\":\"5\",\"text\":\"x\"}");
	wait_for(self->journal, 4);
	EXPECT_EQ(3, findings(self->journal, NULL, text, sizeof(text)));
	EXPECT_EQ(2, findings(self->journal, "north", text, sizeof(text)));
	EXPECT_EQ(text + 1, strstr(text, "{\"bus\":\"north\",\"kind\":\"turnaround\",\"address\":\"5\",\"text\":\"x\",\"count\":1,"));
	EXPECT_NE(NULL, strstr(text, "{\"bus\":\"north\",\"kind\":\"turnaround\",\"text\":\"51 ms\",\"count\":2,"));
	EXPECT_EQ(0, findings(self->journal, "west", text, sizeof(text)));
}

TEST_F(journal, the_oldest_findings_are_replaced)
{
	char json[128], text[65536];

	for (int i = 1; i <= 400; i++) {
		snprintf(json, sizeof(json),
			 "{\"bus\":\"north\",\"kind\":\"k\",\"address\":\"%d\"}", i);
		publish(self->events, "finding", json);
		if (i % 100 == 0)
			wait_for(self->journal, i);
	}
	EXPECT_EQ(256, findings(self->journal, NULL, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "\"address\":\"400\""));
	EXPECT_NE(NULL, strstr(text, "\"address\":\"145\""));
	EXPECT_EQ(NULL, strstr(text, "\"address\":\"144\""));
}

TEST_HARNESS_MAIN
