// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/profile.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Three letters as EN 62056-21 packs them. */
#define CODE(a, b, c) (((a) - 64) << 10 | ((b) - 64) << 5 | ((c) - 64))

/*
 * MULTICAL: E8 and E9, the volume weighted with flow and return temperature,
 * as the manufacturer's documents name them. In recorded telegrams of version
 * 40h both, divided by the volume (0414), are temperatures of a heating, E8's
 * the higher one.
 */
#define MULTICAL_E8_E9							\
	{ { 0xFF, 0x07 },						\
	  { "volume × flow temperature", "m³·°C", 0, VIF_NUMBER },	\
	  NULL, 0 },							\
	{ { 0xFF, 0x08 },						\
	  { "volume × return temperature", "m³·°C", 0, VIF_NUMBER },	\
	  NULL, 0 }

/*
 * Version 40h is MULTICAL 303. FF22 is its information code, "Info"; which bit
 * means what is in no source at hand.
 */
static const struct profile_vif multical_303[] = {
	MULTICAL_E8_E9,
	{ { 0xFF, 0x22 },
	  { "information code", NULL, 0, VIF_UNSIGNED },
	  NULL, 0 },
};

/*
 * Versions 34h and 35h are MULTICAL 403 and 603: technical description of
 * MULTICAL 603, 7.7.2, "information code types on serial communication".
 */
static const char *const multical_603_information[32] = {
	[0] = "supply voltage interrupted",
	[1] = "low battery",
	[2] = "sensor error",
	[3] = "T1 above measuring range",
	[4] = "T2 above measuring range",
	[5] = "T1 below measuring range",
	[6] = "T2 below measuring range",
	[7] = "temperature difference has the wrong sign",
	[8] = "V1 signal weak or air",
	[9] = "V1 flows the wrong way",
	[11] = "V1 flow too high",
	[12] = "leakage, input A1",
	[13] = "leakage, input B1",
	[14] = "external alarm, input A1 or A2",
	[15] = "external alarm, input B1 or B2",
	[16] = "V1 communication error",
	[17] = "V1 wrong pulse figure",
	[18] = "leakage, input A2",
	[19] = "leakage, input B2",
	[20] = "T3 above measuring range",
	[21] = "T3 below measuring range",
	[22] = "V2 communication error",
	[23] = "V2 wrong pulse figure",
	[24] = "V2 signal weak or air",
	[25] = "V2 flows the wrong way",
	[27] = "V2 flow too high",
	[28] = "burst between V1 and V2, water is lost",
	[29] = "burst between V1 and V2, water comes in",
	[30] = "leakage between V1 and V2, water is lost",
	[31] = "leakage between V1 and V2, water comes in",
};

static const struct profile_vif multical_603[] = {
	MULTICAL_E8_E9,
	{ { 0xFF, 0x22 },
	  { "information code", NULL, 0, VIF_UNSIGNED },
	  multical_603_information,
	  COUNT(multical_603_information) },
};

/*
 * Version 28h is a SHARKY (also sold as ABB F95). The date with VIFE 7E stands
 * beside the last due date (446D) and is that of the next one: to the minute a
 * year later in one recorded telegram; another has both long past.
 */
static const struct profile_vif sharky_28[] = {
	{ { 0xED, 0x7E },
	  { "due date", NULL, 0, VIF_DATE_TIME },
	  NULL, 0 },
};

static const struct meterbus_profile profiles[] = {
	{ CODE('K', 'A', 'M'), 0x40, 0x40, "Kamstrup MULTICAL 303",
	  multical_303, COUNT(multical_303) },
	{ CODE('K', 'A', 'M'), 0x34, 0x35, "Kamstrup MULTICAL 403, 603",
	  multical_603, COUNT(multical_603) },
	{ CODE('H', 'Y', 'D'), 0x28, 0x28, "Hydrometer SHARKY", sharky_28,
	  COUNT(sharky_28) },
};

const struct meterbus_profile *
profile_find(const struct meterbus_header *header)
{
	for (size_t i = 0; i < COUNT(profiles); i++)
		if (header->manufacturer == profiles[i].manufacturer &&
		    header->version >= profiles[i].version_first &&
		    header->version <= profiles[i].version_last)
			return &profiles[i];
	return NULL;
}

const struct profile_vif *profile_vif(const struct meterbus_profile *profile,
				      uint8_t vif, const uint8_t *vife,
				      size_t vife_len)
{
	if (vife_len != PROFILE_VIB_MAX - 1)
		return NULL;
	for (size_t i = 0; i < profile->vif_count; i++)
		if (vif == profile->vifs[i].vib[0] &&
		    vife[0] == profile->vifs[i].vib[1])
			return &profile->vifs[i];
	return NULL;
}
