// SPDX-License-Identifier: GPL-2.0-only
/* Events reach each subscriber in order, and one that is too slow gets their number. */
#include <poll.h>
#include <stdio.h>

#include <json-c/json.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/base/events.h"

/* As many as one that does not read can wait for. */
#define WAITING 512

FIXTURE(events)
{
	struct events *events;
	struct subscription *one, *other;
	unsigned int lost;
};

FIXTURE_SETUP(events)
{
	self->events = events_new();
	ASSERT_NE(NULL, self->events);
	self->one = events_subscribe(self->events);
	self->other = events_subscribe(self->events);
	ASSERT_NE(NULL, self->one);
	ASSERT_NE(NULL, self->other);
	self->lost = 99;
}

FIXTURE_TEARDOWN(events)
{
	events_unsubscribe(self->one);
	events_unsubscribe(self->other);
	events_free(self->events);
}

static void publish(FIXTURE_DATA(events) *self, unsigned int from,
		    unsigned int count)
{
	char text[16];

	for (unsigned int i = from; i < from + count; i++)
		events_publish_text(self->events, "bus", text,
				    snprintf(text, sizeof(text), "%u", i));
}

static bool readable(const struct subscription *subscription)
{
	struct pollfd pollfd = { .fd = events_fd(subscription),
				 .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

/* The number in the next event, -1 if there is none. */
static int next(FIXTURE_DATA(events) *self, struct subscription *subscription)
{
	const struct event *item = events_next(subscription, &self->lost);
	int number = item ? atoi(item->json) : -1;

	if (item)
		event_put(item);
	return number;
}

TEST_F(events, in_order_for_each)
{
	EXPECT_FALSE(readable(self->one));
	EXPECT_EQ(-1, next(self, self->one));
	publish(self, 1, 3);
	for (int i = 1; i <= 3; i++) {
		EXPECT_TRUE(readable(self->one));
		EXPECT_EQ(i, next(self, self->one));
		EXPECT_EQ(0, self->lost);
	}
	EXPECT_FALSE(readable(self->one));
	EXPECT_EQ(-1, next(self, self->one));
	EXPECT_EQ(1, next(self, self->other));
	/* What is left is freed with the subscription. */
}

TEST_F(events, of_another_thread_as_long_as_it_is_held)
{
	const struct event *item, *held;

	publish(self, 7, 1);
	item = events_next(self->one, &self->lost);
	ASSERT_NE(NULL, item);
	held = event_get(item);
	event_put(item);
	EXPECT_EQ(7, next(self, self->other));
	EXPECT_STREQ("bus", held->event);
	EXPECT_STREQ("7", held->json);
	event_put(held);
}

/* The oldest ones are dropped, and their number comes once. */
TEST_F(events, a_slow_reader_gets_the_number_of_lost_events_once)
{
	unsigned int lost = 0;
	int number, last = 4, count = 0;

	publish(self, 0, WAITING + 5);
	while ((number = next(self, self->one)) >= 0) {
		EXPECT_EQ(++last, number);
		lost += self->lost;
		count++;
	}
	EXPECT_EQ(WAITING, count);
	publish(self, 9000, 1);
	EXPECT_TRUE(readable(self->one));
	EXPECT_EQ(9000, next(self, self->one));
	lost += self->lost;
	EXPECT_EQ(5, lost);
	publish(self, 9001, 1);
	EXPECT_EQ(9001, next(self, self->one));
	EXPECT_EQ(0, self->lost);
}

TEST_F(events, as_short_as_json_can_be)
{
	struct json_object *object = json_object_new_object();
	const struct event *item;

	json_object_object_add(object, "tty", json_object_new_string("/dev/ttyS0"));
	json_object_object_add(object, "reads", json_object_new_int(1));
	events_publish(self->events, "bus", object);
	item = events_next(self->one, &self->lost);
	ASSERT_NE(NULL, item);
	EXPECT_STREQ("{\"tty\":\"/dev/ttyS0\",\"reads\":1}", item->json);
	event_put(item);
}

TEST_HARNESS_MAIN
