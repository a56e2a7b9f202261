// SPDX-License-Identifier: LGPL-2.1-or-later
#include <json-c/json.h>
#include <stdbool.h>
#include <time.h>

#include <meterbus/json.h>

static bool put_text(struct json_object *object, const char *key,
		     const char *text)
{
	struct json_object *value = json_object_new_string(text);

	if (value && !json_object_object_add(object, key, value))
		return true;
	json_object_put(value);
	return false;
}

int meterbus_json_outcome(struct json_object *readout, const char *address,
			  const struct meterbus_error *failure)
{
	struct json_object *telegrams = json_object_get(
		json_object_object_get(readout, "telegrams"));
	bool done;

	/* Moved to the end, as they are long. */
	json_object_object_del(readout, "telegrams");
	done = put_text(readout, "address", address) &&
	       put_text(readout, "outcome",
			meterbus_readout_outcome(failure ? failure->kind :
							   METERBUS_OK)) &&
	       (!failure || put_text(readout, "why", failure->text));
	if (!json_object_object_add(readout, "telegrams", telegrams))
		return done ? 0 : -1;
	json_object_put(telegrams);
	return -1;
}

static struct json_object *new_readout(const char *bus)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return meterbus_json_readout(bus, text);
}

static int add_telegrams(struct json_object *object,
			 const struct meterbus_readout *readout,
			 struct meterbus_decoder *decoder)
{
	const struct meterbus_address *meter = decoder->meter;
	int ret = 0;

	if (!meter && readout->identified)
		decoder->meter = &readout->meter;
	for (size_t i = 0; i < readout->count && !ret; i++)
		ret = meterbus_json_add_with(object, decoder,
					     readout->telegrams[i].bytes,
					     readout->telegrams[i].len, NULL);
	decoder->meter = meter;
	return ret;
}

struct json_object *meterbus_json_read(struct meterbus_master *master,
				       const struct meterbus_address *address,
				       struct meterbus_decoder *decoder,
				       const char *bus,
				       struct meterbus_error *failure)
{
	struct meterbus_error why = { .kind = METERBUS_OK };
	char text[METERBUS_ADDRESS_TEXT];
	struct meterbus_readout readout;
	struct json_object *object;
	int ret;

	ret = meterbus_read(master, address, &readout, &why);
	object = new_readout(bus);
	if (object &&
	    (meterbus_json_outcome(object,
				   meterbus_address_format(address, text),
				   ret < 0 ? &why : NULL) < 0 ||
	     add_telegrams(object, &readout, decoder) < 0)) {
		json_object_put(object);
		object = NULL;
	}
	if (failure)
		*failure = why;
	return object;
}
