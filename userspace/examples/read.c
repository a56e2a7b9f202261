// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reads one meter: read BUS ADDRESS, for example 'read mbus0 31892743', and
 * prints the readout as JSON.
 *
 * cc read.c $(pkg-config --cflags --libs libmeterbus-bus libmeterbus-format)
 */
#include <stdio.h>
#include <stdlib.h>

#include <meterbus/meterbus.h>

static int print(const char *bus, const struct meterbus_readout *readout,
		 struct meterbus_error *err)
{
	struct meterbus_json *json = meterbus_json_readout(bus, NULL);
	char *text;

	for (size_t i = 0; json && i < readout->count; i++)
		if (meterbus_json_add(json, readout->telegrams[i].bytes,
				      readout->telegrams[i].len, err) < 0) {
			meterbus_json_free(json);
			return -1;
		}
	text = meterbus_json_finish(json);
	if (!text)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	puts(text);
	free(text);
	return 0;
}

int main(int argc, char **argv)
{
	struct meterbus_master *master = NULL;
	struct meterbus_readout readout;
	struct meterbus_address address;
	struct meterbus_error err;
	struct meterbus_bus *bus;
	int status = 1;

	if (argc != 3)
		return fprintf(stderr, "usage: read BUS ADDRESS\n"), 2;
	bus = meterbus_bus_open(argv[1], &err);
	if (!bus)
		goto fail;
	master = meterbus_master_new(meterbus_bus_link(bus), &err);
	if (!master || meterbus_address_parse(&address, argv[2], &err) < 0 ||
	    meterbus_read(master, &address, &readout, &err) < 0 ||
	    print(meterbus_bus_name(bus), &readout, &err) < 0)
		goto fail;
	status = 0;
	goto out;
fail:
	fprintf(stderr, "read: %s: %s\n", meterbus_error_name(err.kind),
		err.text);
out:
	meterbus_master_free(master);
	meterbus_bus_close(bus);
	return status;
}
