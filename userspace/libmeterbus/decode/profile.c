// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "decode/profile.h"

static bool has_bit(const uint8_t set[32], uint8_t bit)
{
	return set[bit / 8] >> bit % 8 & 1;
}

const struct meterbus_profile *
profile_find(const struct meterbus_meters *meters,
	     const struct meterbus_header *header)
{
	const struct meterbus_profile *profile;

	for (profile = meters->first; profile; profile = profile->next)
		if (header->manufacturer == profile->manufacturer &&
		    has_bit(profile->versions, header->version) &&
		    has_bit(profile->media, header->medium))
			return profile;
	return NULL;
}

const struct profile_rule *profile_rule(const struct meterbus_profile *profile,
					const uint8_t *code, size_t len)
{
	const struct profile_rule *rule;

	for (rule = profile->rules; rule; rule = rule->next)
		if (rule->code_len == len && !memcmp(rule->code, code, len))
			return rule;
	return NULL;
}

const struct profile_qualifier *
profile_qualifier(const struct meterbus_profile *profile, uint8_t code)
{
	const struct profile_qualifier *qualifier;

	for (qualifier = profile->qualifiers; qualifier;
	     qualifier = qualifier->next)
		if (qualifier->code == code)
			return qualifier;
	return NULL;
}
