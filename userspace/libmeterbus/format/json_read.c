// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdbool.h>
#include <time.h>

#include <meterbus/json.h>

static struct meterbus_json *new_readout(const char *bus)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return meterbus_json_readout(bus, text);
}

static int add_telegrams(struct meterbus_json *json,
			 const struct meterbus_readout *readout,
			 struct meterbus_decoder *decoder)
{
	const struct meterbus_address *meter = decoder->meter;
	int ret = 0;

	if (!meter && readout->identified)
		decoder->meter = &readout->meter;
	for (size_t i = 0; i < readout->count && !ret; i++)
		ret = meterbus_json_add_with(json, decoder,
					     readout->telegrams[i].bytes,
					     readout->telegrams[i].len, NULL);
	decoder->meter = meter;
	return ret;
}

struct meterbus_json *meterbus_json_read(struct meterbus_master *master,
					 const struct meterbus_address *address,
					 struct meterbus_decoder *decoder,
					 const char *bus,
					 struct meterbus_error *failure)
{
	struct meterbus_error why = { .kind = METERBUS_OK };
	char text[METERBUS_ADDRESS_TEXT];
	struct meterbus_readout readout;
	struct meterbus_json *json;
	int ret;

	ret = meterbus_read(master, address, &readout, &why);
	json = new_readout(bus);
	if (json) {
		meterbus_json_outcome(json,
				      meterbus_address_format(address, text),
				      ret < 0 ? &why : NULL);
		if (add_telegrams(json, &readout, decoder) < 0) {
			meterbus_json_free(json);
			json = NULL;
		}
	}
	if (failure)
		*failure = why;
	return json;
}
