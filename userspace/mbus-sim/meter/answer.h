/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a meter sends: its recordings with its own identity in them. */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include "meter.h"

#define SINGLE_ACK 0xe5

/* Errors of the application layer (CI 70). */
enum { ERROR_BUSY = 0x08, ERROR_TOO_MANY_READOUTS = 0x09 };

/* These return true, as there is an answer now. */
bool answer_bytes(struct answer *a, const uint8_t *bytes, size_t len);
bool answer_ack(struct answer *a);
bool answer_recording(struct meter *m, struct answer *a,
		      const struct recording *recording);
bool answer_error(struct meter *m, struct answer *a, uint8_t code);

/* Telegram @number of the readout, as this meter sends it. */
void answer_make(struct meter *m, size_t number, struct recording *to);

/* One telegram with the records of all telegrams that were selected. */
void answer_make_selected(struct meter *m, struct recording *to);

/* Times and faults of an answer at @baud that is complete otherwise. */
void answer_finish(struct meter *m, struct answer *a, int baud);

#endif
