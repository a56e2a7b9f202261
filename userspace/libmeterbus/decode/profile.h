/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of particular meters beyond the standard: the meaning of codes
 * that it leaves to the manufacturer. Descriptions come from files, which
 * another room reads; here they are applied to records.
 */
#ifndef LIBMETERBUS_PROFILE_H
#define LIBMETERBUS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/decode.h>

#include "decode/vif.h"

#define PROFILE_CODE_MAX 8	/* bytes of VIF and VIFEs */
#define PROFILE_BITS	64

/* The meaning of a code. */
struct profile_rule {
	struct profile_rule *next;
	uint8_t code[PROFILE_CODE_MAX];	/* VIF and VIFEs as sent */
	uint8_t code_len;
	/*
	 * In place of the standard's; NULL: its quantity, unit and exponent
	 * hold, only the bits are named.
	 */
	char *quantity, *unit;
	int exponent;
	enum vif_type type;
	char *bits[PROFILE_BITS];
	unsigned int bit_count;
	uint8_t none[8];	/* data, as sent, that is no value */
	uint8_t none_len;
	char place[64];		/* "kamstrup.conf:12" */
};

/* Words for a code behind VIFE FF; empty: it has no meaning. */
struct profile_qualifier {
	struct profile_qualifier *next;
	uint8_t code;		/* without the extension bit */
	char *words;
	char place[64];
};

/* What energy and power of a subunit are. */
enum profile_kind { PROFILE_ACTIVE, PROFILE_REACTIVE, PROFILE_APPARENT };
#define PROFILE_SUBUNITS 8

/* Bits of the status byte that the standard leaves to the manufacturer. */
#define PROFILE_STATUS_FIRST	5
#define PROFILE_STATUS_BITS	3

struct meterbus_profile {
	struct meterbus_profile *next;
	char *name;		/* "Kamstrup MULTICAL 303" */
	char *source;
	uint16_t manufacturer;
	uint8_t versions[32];	/* a bit each */
	uint8_t media[32];
	uint8_t kinds[PROFILE_SUBUNITS];	/* enum profile_kind */
	bool power_only[PROFILE_SUBUNITS];	/* of energy it is not known */
	char kind_place[64];
	char *status[PROFILE_STATUS_BITS];	/* NULL: not known */
	struct profile_rule *rules;
	struct profile_qualifier *qualifiers;
	char path[64];
};

struct meterbus_meters {
	struct meterbus_profile *first;
};

/* NULL if nothing is known of meters with such a header. */
const struct meterbus_profile *
profile_find(const struct meterbus_meters *meters,
	     const struct meterbus_header *header);

/* The meaning of the @len bytes of VIF and VIFEs, or NULL. */
const struct profile_rule *profile_rule(const struct meterbus_profile *profile,
					const uint8_t *code, size_t len);

const struct profile_qualifier *
profile_qualifier(const struct meterbus_profile *profile, uint8_t code);

#endif
