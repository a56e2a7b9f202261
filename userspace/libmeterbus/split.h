/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A data record taken apart into its blocks (EN 13757-3, 6.2 to 6.4), which
 * also tells where the next one starts; what they mean is record.c's.
 */
#ifndef LIBMETERBUS_SPLIT_H
#define LIBMETERBUS_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include <meterbus/decode.h>

#include "value.h"
#include "vif.h"

/* Special functions: whole DIF bytes. */
#define DIF_MANUFACTURER	0x0F
#define DIF_MORE_FOLLOW		0x1F
#define DIF_FILLER		0x2F
#define DIF_READOUT_ALL		0x7F

/* What is left to read. */
struct cursor {
	const uint8_t *next;
	const uint8_t *end;
};

static inline size_t cursor_left(const struct cursor *cursor)
{
	return cursor->end - cursor->next;
}

struct blocks {
	uint8_t vif;
	const uint8_t *vife;
	size_t vife_len;
	struct meterbus_text text;	/* of a plain-text VIF */
	struct data data;
	size_t head_len;		/* of all but LVAR and data */
};

/* The reason of split() that a cut telegram has. */
extern const char split_error_short[];

/*
 * Splits the record whose DIF and VIF are at @head and whose data at @data,
 * which are the same cursor but in compact frames. Both are moved behind it.
 * Returns NULL, or why nobody can tell where the record ends; an error in
 * @record costs only this record.
 *
 * @lvar_bcd_bytes: how many bytes a pair of digits takes in data of variable
 * length; 0 if that is to be found out, for which @data is read to its end.
 */
const char *split(struct meterbus_data_record *record, struct blocks *blocks,
		  struct cursor *head, struct cursor *data,
		  bool high_byte_first, uint8_t *lvar_bcd_bytes);

/* Only the DIF and VIF, of a format. */
const char *split_head(struct meterbus_data_record *record,
		       struct blocks *blocks, struct cursor *head,
		       bool high_byte_first);

/*
 * The row of the VIF, or NULL if it has no meaning. @used: how many VIFEs are
 * part of its code.
 */
const struct vif *split_find_vif(const struct blocks *blocks, size_t *used);

#endif
