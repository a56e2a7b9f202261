// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/split.h"

#define DIF_STORAGE_BIT		0x40

const char split_error_short[] = "the telegram ends inside this record";

const uint8_t split_data_length[16] = {
	[DATA_NONE] = 0,  [DATA_INT8] = 1,  [DATA_INT16] = 2,
	[DATA_INT24] = 3, [DATA_INT32] = 4, [DATA_REAL32] = 4,
	[DATA_INT48] = 6, [DATA_INT64] = 8, [DATA_SELECTION] = 0,
	[DATA_BCD2] = 1,  [DATA_BCD4] = 2,  [DATA_BCD6] = 3,
	[DATA_BCD8] = 4,  [DATA_BCD12] = 6, [DATA_SPECIAL] = 0,
};

/* DIF and DIFEs. Returns NULL, or why the rest cannot be split. */
static const char *split_dib(struct meterbus_data_record *record,
			     struct blocks *blocks, struct cursor *cursor)
{
	uint8_t byte = *cursor->next++;

	blocks->data.field = byte & 0xF;
	record->function = byte >> 4 & 3;
	record->storage = byte & DIF_STORAGE_BIT ? 1 : 0;
	for (unsigned int i = 0; byte & EXTENSION_BIT; i++) {
		if (!cursor_left(cursor))
			return split_error_short;
		byte = *cursor->next++;
		if (i == METERBUS_DIFE_MAX) {
			record->error = "more than 10 DIFEs";
			continue;
		}
		if (record->error)
			continue;
		record->storage |= (uint64_t)(byte & 0xF) << (1 + 4 * i);
		record->tariff |= (byte >> 4 & 3U) << (2 * i);
		record->subunit |= (byte >> 6 & 1U) << i;
	}
	return NULL;
}

static const char *split_vifes(struct meterbus_data_record *record,
			       struct blocks *blocks, struct cursor *cursor)
{
	uint8_t byte = blocks->vif;

	blocks->vife = cursor->next;
	while (byte & EXTENSION_BIT) {
		if (!cursor_left(cursor))
			return split_error_short;
		byte = *cursor->next++;
	}
	blocks->vife_len = cursor->next - blocks->vife;
	if (blocks->vife_len > METERBUS_VIFE_MAX)
		record->error = "more than 10 VIFEs";
	return NULL;
}

/* True if a length byte and as many printable characters come next. */
static bool text_follows(const struct cursor *cursor)
{
	size_t len;

	if (!cursor_left(cursor))
		return false;
	len = *cursor->next;
	if (!len || len >= cursor_left(cursor))
		return false;
	for (size_t i = 1; i <= len; i++) {
		uint8_t character = cursor->next[i];

		if ((character & 0x7F) < 0x20 || character == 0x7F)
			return false;
	}
	return true;
}

static const char *split_text(struct blocks *blocks, struct cursor *cursor,
			      bool high_byte_first)
{
	size_t len;

	if (!cursor_left(cursor))
		return split_error_short;
	len = *cursor->next++;
	if (len > cursor_left(cursor))
		return split_error_short;
	blocks->text.bytes = cursor->next;
	blocks->text.len = len;
	blocks->text.in_reading_order = high_byte_first;
	cursor->next += len;
	return NULL;
}

/*
 * The text of a plain-text VIF stands behind the VIFEs since 2018 and before
 * them until then. A VIFE is no length that fits, as a rule.
 */
static const char *split_plain(struct meterbus_data_record *record,
			       struct blocks *blocks, struct cursor *cursor,
			       bool high_byte_first)
{
	bool text_first = text_follows(cursor);
	const char *error = NULL;

	if (text_first)
		error = split_text(blocks, cursor, high_byte_first);
	if (!error)
		error = split_vifes(record, blocks, cursor);
	if (!error && !text_first)
		error = split_text(blocks, cursor, high_byte_first);
	return error;
}

const char *split_head(struct meterbus_data_record *record,
		       struct blocks *blocks, struct cursor *head,
		       bool high_byte_first)
{
	const uint8_t *start = head->next;
	const char *error = split_dib(record, blocks, head);

	if (error)
		return error;
	if (!cursor_left(head))
		return split_error_short;
	blocks->vif = *head->next++;
	blocks->text.len = 0;
	if ((blocks->vif & ~EXTENSION_BIT) == VIF_PLAIN_TEXT)
		error = split_plain(record, blocks, head, high_byte_first);
	else
		error = split_vifes(record, blocks, head);
	blocks->head_len = head->next - start;
	return error;
}

const struct vif *split_find_extended_vif(const struct blocks *blocks,
					  size_t *used)
{
	const struct vif *row = &vif_primary[blocks->vif & ~EXTENSION_BIT];
	const uint8_t *vife = blocks->vife;

	*used = 0;
	if (blocks->vif == (VIF_TABLE_FB | EXTENSION_BIT)) {
		row = &vif_fb[vife[0] & ~EXTENSION_BIT];
		*used = 1;
	} else if (blocks->vif == (VIF_TABLE_FD | EXTENSION_BIT)) {
		row = &vif_fd[vife[0] & ~EXTENSION_BIT];
		*used = 1;
		if (vife[0] == (VIF_FD_TABLE_FD | EXTENSION_BIT)) {
			row = &vif_fd_fd[vife[1] & ~EXTENSION_BIT];
			*used = 2;
		}
	}
	return row->quantity ? row : NULL;
}

enum fit {
	FIT_WHOLE,	/* records up to the end, all of the standard */
	FIT_LOOSE,	/* may be records; some only the manufacturer knows */
	FIT_NOT,
};

/* How well the bytes behind a record split into records. */
static enum fit try_rest(struct cursor head, struct cursor data, bool compact,
			 bool high_byte_first, uint8_t lvar_bcd_bytes)
{
	struct meterbus_data_record record = { 0 };
	enum fit fit = FIT_WHOLE;
	struct blocks blocks;
	const struct vif *row;
	const char *error;
	size_t used;

	for (;;) {
		while (cursor_left(&head) && *head.next == DIF_FILLER)
			head.next++;
		if (!cursor_left(&head))
			break;
		switch (*head.next) {
		case DIF_MANUFACTURER:
		case DIF_MORE_FOLLOW:
			return FIT_LOOSE;
		}
		if ((*head.next & 0xF) == DATA_SPECIAL)
			return FIT_NOT;
		error = split(&record, &blocks, &head, compact ? &data : &head,
			      high_byte_first, &lvar_bcd_bytes);
		row = error ? NULL : split_find_vif(&blocks, &used);
		if (!row || record.error)
			return FIT_NOT;
		if (row == &vif_primary[VIF_MANUFACTURER])
			fit = FIT_LOOSE;
	}
	while (compact && cursor_left(&data) && *data.next == DIF_FILLER)
		data.next++;
	return compact && cursor_left(&data) ? FIT_NOT : fit;
}

/*
 * The code of a BCD number of variable length counts bytes, two digits each;
 * it has been read as counting pairs of bytes, too. Taken so only where the
 * digits go on, the rest makes no records otherwise and makes them then, all of
 * the standard: damage behind a number is not to change it.
 */
static uint8_t find_lvar_bcd_bytes(const struct cursor *head,
				   const struct cursor *data, size_t len,
				   bool high_byte_first)
{
	bool compact = head != data;
	struct cursor rest = *data;

	if (2 * len > cursor_left(data) ||
	    !bcd_is_valid(data->next, 2 * len))
		return 1;
	rest.next += len;
	if (try_rest(compact ? *head : rest, rest, compact, high_byte_first,
		     1) != FIT_NOT)
		return 1;
	rest.next += len;
	if (try_rest(compact ? *head : rest, rest, compact, high_byte_first,
		     2) != FIT_WHOLE)
		return 1;
	return 2;
}

static const char *split_variable(struct data *data, const struct cursor *head,
				  struct cursor *cursor,
				  uint8_t *lvar_bcd_bytes)
{
	int len;

	if (!cursor_left(cursor))
		return split_error_short;
	data->lvar = *cursor->next++;
	len = lvar_length(data->lvar);
	if (len < 0)
		return "reserved length byte (LVAR): the end of this record is unknown";
	if (lvar_is_bcd(data->lvar) && len) {
		if (!*lvar_bcd_bytes)
			*lvar_bcd_bytes = find_lvar_bcd_bytes(
				head, cursor, len, data->high_byte_first);
		len *= *lvar_bcd_bytes;
	}
	data->len = len;
	return NULL;
}

static const char *split_data(struct data *data, const struct cursor *head,
			      struct cursor *cursor, uint8_t *lvar_bcd_bytes)
{
	const char *error;

	if (data->field == DATA_VARIABLE) {
		error = split_variable(data, head, cursor, lvar_bcd_bytes);
		if (error)
			return error;
	} else {
		data->len = split_data_length[data->field];
	}
	if (data->len > cursor_left(cursor))
		return split_error_short;
	data->bytes = cursor->next;
	cursor->next += data->len;
	return NULL;
}

const char *split(struct meterbus_data_record *record, struct blocks *blocks,
		  struct cursor *head, struct cursor *data,
		  bool high_byte_first, uint8_t *lvar_bcd_bytes)
{
	const char *error = split_head(record, blocks, head, high_byte_first);

	if (error)
		return error;
	blocks->data.high_byte_first = high_byte_first;
	return split_data(&blocks->data, head, data, lvar_bcd_bytes);
}
