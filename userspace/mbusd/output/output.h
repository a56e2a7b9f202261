/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to the outside, by their kinds: a file for each and a line in kinds.c.
 * worker.h runs one of them, outbox.h all.
 */
#ifndef MBUSD_OUTPUT_H
#define MBUSD_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

#include "config/output.h"
#include "store/reading.h"

/*
 * How a kind of output delivers; all calls come from the output's thread. They
 * may block, but not for longer than the output's timeout without any sign of
 * the receiver, and they come to an end as soon as stop_fd is readable.
 */
struct output_kind {
	struct config_output_kind config; /* its type and keys; comes first */
	const char *name;	/* for the API: "mqtt", "influx", "webhook", "exec" */
	/* How many readouts deliver() takes at once; 1 with send(). */
	size_t batch;
	/* Of what @state is to the others: the kind's own, zeroes at first. */
	size_t state_size;
	/*
	 * Connects lazily: fails for a configuration it cannot use only, and
	 * then leaves nothing behind. Both configurations live until close().
	 */
	int (*open)(void *state, const struct config *config,
		    const struct config_output *output, int stop_fd,
		    struct meterbus_error *err);
	/*
	 * Delivers @count readings in order; @config is the newest, for the
	 * meters' labels. Returns how many of them, from the first on,
	 * the receiver has acknowledged; fewer than @count with @err, for the
	 * rest to be repeated later. A readout the receiver will never take
	 * counts as delivered, so that it does not block the others; see
	 * output_left_out().
	 */
	size_t (*deliver)(void *state, const struct config *config,
			  struct reading *const *readings, size_t count,
			  struct meterbus_error *err);
	/*
	 * Instead of deliver(): one reading. Returns 0, or -1 with @err for it
	 * to be repeated later.
	 */
	int (*send)(void *state, const struct reading *reading,
		    struct meterbus_error *err);
	/*
	 * Called while there is nothing to deliver, every few seconds and when
	 * @wake says so, which it sets (fd -1: never): keeps a connection.
	 * Returns 0, or -1 with @err if there is none. May be NULL.
	 */
	int (*idle)(void *state, struct pollfd *wake,
		    struct meterbus_error *err);
	void (*close)(void *state);	/* may be NULL */
};

/* Up to a NULL; their addresses are those of their struct output_kind. */
extern const struct config_output_kind *const output_kinds[];

/* Reports that @output will never deliver @readout, and why. */
void output_left_out(const struct config_output *output,
		     const struct store_readout *readout, const char *why);

#endif
