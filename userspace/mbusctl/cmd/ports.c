// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl ports: lists serial ports and the adapters behind them.
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/tty.h>

#include "ui/command.h"

static int run_ports(int argc, char **argv);

COMMAND(ports_command,
	.name = "ports",
	.arguments = "[--json]",
	.summary = "list serial ports and the adapters behind them",
	.help = "Columns: tty, driver, name of the USB device, vendor:product, serial number,\n"
		"interface number, port number for 'attach -n', bus. Below a port stands its\n"
		"by-path name, which stays the same while it is plugged in at the same place.\n"
		"With --json one object a line; unknown values are null. No port is opened, so\n"
		"the line discipline is known only for ports that carry a bus.\n",
	.run = run_ports);

enum { COLUMNS = 8 };

static const char *const titles[COLUMNS] = {
	"TTY", "DRIVER", "DEVICE", "VID:PID", "SERIAL", "IF", "-n", "BUS",
};

struct row {
	char cells[COLUMNS][260];
};

static void set_cell(char *cell, size_t size, const char *text)
{
	snprintf(cell, size, "%s", text[0] ? text : "-");
}

static void fill_row(struct row *row, const struct meterbus_port *port)
{
	char text[260];
	size_t size = sizeof(row->cells[0]);

	set_cell(row->cells[0], size, port->tty);
	set_cell(row->cells[1], size, port->driver);
	snprintf(text, sizeof(text), "%s%s%s", port->manufacturer,
		 port->manufacturer[0] && port->product[0] ? " " : "",
		 port->product);
	set_cell(row->cells[2], size, text);
	text[0] = '\0';
	if (port->vid[0])
		snprintf(text, sizeof(text), "%s:%s", port->vid, port->pid);
	set_cell(row->cells[3], size, text);
	set_cell(row->cells[4], size, port->serial);
	text[0] = '\0';
	if (port->interface >= 0)
		snprintf(text, sizeof(text), "%02x", port->interface);
	set_cell(row->cells[5], size, text);
	text[0] = '\0';
	if (port->number >= 0)
		snprintf(text, sizeof(text), "%d", port->number);
	set_cell(row->cells[6], size, text);
	text[0] = '\0';
	if (port->bus >= 0)
		snprintf(text, sizeof(text), "mbus%d", port->bus);
	set_cell(row->cells[7], size, text);
}

static void print_row(const struct row *row, const size_t *widths)
{
	size_t c;

	for (c = 0; c + 1 < COLUMNS; c++)
		printf("%-*s  ", (int)widths[c], row->cells[c]);
	printf("%s\n", row->cells[c]);
}

static int print_table(const struct meterbus_port *ports, size_t count)
{
	size_t widths[COLUMNS] = { 0 };
	struct row *rows;
	size_t i, c;

	rows = calloc(count + 1, sizeof(*rows));
	if (!rows)
		return fail(STATUS_SYSTEM, "out of memory");
	for (c = 0; c < COLUMNS; c++)
		set_cell(rows[0].cells[c], sizeof(rows[0].cells[c]), titles[c]);
	for (i = 0; i < count; i++)
		fill_row(&rows[i + 1], &ports[i]);
	for (i = 0; i <= count; i++)
		for (c = 0; c < COLUMNS; c++)
			if (strlen(rows[i].cells[c]) > widths[c])
				widths[c] = strlen(rows[i].cells[c]);
	for (i = 0; i <= count; i++) {
		print_row(&rows[i], widths);
		if (i && ports[i - 1].by_path[0])
			printf("%*s  %s\n", (int)widths[0], "",
			       ports[i - 1].by_path);
	}
	free(rows);
	return STATUS_OK;
}

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	json_object_object_add(object, key,
			       text[0] ? json_object_new_string(text) : NULL);
}

static void add_number(struct json_object *object, const char *key, int number)
{
	json_object_object_add(object, key,
			       number >= 0 ? json_object_new_int(number) : NULL);
}

static void print_object(const struct meterbus_port *port)
{
	struct json_object *object = json_object_new_object();
	char bus[16] = "";

	if (port->bus >= 0)
		snprintf(bus, sizeof(bus), "mbus%d", port->bus);
	add_text(object, "tty", port->tty);
	add_text(object, "driver", port->driver);
	add_text(object, "manufacturer", port->manufacturer);
	add_text(object, "product", port->product);
	add_text(object, "vid", port->vid);
	add_text(object, "pid", port->pid);
	add_text(object, "serial", port->serial);
	add_number(object, "interface", port->interface);
	add_number(object, "port", port->number);
	add_text(object, "by_path", port->by_path);
	add_text(object, "line_discipline", port->bus >= 0 ? "mbus" : "");
	add_text(object, "bus", bus);
	print_json(object);
	json_object_put(object);
}

static int run_ports(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct meterbus_error err;
	struct meterbus_port *ports;
	int status = STATUS_OK;
	size_t count;
	int letter;
	size_t i;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options,
				     NULL)) != -1) {
		status = common_option(&ports_command, letter);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return fail_usage(&ports_command, "unexpected argument '%s'",
				  argv[optind]);
	if (meterbus_port_list(&ports, &count, &err) < 0)
		return fail_error(&err);
	status = STATUS_OK;
	if (globals.json)
		for (i = 0; i < count; i++)
			print_object(&ports[i]);
	else if (count)
		status = print_table(ports, count);
	else
		fail(STATUS_OK,
		     "no serial port found; plug in the adapter and check that its driver is loaded");
	free(ports);
	return status;
}
