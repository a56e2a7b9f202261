// SPDX-License-Identifier: GPL-2.0-or-later
#include "image.h"
#include "answer.h"

#include <string.h>

struct image *image_of(struct meter *m, uint8_t a)
{
	switch (m->model->fcb_memory) {
	case FCB_PER_DEVICE:
		return &m[-(ptrdiff_t)m->device].images[IMAGE_PRIMARY];
	case FCB_PER_METER:
		return &m->images[IMAGE_PRIMARY];
	case FCB_PER_ADDRESS:
		break;
	}
	return &m->images[a == ADDRESS_SELECTED ? IMAGE_SELECTED :
						  IMAGE_PRIMARY];
}

void image_clear_requests(struct image *img)
{
	img->req_state = FCB_CLEARED;
	img->answer.len = 0;
	img->next = 0;
}

void image_clear(struct image *img)
{
	image_clear_requests(img);
	img->snd_state = FCB_CLEARED;
	img->command.len = 0;
	img->prepared = false;
	img->asked = 0;
}

static bool used_up(const struct meter *m)
{
	return m->model->readouts && m->readouts >= m->model->readouts;
}

static bool answer_unprepared(struct meter *m, struct answer *a)
{
	if (!m->model->unprepared.len)
		return answer_ack(a);
	return answer_recording(m, a, &m->model->unprepared);
}

static bool next_answer(struct meter *m, struct image *img, struct answer *a)
{
	const struct model *model = m->model;

	if (model->prepare && !img->prepared)
		return answer_unprepared(m, a);
	if (img->asked++ < model->busy)
		return answer_error(m, a, ERROR_BUSY);
	if (model->fcb == FCB_FIRST)
		img->next = 0;
	if (!model->nr_telegrams)
		return answer_ack(a);
	if (img->next >= model->nr_telegrams) {
		img->next = 0;
		if (model->after_last == AFTER_LAST_ACK) {
			answer_ack(a);
			goto remember;
		}
	}
	if (!img->next) {
		if (used_up(m))
			return model->over_limit == OVER_LIMIT_ERROR &&
			       answer_error(m, a, ERROR_TOO_MANY_READOUTS);
		m->readouts++;
	}
	if (m->wanted_len) {
		answer_make_selected(m, &img->answer);
		img->next = model->nr_telegrams;
	} else {
		answer_make(m, img->next, &img->answer);
		img->next++;
	}
	m->answers++;
	return answer_bytes(a, img->answer.bytes, img->answer.len);

remember:
	memcpy(img->answer.bytes, a->bytes, a->len);
	img->answer.len = a->len;
	return true;
}

bool image_request(struct meter *m, struct image *img, uint8_t c,
		   struct answer *a)
{
	const struct model *model = m->model;
	bool fcb = c & C_FCB;
	bool cleared = img->req_state == FCB_CLEARED;
	bool repeat = c & C_FCV && img->req_state == FCB_SEEN &&
		      img->req_fcb == fcb && img->answer.len;

	if (model->silent || ++m->requests % model->answer_every)
		return false;
	/* A cleared memory holds 0: this repeats a request never made. */
	if (model->fcb == FCB_STRICT && c & C_FCV && cleared && !fcb)
		return false;
	if (repeat && model->fcb != FCB_IGNORE && model->fcb != FCB_FIRST)
		return answer_bytes(a, img->answer.bytes, img->answer.len);
	if (c & C_FCV) {
		img->req_state = FCB_SEEN;
		img->req_fcb = fcb;
	}
	return next_answer(m, img, a);
}

bool image_repeats_command(const struct meter *m, struct image *img,
			   const struct telegram *t)
{
	bool fcb = t->c & C_FCB;
	bool repeat = t->c & C_FCV && img->snd_state == FCB_SEEN &&
		      img->snd_fcb == fcb;

	/*
	 * Masters that keep no FCB for SND_UD send the same one for ever; only
	 * a strict meter takes a different command for a repetition.
	 */
	if (repeat && m->model->fcb != FCB_STRICT)
		repeat = img->command.len == t->len &&
			 !memcmp(img->command.bytes, t->raw, t->len);
	if (t->c & C_FCV) {
		img->snd_state = FCB_SEEN;
		img->snd_fcb = fcb;
	}
	memcpy(img->command.bytes, t->raw, t->len);
	img->command.len = t->len;
	return repeat;
}
