// SPDX-License-Identifier: GPL-2.0-or-later
#include "selection.h"
#include "answer.h"
#include "image.h"

#include <string.h>

enum { CI_SELECT = 0x52, CI_SELECT_MODE2 = 0x56 };

bool selection_is(const struct telegram *t)
{
	return t->has_ci && t->a == ADDRESS_SELECTED &&
	       (t->c & C_FUNCTION) == C_SND_UD &&
	       (t->ci == CI_SELECT || t->ci == CI_SELECT_MODE2);
}

/* Nibble F in the selection stands for any digit. */
static bool digits_match(const uint8_t *mask, const uint8_t *own, size_t len,
			 bool wildcards)
{
	size_t i;

	for (i = 0; i < len * 2; i++) {
		uint8_t shift = i & 1 ? 4 : 0;
		uint8_t want = mask[i / 2] >> shift & 0xf;

		if (want == 0xf && wildcards)
			continue;
		if (want != (own[i / 2] >> shift & 0xf))
			return false;
	}
	return true;
}

static bool bytes_match(const uint8_t *mask, const uint8_t *own, size_t len)
{
	for (; len--; mask++, own++)
		if (*mask != 0xff && *mask != *own)
			return false;
	return true;
}

static bool selection_matches(const struct meter *m, const struct telegram *t)
{
	const struct identity *own = &m->identity;
	uint8_t mask[8];
	size_t i;

	/* No address at all selects every meter (draft EN 13757-3). */
	if (!t->data_len)
		return true;
	if (t->data_len < sizeof(mask))
		return false;
	memcpy(mask, t->data, sizeof(mask));
	if (t->ci == CI_SELECT_MODE2) {
		for (i = 0; i < 4; i++)
			mask[i] = t->data[3 - i];
		mask[4] = t->data[5];
		mask[5] = t->data[4];
	}
	if (!digits_match(mask, own->id, 4, m->model->wildcards) ||
	    !bytes_match(mask + 4, own->manufacturer, 2) ||
	    !bytes_match(mask + 6, &own->version, 1) ||
	    !bytes_match(mask + 7, &own->medium, 1))
		return false;
	if (t->data_len == sizeof(mask))
		return true;
	/* Enhanced selection: the one filter known is the fabrication number */
	return m->has_fabrication && t->data_len == sizeof(mask) + 6 &&
	       t->data[8] == 0x0c && t->data[9] == 0x78 &&
	       digits_match(t->data + 10, m->fabrication, 4, true);
}

static bool knows(const struct meter *m, uint8_t ci)
{
	const struct model *model = m->model;

	if (model->selection == SELECTION_NO)
		return false;
	return ci == CI_SELECT ? model->mode2 != MODE2_ONLY :
				 model->mode2 != MODE2_NO;
}

bool selection_is_for(const struct meter *m, const struct telegram *t)
{
	return knows(m, t->ci) && (m->model->selection == SELECTION_ANY ||
				   selection_matches(m, t));
}

bool selection_take(struct meter *m, const struct telegram *t, struct answer *a)
{
	/* An unknown selection selects other meters, and deselects this one. */
	if (selection_is_for(m, t)) {
		m->selected = true;
		if (m->model->fcb_memory == FCB_PER_ADDRESS)
			image_clear(&m->images[IMAGE_SELECTED]);
		return answer_ack(a);
	}
	if (m->model->deselect == DESELECT_YES)
		m->selected = false;
	return m->model->selection == SELECTION_ACK && knows(m, t->ci) &&
	       answer_ack(a);
}
