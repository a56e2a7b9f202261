// SPDX-License-Identifier: GPL-2.0-only
/* Discovery messages without memory, and of readouts that say little. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include <meterbus/version.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/output/discovery.h"
#include "no_memory.h"

/* Two of these differ in their names only. */
#define RECORD(name) \
	"{\"quantity\":\"energy\",\"unit\":\"Wh\",\"function\":\"instantaneous\"," \
	"\"storage\":1,\"tariff\":2,\"subunit\":0,\"modifiers\":[\"phase L1\"]," \
	"\"value\":1.25,\"name\":\"" name "\"}"

static const char reading[] =
	"{\"telegrams\":[{\"meter\":{\"id\":\"12345678\",\"manufacturer\":\"HYD\","
	"\"version\":40,\"medium\":\"heat\"},\"records\":["
	RECORD("energy_l1_tariff_2_due_1") ","
	RECORD("energy_l1_tariff_2_due_1_2") "]}]}";

static const struct discovery discovery = {
	.prefix = "homeassistant",
	.site = "home",
	.meter = "house.1",
	.state_topic = "mbus/home/house.1",
	.status_topic = "mbus/home/status",
	.expire_s = 2700,
};

/* The last message, and the topic of the last one that was removed. */
static struct {
	unsigned int count;
	char topic[256], payload[8192], removed[256];
} sent;

static int publish(void *context, const char *topic, const char *payload)
{
	const bool whole_meter = strstr(topic, "/device/");

	(void)context;
	if (!*payload && !whole_meter) {
		snprintf(sent.removed, sizeof(sent.removed), "%s", topic);
		return 0;
	}
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

static void add_version(struct json_object *message, const char *part)
{
	json_object_object_add(json_object_object_get(message, part),
			       "sw_version",
			       json_object_new_string(meterbus_version_text()));
}

/*
 * Whether a message is complete or not sent, whichever allocation fails; and
 * how many are tried.
 */
static bool all_or_nothing(int (*make)(void *context), void *context,
			   long *tried)
{
	char whole[sizeof(sent.payload)], topic[sizeof(sent.topic)];
	char removed[sizeof(sent.removed)];
	bool failed;
	int ret;

	if (make(context) < 0)
		return false;
	strcpy(whole, sent.payload);
	strcpy(topic, sent.topic);
	strcpy(removed, sent.removed);
	*tried = 0;
	do {
		sent.count = 0;
		fail_allocation((*tried)++);
		ret = make(context);
		failed = allocation_failed();
		if (ret < 0 ? sent.count : sent.count != 1 ||
		    strcmp(sent.payload, whole) || strcmp(sent.topic, topic) ||
		    strcmp(sent.removed, removed)) {
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

TEST(the_daemon_is_a_device_with_its_connection)
{
	struct json_object *got, *want;

	ASSERT_EQ(0, publish_daemon(NULL));
	EXPECT_STREQ("homeassistant/device/mbusd_home/config", sent.topic);
	got = json_tokener_parse(sent.payload);
	want = json_tokener_parse(
		"{\"device\":{\"identifiers\":\"mbusd/home\",\"name\":\"mbusd/home\"},"
		"\"components\":{\"status\":{\"platform\":\"binary_sensor\","
		"\"name\":\"Connection\",\"unique_id\":\"mbusd/home/status\","
		"\"device_class\":\"connectivity\","
		"\"entity_category\":\"diagnostic\",\"payload_on\":\"online\","
		"\"payload_off\":\"offline\"}},\"origin\":{\"name\":\"mbusd\"},"
		"\"state_topic\":\"mbus/home/status\"}");
	ASSERT_NE(NULL, want);
	/* The version changes. */
	add_version(want, "device");
	add_version(want, "origin");
	EXPECT_TRUE(json_object_equal(want, got)) TH_LOG("%s", sent.payload);
	json_object_put(got);
	json_object_put(want);
}

TEST(a_sensor_is_named_by_all_that_distinguishes_it)
{
	struct json_object *object = json_tokener_parse(reading);

	ASSERT_EQ(0, publish_meter(object));
	EXPECT_NE(NULL, strstr(sent.payload,
			       "\"name\":\"Energy, storage 1, tariff 2, phase L1\""));
	EXPECT_NE(NULL, strstr(sent.payload,
			       "\"suggested_display_precision\":2,"));
	json_object_put(object);
}

TEST(a_value_is_found_by_its_name_and_its_old_topic_removed)
{
	struct json_object *object = json_tokener_parse(reading);

	ASSERT_EQ(0, publish_meter(object));
	EXPECT_NE(NULL, strstr(sent.payload,
			       "\"unique_id\":\"mbusd/home/house_1_EA13243A/energy_l1_tariff_2_due_1\""));
	EXPECT_NE(NULL, strstr(sent.payload,
			       "|selectattr('name','eq','energy_l1_tariff_2_due_1')|"));
	EXPECT_STREQ("homeassistant/sensor/home/house_1_EA13243A--energy_storage_1_tariff_2_phase_l1_2/config",
		     sent.removed);
	json_object_put(object);
}

TEST(a_meter_that_does_not_identify_itself_is_announced)
{
	struct json_object *object = json_tokener_parse(
		"{\"telegrams\":[{\"records\":[]},{}]}");

	ASSERT_EQ(0, publish_meter(object));
	EXPECT_NE(NULL, strstr(sent.payload, "\"name\":\"house.1\"}"));
	json_object_put(object);
}

TEST_HARNESS_MAIN
