// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print/units.h"

struct face {
	const char *unit;	/* without SI prefix, as the decoder has it */
	int from;		/* for last digits of 10^from and larger ... */
	int power;		/* ... this power of ten of @unit is */
	const char *name;	/* the name for people */
};

/* The last row that fits a unit applies. */
#define ALL (-100)
static const struct face faces[] = {
	{ "Wh", ALL, 3, "kWh" },      { "Wh", 4, 6, "MWh" },
	{ "varh", ALL, 3, "kvarh" },  { "varh", 4, 6, "Mvarh" },
	{ "VAh", ALL, 3, "kVAh" },    { "VAh", 4, 6, "MVAh" },
	{ "J", ALL, 0, "J" },	      { "J", 0, 3, "kJ" },
	{ "J", 3, 6, "MJ" },	      { "J", 6, 9, "GJ" },
	{ "cal", ALL, 6, "Mcal" },    { "cal", 8, 9, "Gcal" },
	{ "W", ALL, 3, "kW" },	      { "W", 5, 6, "MW" },
	{ "var", ALL, 3, "kvar" },    { "var", 5, 6, "Mvar" },
	{ "VA", ALL, 3, "kVA" },      { "VA", 5, 6, "MVA" },
	{ "J/h", ALL, 0, "J/h" },     { "J/h", 0, 3, "kJ/h" },
	{ "J/h", 3, 6, "MJ/h" },      { "J/h", 6, 9, "GJ/h" },
	{ "m³/h", ALL, -3, "l/h" },   { "m³/h", -2, 0, "m³/h" },
	{ "m³/min", ALL, -3, "l/min" }, { "m³/min", -2, 0, "m³/min" },
	{ "m³/s", ALL, -3, "l/s" },   { "m³/s", -2, 0, "m³/s" },
};

/* The power of ten of the last digit of @number. */
static int last_digit(const char *number)
{
	const char *point = strchr(number, '.');

	return point ? -(int)strlen(point + 1) : 0;
}

static const struct face *find_face(const char *unit, int exponent)
{
	const struct face *found = NULL;

	for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++)
		if (!strcmp(faces[i].unit, unit) && exponent >= faces[i].from)
			found = &faces[i];
	return found;
}

/* @number divided by 10^@power, without trailing zeros. */
static void move_point(char out[UNITS_TEXT], const char *number, int power)
{
	char digits[METERBUS_DECIMAL_TEXT];
	int count = 0, point = -1, len = 0, first = 0;

	if (*number == '-')
		out[len++] = *number++;
	for (; *number && count < METERBUS_DECIMAL_TEXT; number++) {
		if (*number == '.')
			point = count;
		else
			digits[count++] = *number;
	}
	point = (point < 0 ? count : point) - power;
	while (count > point && count > 0 && digits[count - 1] == '0')
		count--;
	while (first < count && digits[first] == '0')
		first++;
	if (first == count) {
		strcpy(out, "0");
		return;
	}
	if (point <= first)
		out[len++] = '0';
	for (int i = first; i < point; i++)
		out[len++] = i < count ? digits[i] : '0';
	if (count > point)
		out[len++] = '.';
	for (int i = point; i < count; i++)
		out[len++] = i >= 0 ? digits[i] : '0';
	out[len] = '\0';
}

const char *units_of_face(char out[UNITS_TEXT], const char *number,
			  int exponent, const char *unit)
{
	const struct face *face = find_face(
		unit, exponent == UNITS_NO_EXPONENT ? last_digit(number) :
						      exponent);
	int power = face ? face->power : 0;

	/* Larger than any value of a meter: not converted. */
	if (strlen(number) + abs(power) >= METERBUS_DECIMAL_TEXT) {
		snprintf(out, UNITS_TEXT, "%s", number);
		return unit;
	}
	move_point(out, number, power);
	return face ? face->name : unit;
}

char *units_group(char out[UNITS_GROUPED], const char *number)
{
	size_t whole = strcspn(number, ".");
	size_t sign = *number == '-', len = 0;

	for (size_t i = 0; i < whole; i++) {
		if (i > sign && (whole - i) % 3 == 0)
			out[len++] = ' ';
		out[len++] = number[i];
	}
	strcpy(out + len, number + whole);
	return out;
}
