// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The quirks that are known, and which of several apply to a meter.
 */
#include <string.h>

#include <meterbus/quirks.h>

/* A pattern: any ID, and the manufacturer as the bus carries it. */
#define MADE_BY(low, high, medium)					\
	{ .secondary = true,						\
	  .bytes = { 0xFF, 0xFF, 0xFF, 0xFF, low, high, 0xFF, medium } }

static const struct meterbus_quirks known[] = {
	{
		/*
		 * Electricity meters SDM120/230/630: power, voltage and current
		 * are in the telegram only after a control frame with CI B1.
		 */
		.name = "eastron-sdm",
		.before_len = 1,
		.before = { 0xB1 },
	},
	{
		/*
		 * Supercal 531: answers with telegrams of its maker's own (CI
		 * B7) until an application reset.
		 */
		.name = "sontex",
		.meter_count = 2,
		.meters = { MADE_BY(0xEE, 0x4D, 0x04),
			    MADE_BY(0xEE, 0x4D, 0x0C) },
		.reset = true,
	},
	{
		/* Answers up to 1100 ms after a request at 2400 baud. */
		.name = "qundis",
		.meter_count = 1,
		.meters = { MADE_BY(0x93, 0x44, 0xFF) },
		.window_us = 1300000,
	},
	{
		/* Modules that take up to 15 s to come back from SND_NKE. */
		.name = "kamstrup-old",
		.nke = METERBUS_NKE_NEVER,
	},
};

const struct meterbus_quirks *meterbus_quirks_known(size_t *count)
{
	*count = sizeof(known) / sizeof(known[0]);
	return known;
}

const struct meterbus_quirks *
meterbus_quirks_named(const struct meterbus_quirks *quirks, size_t count,
		      const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(quirks[i].name, name))
			return &quirks[i];
	return NULL;
}

const struct meterbus_quirks *
meterbus_quirks_of(const struct meterbus_quirks *quirks, size_t count,
		   const struct meterbus_address *meter)
{
	if (!meter->secondary)
		return NULL;
	for (size_t i = 0; i < count; i++)
		for (unsigned int m = 0; m < quirks[i].meter_count; m++)
			if (meterbus_address_matches(&quirks[i].meters[m],
						     meter))
				return &quirks[i];
	return NULL;
}
