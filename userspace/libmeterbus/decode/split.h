/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A data record taken apart into its blocks (EN 13757-3, 6.2 to 6.4), which
 * also shows where the next one starts; record.c interprets them.
 */
#ifndef LIBMETERBUS_SPLIT_H
#define LIBMETERBUS_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include <meterbus/decode.h>

#include "decode/value.h"
#include "decode/vif.h"

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

/* Bytes of data by DIF; of variable length and special ones more is known. */
extern const uint8_t split_data_length[16];

/*
 * Splits the record whose DIF and VIF are at @head and whose data at @data,
 * which are the same cursor but in compact frames. Both are moved behind it.
 * Returns NULL, or why the end of the record is unknown; an error in
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
 * split() for the most frequent kind of record: a DIF, a VIF, data of a length
 * given by the DIF. Returns false for all others, with the cursors where
 * they were.
 */
static inline bool split_simple(struct meterbus_data_record *record,
				struct blocks *blocks, struct cursor *head,
				struct cursor *data, bool high_byte_first)
{
	uint8_t dif = head->next[0], vif;
	size_t len;

	if (cursor_left(head) < 2)
		return false;
	vif = head->next[1];
	blocks->data.field = dif & 0xF;
	if ((dif | vif) & EXTENSION_BIT || vif == VIF_PLAIN_TEXT ||
	    blocks->data.field == DATA_VARIABLE)
		return false;
	len = split_data_length[blocks->data.field];
	if (cursor_left(head) < 2 + len && head == data)
		return false;
	if (cursor_left(data) < len)
		return false;
	record->function = dif >> 4 & 3;
	record->storage = dif >> 6 & 1;
	blocks->vif = vif;
	blocks->vife = head->next + 2;
	blocks->vife_len = 0;
	blocks->text.len = 0;
	blocks->head_len = 2;
	head->next += 2;
	blocks->data.bytes = data->next;
	blocks->data.len = len;
	blocks->data.high_byte_first = high_byte_first;
	data->next += len;
	return true;
}

/* split_find_vif() for a VIF with an extension bit. */
const struct vif *split_find_extended_vif(const struct blocks *blocks,
					  size_t *used);

/*
 * The row of the VIF, or NULL if it has no meaning. @used: how many VIFEs are
 * part of its code.
 */
static inline const struct vif *split_find_vif(const struct blocks *blocks,
					       size_t *used)
{
	const struct vif *row;

	if (blocks->vif & EXTENSION_BIT)
		return split_find_extended_vif(blocks, used);
	*used = 0;
	row = &vif_primary[blocks->vif];
	return row->quantity ? row : NULL;
}

#endif
