// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "image.h"
#include "records.h"

#include <string.h>

/* CI fields of the master (EN 13757-3) that a meter acts on. */
enum {
	CI_RESET = 0x50,
	CI_DATA = 0x51,
	CI_BAUD_FIRST = 0xb8,
	CI_BAUD_LAST = 0xbf,
};

#define VIF_TIME 0x6d

/* Selections for the readout, the clock, or the meter's identity. */
static void write_data(struct meter *m, const uint8_t *d, size_t len)
{
	if (records_select(d, len)) {
		memcpy(m->wanted, d, len);
		m->wanted_len = len;
	}
	if (m->model->read_only)
		return;
	if ((len == 6 && d[0] == 0x04 && d[1] == VIF_TIME) ||
	    (len == 8 && d[0] == 0x06 && d[1] == VIF_TIME)) {
		memcpy(m->clock, d, len);
		m->clock_len = len;
	}
	if (len == 3 && d[0] == 0x01 && d[1] == 0x7a && d[2] <= 250) {
		m->address = d[2];
	} else if (len == 6 && d[0] == 0x0c && d[1] == 0x79) {
		memcpy(m->identity.id, d + 2, 4);
	} else if (len == 10 && d[0] == 0x07 && d[1] == 0x79) {
		memcpy(m->identity.id, d + 2, 4);
		memcpy(m->identity.manufacturer, d + 6, 2);
		m->identity.version = d[8];
		m->identity.medium = d[9];
	}
}

static void carry_out(struct meter *m, const struct telegram *t)
{
	static const int rates[] = {300,  600,	1200,  2400,
				    4800, 9600, 19200, 38400};
	size_t i;

	switch (t->ci) {
	case CI_RESET:
		m->wanted_len = 0;
		for (i = 0; i < NR_IMAGES; i++)
			image_clear_requests(&m->images[i]);
		break;
	case CI_DATA:
		write_data(m, t->data, t->data_len);
		break;
	case CI_BAUD_FIRST ... CI_BAUD_LAST:
		if (m->model->baud_switch && !m->model->auto_baud)
			m->switch_to = rates[t->ci - CI_BAUD_FIRST];
		break;
	}
}

void command_take(struct meter *m, const struct telegram *t)
{
	struct image *img = image_of(m, t->a);

	if (!image_repeats_command(m, img, t))
		carry_out(m, t);
	if (t->ci == m->model->prepare)
		img->prepared = true;
}
