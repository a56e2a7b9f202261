// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/tty.h>

#include "wire/section.h"

#define BAUD_DEFAULT 2400
#define US_PER_MS 1000

/* ----------------------------------------------------------------- a bus */

static bool same_kind(const struct meterbus_port *a,
		      const struct meterbus_port *b)
{
	return !strcmp(a->vid, b->vid) && !strcmp(a->pid, b->pid);
}

/*
 * Whether vid, pid and, with @serial, the serial number are those of one
 * adapter only. Text is as the adapter has it, or mbusd would not find it.
 */
static bool is_unique(const struct meterbus_port *port, bool serial,
		      const struct meterbus_port *ports, size_t count)
{
	if (!port->vid[0] || (serial && !port->serial[0]))
		return false;
	for (size_t i = 0; i < count; i++)
		if (same_kind(&ports[i], port) &&
		    strcmp(ports[i].device, port->device) &&
		    (!serial || !strcmp(ports[i].serial, port->serial)))
			return false;
	return true;
}

static bool has_several_ports(const struct meterbus_port *port,
			      const struct meterbus_port *ports, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (&ports[i] != port && !strcmp(ports[i].device, port->device))
			return true;
	return false;
}

static void print_adapter(FILE *out, const struct meterbus_port *port,
			  const struct meterbus_port *ports, size_t count)
{
	bool alone = is_unique(port, false, ports, count);

	if (!alone && !is_unique(port, true, ports, count)) {
		fprintf(out, "tty = %s%s\n", port->by_path[0] ? "" : "/dev/",
			port->by_path[0] ? port->by_path : port->tty);
		return;
	}
	fprintf(out, "usb = %s:%s\n", port->vid, port->pid);
	if (!alone)
		fprintf(out, "serial = %s\n", port->serial);
	if (has_several_ports(port, ports, count))
		fprintf(out, "port = %d\n", port->number);
}

static void print_way(FILE *out, const struct meterbus_info *info)
{
	struct meterbus_port *ports, *port = NULL;
	size_t count = 0;

	if (meterbus_port_list(&ports, &count, NULL) < 0)
		ports = NULL;
	for (size_t i = 0; i < count && !port; i++)
		if (!strcmp(ports[i].tty, info->tty) && ports[i].driver[0] &&
		    strcmp(ports[i].driver, "pty"))
			port = &ports[i];
	if (port)
		print_adapter(out, port, ports, count);
	else
		fprintf(out,
			"; attached by another program; for mbusd to connect to a gateway\n"
			"; itself, write tcp = HOST:PORT or rfc2217 = HOST:PORT instead\n"
			"bus = mbus%u\n",
			info->bus);
	free(ports);
}

void section_print_bus(FILE *out, const char *name,
		       const struct meterbus_status *status, unsigned int baud)
{
	static const char *const echo_names[] = {
		[METERBUS_ECHO_OFF] = "off",
		[METERBUS_ECHO_ON] = "on",
	};
	const struct meterbus_timing *timing = &status->timing;

	fprintf(out, "\n[bus %s]\n", name);
	print_way(out, &status->info);
	/* That of a pty is the concern of the program behind it. */
	if (baud != BAUD_DEFAULT && strncmp(status->info.tty, "pts/", 4))
		fprintf(out, "baud = %u\n", baud);
	if (!(timing->defaults & METERBUS_TIMING_GUARD))
		fprintf(out, "guard = %ums\n",
			(timing->guard_us + US_PER_MS - 1) / US_PER_MS);
	if (timing->echo < sizeof(echo_names) / sizeof(echo_names[0]) &&
	    echo_names[timing->echo])
		fprintf(out, "echo = %s\n", echo_names[timing->echo]);
}

/* ---------------------------------------------------------------- meters */

/* By secondary address as it is read, then by primary address. */
static int by_address(const void *a, const void *b)
{
	const struct meterbus_found *x = *(const struct meterbus_found *const *)a;
	const struct meterbus_found *y = *(const struct meterbus_found *const *)b;
	char one[METERBUS_ADDRESS_TEXT], other[METERBUS_ADDRESS_TEXT];

	if (x->address.secondary != y->address.secondary)
		return x->address.secondary - y->address.secondary;
	if (!x->address.secondary)
		return x->address.primary - y->address.primary;
	return strcmp(meterbus_address_format(&x->address, one),
		      meterbus_address_format(&y->address, other));
}

static bool same_id(const struct meterbus_found *a,
		    const struct meterbus_found *b)
{
	char one[9], other[9];

	return a->address.secondary && b->address.secondary &&
	       !strcmp(meterbus_address_id(&a->address, one),
		       meterbus_address_id(&b->address, other));
}

/* ", HYD, heat": what a person recognises a meter by. */
static void print_kind(FILE *out, const struct meterbus_address *address)
{
	const uint8_t *b = address->bytes;
	uint16_t manufacturer = b[4] | b[5] << 8;
	char name[4];

	if (!address->secondary || manufacturer == 0xFFFF)
		return;
	fprintf(out, "; %s%s%s\n", meterbus_manufacturer_name(manufacturer, name),
		b[7] == 0xFF ? "" : ", ",
		b[7] == 0xFF ? "" : meterbus_medium_name(b[7]));
}

static void print_meter(FILE *out, const char *bus,
			const struct meterbus_found *found, bool shares_id,
			bool primary)
{
	char address[METERBUS_ADDRESS_TEXT], id[9];

	meterbus_address_format(&found->address, address);
	if (!found->address.secondary)
		fprintf(out, "\n[meter primary-%s]\n", address);
	else
		fprintf(out, "\n[meter %s]\n",
			shares_id ? address :
				    meterbus_address_id(&found->address, id));
	print_kind(out, &found->address);
	fprintf(out, "bus = %s\n", bus);
	/* It is read by the kind of address it was found by. */
	if (primary && found->primary >= 0)
		fprintf(out, "address = %d\n", found->primary);
	else
		fprintf(out, "address = %s\n", address);
}

void section_print_meters(FILE *out, const char *bus,
			  const struct meterbus_found **found, size_t count,
			  bool primary)
{
	if (count)
		qsort(found, count, sizeof(*found), by_address);
	/* Those that share a number are neighbours. */
	for (size_t i = 0; i < count; i++)
		print_meter(out, bus, found[i],
			    (i && same_id(found[i], found[i - 1])) ||
				    (i + 1 < count &&
				     same_id(found[i], found[i + 1])),
			    primary);
}
