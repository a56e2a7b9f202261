/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The FCB memory of a meter decides what it repeats (EN 13757-2). */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include "meter.h"

/* That of the telegrams to address @a. */
struct image *image_of(struct meter *m, uint8_t a);

/* After SND_NKE or a selection. */
void image_clear(struct image *img);

/* After an application reset: of requests only. */
void image_clear_requests(struct image *img);

/* REQ_UD2 with C field @c; true with @a filled if the meter answers. */
bool image_request(struct meter *m, struct image *img, uint8_t c,
		   struct answer *a);

/* SND_UD: true if it is a repetition: acknowledged, not carried out. */
bool image_repeats_command(const struct meter *m, struct image *img,
			   const struct telegram *t);

#endif
