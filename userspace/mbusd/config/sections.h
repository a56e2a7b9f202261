/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sections of the configuration: their keys and checks within a section.
 */
#ifndef MBUSD_CONFIG_SECTIONS_H
#define MBUSD_CONFIG_SECTIONS_H

#include "config/file.h"

/* State while sections are processed. */
struct config_builder {
	struct config_file *file;
	struct config *config;
	const struct config_output_kind *const *output_kinds;
	struct schedule schedule;	/* of meters that have none */
	bool has_schedule;		/* [mbusd] has it */
};

/* Each adds all faults of its section. */
void config_take_daemon(struct config_builder *b,
			const struct config_section *section);
void config_take_bus(struct config_builder *b,
		     const struct config_section *section);
void config_take_meter(struct config_builder *b,
		       const struct config_section *section);
void config_take_output(struct config_builder *b,
			const struct config_section *section);
void config_take_api(struct config_builder *b,
		     const struct config_section *section);

/* Checks across sections. */
void config_check(struct config_builder *b);
/* Warnings, once defaults are set: is that what is meant? */
void config_check_purpose(struct config_builder *b);

/*
 * Adds a fault that begins with "[bus NAME] ", at the line of @item or, if that is
 * NULL, of the section.
 */
void config_complain_at(struct config_file *file,
			const struct config_section *section,
			const struct ini_item *item, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Parses all items by @fields into the structure at @base. */
struct config_field;
void config_take_items(struct config_file *file,
		       const struct config_section *section,
		       const struct config_field *fields, size_t count,
		       void *base);
/* The same for one item; false if none of @fields has its key. */
bool config_take_item(struct config_file *file,
		      const struct config_section *section,
		      const struct ini_item *item,
		      const struct config_field *fields, size_t count,
		      void *base);
/* The section's name, to be freed; NULL after a fault. */
char *config_take_name(struct config_file *file,
		       const struct config_section *section);

/* Room for @count + 1 elements of @size. Exits without memory. */
void *config_grow(void *array, size_t count, size_t size);
/* index_add(). Exits without memory. */
void config_index(struct index *index, const char *name, void *thing);
/* Zeroed memory. Exits without memory. */
void *config_new(size_t size);

void config_free_bus(struct config_bus *bus);
void config_free_meter(struct config_meter *meter);
void config_free_output(struct config_output *output);

#endif
