// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/config.h>
#include <meterbus/telegram.h>

#include "config/sections.h"
#include "config/values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define GUARD_MAX_MS 1000
#define READS_PER_DAY_MAX 86400
#define QUIRKS_MAX 64
#define LABEL "label."
#define TOKEN_MIN 16

void config_complain_at(struct config_file *file,
			const struct config_section *section,
			const struct ini_item *item, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	config_complain(file, item ? item->line : section->line,
			"[%s%s%.70s] %s%s%s", section->kind,
			*section->name ? " " : "", section->name,
			item ? item->key : "", item ? ": " : "", text);
}

static void complain_unknown(struct config_file *file,
			     const struct config_section *section,
			     const struct ini_item *item,
			     const struct config_field *fields, size_t count)
{
	char known[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += snprintf(known + len, sizeof(known) - len, "%s%s",
				i ? ", " : "", fields[i].key);
	config_complain_at(file, section, item,
			   "unknown key; the keys are: %s", known);
}

bool config_take_item(struct config_file *file,
		      const struct config_section *section,
		      const struct ini_item *item,
		      const struct config_field *fields, size_t count,
		      void *base)
{
	struct meterbus_error err;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(fields[i].key, item->key))
			continue;
		if (fields[i].parse(&fields[i], item->value,
				    (char *)base + fields[i].offset, &err) < 0)
			config_complain_at(file, section, item, "%s",
					   err.text);
		return true;
	}
	return false;
}

void config_take_items(struct config_file *file,
		       const struct config_section *section,
		       const struct config_field *fields, size_t count,
		       void *base)
{
	for (size_t i = 0; i < section->count; i++)
		if (!config_take_item(file, section, &section->items[i], fields,
				      count, base))
			complain_unknown(file, section, &section->items[i],
					 fields, count);
}

/* The name of a bus, meter or output; NULL after a fault. */
char *config_take_name(struct config_file *file,
		       const struct config_section *section)
{
	struct meterbus_error err;

	if (config_check_name(section->name, &err) == 0)
		return strdup(section->name);
	config_complain_at(file, section, NULL, "%s", err.text);
	return NULL;
}

static bool no_name(struct config_file *file,
		    const struct config_section *section)
{
	if (!*section->name)
		return true;
	config_complain_at(file, section, NULL,
			   "this section takes no name; write [%s]",
			   section->kind);
	return false;
}

void *config_grow(void *array, size_t count, size_t size)
{
	void *grown = reallocarray(array, count + 1, size);

	if (!grown) {
		fputs("mbusd: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return grown;
}

void config_index(struct index *index, const char *name, void *thing)
{
	if (!name || index_add(index, name, thing))
		return;
	fputs("mbusd: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

void *config_new(size_t size)
{
	return memset(config_grow(NULL, 0, size), 0, size);
}

/* ------------------------------------------------------------ [mbusd] */

struct daemon_section {
	char *site;
	char *store;
	uint64_t retention_s;
	struct schedule schedule;
	struct quirks_file {
		struct meterbus_quirks *items;
		size_t count;
	} quirks;
};

/* Loaded here, so that its faults name the key. */
static int parse_quirks_file(const struct config_field *field,
			     const char *text, void *target,
			     struct meterbus_error *err)
{
	struct quirks_file *quirks = target;
	int count;

	(void)field;
	quirks->items = config_grow(NULL, QUIRKS_MAX, sizeof(*quirks->items));
	count = meterbus_quirks_load(text, quirks->items, QUIRKS_MAX, err);
	if (count < 0)
		return -1;
	quirks->count = count;
	return 0;
}

static const struct config_field daemon_fields[] = {
#define AT(member) offsetof(struct daemon_section, member)
	{ .key = "site", config_name, AT(site) },
	{ .key = "store", config_path, AT(store) },
	{ .key = "retention", config_duration, AT(retention_s) },
	{ .key = "schedule", config_schedule, AT(schedule) },
	{ .key = "quirks-file", parse_quirks_file, AT(quirks) },
#undef AT
};

void config_take_daemon(struct config_builder *b,
			const struct config_section *section)
{
	struct daemon_section daemon = { .schedule = b->schedule };

	if (!no_name(b->file, section))
		return;
	config_take_items(b->file, section, daemon_fields, COUNT(daemon_fields),
		   &daemon);
	b->config->site = daemon.site;
	b->config->store = daemon.store;
	b->config->retention_s = daemon.retention_s;
	b->config->quirks = daemon.quirks.items;
	b->config->quirks_count = daemon.quirks.count;
	b->schedule = daemon.schedule;
	b->has_schedule = config_find_item(section, "schedule");
}

/* --------------------------------------------------------------- [bus] */

struct bus_section {
	struct config_bus bus;
	char *connections[CONFIG_RFC2217 + 1];
};

static int parse_usb(const struct config_field *field, const char *text,
		     void *target, struct meterbus_error *err)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	if (strlen(text) != 9 || strspn(text, digits) != 4 || text[4] != ':' ||
	    strspn(text + 5, digits) != 4)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "'%.60s' is not VID:PID as 1a86:55d5; run 'mbusctl ports'",
				     text);
	return config_text(field, text, target, err);
}

static int parse_bus_name(const struct config_field *field, const char *text,
			  void *target, struct meterbus_error *err)
{
	unsigned int number;
	char end;

	if (strlen(text) > 9 || sscanf(text, "mbus%u%c", &number, &end) != 1)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "'%.60s' is not a bus; write mbusN",
				     text);
	return config_text(field, text, target, err);
}

/* Connections first, in the order of enum config_connection. */
static const struct config_field bus_fields[] = {
#define AT(member) offsetof(struct bus_section, member)
	{ .key = "bus", parse_bus_name, AT(connections[CONFIG_BUS]) },
	{ .key = "tty", config_path, AT(connections[CONFIG_TTY]) },
	{ .key = "usb", parse_usb, AT(connections[CONFIG_USB]) },
	{ .key = "tcp", config_host, AT(connections[CONFIG_TCP]) },
	{ .key = "rfc2217", config_host, AT(connections[CONFIG_RFC2217]) },
	{ .key = "serial", config_text, AT(bus.serial) },
	{ .key = "port", config_port, AT(bus.port), .max = 63 },
	{ .key = "baud", config_baud, AT(bus.baud) },
	{ .key = "guard", config_ms, AT(bus.guard_ms), 1, GUARD_MAX_MS },
	{ .key = "echo", config_echo, AT(bus.echo) },
#undef AT
};

/* The kind of connection; false after a fault. */
static bool take_connection(struct config_file *file,
		     const struct config_section *section,
		     struct bus_section *s)
{
	unsigned int count = 0;

	/* By the keys, as a value may be faulty. */
	for (unsigned int i = 0; i < COUNT(s->connections); i++) {
		if (!config_find_item(section, bus_fields[i].key))
			continue;
		s->bus.connection = i;
		count++;
	}
	if (count != 1)
		config_complain_at(file, section, NULL,
				   count ? "several of bus, tty, usb, tcp, rfc2217 given; keep one" :
					   "no connection given; add one of bus, tty, usb, tcp, rfc2217");
	return count == 1;
}

/* Keys of some kinds of connection. */
static void check_keys(struct config_file *file,
		       const struct config_section *section,
		       enum config_connection connection)
{
	static const struct {
		const char *key;
		unsigned int connections;
		const char *why;
	} rules[] = {
		{ "serial", 1 << CONFIG_USB, "goes with usb only" },
		{ "port", 1 << CONFIG_USB, "goes with usb only" },
		{ "baud", ~(1U << CONFIG_BUS | 1U << CONFIG_TCP),
		  "cannot be set for bus and tcp" },
	};

	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct ini_item *item =
			config_find_item(section, rules[i].key);

		if (item && !(rules[i].connections >> connection & 1))
			config_complain_at(file, section, item,
					   "%s; remove it", rules[i].why);
	}
}

/* @connection is NULL after a fault. */
static void finish_bus(struct config_bus *bus, char *connection)
{
	if (!connection)
		return;
	switch (bus->connection) {
	case CONFIG_BUS:
	case CONFIG_TTY:
		bus->path = connection;
		return;
	case CONFIG_USB:
		bus->vid = strndup(connection, 4);
		bus->pid = strdup(connection + 5);
		for (char *c = bus->vid; *c; c++)
			*c |= 0x20; /* digits have that bit */
		for (char *c = bus->pid; *c; c++)
			*c |= 0x20;
		free(connection);
		return;
	case CONFIG_TCP:
	case CONFIG_RFC2217:
		bus->host = connection;
		return;
	}
}

void config_take_bus(struct config_builder *b,
		     const struct config_section *section)
{
	struct bus_section s = {
		.bus = { .port = -1, .baud = 2400, .guard_ms = -1, .echo = -1,
			 .line = section->line },
	};
	struct config *config = b->config;
	struct config_bus *bus;

	s.bus.name = config_take_name(b->file, section);
	config_take_items(b->file, section, bus_fields, COUNT(bus_fields), &s);
	if (take_connection(b->file, section, &s)) {
		check_keys(b->file, section, s.bus.connection);
		finish_bus(&s.bus, s.connections[s.bus.connection]);
	} else {
		for (size_t i = 0; i < COUNT(s.connections); i++)
			free(s.connections[i]);
	}
	bus = config_new(sizeof(*bus));
	*bus = s.bus;
	config->buses = config_grow(config->buses, config->bus_count,
			    sizeof(*config->buses));
	config->buses[config->bus_count++] = bus;
	config_index(&config->bus_index, bus->name, bus);
}

void config_free_bus(struct config_bus *bus)
{
	free(bus->name);
	free(bus->path);
	free(bus->vid);
	free(bus->pid);
	free(bus->serial);
	free(bus->host);
	free(bus);
}

/* ------------------------------------------------------------- [meter] */

struct meter_section {
	struct config_meter meter;
	char *bus;
	char *quirks;
};

static const struct config_field meter_fields[] = {
#define AT(member) offsetof(struct meter_section, member)
	{ .key = "bus", config_name, AT(bus) },
	{ .key = "address", config_address, AT(meter.address) },
	{ .key = "schedule", config_schedule, AT(meter.schedule) },
	{ .key = "reads-per-day", config_number, AT(meter.reads_per_day), 1,
	  READS_PER_DAY_MAX },
	{ .key = "quirks", config_name, AT(quirks) },
	{ .key = "key", config_key, AT(meter.key) },
	{ .key = "title", config_text, AT(meter.title) },
#undef AT
};

/* "label.house = 12"; false if it is no label. */
static bool take_label(struct config_file *file,
		       const struct config_section *section,
		       const struct ini_item *item,
		       struct config_meter *meter)
{
	const char *name = item->key + strlen(LABEL);
	struct meterbus_error err;

	if (strncmp(item->key, LABEL, strlen(LABEL)))
		return false;
	if (config_check_name(name, &err) < 0) {
		config_complain_at(file, section, item, "%s", err.text);
		return true;
	}
	meter->labels = config_grow(meter->labels, meter->label_count,
			    sizeof(*meter->labels));
	meter->labels[meter->label_count++] = (struct config_label){
		.name = strdup(name),
		.value = strdup(item->value),
	};
	return true;
}

/* The bus it names, or the only one. */
static void find_bus(struct config_builder *b,
		     const struct config_section *section,
		     struct meter_section *s)
{
	const struct ini_item *item = config_find_item(section, "bus");

	if (s->bus) {
		s->meter.bus = index_find(&b->config->bus_index, s->bus);
		if (!s->meter.bus)
			config_complain_at(b->file, section, item,
					   "there is no [bus %s]; add it or change this key",
					   s->bus);
	} else if (!item && b->config->bus_count == 1) {
		s->meter.bus = b->config->buses[0];
	} else if (!item) {
		config_complain_at(b->file, section, NULL,
				   b->config->bus_count ?
					   "the bus is missing; add bus = NAME" :
					   "there is no bus for it; add a section [bus NAME]");
	}
}

/* Quirks of the user's file take precedence over known ones. */
static void find_quirks(struct config_builder *b,
			const struct config_section *section,
			struct meter_section *s)
{
	const struct config *config = b->config;
	const struct meterbus_quirks *known, *found;
	size_t count;

	known = meterbus_quirks_known(&count);
	if (s->quirks) {
		found = meterbus_quirks_named(config->quirks,
					      config->quirks_count, s->quirks);
		if (!found)
			found = meterbus_quirks_named(known, count, s->quirks);
		if (!found)
			config_complain_at(b->file, section,
					   config_find_item(section, "quirks"),
					   "unknown quirks %s; 'mbusctl read --quirks help' lists the known ones, quirks-file in [mbusd] adds others",
					   s->quirks);
	} else {
		found = meterbus_quirks_of(config->quirks, config->quirks_count,
					   &s->meter.address);
		if (!found)
			found = meterbus_quirks_of(known, count,
						   &s->meter.address);
	}
	s->meter.quirks = found;
}

void config_take_meter(struct config_builder *b,
		       const struct config_section *section)
{
	struct meter_section s = {
		.meter = { .schedule = b->schedule, .line = section->line },
	};
	struct config *config = b->config;
	struct config_meter *meter;

	s.meter.name = config_take_name(b->file, section);
	for (size_t i = 0; i < section->count; i++) {
		const struct ini_item *item = &section->items[i];

		if (!take_label(b->file, section, item, &s.meter) &&
		    !config_take_item(b->file, section, item, meter_fields,
				      COUNT(meter_fields), &s))
			config_complain_at(b->file, section, item,
					   "unknown key; the keys are: bus, address, schedule, reads-per-day, quirks, key, title, label.NAME");
	}
	s.meter.has_address = config_find_item(section, "address");
	if (!s.meter.has_address)
		config_complain_at(b->file, section, NULL,
				   "the address is missing; add it, 'mbusctl scan' finds it");
	s.meter.has_key = config_find_item(section, "key");
	s.meter.has_schedule = config_find_item(section, "schedule");
	find_bus(b, section, &s);
	find_quirks(b, section, &s);
	free(s.bus);
	free(s.quirks);
	meter = config_new(sizeof(*meter));
	*meter = s.meter;
	config->meters = config_grow(config->meters, config->meter_count,
			     sizeof(*config->meters));
	config->meters[config->meter_count++] = meter;
	config_index(&config->meter_index, meter->name, meter);
	if (meter->bus)
		meter->bus->meter_count++;
}

void config_free_meter(struct config_meter *meter)
{
	for (size_t i = 0; i < meter->label_count; i++) {
		free(meter->labels[i].name);
		free(meter->labels[i].value);
	}
	explicit_bzero(meter->key, sizeof(meter->key));
	free(meter->labels);
	free(meter->title);
	free(meter->name);
	free(meter);
}

/* ---------------------------------------------------------------- [api] */

/* A token that is short can be guessed. */
static int parse_token_file(const struct config_field *field, const char *text,
			    void *target, struct meterbus_error *err)
{
	const char *token;

	if (config_secret(field, text, target, err) < 0)
		return -1;
	token = *(char **)target;
	if (strlen(token) >= TOKEN_MIN)
		return 0;
	return meterbus_fail(err, METERBUS_E_USAGE,
			     "the token in %.60s is shorter than %d characters; create one with: openssl rand -hex 32",
			     text, TOKEN_MIN);
}

/* No password protects it, so that it is for programs of this host. */
static int parse_metrics_listen(const struct config_field *field,
				const char *text, void *target,
				struct meterbus_error *err)
{
	if (config_host(field, text, target, err) < 0)
		return -1;
	if (!strncmp(text, "127.", 4) || !strncmp(text, "[::1]:", 6))
		return 0;
	return meterbus_fail(err, METERBUS_E_USAGE,
			     "'%.60s' is not a loopback address; write 127.0.0.1:PORT or [::1]:PORT, or use listen with a token",
			     text);
}

static const struct config_field api_fields[] = {
#define AT(member) offsetof(struct config_api, member)
	{ .key = "socket", config_socket, AT(socket) },
	{ .key = "group", config_group, AT(group) },
	{ .key = "listen", config_host, AT(listen) },
	{ .key = "metrics-listen", parse_metrics_listen, AT(metrics_listen) },
	{ .key = "read-group", config_group, AT(read_group) },
	{ .key = "token-file", parse_token_file, AT(token) },
	{ .key = "operate-token-file", parse_token_file, AT(operate_token) },
	{ .key = "read-token-file", parse_token_file, AT(read_token) },
	{ .key = "cert-file", config_readable, AT(cert_file) },
	{ .key = "key-file", config_private, AT(key_file) },
#undef AT
};

/* TCP is for clients with a token, through TLS. */
static void check_listen(struct config_file *file,
			 const struct config_section *section)
{
	static const char *const tokens[] = { "token-file", "operate-token-file",
					      "read-token-file" };
	static const char *const files[] = { "cert-file", "key-file" };
	bool has_token = false;

	for (size_t i = 0; i < COUNT(tokens); i++)
		has_token |= config_find_item(section, tokens[i]) != NULL;
	if (!has_token)
		config_complain_at(file, section, NULL,
				   "listen needs token-file, operate-token-file or read-token-file; add one");
	for (size_t i = 0; i < COUNT(files); i++)
		if (!config_find_item(section, files[i]))
			config_complain_at(file, section, NULL,
					   "listen needs %s; add it", files[i]);
}

void config_take_api(struct config_builder *b,
		     const struct config_section *section)
{
	struct config_api *api = &b->config->api;

	if (!no_name(b->file, section))
		return;
	config_take_items(b->file, section, api_fields, COUNT(api_fields), api);
	if (!config_find_item(section, "listen"))
		return;
	check_listen(b->file, section);
}
