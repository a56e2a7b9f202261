// SPDX-License-Identifier: GPL-2.0-only
/* A readout as JSON, and the decoder on the heap that bindings use. */
#include <stdlib.h>

#include <json-c/json.h>
#include <meterbus/json.h>

#include "readout_wire.h"

/* OMS volume 2, annex N: mode 7. */
static const char encrypted[] =
	"00000000 9315 33 03 75 00 2027 10B30A0000"
	"9058475F4BC91DF878B80A1B0F98B629024AAC727942BFC549233C0140829B93";

static const char *member(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

static size_t count_of(struct json_object *readout)
{
	return json_object_array_length(
		json_object_object_get(readout, "telegrams"));
}

/* What the text of @json says; it is freed. */
static struct json_object *object_of(struct meterbus_json *json)
{
	char *text = meterbus_json_finish(json);
	struct json_object *object = text ? json_tokener_parse(text) : NULL;

	free(text);
	return object;
}

static struct json_object *read_json(struct _test_data_readout *self,
				     const char *text)
{
	struct meterbus_decoder *decoder = meterbus_decoder_new();
	struct meterbus_address address;
	struct meterbus_json *readout = NULL;

	if (decoder && !meterbus_address_parse(&address, text, &self->err))
		readout = meterbus_json_read(&self->master, &address, decoder,
					     "mbus0", &self->err);
	if (decoder->meter)
		abort();
	meterbus_decoder_free(decoder);
	return object_of(readout);
}

TEST_F(readout, as_json_when_it_is_read)
{
	struct json_object *readout;

	fake_add(self->wire, "31892743")->parts = 2;
	self->err.kind = METERBUS_E_SYSTEM;
	readout = read_json(self, "31892743");
	ASSERT_NE(NULL, readout);
	EXPECT_EQ(METERBUS_OK, self->err.kind);
	EXPECT_STREQ("mbus0", member(readout, "bus"));
	EXPECT_STREQ("31892743FFFFFFFF", member(readout, "address"));
	EXPECT_STREQ("read", member(readout, "outcome"));
	EXPECT_EQ(NULL, json_object_object_get(readout, "why"));
	EXPECT_EQ(2, count_of(readout));
	json_object_put(readout);
}

TEST_F(readout, as_json_when_nobody_answers)
{
	struct json_object *readout = read_json(self, "31892743");

	ASSERT_NE(NULL, readout);
	EXPECT_EQ(METERBUS_E_SILENCE, self->err.kind);
	EXPECT_STREQ("silence", member(readout, "outcome"));
	EXPECT_STREQ(self->err.text, member(readout, "why"));
	EXPECT_EQ(0, count_of(readout));
	json_object_put(readout);
}

/* Hexadecimal digits with spaces. */
static size_t bytes_of(uint8_t *bytes, const char *hex)
{
	unsigned int byte;
	size_t len = 0;
	int used;

	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		bytes[len++] = byte;
		hex += used;
	}
	return len;
}

static bool has_records(struct meterbus_decoder *decoder)
{
	uint8_t data[METERBUS_USER_DATA_MAX], raw[METERBUS_TELEGRAM_MAX];
	struct meterbus_json *json = meterbus_json_readout(NULL, NULL);
	size_t len = bytes_of(data, encrypted);
	struct json_object *telegram, *readout;
	bool has;

	/* The ID's bytes as they are sent. */
	memcpy(data, "\x78\x56\x34\x12", 4);
	len = meterbus_telegram_long(raw, 0x08, 1, 0x72, data, len);
	if (meterbus_json_add_with(json, decoder, raw, len, NULL))
		abort();
	readout = object_of(json);
	telegram = json_object_array_get_idx(
		json_object_object_get(readout, "telegrams"), 0);
	has = json_object_array_length(
		json_object_object_get(telegram, "records")) > 1;
	json_object_put(readout);
	return has;
}

TEST(a_decoder_on_the_heap_copies_the_key_and_the_meter)
{
	struct meterbus_decoder *decoder = meterbus_decoder_new();
	struct meterbus_address meter = { .primary = 5 };
	uint8_t key[METERBUS_KEY_LEN];

	ASSERT_NE(NULL, decoder);
	ASSERT_NE(NULL, decoder->formats);
	EXPECT_FALSE(has_records(decoder));
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = i;
	meterbus_decoder_set_key(decoder, key);
	meterbus_decoder_set_meter(decoder, &meter);
	memset(key, 0, sizeof(key));
	meter.primary = 6;
	EXPECT_TRUE(has_records(decoder));
	EXPECT_EQ(5, decoder->meter->primary);
	meterbus_decoder_set_key(decoder, NULL);
	meterbus_decoder_set_meter(decoder, NULL);
	EXPECT_FALSE(has_records(decoder));
	EXPECT_EQ(NULL, decoder->meter);
	meterbus_decoder_free(decoder);
	meterbus_decoder_free(NULL);
}

TEST(what_is_no_telegram_is_not_added_by_a_decoder)
{
	struct meterbus_json *json = meterbus_json_readout(NULL, NULL);
	struct meterbus_decoder *decoder = meterbus_decoder_new();
	struct json_object *readout;
	struct meterbus_error err;

	EXPECT_EQ(-1, meterbus_json_add_with(json, decoder,
					     (const uint8_t *)"\x68", 1, &err));
	EXPECT_EQ(METERBUS_E_DECODE, err.kind);
	readout = object_of(json);
	EXPECT_EQ(0, count_of(readout));
	meterbus_decoder_free(decoder);
	json_object_put(readout);
}

TEST_HARNESS_MAIN
