/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of Home Assistant for quantities. It refuses a device class with a unit
 * that does not belong to it, so that a class has both; any other record is a
 * plain number with a unit.
 */
#ifndef MBUSD_OUTPUT_DISCOVERY_CLASS_H
#define MBUSD_OUTPUT_DISCOVERY_CLASS_H

#include <stdbool.h>

#include <json-c/json.h>

struct discovery_class {
	const char *quantity;
	const char *unit;
	const char *device_class;	/* NULL: none fits */
	const char *state_class;
	bool diagnostic;
};

/*
 * NULL if Home Assistant has no words for the quantity in that unit, or if one of
 * the @modifiers, a list of texts, makes another quantity of it.
 */
const struct discovery_class *
discovery_class_find(const char *quantity, const char *unit,
		     struct json_object *modifiers);

/* The medium, or NULL, distinguishes volumes of gas and water. */
const char *discovery_class_device(const struct discovery_class *class,
				   const char *medium);

#endif
