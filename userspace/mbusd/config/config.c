// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/output.h"
#include "config/sections.h"

#define STORE_DEFAULT "/var/lib/mbusd/readings.db"
#define SOCKET_DEFAULT "/run/mbusd/api.sock"

/* The allocation behind a struct config. */
struct counted_config {
	struct config config;
	atomic_uint users;
};

/* In this order, whatever that of the file: meters refer to buses. */
static const struct kind {
	const char *name;
	void (*take)(struct config_builder *b,
		     const struct config_section *section);
} kinds[] = {
	{ "mbusd", config_take_daemon },   { "bus", config_take_bus },
	{ "meter", config_take_meter },	   { "output", config_take_output },
	{ "api", config_take_api },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void complain_unknown(struct config_file *file,
			     const struct config_section *section)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(section->kind, kinds[i].name))
			return;
	config_complain(file, section->line,
			"unknown section [%.70s]; write [mbusd], [bus NAME], [meter NAME], [output NAME] or [api]",
			section->kind);
}

static void take_sections(struct config_builder *b)
{
	struct config_file *file = b->file;

	for (size_t i = 0; i < file->count; i++)
		complain_unknown(file, &file->sections[i]);
	for (size_t kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < file->count; i++)
			if (!strcmp(file->sections[i].kind, kinds[kind].name))
				kinds[kind].take(b, &file->sections[i]);
}

/* Host names may be longer than names here. */
static char *site_of_host(void)
{
	char name[CONFIG_NAME_MAX + 1] = "";

	if (gethostname(name, CONFIG_NAME_MAX) < 0 || !*name)
		return strdup("site");
	return strdup(name);
}

static void set_defaults(struct config *config)
{
	if (!config->site)
		config->site = site_of_host();
	if (!config->store)
		config->store = strdup(STORE_DEFAULT);
	if (!config->api.socket)
		config->api.socket = strdup(SOCKET_DEFAULT);
	for (size_t i = 0; i < config->output_count; i++) {
		struct config_output *output = config->outputs[i];

		if (output->kind && output->kind->set_defaults)
			output->kind->set_defaults(output->settings, config);
	}
}

struct config *config_load(const char *path,
			   const struct config_output_kind *const *output_kinds,
			   config_fault_fn *fault, void *context)
{
	struct counted_config *counted = calloc(1, sizeof(*counted));
	struct config_file file = { .path = path };
	struct config_builder b = { .file = &file, .output_kinds = output_kinds };
	size_t faults;

	if (!counted) {
		fault(context, false, path, 0, "out of memory");
		return NULL;
	}
	atomic_init(&counted->users, 1);
	b.config = &counted->config;
	b.config->path = strdup(path);
	b.schedule = (struct schedule){ .kind = SCHEDULE_NEVER };
	if (config_file_read(&file)) {
		take_sections(&b);
		config_check(&b);
		set_defaults(b.config);
		config_check_purpose(&b);
	}
	faults = config_report_faults(&file, fault, context);
	config_file_free(&file);
	if (!faults)
		return b.config;
	config_put(b.config);
	return NULL;
}

struct config *config_get(struct config *config)
{
	struct counted_config *counted = (struct counted_config *)config;

	atomic_fetch_add(&counted->users, 1);
	return config;
}

static void free_secret(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void free_api(struct config_api *api)
{
	free(api->socket);
	free(api->group);
	free(api->listen);
	free(api->metrics_listen);
	free(api->read_group);
	free_secret(api->token);
	free_secret(api->operate_token);
	free_secret(api->read_token);
	free(api->cert_file);
	free(api->key_file);
}

void config_put(struct config *config)
{
	struct counted_config *counted = (struct counted_config *)config;

	if (!config || atomic_fetch_sub(&counted->users, 1) != 1)
		return;
	for (size_t i = 0; i < config->meter_count; i++)
		config_free_meter(config->meters[i]);
	for (size_t i = 0; i < config->bus_count; i++)
		config_free_bus(config->buses[i]);
	for (size_t i = 0; i < config->output_count; i++)
		config_free_output(config->outputs[i]);
	index_free(&config->bus_index);
	index_free(&config->meter_index);
	free(config->quirks);
	free(config->meters);
	free(config->buses);
	free(config->outputs);
	free_api(&config->api);
	free(config->path);
	free(config->site);
	free(config->store);
	free(counted);
}

const struct config_bus *config_find_bus(const struct config *config,
					 const char *name)
{
	return index_find(&config->bus_index, name);
}

const struct config_meter *config_find_meter(const struct config *config,
					     const char *name)
{
	return index_find(&config->meter_index, name);
}

const struct config_output *config_find_output(const struct config *config,
					       const char *name)
{
	for (size_t i = 0; i < config->output_count; i++)
		if (!strcmp(config->outputs[i]->name, name))
			return config->outputs[i];
	return NULL;
}
