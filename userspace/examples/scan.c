// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finds all meters of a bus by secondary address: scan [BUS].
 *
 * cc scan.c $(pkg-config --cflags --libs libmeterbus-bus)
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/meterbus.h>

static void on_found(void *context, const struct meterbus_found *found)
{
	char text[METERBUS_ADDRESS_TEXT];

	(void)context;
	printf("%s %s %d\n", meterbus_address_format(&found->address, text),
	       meterbus_meter_state_name(found->state), found->primary);
}

int main(int argc, char **argv)
{
	struct meterbus_search search = {
		.size = sizeof(search),
		.found = on_found,
	};
	struct meterbus_address all = { .secondary = true };
	struct meterbus_search_result result;
	struct meterbus_error err;
	struct meterbus_bus *bus;
	int ret = -1;

	memset(all.bytes, 0xFF, sizeof(all.bytes));
	bus = meterbus_bus_open(argc > 1 ? argv[1] : NULL, &err);
	if (bus)
		search.master = meterbus_master_new(meterbus_bus_link(bus),
						    &err);
	if (search.master)
		ret = meterbus_search_secondary(&search, &all, &result, &err);
	if (ret < 0)
		fprintf(stderr, "scan: %s\n", err.text);
	meterbus_master_free(search.master);
	meterbus_bus_close(bus);
	return ret < 0;
}
