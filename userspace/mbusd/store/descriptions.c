// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdio.h>

#include "store/descriptions.h"

static struct meterbus_meters *loaded;

static void load(void)
{
	struct meterbus_error err;

	loaded = meterbus_meters_load_default(&err);
	if (!loaded)
		fprintf(stderr, "mbusd: decoding without descriptions of meters: %s\n",
			err.text);
}

const struct meterbus_meters *descriptions(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	return loaded;
}
