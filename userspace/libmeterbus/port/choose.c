// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which port is meant. ttyACM numbers follow the order of plugging in and the
 * ports of one adapter share its serial number: what stays is vendor, product,
 * serial number and the order of the ports within the adapter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <meterbus/tty.h>

#define ADAPTERS_MAX 8

int meterbus_usb_id_parse(const char *text, char out[8])
{
	size_t digits;

	if (!strncasecmp(text, "0x", 2))
		text += 2;
	digits = strspn(text, "0123456789abcdefABCDEF");
	if (digits == 0 || digits > 4 || text[digits])
		return -1;
	snprintf(out, 8, "%04lx", strtoul(text, NULL, 16));
	return 0;
}

/* "1a86:55d5", or with the serial number asked for */
static const char *adapter_text(const struct meterbus_tty_choice *choice,
				char *out, size_t size)
{
	snprintf(out, size, "%s:%s%s%s", choice->vid, choice->pid,
		 choice->serial ? " with serial number " : "",
		 choice->serial ? choice->serial : "");
	return out;
}

/* The adapters that match, each by one of its ports. */
static size_t find_adapters(const struct meterbus_tty_choice *choice,
			    const struct meterbus_port *ports, size_t count,
			    const struct meterbus_port **found)
{
	size_t matches = 0;
	size_t i;

	for (i = 0; i < count && matches < ADAPTERS_MAX; i++) {
		if (strcmp(ports[i].vid, choice->vid) ||
		    strcmp(ports[i].pid, choice->pid) || ports[i].number != 0)
			continue;
		if (choice->serial && strcmp(ports[i].serial, choice->serial))
			continue;
		found[matches++] = &ports[i];
	}
	return matches;
}

static int fail_ambiguous(const struct meterbus_tty_choice *choice,
			  const struct meterbus_port **found, size_t count,
			  struct meterbus_error *err)
{
	char adapter[160];
	char text[1024];
	size_t used = 0;
	size_t i;

	for (i = 0; i < count && used < sizeof(text); i++)
		used += snprintf(text + used, sizeof(text) - used,
				 "%s serial %s at %s", i ? "," : "",
				 found[i]->serial[0] ? found[i]->serial : "-",
				 found[i]->by_path[0] ? found[i]->by_path :
							found[i]->tty);
	return meterbus_fail_hint(err, METERBUS_E_NO_TTY,
				  METERBUS_HINT_CHOOSE_ADAPTER, NULL,
				  "several adapters %s are plugged in:%s",
				  adapter_text(choice, adapter,
					       sizeof(adapter)),
				  text);
}

/* The tty of port @choice->port of @adapter. */
static int pick_port(const struct meterbus_tty_choice *choice,
		     const struct meterbus_port *adapter,
		     const struct meterbus_port *ports, size_t count,
		     char *tty, size_t size, struct meterbus_error *err)
{
	char text[160];
	int wanted = choice->port;
	int last = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(ports[i].device, adapter->device) &&
		    ports[i].number > last)
			last = ports[i].number;
	adapter_text(choice, text, sizeof(text));
	if (wanted < 0 && last > 0)
		return meterbus_fail_hint(err, METERBUS_E_USAGE,
					  METERBUS_HINT_CHOOSE_PORT, NULL,
					  "adapter %s has %d ports, 0 to %d",
					  text, last + 1, last);
	if (wanted > last)
		return meterbus_fail_hint(err, METERBUS_E_NO_TTY,
					  METERBUS_HINT_CHOOSE_PORT, NULL,
					  "adapter %s has no port %d; it has %d, counted from 0",
					  text, wanted, last + 1);
	if (wanted < 0)
		wanted = 0;
	for (i = 0; i < count; i++)
		if (!strcmp(ports[i].device, adapter->device) &&
		    ports[i].number == wanted)
			snprintf(tty, size, "/dev/%s", ports[i].tty);
	return 0;
}

static int find_tty(const struct meterbus_tty_choice *choice, char *tty,
		    size_t size, struct meterbus_error *err)
{
	const struct meterbus_port *found[ADAPTERS_MAX];
	struct meterbus_port *ports;
	char text[160];
	size_t matches;
	size_t count;
	int ret;

	if (meterbus_port_list(&ports, &count, err) < 0)
		return -1;
	matches = find_adapters(choice, ports, count, found);
	if (matches == 0)
		ret = meterbus_fail_hint(err, METERBUS_E_NO_TTY,
					 METERBUS_HINT_LIST_PORTS, NULL,
					 "no adapter %s is plugged in",
					 adapter_text(choice, text,
						      sizeof(text)));
	else if (matches > 1)
		ret = fail_ambiguous(choice, found, matches, err);
	else
		ret = pick_port(choice, found[0], ports, count, tty, size, err);
	free(ports);
	return ret;
}

int meterbus_tty_choose(const struct meterbus_tty_choice *choice, char *path,
			size_t size, struct meterbus_error *err)
{
	char tty[METERBUS_TTY_PATH_MAX];

	if (choice->tty)
		return meterbus_tty_resolve(choice->tty, path, size, err);
	if (find_tty(choice, tty, sizeof(tty), err) < 0)
		return -1;
	return meterbus_tty_resolve(tty, path, size, err);
}
