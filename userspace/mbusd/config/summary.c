// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a configuration makes mbusd do, for 'mbusd --check'.
 */
#include <stdio.h>
#include <string.h>

#include "config/output.h"

struct text {
	char *out;
	size_t used, size;
};

#define append(text, ...)                                                  \
	do {                                                               \
		if ((text)->used < (text)->size)                           \
			(text)->used += snprintf(                          \
				(text)->out + (text)->used,                \
				(text)->size - (text)->used, __VA_ARGS__); \
	} while (0)

static void append_count(struct text *text, size_t count, const char *one,
			 const char *several)
{
	append(text, "%zu %s", count, count == 1 ? one : several);
}

/* "15 min", "1 h", "30 s" */
static void append_interval(struct text *text, uint32_t seconds)
{
	static const struct {
		uint32_t seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	size_t i = 0;

	while (seconds % units[i].seconds)
		i++;
	append(text, "%u %s", seconds / units[i].seconds, units[i].name);
}

struct schedules {
	size_t never, interval, cron;
	uint32_t shortest, longest;	/* intervals */
};

static void count_schedules(const struct config *config,
			    struct schedules *schedules)
{
	*schedules = (struct schedules){ 0 };
	for (size_t i = 0; i < config->meter_count; i++) {
		const struct schedule *one = &config->meters[i]->schedule;

		if (one->kind == SCHEDULE_NEVER) {
			schedules->never++;
		} else if (one->kind == SCHEDULE_CRON) {
			schedules->cron++;
		} else {
			if (!schedules->interval ||
			    one->interval_s < schedules->shortest)
				schedules->shortest = one->interval_s;
			if (one->interval_s > schedules->longest)
				schedules->longest = one->interval_s;
			schedules->interval++;
		}
	}
}

/* ", read every 15 min", ", read every 15 min to 1 d, 3 at fixed times" */
static void append_schedules(struct text *text, const struct config *config)
{
	struct schedules schedules;

	count_schedules(config, &schedules);
	if (schedules.interval) {
		append(text, ", ");
		if (schedules.never || schedules.cron)
			append(text, "%zu ", schedules.interval);
		append(text, "read every ");
		append_interval(text, schedules.shortest);
		if (schedules.longest != schedules.shortest) {
			append(text, " to ");
			append_interval(text, schedules.longest);
		}
	}
	if (schedules.cron) {
		append(text, ", ");
		if (schedules.never || schedules.interval)
			append(text, "%zu ", schedules.cron);
		append(text, "read at fixed times");
	}
	if (schedules.never) {
		append(text, ", ");
		if (schedules.interval || schedules.cron)
			append(text, "%zu ", schedules.never);
		append(text, "read on request only");
	}
}

static size_t url_len(const char *value)
{
	const char *host = strstr(value, "://");

	return host ? host + 3 - value + strcspn(host + 3, "/") : strlen(value);
}

/* Its type, and its command or its url without the path. */
static void append_output(struct text *text, const struct config_output *output)
{
	const struct config_output_kind *kind = output->kind;
	bool named = false;

	for (size_t i = 0; i < kind->field_count; i++) {
		const struct config_field *field = &kind->fields[i];
		const char *value;

		if (strcmp(field->key, "url") && strcmp(field->key, "command"))
			continue;
		value = *(char *const *)((const char *)output->settings +
					 field->offset);
		if (strncmp(value, kind->type, strlen(kind->type)))
			append(text, "%s ", kind->type);
		append(text, "%.*s", (int)url_len(value), value);
		named = true;
	}
	if (!named)
		append(text, "%s", kind->type);
}

char *config_summary(const struct config *config, char out[CONFIG_SUMMARY_SIZE])
{
	struct text text = { .out = out, .size = CONFIG_SUMMARY_SIZE };

	append_count(&text, config->bus_count, "bus", "buses");
	append(&text, ", ");
	append_count(&text, config->meter_count, "meter", "meters");
	append_schedules(&text, config);
	append(&text, ", ");
	append_count(&text, config->output_count, "output", "outputs");
	for (size_t i = 0; i < config->output_count; i++) {
		append(&text, "%s", i ? ", " : ": ");
		append_output(&text, config->outputs[i]);
	}
	return out;
}
