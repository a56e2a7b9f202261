// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * [output NAME]
 */
#include <stdlib.h>
#include <string.h>

#include "config/sections.h"
#include "config/values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	MQTT = 1 << CONFIG_OUTPUT_MQTT,
	INFLUX1 = 1 << CONFIG_OUTPUT_INFLUX1,
	INFLUX2 = 1 << CONFIG_OUTPUT_INFLUX2,
	WEBHOOK = 1 << CONFIG_OUTPUT_WEBHOOK,
	EXEC = 1 << CONFIG_OUTPUT_EXEC,
	HTTP = INFLUX1 | INFLUX2 | WEBHOOK,
};

static const char *const kind_names[] = {
	[CONFIG_OUTPUT_MQTT] = "mqtt",
	[CONFIG_OUTPUT_INFLUX1] = "influx1",
	[CONFIG_OUTPUT_INFLUX2] = "influx2",
	[CONFIG_OUTPUT_WEBHOOK] = "webhook",
	[CONFIG_OUTPUT_EXEC] = "exec",
};

static bool find_kind(const char *text, enum config_output_kind *kind)
{
	for (size_t i = 0; i < COUNT(kind_names); i++)
		if (!strcmp(text, kind_names[i])) {
			*kind = i;
			return true;
		}
	return false;
}

static int parse_kind(const struct config_field *field, const char *text,
		      void *target, struct meterbus_error *err)
{
	(void)field;
	if (find_kind(text, target))
		return 0;
	return meterbus_fail(err, METERBUS_E_USAGE,
			     "'%.60s' is none of mqtt, influx1, influx2, webhook, exec",
			     text);
}

/* A topic others subscribe to: no wildcards, no empty levels. */
static int parse_topic(const struct config_field *field, const char *text,
		       void *target, struct meterbus_error *err)
{
	size_t len = strlen(text);

	if (!len || len > 200 || strpbrk(text, "+#") || text[0] == '/' ||
	    text[0] == '$' || text[len - 1] == '/' || strstr(text, "//"))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "'%.60s' is no topic to publish below; write words with / between them and without + and #",
				     text);
	return config_text(field, text, target, err);
}

static const struct config_field output_fields[] = {
#define AT(member) offsetof(struct config_output, member)
	{ .key = "type", parse_kind, AT(kind), .kinds = ~0U },
	{ .key = "url", config_text, AT(url), .kinds = MQTT | HTTP },
	{ .key = "user", config_text, AT(user), .kinds = MQTT | INFLUX1 | WEBHOOK },
	{ .key = "password-file", config_secret, AT(password),
	  .kinds = MQTT | INFLUX1 | WEBHOOK },
	{ .key = "token-file", config_secret, AT(token), .kinds = INFLUX2 | WEBHOOK },
	{ .key = "ca-file", config_readable, AT(ca_file), .kinds = MQTT | HTTP },
	{ .key = "cert-file", config_readable, AT(cert_file), .kinds = MQTT | HTTP },
	{ .key = "key-file", config_readable, AT(key_file), .kinds = MQTT | HTTP },
	{ .key = "topic", parse_topic, AT(topic), .kinds = MQTT },
	{ .key = "discovery", parse_topic, AT(discovery), .kinds = MQTT },
	{ .key = "retain", config_switch, AT(retain), .kinds = MQTT },
	{ .key = "database", config_text, AT(database), .kinds = INFLUX1 },
	{ .key = "retention-policy", config_text, AT(retention_policy),
	  .kinds = INFLUX1 },
	{ .key = "org", config_text, AT(org), .kinds = INFLUX2 },
	{ .key = "bucket", config_text, AT(bucket), .kinds = INFLUX2 },
	{ .key = "command", config_program, AT(command), .kinds = EXEC },
	{ .key = "timeout", config_number, AT(timeout_s), 1, 300, ~0U },
#undef AT
};

/* What a kind cannot do without. */
static const struct {
	const char *key;
	unsigned int kinds;
} needed[] = {
	{ "url", MQTT | HTTP }, { "database", INFLUX1 }, { "org", INFLUX2 },
	{ "bucket", INFLUX2 },	{ "token-file", INFLUX2 },
	{ "command", EXEC },
};

static void check_output_keys(struct config_file *file,
			      const struct config_section *section,
			      enum config_output_kind kind)
{
	for (size_t i = 0; i < COUNT(needed); i++)
		if (needed[i].kinds >> kind & 1 &&
		    !config_find_item(section, needed[i].key))
			config_complain_at(file, section, NULL,
					   "an output of type %s needs %s; add it",
					   kind_names[kind], needed[i].key);
	for (size_t i = 0; i < COUNT(output_fields); i++) {
		const struct config_item *item =
			config_find_item(section, output_fields[i].key);

		if (item && !(output_fields[i].kinds >> kind & 1))
			config_complain_at(file, section, item,
					   "outputs of type %s do not have it; remove it",
					   kind_names[kind]);
	}
}

/* "scheme://host", optionally port and path; secrets have files of their own. */
static void check_url(struct config_file *file,
		      const struct config_section *section,
		      const struct config_output *output)
{
	bool mqtt = output->kind == CONFIG_OUTPUT_MQTT;
	const char *schemes[2] = { mqtt ? "mqtt://" : "http://",
				   mqtt ? "mqtts://" : "https://" };
	const struct config_item *item = config_find_item(section, "url");
	const char *rest = NULL;

	for (int i = 0; i < 2; i++)
		if (!strncmp(output->url, schemes[i], strlen(schemes[i])))
			rest = output->url + strlen(schemes[i]);
	if (!rest || !*rest || strchr("/:", *rest) || strpbrk(rest, " \t"))
		config_complain_at(file, section, item,
				   "'%.60s' is no address of a server; write %sHOST or %sHOST",
				   output->url, schemes[0], schemes[1]);
	else if (memchr(rest, '@', strcspn(rest, "/")))
		config_complain_at(file, section, item,
				   "user and password do not belong here; use user and password-file");
}

void config_take_output(struct config_builder *b,
			const struct config_section *section)
{
	struct config_output *output = config_new(sizeof(*output));
	struct config *config = b->config;
	const struct config_item *type;

	output->line = section->line;
	output->timeout_s = 10;
	output->name = config_take_name(b->file, section);
	config->outputs = config_grow(config->outputs, config->output_count,
			      sizeof(*config->outputs));
	config->outputs[config->output_count++] = output;
	config_take_items(b->file, section, output_fields, COUNT(output_fields),
		   output);
	type = config_find_item(section, "type");
	if (!type)
		config_complain_at(b->file, section, NULL,
				   "it has no type; add type = mqtt, influx1, influx2, webhook or exec");
	/* Without one that is known nothing else can be judged. */
	if (!type || !find_kind(type->value, &output->kind))
		return;
	check_output_keys(b->file, section, output->kind);
	if (output->url && output->kind != CONFIG_OUTPUT_EXEC)
		check_url(b->file, section, output);
	if (!output->cert_file != !output->key_file)
		config_complain_at(b->file, section, NULL,
				   "cert-file and key-file go together; add the other one");
}

void config_free_output(struct config_output *output)
{
	free(output->name);
	free(output->url);
	free(output->user);
	if (output->password)
		explicit_bzero(output->password, strlen(output->password));
	free(output->password);
	if (output->token)
		explicit_bzero(output->token, strlen(output->token));
	free(output->token);
	free(output->ca_file);
	free(output->cert_file);
	free(output->key_file);
	free(output->topic);
	free(output->discovery);
	free(output->database);
	free(output->retention_policy);
	free(output->org);
	free(output->bucket);
	free(output->command);
	free(output);
}
