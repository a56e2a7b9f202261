// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A link of one's own: the wire is behind whatever the program likes, here one
 * meter made of an array, with the primary address 5. Reads it.
 *
 * cc link.c $(pkg-config --cflags --libs libmeterbus)
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/meterbus.h>

static const uint8_t answer[] = {
	0x68, 0x15, 0x15, 0x68, 0x08, 0x05, 0x72, 0x78, 0x56, 0x34, 0x12,
	0x24, 0x40, 0x01, 0x07, 0x01, 0x00, 0x00, 0x00, 0x0C, 0x13, 0x27,
	0x04, 0x85, 0x02, 0xD1, 0x16,
};

/* The master sends what it likes; timing and repeats are the link's to do. */
static int exchange(struct meterbus_link *link, struct meterbus_exchange *x,
		    struct meterbus_error *err)
{
	struct meterbus_telegram request;

	(void)link;
	if (meterbus_telegram_parse(&request, x->request, x->request_len,
				    err) < 0)
		return -1;
	x->tries = 1;
	x->outcome = METERBUS_OUTCOME_SILENCE;
	x->answer_len = 0;
	if (request.a != 5)
		return 0;
	if (request.c == METERBUS_C_SND_NKE) {
		x->outcome = METERBUS_OUTCOME_ACK;
		x->answer[x->answer_len++] = 0xE5;
	} else if ((request.c & ~METERBUS_C_FCB) == METERBUS_C_REQ_UD2) {
		x->outcome = METERBUS_OUTCOME_FRAME;
		x->answer_len = sizeof(answer);
		memcpy(x->answer, answer, sizeof(answer));
	}
	return 0;
}

/* Nobody else uses this wire. */
static int hold(struct meterbus_link *link, struct meterbus_error *err)
{
	(void)link;
	(void)err;
	return 0;
}

static void release(struct meterbus_link *link)
{
	(void)link;
}

int main(void)
{
	struct meterbus_link link = {
		.size = sizeof(link),
		.exchange = exchange,
		.hold = hold,
		.release = release,
	};
	struct meterbus_address address = { .primary = 5 };
	struct meterbus_readout readout;
	char text[METERBUS_ADDRESS_TEXT];
	struct meterbus_error err;
	struct meterbus_master *master = meterbus_master_new(&link, &err);

	if (!master || meterbus_read(master, &address, &readout, &err) < 0) {
		fprintf(stderr, "link: %s\n", err.text);
		meterbus_master_free(master);
		return 1;
	}
	printf("%s, %zu telegram, %lu exchanges\n",
	       meterbus_address_format(&readout.meter, text), readout.count,
	       meterbus_master_exchanges(master));
	meterbus_master_free(master);
	return 0;
}
