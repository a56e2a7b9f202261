// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl setup: the port, and the bus on it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <meterbus/bus.h>

#include "cmd/setup_steps.h"
#include "ui/command.h"

#define RULES "/etc/udev/rules.d/61-mbus-adapter.rules"

static void print_port(size_t number, const struct meterbus_port *port)
{
	printf("  %zu: %s  %s%s%s  %s%s%s%s\n", number, port->tty,
	       port->manufacturer, port->manufacturer[0] ? " " : "",
	       port->product, port->vid, port->vid[0] ? ":" : "", port->pid,
	       port->bus >= 0 ? "  carries a bus" : "");
}

/* The only port, or the one that the user chooses. */
static int ask_port(struct setup *setup, const struct meterbus_port *ports,
		    size_t count)
{
	unsigned long number = 1;
	char *answer;

	if (!count)
		return fail(STATUS_NO_BUS,
			    "no serial port found; plug in the adapter, or give a gateway with --tcp or --rfc2217");
	for (size_t i = 0; i < count; i++)
		print_port(i + 1, &ports[i]);
	if (count > 1) {
		answer = setup_ask(setup, "--tty",
				   "Number of the port with the bus:",
				   NULL);
		if (!parse_number(answer, 1, count, &number)) {
			fail(STATUS_USAGE, "'%s': not a number from 1 to %zu",
			     answer, count);
			free(answer);
			return STATUS_USAGE;
		}
		free(answer);
	}
	setup->port = ports[number - 1];
	setup->has_port = true;
	return STATUS_OK;
}

static int take_port(struct setup *setup, const struct meterbus_port *ports,
		     size_t count)
{
	char path[METERBUS_TTY_PATH_MAX];
	struct meterbus_error err;

	if (meterbus_tty_resolve(setup->tty, path, sizeof(path), &err) < 0)
		return fail_error(&err);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(ports[i].tty, path + strlen("/dev/"))) {
			setup->port = ports[i];
			setup->has_port = true;
		}
	/* The list does not contain ttys without hardware. */
	if (!setup->has_port) {
		snprintf(setup->port.tty, sizeof(setup->port.tty), "%.60s",
			 path + strlen("/dev/"));
		setup->port.bus = -1;
	}
	return STATUS_OK;
}

int setup_choose_port(struct setup *setup)
{
	struct meterbus_port *ports;
	struct meterbus_error err;
	size_t count;
	int status;

	if (setup->tcp || setup->rfc2217)
		return STATUS_OK;
	if (meterbus_port_list(&ports, &count, &err) < 0)
		return fail_error(&err);
	status = setup->tty ? take_port(setup, ports, count) :
			      ask_port(setup, ports, count);
	free(ports);
	if (status == STATUS_OK)
		printf("port: %s\n", setup->port.tty);
	return status;
}

int setup_write_rules(const struct setup *setup)
{
	static const char *const reload[] = { "udevadm", "control", "--reload", NULL };
	static const char *const trigger[] = { "udevadm", "trigger",
					       "--subsystem-match=tty",
					       "--subsystem-match=usb", NULL };
	const struct meterbus_port *port = &setup->port;
	char text[1000], line[16];
	int written;

	if (setup->no_rules || !setup->has_port || !port->vid[0])
		return STATUS_OK;
	snprintf(text, sizeof(text),
		 "# Written by 'mbusctl setup': excludes this adapter from ModemManager and from\n"
		 "# power saving.\n"
		 "SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"%s\", ATTRS{idProduct}==\"%s\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n"
		 "ACTION!=\"remove\", SUBSYSTEM==\"usb\", ATTR{idVendor}==\"%s\", ATTR{idProduct}==\"%s\", ENV{ID_MM_DEVICE_IGNORE}=\"1\", TEST==\"power/control\", ATTR{power/control}=\"on\"\n",
		 port->vid, port->pid, port->vid, port->pid);
	written = setup_write(RULES, text, 0644);
	if (written < 0)
		return STATUS_SYSTEM;
	if (!written)
		return STATUS_OK;
	setup_run(reload, line, sizeof(line));
	setup_run(trigger, line, sizeof(line));
	printf("adapter excluded from ModemManager and power saving: " RULES "\n");
	return STATUS_OK;
}

/* Detached at exit, if setup ends early because no meter answered. */
static struct setup *to_detach;

static void detach_at_exit(void)
{
	setup_detach(to_detach);
}

int setup_attach(struct setup *setup)
{
	const char *const by_tty[] = { "mbusctl", "attach", "--background",
				       setup->port.tty, NULL };
	const char *const by_net[] = {
		"mbusctl", "attach", "--background",
		setup->tcp ? "--tcp" : "--rfc2217",
		setup->tcp ? setup->tcp : setup->rfc2217, NULL,
	};
	bool net = setup->tcp || setup->rfc2217;
	unsigned int number;
	int status;

	if (!net && meterbus_bus_on_tty(setup->port.tty, &number) == 0) {
		snprintf(setup->bus, sizeof(setup->bus), "mbus%u", number);
		printf("bus: %s, already attached\n", setup->bus);
		return STATUS_OK;
	}
	/* It has printed any failure. */
	status = setup_run(net ? by_net : by_tty, setup->bus, sizeof(setup->bus));
	if (status != STATUS_OK)
		return status;
	setup->attached = true;
	to_detach = setup;
	atexit(detach_at_exit);
	printf("bus: %s\n", setup->bus);
	return STATUS_OK;
}

void setup_detach(struct setup *setup)
{
	const char *const words[] = { "mbusctl", "detach", setup->bus, NULL };

	if (setup->attached)
		setup_run(words, NULL, 0);
	setup->attached = false;
}
