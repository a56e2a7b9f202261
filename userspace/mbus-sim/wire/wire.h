/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire: the PC's bytes on their way to the meters, the meters' answers on
 * top of each other, and the level converter between. Event-driven and without
 * a clock or file of its own: its owner brings the time.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include "../base/log.h"
#include "../scenario/scenario.h"
#include "queue.h"
#include "receiver.h"
#include "replay.h"
#include "transmission.h"

/* One input of the converter: bytes on their way to the meters. */
struct sender {
	struct byte_queue queue; /* not yet begun */
	bool sending;
	bool lost; /* the byte being sent does not reach the bus */
	uint8_t byte;
	size_t place; /* of the byte in its transmission, from 0 */
	int64_t start, end; /* of the byte */
};

enum { SENDER_PC, SENDER_OTHER, NR_SENDERS };

struct wire {
	struct scenario *scenario;
	struct replay *replay; /* answers, too; NULL: none */
	struct log *log;
	/* Called from wire_run() for each byte, at its time on the wire. */
	void (*to_pc)(void *context, uint8_t byte);
	void *context;
	int baud; /* the PC's UART */

	struct sender senders[NR_SENDERS];
	struct parser parser;
	bool pc_sent; /* anything, ever */
	int64_t switched; /* the converter listens to the PC from here on */

	struct transmissions transmissions;
	bool meters_spoke;
	int64_t meters_quiet; /* since when neither meter nor break drives */
	bool breaking;
	int64_t break_end;
	struct receiver receiver;
	struct byte_queue incoming; /* complete, due at the PC at their time */

	uint64_t random;
	unsigned int nr_bytes, nr_answers; /* for noise at each Nth */
	int64_t next_noise;
	int64_t next_stream;
	size_t stream_place; /* in the stream's bytes */
	int64_t next_other; /* telegram of the other master */
};

/* @log may be NULL. The scenario stays the caller's and has to outlive it. */
void wire_init(struct wire *w, struct scenario *scenario, struct log *log,
	       void (*to_pc)(void *context, uint8_t byte), void *context);
void wire_free(struct wire *w);

/* Everything up to @now happens; returns when to call again, or NEVER. */
int64_t wire_run(struct wire *w, int64_t now);

/* The PC handed over @bytes at @now; wire_run() up to @now comes first. */
void wire_send(struct wire *w, int64_t now, const uint8_t *bytes, size_t len);

/* Bytes of the PC that wait to be sent. */
size_t wire_backlog(const struct wire *w);

/* The PC's UART is set to another rate. */
void wire_set_baud(struct wire *w, int64_t now, int baud);

/* When the PC does what is due at @t: it may stall. */
int64_t wire_pc_runs(const struct wire *w, int64_t t);

#endif
