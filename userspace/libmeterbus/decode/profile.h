/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of particular meters beyond the standard: the meaning of codes
 * that it leaves to the manufacturer. All of it is in the tables of profile.c.
 */
#ifndef LIBMETERBUS_PROFILE_H
#define LIBMETERBUS_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include <meterbus/decode.h>

#include "decode/vif.h"

#define PROFILE_VIB_MAX 2

/* A code and its meaning. */
struct profile_vif {
	uint8_t vib[PROFILE_VIB_MAX];	/* VIF, VIFE as sent */
	/*
	 * In place of the standard's; VIFEs that qualify a standard VIF keep
	 * their effect.
	 */
	struct vif vif;
	const char *const *bits;	/* see struct meterbus_data_record */
	uint8_t bit_count;
};

struct meterbus_profile {
	uint16_t manufacturer;
	uint8_t version_first, version_last;
	const char *source;	/* shown beside each value it explains */
	const struct profile_vif *vifs;
	size_t vif_count;
};

/* NULL if nothing is known of meters with such a header. */
const struct meterbus_profile *
profile_find(const struct meterbus_header *header);

/* The meaning of @vif with @vife behind it, or NULL. */
const struct profile_vif *profile_vif(const struct meterbus_profile *profile,
				      uint8_t vif, const uint8_t *vife,
				      size_t vife_len);

#endif
