// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "output/discovery_class.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const struct discovery_class classes[] = {
	{ "energy", "Wh", "energy", "total_increasing", false },
	{ "energy", "J", "energy", "total_increasing", false },
	{ "energy", "cal", "energy", "total_increasing", false },
	{ "reactive energy", "varh", NULL, "total_increasing", false },
	{ "apparent energy", "VAh", NULL, "total_increasing", false },
	{ "volume", "m³", "volume", "total_increasing", false },
	{ "volume", "ft³", "volume", "total_increasing", false },
	{ "volume", "US gal", NULL, "total_increasing", false },
	{ "mass", "kg", "weight", "total_increasing", false },
	{ "mass", "t", NULL, "total_increasing", false },
	{ "units for HCA", "", NULL, "total_increasing", false },
	{ "power", "W", "power", "measurement", false },
	{ "power", "J/h", NULL, "measurement", false },
	{ "reactive power", "var", "reactive_power", "measurement", false },
	{ "apparent power", "VA", "apparent_power", "measurement", false },
	{ "volume flow", "m³/h", "volume_flow_rate", "measurement", false },
	{ "volume flow", "US gal/min", NULL, "measurement", false },
	{ "volume flow", "US gal/h", NULL, "measurement", false },
	{ "volume flow ext", "m³/min", NULL, "measurement", false },
	{ "volume flow ext", "m³/s", NULL, "measurement", false },
	{ "mass flow", "kg/h", NULL, "measurement", false },
	{ "flow temperature", "°C", "temperature", "measurement", false },
	{ "flow temperature", "°F", "temperature", "measurement", false },
	{ "return temperature", "°C", "temperature", "measurement", false },
	{ "return temperature", "°F", "temperature", "measurement", false },
	{ "external temperature", "°C", "temperature", "measurement", false },
	{ "external temperature", "°F", "temperature", "measurement", false },
	/* Not "temperature": it would be converted as if it began at 0 K. */
	{ "temperature difference", "K", NULL, "measurement", false },
	{ "temperature difference", "°F", NULL, "measurement", false },
	{ "pressure", "bar", "pressure", "measurement", false },
	{ "voltage", "V", "voltage", "measurement", false },
	{ "current", "A", "current", "measurement", false },
	{ "frequency", "Hz", "frequency", "measurement", false },
	{ "relative humidity", "%", "humidity", "measurement", false },
	{ "moisture level", "%", NULL, "measurement", false },
	{ "RF level", "dBm", "signal_strength", "measurement", true },
	{ "on time", "s", "duration", "total_increasing", true },
	{ "on time", "min", "duration", "total_increasing", true },
	{ "on time", "h", "duration", "total_increasing", true },
	{ "on time", "d", "duration", "total_increasing", true },
	{ "operating time", "s", "duration", "total_increasing", true },
	{ "operating time", "min", "duration", "total_increasing", true },
	{ "operating time", "h", "duration", "total_increasing", true },
	{ "operating time", "d", "duration", "total_increasing", true },
	{ "remaining battery life", "h", "duration", "measurement", true },
	{ "remaining battery life", "d", "duration", "measurement", true },
	{ "remaining battery life", "month", NULL, "measurement", true },
	{ "remaining battery life", "year", NULL, "measurement", true },
};

/* Modifiers with which a value still is what its quantity says. */
static const char *const harmless[] = {
	"L1 to L2",
	"L2 to L3",
	"L3 to L1",
	"absolute contributions",
	"at base conditions",
	"from meter to partner",
	"from partner to meter",
	"higher resolution",
	"negative contributions only",
	"neutral",
	"phase L1",
	"phase L2",
	"phase L3",
	"positive contributions only",
	"quadrant 1",
	"quadrant 2",
	"quadrant 3",
	"quadrant 4",
	"secondary sensor",
	"uncorrected",
};

static bool is_harmless(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (!strcmp(harmless[i], word))
			return true;
	return false;
}

const struct discovery_class *
discovery_class_find(const char *quantity, const char *unit,
		     struct json_object *modifiers)
{
	for (size_t i = 0; i < json_object_array_length(modifiers); i++)
		if (!is_harmless(json_object_get_string(
			    json_object_array_get_idx(modifiers, i))))
			return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (!strcmp(classes[i].quantity, quantity) &&
		    !strcmp(classes[i].unit, unit))
			return &classes[i];
	return NULL;
}

const char *discovery_class_device(const struct discovery_class *class,
				   const char *medium)
{
	if (!class->device_class || strcmp(class->device_class, "volume") ||
	    !medium)
		return class->device_class;
	if (!strcmp(medium, "gas"))
		return "gas";
	return strstr(medium, "water") && !strstr(medium, "waste") ? "water" :
								     "volume";
}
