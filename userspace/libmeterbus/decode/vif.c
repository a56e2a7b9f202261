// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * EN 13757-3, 6.4 and annex C: VIF codes. Runs of codes that differ only in
 * the power of ten, or in the unit of time, are one line each.
 */
#include <stddef.h>

#include "decode/vif.h"

#define ONE(code, ...) [code] = { __VA_ARGS__ }

/* Powers of ten from @exponent upwards. */
#define TWO(code, quantity, unit, exponent)				\
	ONE(code, quantity, unit, exponent),				\
	ONE((code) + 1, quantity, unit, (exponent) + 1)
#define FOUR(code, quantity, unit, exponent)				\
	TWO(code, quantity, unit, exponent),				\
	TWO((code) + 2, quantity, unit, (exponent) + 2)
#define EIGHT(code, quantity, unit, exponent)				\
	FOUR(code, quantity, unit, exponent),				\
	FOUR((code) + 4, quantity, unit, (exponent) + 4)
#define SIXTEEN(code, quantity, unit, exponent)				\
	EIGHT(code, quantity, unit, exponent),				\
	EIGHT((code) + 8, quantity, unit, (exponent) + 8)

#define SECONDS_TO_DAYS(code, quantity)					\
	ONE(code, quantity, "s"),					\
	ONE((code) + 1, quantity, "min"),				\
	ONE((code) + 2, quantity, "h"),					\
	ONE((code) + 3, quantity, "d")
#define HOURS_TO_YEARS(code, quantity)					\
	ONE(code, quantity, "h"),					\
	ONE((code) + 1, quantity, "d"),					\
	ONE((code) + 2, quantity, "month"),				\
	ONE((code) + 3, quantity, "year")

#define UNSIGNED(code, quantity, unit)					\
	ONE(code, quantity, unit, 0, VIF_UNSIGNED)
#define IDENTIFIER(code, quantity)					\
	ONE(code, quantity, NULL, 0, VIF_IDENTIFIER)
#define FRACTION(code, quantity)					\
	ONE(code, quantity, NULL, 0, VIF_FRACTION)

const struct vif vif_primary[128] = {
	EIGHT(0x00, "energy", "Wh", -3),
	EIGHT(0x08, "energy", "J", 0),
	EIGHT(0x10, "volume", "m³", -6),
	EIGHT(0x18, "mass", "kg", -3),
	SECONDS_TO_DAYS(0x20, "on time"),
	SECONDS_TO_DAYS(0x24, "operating time"),
	EIGHT(0x28, "power", "W", -3),
	EIGHT(0x30, "power", "J/h", 0),
	EIGHT(0x38, "volume flow", "m³/h", -6),
	EIGHT(0x40, "volume flow ext", "m³/min", -7),
	EIGHT(0x48, "volume flow ext", "m³/s", -9),
	EIGHT(0x50, "mass flow", "kg/h", -3),
	FOUR(0x58, "flow temperature", "°C", -3),
	FOUR(0x5C, "return temperature", "°C", -3),
	FOUR(0x60, "temperature difference", "K", -3),
	FOUR(0x64, "external temperature", "°C", -3),
	FOUR(0x68, "pressure", "bar", -3),
	ONE(0x6C, "date", NULL, 0, VIF_DATE),
	ONE(0x6D, "date and time", NULL, 0, VIF_DATE_TIME),
	ONE(0x6E, "units for HCA"),
	SECONDS_TO_DAYS(0x70, "averaging duration"),
	SECONDS_TO_DAYS(0x74, "actuality duration"),
	IDENTIFIER(0x78, "fabrication number"),
	ONE(0x79, "identification", NULL, 0, VIF_IDENTIFICATION),
	UNSIGNED(0x7A, "bus address", NULL),
	/* Its unit is the text; see VIF_PLAIN_TEXT in record.c. */
	ONE(VIF_PLAIN_TEXT, "plain text"),
	ONE(0x7E, "any"),
	ONE(VIF_MANUFACTURER, "manufacturer specific"),
};

const struct vif vif_fb[128] = {
	TWO(0x00, "energy", "Wh", 5),
	TWO(0x02, "reactive energy", "varh", 3),
	TWO(0x04, "apparent energy", "VAh", 3),
	ONE(0x06, "coefficient of performance", NULL, -1),
	TWO(0x08, "energy", "J", 8),
	FOUR(0x0C, "energy", "cal", 5),
	TWO(0x10, "volume", "m³", 2),
	FOUR(0x14, "reactive power", "var", 0),
	TWO(0x18, "mass", "t", 2),
	TWO(0x1A, "relative humidity", "%", -1),
	ONE(0x20, "volume", "ft³", 0),
	ONE(0x21, "volume", "ft³", -1),
	/* Until 2004: */
	ONE(0x22, "volume", "US gal", -1),
	ONE(0x23, "volume", "US gal", 0),
	ONE(0x24, "volume flow", "US gal/min", -3),
	ONE(0x25, "volume flow", "US gal/min", 0),
	ONE(0x26, "volume flow", "US gal/h", 0),
	TWO(0x28, "power", "W", 5),
	ONE(0x2A, "phase U-U", "°", -1),
	ONE(0x2B, "phase U-I", "°", -1),
	FOUR(0x2C, "frequency", "Hz", -3),
	TWO(0x30, "power", "J/h", 8),
	FOUR(0x34, "apparent power", "VA", 0),
	/* Until 2004: */
	FOUR(0x58, "flow temperature", "°F", -3),
	FOUR(0x5C, "return temperature", "°F", -3),
	FOUR(0x60, "temperature difference", "°F", -3),
	FOUR(0x64, "external temperature", "°F", -3),
	/* Rating of heat cost allocators (HCA). */
	FRACTION(0x68, "HCA resulting rating factor K"),
	FRACTION(0x69, "HCA thermal output rating factor Kq"),
	FRACTION(0x6A, "HCA thermal coupling rating factor Kc"),
	FRACTION(0x6B, "HCA thermal coupling factor room side Kcr"),
	FRACTION(0x6C, "HCA thermal coupling factor heater side Kch"),
	FRACTION(0x6D, "HCA low temperature rating factor Kt"),
	FRACTION(0x6E, "HCA display output scaling factor KD"),
	FOUR(0x70, "cold/warm temperature limit", "°F", -3), /* until 2004 */
	FOUR(0x74, "cold/warm temperature limit", "°C", -3),
	EIGHT(0x78, "cumulative maximum power", "W", -3),
};

const struct vif vif_fd[128] = {
	FOUR(0x00, "credit", "currency", -3),
	FOUR(0x04, "debit", "currency", -3),
	UNSIGNED(0x08, "access number", NULL),
	ONE(0x09, "device type", NULL, 0, VIF_DEVICE_TYPE),
	ONE(0x0A, "manufacturer", NULL, 0, VIF_MANUFACTURER_CODE),
	IDENTIFIER(0x0B, "parameter set identification"),
	UNSIGNED(0x0C, "model or version", NULL),
	UNSIGNED(0x0D, "hardware version", NULL),
	UNSIGNED(0x0E, "metrology firmware version", NULL),
	UNSIGNED(0x0F, "other software version", NULL),
	IDENTIFIER(0x10, "customer location"),
	IDENTIFIER(0x11, "customer"),
	IDENTIFIER(0x12, "access code user"),
	IDENTIFIER(0x13, "access code operator"),
	IDENTIFIER(0x14, "access code system operator"),
	IDENTIFIER(0x15, "access code developer"),
	IDENTIFIER(0x16, "password"),
	UNSIGNED(0x17, "error flags", NULL),
	UNSIGNED(0x18, "error mask", NULL),
	ONE(0x19, "security key", NULL, 0, VIF_BYTES),
	UNSIGNED(0x1A, "digital output", NULL),
	UNSIGNED(0x1B, "digital input", NULL),
	UNSIGNED(0x1C, "baud rate", "Bd"),
	UNSIGNED(0x1D, "response delay", "bit times"),
	UNSIGNED(0x1E, "retry", NULL),
	UNSIGNED(0x1F, "remote control", NULL),
	UNSIGNED(0x20, "first storage number of cyclic storage", NULL),
	UNSIGNED(0x21, "last storage number of cyclic storage", NULL),
	UNSIGNED(0x22, "size of storage block", NULL),
	UNSIGNED(0x23, "descriptor for tariff and subunit", NULL),
	SECONDS_TO_DAYS(0x24, "storage interval"),
	ONE(0x28, "storage interval", "month"),
	ONE(0x29, "storage interval", "year"),
	UNSIGNED(0x2A, "operator specific data", NULL),
	ONE(0x2B, "time point second", "s"),
	SECONDS_TO_DAYS(0x2C, "duration since last readout"),
	ONE(0x30, "start of tariff", NULL, 0, VIF_DATE_BY_LENGTH),
	ONE(0x31, "duration of tariff", "min"),
	ONE(0x32, "duration of tariff", "h"),
	ONE(0x33, "duration of tariff", "d"),
	SECONDS_TO_DAYS(0x34, "period of tariff"),
	ONE(0x38, "period of tariff", "month"),
	ONE(0x39, "period of tariff", "year"),
	ONE(0x3A, "dimensionless"),
	ONE(0x3B, "wireless M-Bus data container", NULL, 0, VIF_BYTES),
	SECONDS_TO_DAYS(0x3C, "period of nominal data transmissions"),
	SIXTEEN(0x40, "voltage", "V", -9),
	SIXTEEN(0x50, "current", "A", -12),
	ONE(0x60, "reset counter"),
	ONE(0x61, "cumulation counter"),
	ONE(0x62, "control signal"),
	ONE(0x63, "day of week"),
	ONE(0x64, "week number"),
	ONE(0x65, "time point of day change"),
	ONE(0x66, "state of parameter activation"),
	ONE(0x67, "special supplier information"),
	HOURS_TO_YEARS(0x68, "duration since last cumulation"),
	HOURS_TO_YEARS(0x6C, "operating time battery"),
	ONE(0x70, "date and time of battery change", NULL, 0,
	    VIF_DATE_BY_LENGTH),
	ONE(0x71, "RF level", "dBm"),
	ONE(0x72, "daylight saving", NULL, 0, VIF_TYPE_K),
	ONE(0x73, "listening window management", NULL, 0, VIF_TYPE_L),
	ONE(0x74, "remaining battery life", "d"),
	UNSIGNED(0x75, "times the meter was stopped", NULL),
	ONE(0x76, "manufacturer specific container", NULL, 0, VIF_BYTES),
};

const struct vif vif_fd_fd[128] = {
	UNSIGNED(0x00, "selected application", NULL),
	ONE(0x02, "remaining battery life", "month"),
	ONE(0x03, "remaining battery life", "year"),
	ONE(0x3E, "moisture level", "%"),
};
