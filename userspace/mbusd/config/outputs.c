// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * [output NAME]: keys of all kinds, and the keys of each by its table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/output.h"
#include "config/sections.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TIMEOUT_S 10
#define TIMEOUT_MAX_S 300
#define PARK_TRIES 10
#define PARK_TRIES_MAX 100000
#define PARK_AFTER_S (6 * 3600)

/* find_kind() has read it. */
static int parse_type(const struct config_field *field, const char *text,
		      void *target, struct meterbus_error *err)
{
	(void)field;
	(void)text;
	(void)target;
	(void)err;
	return 0;
}

static const struct config_field common_fields[] = {
	{ .key = "type", parse_type },
	{ .key = "timeout", config_number,
	  offsetof(struct config_output, timeout_s), 1, TIMEOUT_MAX_S },
	{ .key = "park-tries", config_number,
	  offsetof(struct config_output, park_tries), 1, PARK_TRIES_MAX },
	{ .key = "park-after", config_duration,
	  offsetof(struct config_output, park_after_s) },
};

/* "mqtt, influx1 or exec" */
static const char *list_types(const struct config_builder *b, const char *last,
			      char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; b->output_kinds[i] && len < size; i++)
		len += snprintf(out + len, size - len, "%s%s",
				!i ? "" : b->output_kinds[i + 1] ? ", " : last,
				b->output_kinds[i]->type);
	return out;
}

static const struct config_output_kind *
find_kind(const struct config_builder *b, const struct config_section *section)
{
	const struct ini_item *item = config_find_item(section, "type");
	char types[256];

	if (!item) {
		config_complain_at(b->file, section, NULL,
				   "the type is missing; add type = %s",
				   list_types(b, " or ", types, sizeof(types)));
		return NULL;
	}
	for (size_t i = 0; b->output_kinds[i]; i++)
		if (!strcmp(b->output_kinds[i]->type, item->value))
			return b->output_kinds[i];
	config_complain_at(b->file, section, item, "'%.60s' is not one of %s",
			   item->value,
			   list_types(b, ", ", types, sizeof(types)));
	return NULL;
}

static bool has_key(const struct config_output_kind *kind, const char *key)
{
	for (size_t i = 0; i < kind->field_count; i++)
		if (!strcmp(kind->fields[i].key, key))
			return true;
	return false;
}

static void complain_unknown(const struct config_builder *b,
			     const struct config_section *section,
			     const struct ini_item *item,
			     const struct config_output_kind *kind)
{
	char known[300] = "type, timeout, park-tries, park-after";
	size_t len = strlen(known);

	for (size_t i = 0; b->output_kinds[i]; i++) {
		if (!has_key(b->output_kinds[i], item->key))
			continue;
		config_complain_at(b->file, section, item,
				   "outputs of type %s have no such key; remove it",
				   kind->type);
		return;
	}
	for (size_t i = 0; i < kind->field_count && len < sizeof(known); i++)
		len += snprintf(known + len, sizeof(known) - len, ", %s",
				kind->fields[i].key);
	config_complain_at(b->file, section, item,
			   "unknown key; the keys are: %s", known);
}

static void take_keys(const struct config_builder *b,
		      const struct config_section *section,
		      struct config_output *output)
{
	const struct config_output_kind *kind = output->kind;

	for (size_t i = 0; i < section->count; i++) {
		const struct ini_item *item = &section->items[i];

		if (!config_take_item(b->file, section, item, common_fields,
				      COUNT(common_fields), output) &&
		    !config_take_item(b->file, section, item, kind->fields,
				      kind->field_count, output->settings))
			complain_unknown(b, section, item, kind);
	}
	for (size_t i = 0; i < kind->field_count; i++)
		if (kind->fields[i].needed &&
		    !config_find_item(section, kind->fields[i].key))
			config_complain_at(b->file, section, NULL,
					   "%s is missing, which outputs of type %s need; add it",
					   kind->fields[i].key, kind->type);
}

/* "host", "host:port", "[address]:port", up to a slash. */
static bool is_port_valid(const char *host)
{
	const char *end = host + strcspn(host, "/");
	const char *colon = *host == '[' ? strstr(host, "]:") :
					   memchr(host, ':', end - host);
	unsigned long port;
	char *rest;

	if (!colon || colon > end)
		return true;
	colon += *colon == ']' ? 2 : 1;
	if (strspn(colon, "0123456789") != (size_t)(end - colon) || colon == end)
		return false;
	port = strtoul(colon, &rest, 10);
	return rest == end && port >= 1 && port <= 65535;
}

/* "scheme://host", optionally port and path; secrets have files of their own. */
static void check_url(const struct config_builder *b,
		      const struct config_section *section,
		      const struct config_output_kind *kind)
{
	const struct ini_item *item = config_find_item(section, "url");
	const char *rest = NULL;

	if (!item || !has_key(kind, "url"))
		return;
	for (int i = 0; i < 2; i++)
		if (!strncmp(item->value, kind->schemes[i],
			     strlen(kind->schemes[i])))
			rest = item->value + strlen(kind->schemes[i]);
	if (!rest || !*rest || strchr("/:", *rest) || strpbrk(rest, " \t"))
		config_complain_at(b->file, section, item,
				   "'%.60s' is not the URL of a server; write %sHOST or %sHOST",
				   item->value, kind->schemes[0],
				   kind->schemes[1]);
	else if (memchr(rest, '@', strcspn(rest, "/")))
		config_complain_at(b->file, section, item,
				   "credentials do not belong here; use user and password-file");
	else if (!is_port_valid(rest))
		config_complain_at(b->file, section, item,
				   "'%.60s' has no port from 1 to 65535 behind the colon",
				   item->value);
}

/* Prefixes that are valid and rarely meant. */
static void warn_prefixes(const struct config_builder *b,
			  const struct config_section *section)
{
	const struct ini_item *topic = config_find_item(section, "topic");
	const struct ini_item *discovery =
		config_find_item(section, "discovery");

	if (topic && strpbrk(topic->value, " \t"))
		config_warn(b->file, topic->line,
			    "[output %.64s] topic: '%.60s' has spaces, which many subscribers do not take",
			    section->name, topic->value);
	if (discovery && strcmp(discovery->value, "homeassistant"))
		config_warn(b->file, discovery->line,
			    "[output %.64s] discovery: Home Assistant looks below 'homeassistant' unless it is set to '%.60s'",
			    section->name, discovery->value);
}

void config_take_output(struct config_builder *b,
			const struct config_section *section)
{
	struct config_output *output = config_new(sizeof(*output));
	struct config *config = b->config;

	output->line = section->line;
	output->timeout_s = TIMEOUT_S;
	output->park_tries = PARK_TRIES;
	output->park_after_s = PARK_AFTER_S;
	output->name = config_take_name(b->file, section);
	config->outputs = config_grow(config->outputs, config->output_count,
				      sizeof(*config->outputs));
	config->outputs[config->output_count++] = output;
	output->kind = find_kind(b, section);
	/* Its keys are unknown without a kind. */
	if (!output->kind)
		return;
	output->settings = config_new(output->kind->size);
	take_keys(b, section, output);
	check_url(b, section, output->kind);
	warn_prefixes(b, section);
	if (!config_find_item(section, "cert-file") !=
	    !config_find_item(section, "key-file"))
		config_complain_at(b->file, section, NULL,
				   "cert-file and key-file need each other; add the missing one");
}

static const void *value_of(const struct config_output *output,
			    const struct config_field *field)
{
	return (const char *)output->settings + field->offset;
}

static bool same_value(const struct config_field *field,
		       const struct config_output *a,
		       const struct config_output *b)
{
	const char *one, *other;

	if (field->size)
		return !memcmp(value_of(a, field), value_of(b, field),
			       field->size);
	one = *(char *const *)value_of(a, field);
	other = *(char *const *)value_of(b, field);
	return one && other ? !strcmp(one, other) : one == other;
}

bool config_same_output(const struct config_output *a,
			const struct config_output *b)
{
	if (a->kind != b->kind || a->timeout_s != b->timeout_s ||
	    a->park_tries != b->park_tries ||
	    a->park_after_s != b->park_after_s)
		return false;
	for (size_t i = 0; i < a->kind->field_count; i++)
		if (!same_value(&a->kind->fields[i], a, b))
			return false;
	return true;
}

/* Texts may be secrets. */
void config_free_output(struct config_output *output)
{
	for (size_t i = 0; output->settings && i < output->kind->field_count;
	     i++) {
		const struct config_field *field = &output->kind->fields[i];
		char *text;

		if (field->size)
			continue;
		text = *(char *const *)value_of(output, field);
		if (text)
			explicit_bzero(text, strlen(text));
		free(text);
	}
	free(output->settings);
	free(output->name);
	free(output);
}
