// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "format/xml_words.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The other program writes UTF-8 into a document it calls ISO-8859-1. */
#define DEGREE "\xC3\x82\xC2\xB0"

#define POWERS(first, last, exponent, before, after, unit, quantity)	\
	{ first, last, XML_POWER, exponent, before, after, unit, quantity }
#define TIMES(first, last, scale, before, after, quantity)		\
	{ first, last, scale, 0, before, after, "s", quantity }
#define ONE(code, plain, unit, quantity)				\
	{ code, code, XML_AS_IS, 0, plain, "", unit, quantity }
#define ONE_OF(code, exponent, plain, unit, quantity)			\
	{ code, code, XML_AS_IS, exponent, plain, "", unit, quantity }
#define NAME(code, plain) ONE(code, plain, "", plain)

static const struct xml_words primary[] = {
	POWERS(0x00, 0x07, -3, "Energy (", "Wh)", "Wh", "Energy"),
	POWERS(0x08, 0x0F, 0, "Energy (", "J)", "J", "Energy"),
	POWERS(0x10, 0x17, -6, "Volume (", " m^3)", "m^3", "Volume"),
	POWERS(0x18, 0x1F, -3, "Mass (", "kg)", "kg", "Mass"),
	TIMES(0x20, 0x23, XML_SECONDS, "On time (", "s)", "On time"),
	TIMES(0x24, 0x27, XML_SECONDS, "Operating time (", "s)",
	      "Operating time"),
	POWERS(0x28, 0x2F, -3, "Power (", "W)", "W", "Power"),
	POWERS(0x30, 0x37, 0, "Power (", "J/h)", "J/h", "Power"),
	POWERS(0x38, 0x3F, -6, "Volume flow (", " m^3/h)", "m^3/h",
	       "Volume flow"),
	POWERS(0x40, 0x47, -7, "Volume flow (", " m^3/min)", "m^3/min",
	       "Volume flow"),
	POWERS(0x48, 0x4F, -9, "Volume flow (", " m^3/s)", "m^3/s",
	       "Volume flow"),
	POWERS(0x50, 0x57, -3, "Mass flow (", " kg/h)", "kg/h", "Mass flow"),
	POWERS(0x58, 0x5B, -3, "Flow temperature (", "deg C)", DEGREE "C",
	       "Flow temperature"),
	POWERS(0x5C, 0x5F, -3, "Return temperature (", "deg C)", DEGREE "C",
	       "Return temperature"),
	POWERS(0x60, 0x63, -3, "Temperature Difference (", " deg C)", "K",
	       "Temperature difference"),
	POWERS(0x64, 0x67, -3, "External temperature (", " deg C)",
	       DEGREE "C", "External temperature"),
	POWERS(0x68, 0x6B, -3, "Pressure (", " bar)", "bar", "Pressure"),
	ONE(0x6C, "Time Point (date)", "-", "Time point (date)"),
	ONE(0x6D, "Time Point (time & date)", "-",
	    "Time point (date & time)"),
	ONE(0x6E, "Units for H.C.A.", "Units for H.C.A.", "H.C.A."),
	TIMES(0x70, 0x73, XML_SECONDS, "Averaging Duration (", "s)",
	      "Averaging Duration"),
	TIMES(0x74, 0x77, XML_SECONDS, "Actuality Duration (", "s)",
	      "Actuality Duration"),
	ONE(0x78, "Fabrication number", "", "Fabrication No"),
	ONE(0x79, "Unknown (VIF=0x79)", "", "(Enhanced) Identification"),
	NAME(0x7A, "Bus Address"),
	ONE(0x7E, "Unknown (VIF=0x7E)", "", "Any VIF"),
	NAME(0x7F, "Manufacturer specific"),
};

#define DEGREES_F(first, name, quantity)				\
	POWERS(first, (first) + 3, -3, name " (", " degree F)",		\
	       DEGREE "F", quantity)

static const struct xml_words table_fb[] = {
	ONE_OF(0x00, 5, "Energy (0.1 MWh)", "Wh", "Energy"),
	ONE_OF(0x01, 6, "Energy (MWh)", "Wh", "Energy"),
	ONE_OF(0x08, 8, "Energy (0.1 GJ)", "J", "Energy"),
	ONE_OF(0x09, 9, "Energy (GJ)", "J", "Energy"),
	ONE_OF(0x10, 2, "Volume (100 m3)", "m^3", "Volume"),
	ONE_OF(0x11, 3, "Volume (km3)", "m^3", "Volume"),
	{ 0x18, 0x18, XML_TONNES, 2, "Mass (100 t)", "", "kg", "Mass" },
	{ 0x19, 0x19, XML_TONNES, 3, "Mass (kt)", "", "kg", "Mass" },
	ONE_OF(0x21, -1, "Volume (0.1 feet^3)", "feet^3", "Volume"),
	ONE_OF(0x22, -1, "Volume (0.1 american gallon)", "American gallon",
	       "Volume"),
	ONE(0x23, "Volume (american gallon)", "American gallon", "Volume"),
	ONE_OF(0x24, -3, "Volume flow (0.001 american gallon/min)",
	       "American gallon/min", "Volume flow"),
	ONE(0x25, "Volume flow (american gallon/min)", "American gallon/min",
	    "Volume flow"),
	ONE(0x26, "Volume flow (american gallon/h)", "American gallon/h",
	    "Volume flow"),
	ONE_OF(0x28, 5, "Power (0.1 MW)", "W", "Power"),
	ONE_OF(0x29, 6, "Power (MW)", "W", "Power"),
	ONE_OF(0x30, 8, "Power (0.1 GJ/h)", "J/h", "Power"),
	ONE_OF(0x31, 9, "Power (GJ/h)", "J/h", "Power"),
	DEGREES_F(0x58, "Flow Temperature", "Flow temperature"),
	DEGREES_F(0x5C, "Return Temperature", "Return temperature"),
	DEGREES_F(0x60, "Temperature Difference", "Temperature difference"),
	DEGREES_F(0x64, "External Temperature", "External temperature"),
	DEGREES_F(0x70, "Cold / Warm Temperature Limit",
		  "Cold / Warm Temperature Limit"),
	POWERS(0x74, 0x77, -3, "Cold / Warm Temperature Limit (",
	       " degree C)", DEGREE "C", "Cold / Warm Temperature Limit"),
	POWERS(0x78, 0x7F, -3, "cumul. count max power (", " W)", "W",
	       "Cumul count max power"),
};

static const struct xml_words table_fd[] = {
	POWERS(0x00, 0x03, -3, "Credit of ",
	       " of the nominal local legal currency units",
	       "Currency units", "Credit"),
	POWERS(0x04, 0x07, -3, "Debit of ",
	       " of the nominal local legal currency units",
	       "Currency units", "Debit"),
	NAME(0x08, "Access Number (transmission count)"),
	ONE(0x09, "Medium (as in fixed header)", "", "Medium"),
	ONE(0x0A, "Manufacturer (as in fixed header)", "", "Manufacturer"),
	NAME(0x0B, "Parameter set identification"),
	NAME(0x0C, "Model / Version"),
	NAME(0x0D, "Hardware version"),
	NAME(0x0E, "Firmware version"),
	NAME(0x0F, "Software version"),
	NAME(0x10, "Customer location"),
	NAME(0x11, "Customer"),
	NAME(0x12, "Access Code User"),
	NAME(0x13, "Access Code Operator"),
	NAME(0x14, "Access Code System Operator"),
	NAME(0x15, "Access Code Developer"),
	NAME(0x16, "Password"),
	NAME(0x17, "Error flags"),
	NAME(0x18, "Error mask"),
	ONE(0x1A, "Digital output (binary)", "", "Digital Output"),
	ONE(0x1B, "Digital input (binary)", "", "Digital Input"),
	ONE(0x1C, "Baudrate", "Baud", "Baudrate"),
	ONE(0x1D, "response delay time", "Bittimes", "Response delay time"),
	NAME(0x1E, "Retry"),
	NAME(0x20, "First storage # for cyclic storage"),
	NAME(0x21, "Last storage # for cyclic storage"),
	NAME(0x22, "Size of storage block"),
	TIMES(0x24, 0x27, XML_SECONDS, "Storage interval ", "(s)",
	      "Storage interval"),
	TIMES(0x28, 0x29, XML_MONTHS, "Storage interval ", "(s)",
	      "Storage interval"),
	TIMES(0x2C, 0x2F, XML_SECONDS, "Duration since last readout ", "(s)",
	      "Duration since last readout"),
	ONE(0x30, "Start (date/time) of tariff", "-",
	    "Start (date/time) of tariff"),
	TIMES(0x31, 0x33, XML_MINUTES, "Duration of tariff ", "(s)",
	      "Duration of tariff"),
	TIMES(0x34, 0x37, XML_SECONDS, "Period of tariff ", "(s)",
	      "Period of tariff"),
	{ 0x38, 0x38, XML_MONTHS, 0, "Period of tariff ", "s(s)", "s",
	  "Period of tariff" },
	TIMES(0x39, 0x39, XML_YEARS, "Period of tariff ", "(s)",
	      "Period of tariff"),
	ONE(0x3A, "dimensionless / no VIF", "", "Dimensionless"),
	POWERS(0x40, 0x4F, -9, "", " V", "V", "Voltage"),
	POWERS(0x50, 0x5F, -12, "", " A", "A", "Current"),
	NAME(0x60, "Reset counter"),
	NAME(0x61, "Cumulation counter"),
	NAME(0x62, "Control signal"),
	NAME(0x63, "Day of week"),
	NAME(0x64, "Week number"),
	NAME(0x65, "Time point of day change"),
	NAME(0x66, "State of parameter activation"),
	NAME(0x67, "Special supplier information"),
	TIMES(0x68, 0x6B, XML_HOURS, "Duration since last cumulation ",
	      "(s)", "Duration since last cumulation"),
	TIMES(0x6C, 0x6F, XML_HOURS, "Operating time battery ", "(s)",
	      "Operating time battery"),
	NAME(0x70, "Date and time of battery change"),
};

/* The tables are in order of their codes. */
static const struct xml_words *find(const struct xml_words *words,
				    size_t count, uint8_t code)
{
	size_t low = 0;

	while (count) {
		size_t half = count / 2;

		if (code > words[low + half].last) {
			low += half + 1;
			count -= half + 1;
		} else if (code < words[low + half].first) {
			count = half;
		} else {
			return &words[low + half];
		}
	}
	return NULL;
}

const struct xml_words *xml_find_words(enum xml_table table, uint8_t code)
{
	switch (table) {
	case XML_TABLE_PRIMARY:
		return find(primary, ARRAY_SIZE(primary), code);
	case XML_TABLE_FB:
		return find(table_fb, ARRAY_SIZE(table_fb), code);
	case XML_TABLE_FD:
		return find(table_fd, ARRAY_SIZE(table_fd), code);
	}
	return NULL;
}

const char *xml_power_word(int exponent)
{
	static const char *const words[] = {
		"1e-12 ", "1e-11 ", "1e-10 ", "1e-9 ", "1e-8 ", "1e-7 ", "my",
		"1e-5 ", "1e-4 ", "m", "1e-2 ", "1e-1 ", "", "10 ", "100 ",
		"k", "10 k", "100 k", "M", "1e7 ",
	};

	return words[exponent + 12];
}

const char *xml_medium(uint8_t medium)
{
	static const char *const names[] = {
		[0x00] = "Other",
		[0x01] = "Oil",
		[0x02] = "Electricity",
		[0x03] = "Gas",
		[0x04] = "Heat: Outlet",
		[0x05] = "Steam",
		[0x06] = "Warm water (30-90" DEGREE "C)",
		[0x07] = "Water",
		[0x08] = "Heat Cost Allocator",
		[0x09] = "Compressed Air",
		[0x0A] = "Cooling load meter: Outlet",
		[0x0B] = "Cooling load meter: Inlet",
		[0x0C] = "Heat: Inlet",
		[0x0D] = "Heat / Cooling load meter",
		[0x0E] = "Bus/System",
		[0x0F] = "Unknown Medium",
		[0x10] = "Irrigation Water",
		[0x11] = "Water Logger",
		[0x12] = "Gas Logger",
		[0x13] = "Gas Converter",
		[0x14] = "Calorific value",
		[0x15] = "Hot water (>90" DEGREE "C)",
		[0x16] = "Cold water",
		[0x17] = "Dual water",
		[0x18] = "Pressure",
		[0x19] = "A/D Converter",
		[0x1A] = "Smoke Detector",
		[0x1B] = "Ambient Sensor",
		[0x1C] = "Gas Detector",
		[0x20] = "Breaker: Electricity",
		[0x21] = "Valve: Gas or Water",
		[0x25] = "Customer Unit: Display Device",
		[0x28] = "Waste Water",
		[0x29] = "Garbage",
		[0x30] = "Service Unit",
		[0x36] = "Radio Converter: System",
		[0x37] = "Radio Converter: Meter",
	};

	if (medium < ARRAY_SIZE(names) && names[medium])
		return names[medium];
	return medium >= 0x22 && medium < 0x40 && medium != 0x35 ? "Reserved" :
								   NULL;
}

const char *xml_fixed_medium(unsigned int code)
{
	static const char *const names[16] = {
		"Other", "Oil", "Electricity", "Gas", "Heat", "Steam",
		"Hot Water", "Water", "H.C.A.", "Reserved", "Gas Mode 2",
		"Heat Mode 2", "Hot Water Mode 2", "Water Mode 2",
		"H.C.A. Mode 2", "Reserved",
	};

	return names[code & 0xF];
}

const char *xml_fixed_unit(unsigned int code)
{
	static const char *const units[64] = {
		"h,m,s", "D,M,Y",
		"Wh", "10 Wh", "100 Wh",
		"kWh", "10 kWh", "100 kWh",
		"MWh", "10 MWh", "100 MWh",
		"kJ", "10 kJ", "100 kJ",
		"MJ", "10 MJ", "100 MJ",
		"GJ", "10 GJ", "100 GJ",
		"W", "10 W", "100 W",
		"kW", "10 kW", "100 kW",
		"MW", "10 MW", "100 MW",
		"kJ/h", "10 kJ/h", "100 kJ/h",
		"MJ/h", "10 MJ/h", "100 MJ/h",
		"GJ/h", "10 GJ/h", "100 GJ/h",
		"ml", "10 ml", "100 ml",
		"l", "10 l", "100 l",
		"m^3", "10 m^3", "100 m^3",
		"ml/h", "10 ml/h", "100 ml/h",
		"l/h", "10 l/h", "100 l/h",
		"m^3/h", "10 m^3/h", "100 m^3/h",
		"1e-3 " DEGREE "C", "units for HCA",
		"reserved", "reserved", "reserved", "reserved",
		"reserved but historic", "without units",
	};

	return units[code & 0x3F];
}

const char *xml_application_error(uint8_t code)
{
	static const char *const names[] = {
		"Unspecified error", "Unimplemented CI-Field",
		"Buffer too long, truncated", "Too many records",
		"Premature end of record",
		"More than 10 DIFE\xC2\xB4s", "More than 10 VIFE\xC2\xB4s",
		"Reserved", "Application busy", "Too many readouts",
	};

	return code < ARRAY_SIZE(names) ? names[code] : NULL;
}

#define ANY 0xFF

struct product {
	char manufacturer[4];
	uint8_t first, last;	/* versions */
	uint8_t medium;
	uint8_t id_high;	/* the ID's first two digits */
	const char *name;
};

/* The first row that fits counts. */
static const struct product products[] = {
	{ "ABB", 0x02, 0x02, ANY, ANY, "ABB Delta-Meter" },
	{ "ABB", 0x20, 0x20, ANY, ANY, "ABB B21 113-100" },
	{ "ACW", 0x09, 0x09, ANY, ANY, "Itron CF Echo 2" },
	{ "ACW", 0x0A, 0x0A, ANY, ANY, "Itron CF 51" },
	{ "ACW", 0x0B, 0x0B, ANY, ANY, "Itron CF 55" },
	{ "ACW", 0x0E, 0x0E, ANY, ANY, "Itron BM +m" },
	{ "ACW", 0x0F, 0x0F, ANY, ANY, "Itron CF 800" },
	{ "ACW", 0x14, 0x14, ANY, ANY, "Itron CYBLE M-Bus 1.4" },
	{ "AMT", 0x00, 0x3F, ANY, ANY, "Aquametro AMTRON" },
	{ "AMT", 0x40, 0x7F, ANY, ANY, "Aquametro SAPHIR" },
	{ "AMT", 0x80, 0xBF, ANY, ANY, "Aquametro CALEC MB" },
	{ "AMT", 0xC0, 0xFF, ANY, ANY, "Aquametro CALEC ST" },
	{ "BEC", 0x00, 0x00, 0x02, ANY, "Berg DCMi" },
	{ "BEC", 0x07, 0x07, 0x02, ANY, "Berg BLMi" },
	{ "BEC", 0x71, 0x71, 0x0F, ANY, "Berg BMB-10S0" },
	{ "EFE", 0x00, 0x00, 0x06, ANY, "Engelmann WaterStar" },
	{ "EFE", 0x00, 0x00, ANY, ANY, "Engelmann / Elster SensoStar 2" },
	{ "EFE", 0x01, 0x01, ANY, ANY, "Engelmann SensoStar 2C" },
	{ "ELS", 0x02, 0x02, ANY, ANY, "Elster TMP-A" },
	{ "ELS", 0x0A, 0x0A, ANY, ANY, "Elster Falcon" },
	{ "ELS", 0x2F, 0x2F, ANY, ANY, "Elster F96 Plus" },
	{ "ELV", 0x14, 0x1D, ANY, ANY, "Elvaco CMa10" },
	{ "ELV", 0x32, 0x3B, ANY, ANY, "Elvaco CMa11" },
	{ "EMH", 0x00, 0x00, ANY, ANY, "EMH DIZ" },
	{ "EMU", 0x10, 0x10, 0x02, ANY, "EMU Professional 3/75 M-Bus" },
	{ "GAV", 0x2D, 0x30, 0x02, ANY, "Carlo Gavazzi EM24" },
	{ "GAV", 0x39, 0x3A, 0x02, ANY, "Carlo Gavazzi EM21" },
	{ "GAV", 0x40, 0x40, 0x02, ANY, "Carlo Gavazzi EM33" },
	{ "GMC", 0xE6, 0xE6, ANY, ANY, "GMC-I A230 EMMOD 206" },
	{ "GTE", 0x00, 0xFF, ANY, 0x30, "Sensoco PT100" },
	{ "GTE", 0x00, 0xFF, ANY, 0x41, "Sensoco 2-NTC" },
	{ "GTE", 0x00, 0xFF, ANY, 0x45, "Sensoco Laser Light" },
	{ "GTE", 0x00, 0xFF, ANY, 0x48, "Sensoco ADIO" },
	{ "GTE", 0x00, 0xFF, ANY, 0x51, "Sensoco THU" },
	{ "GTE", 0x00, 0xFF, ANY, 0x61, "Sensoco THU" },
	{ "GTE", 0x00, 0xFF, ANY, 0x80, "Sensoco PulseCounter for E-Meter" },
	{ "HYD", 0x28, 0x28, ANY, ANY, "ABB F95 Typ US770" },
	{ "HYD", 0x2F, 0x2F, ANY, ANY, "Hydrometer Sharky 775" },
	{ "JAN", 0x09, 0x09, 0x02, ANY, "Janitza UMG 96S" },
	{ "KAM", 0x01, 0x01, ANY, ANY, "Kamstrup 382 (6850-005)" },
	{ "KAM", 0x08, 0x08, ANY, ANY, "Kamstrup Multical 601" },
	{ "LSE", 0x99, 0x99, ANY, ANY, "Siemens WFH21" },
	{ "LUG", 0x02, 0x02, ANY, ANY, "Landis & Gyr Ultraheat 2WR5" },
	{ "LUG", 0x03, 0x03, ANY, ANY, "Landis & Gyr Ultraheat 2WR6" },
	{ "LUG", 0x04, 0x04, ANY, ANY, "Landis & Gyr Ultraheat UH50" },
	{ "LUG", 0x07, 0x07, ANY, ANY, "Landis & Gyr Ultraheat T230" },
	{ "NZR", 0x01, 0x01, ANY, ANY, "NZR DHZ 5/63" },
	{ "NZR", 0x50, 0x50, ANY, ANY, "NZR IC-M2" },
	{ "RAM", 0x03, 0x03, ANY, ANY, "Rossweiner ETK/ETW Modularis" },
	{ "REL", 0x08, 0x08, ANY, ANY, "Relay PadPuls M1" },
	{ "REL", 0x12, 0x12, ANY, ANY, "Relay PadPuls M4" },
	{ "REL", 0x20, 0x20, ANY, ANY, "Relay Padin 4" },
	{ "REL", 0x30, 0x30, ANY, ANY, "Relay AnDi 4" },
	{ "REL", 0x40, 0x40, ANY, ANY, "Relay PadPuls M2" },
	{ "RKE", 0x69, 0x69, ANY, ANY, "Ista sensonic II mbus" },
	{ "SBC", 0x00, 0xFF, ANY, 0x10, "Saia-Burgess ALE3" },
	{ "SBC", 0x00, 0xFF, ANY, 0x11, "Saia-Burgess AWD3" },
	{ "SBC", 0x00, 0xFF, ANY, 0x19, "Saia-Burgess ALE3" },
	{ "SEN", 0x08, 0x08, ANY, ANY, "Sensus PolluCom E" },
	{ "SEN", 0x0B, 0x0B, ANY, ANY, "Sensus PolluTherm" },
	{ "SEN", 0x0E, 0x0E, ANY, ANY, "Sensus PolluStat E" },
	{ "SEN", 0x19, 0x19, ANY, ANY, "Sensus PolluCom E" },
	{ "SEO", 0x00, 0xFF, ANY, 0x30, "Sensoco PT100" },
	{ "SEO", 0x00, 0xFF, ANY, 0x41, "Sensoco 2-NTC" },
	{ "SEO", 0x00, 0xFF, ANY, 0x45, "Sensoco Laser Light" },
	{ "SEO", 0x00, 0xFF, ANY, 0x48, "Sensoco ADIO" },
	{ "SEO", 0x00, 0xFF, ANY, 0x51, "Sensoco THU" },
	{ "SEO", 0x00, 0xFF, ANY, 0x61, "Sensoco THU" },
	{ "SEO", 0x00, 0xFF, ANY, 0x80, "Sensoco PulseCounter for E-Meter" },
	{ "SLB", 0x02, 0x02, ANY, ANY, "Allmess Megacontrol CF-50" },
	{ "SLB", 0x06, 0x06, ANY, ANY, "CF Compact / Integral MK MaXX" },
	{ "SON", 0x0D, 0x0D, ANY, ANY, "Sontex Supercal 531" },
	{ "SPX", 0x31, 0x31, ANY, ANY, "Sensus PolluTherm" },
	{ "SPX", 0x34, 0x34, ANY, ANY, "Sensus PolluTherm" },
	{ "SVM", 0x08, 0x08, ANY, ANY, "Elster F2 / Deltamess F2" },
	{ "SVM", 0x09, 0x09, ANY, ANY, "Elster F4 / Kamstrup SVM F22" },
	{ "TCH", 0x26, 0x26, ANY, ANY, "Techem m-bus S" },
	{ "TCH", 0x40, 0x40, ANY, ANY, "Techem ultra S3" },
	{ "WZG", 0x03, 0x03, ANY, ANY, "Modularis ETW-EAX" },
	{ "ZRM", 0x81, 0x81, ANY, ANY, "Minol Minocal C2" },
	{ "ZRM", 0x82, 0x82, ANY, ANY, "Minol Minocal WR3" },
};

static bool fits(uint8_t want, uint8_t is)
{
	return want == ANY || want == is;
}

const char *xml_product(const char manufacturer[4], uint8_t version,
			uint8_t medium, uint8_t id_high)
{
	for (size_t i = 0; i < ARRAY_SIZE(products); i++) {
		const struct product *product = &products[i];

		if (!memcmp(product->manufacturer, manufacturer, 4) &&
		    version >= product->first && version <= product->last &&
		    fits(product->medium, medium) &&
		    fits(product->id_high, id_high))
			return product->name;
	}
	return "";
}
