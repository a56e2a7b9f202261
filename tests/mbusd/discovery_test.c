// SPDX-License-Identifier: GPL-2.0-only
/* Discovery messages without memory, and of readouts that say little. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/output/discovery.h"
#include "no_memory.h"

static const char reading[] =
	"{\"telegrams\":[{\"meter\":{\"id\":\"12345678\",\"manufacturer\":\"HYD\","
	"\"version\":40,\"medium\":\"heat\"},\"records\":["
	"{\"quantity\":\"energy\",\"unit\":\"Wh\",\"function\":\"instantaneous\","
	"\"storage\":1,\"tariff\":2,\"subunit\":0,\"modifiers\":[\"phase L1\"],"
	"\"value\":1.25}]}]}";

static const struct discovery discovery = {
	.prefix = "homeassistant",
	.site = "home",
	.meter = "house.1",
	.state_topic = "mbus/home/house.1",
	.status_topic = "mbus/home/status",
	.expire_s = 2700,
};

static struct {
	unsigned int count;
	char topic[256], payload[8192];
} sent;

static int publish(void *context, const char *topic, const char *payload)
{
	(void)context;
	sent.count++;
	snprintf(sent.topic, sizeof(sent.topic), "%s", topic);
	snprintf(sent.payload, sizeof(sent.payload), "%s", payload);
	return 0;
}

static int publish_meter(void *context)
{
	return discovery_publish(&discovery, context, publish, NULL);
}

static int publish_daemon(void *context)
{
	(void)context;
	return discovery_publish_daemon(&discovery, publish, NULL);
}

static int remove_meter(void *context)
{
	(void)context;
	return discovery_remove("homeassistant", "home", "house.1", publish, NULL);
}

/*
 * Whether a message is complete or not sent, whichever allocation fails; and
 * how many are tried.
 */
static bool all_or_nothing(int (*make)(void *context), void *context,
			   long *tried)
{
	char whole[sizeof(sent.payload)], topic[sizeof(sent.topic)];
	bool failed;
	int ret;

	if (make(context) < 0)
		return false;
	strcpy(whole, sent.payload);
	strcpy(topic, sent.topic);
	*tried = 0;
	do {
		sent.count = 0;
		fail_allocation((*tried)++);
		ret = make(context);
		failed = allocation_failed();
		if (ret < 0 ? sent.count : sent.count != 1 ||
		    strcmp(sent.payload, whole) || strcmp(sent.topic, topic)) {
			printf("# allocation %ld: %d %s\n", *tried, ret,
			       sent.payload);
			return false;
		}
	} while (failed);
	return ret == 0;
}

TEST(without_memory_a_meter_is_announced_as_a_whole_or_not)
{
	struct json_object *object = json_tokener_parse(reading);
	long tried;

	ASSERT_NE(NULL, object);
	EXPECT_TRUE(all_or_nothing(publish_meter, object, &tried));
	EXPECT_LT(50, tried);
	json_object_put(object);
}

TEST(without_memory_the_daemon_is_announced_as_a_whole_or_not)
{
	long tried;

	EXPECT_TRUE(all_or_nothing(publish_daemon, NULL, &tried));
	EXPECT_LT(30, tried);
}

TEST(without_memory_a_meter_is_removed_or_not)
{
	long tried;

	EXPECT_TRUE(all_or_nothing(remove_meter, NULL, &tried));
	EXPECT_STREQ("", sent.payload);
	EXPECT_STREQ("homeassistant/device/home/house_1_EA13243A/config",
		     sent.topic);
	EXPECT_LT(3, tried);
}

TEST_HARNESS_MAIN
