/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of outputs: a file for each and a line in kinds.c. worker.h runs one
 * output, outbox.h all.
 */
#ifndef MBUSD_OUTPUT_H
#define MBUSD_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>

#include "base/commands.h"
#include "config/output.h"
#include "store/reading.h"

/* What became of a reading. */
enum output_result {
	OUTPUT_TAKEN,
	OUTPUT_LATER,	/* the receiver is not available: repeated without end */
	OUTPUT_FAILED,	/* the receiver fails with it: repeated, then parked */
	OUTPUT_REFUSED,	/* the receiver will never take it: parked */
};

struct output_worker;

/*
 * A kind of output. All functions are called by the output's thread. They may
 * block, but end after the output's timeout without a sign of the receiver, and
 * as soon as stop_fd is readable.
 */
struct output_kind {
	struct config_output_kind config; /* its type and keys; comes first */
	const char *name;	/* for the API: "mqtt", "influx", "webhook", "exec" */
	/* How many readouts deliver() takes at once; 1 with send(). */
	size_t batch;
	/* Of @state, the kind's own data, zeroed at first. */
	size_t state_size;
	/*
	 * Does not connect: fails only for a configuration that cannot be used,
	 * and then frees all it has. @worker and both configurations live until
	 * close().
	 */
	int (*open)(void *state, struct output_worker *worker,
		    const struct config *config,
		    const struct config_output *output, int stop_fd,
		    struct meterbus_error *err);
	/*
	 * Delivers @count readings in order; @config is the newest, for the
	 * meters' labels. Returns how many of them, from the first on,
	 * the receiver has acknowledged; fewer than @count with @err, for the
	 * rest to be repeated later. A readout the receiver will never take is
	 * passed to output_park() and counts as delivered.
	 */
	size_t (*deliver)(void *state, const struct config *config,
			  struct reading *const *readings, size_t count,
			  struct meterbus_error *err);
	/*
	 * Instead of deliver(): one reading. Sets @err unless it is taken.
	 */
	enum output_result (*send)(void *state, const struct reading *reading,
				   struct meterbus_error *err);
	/*
	 * Keeps the connection. Called while there is nothing to deliver, every
	 * few seconds and when @wake is ready, which it sets (fd -1: never).
	 * Returns 0, or -1 with @err without a connection. May be NULL.
	 */
	int (*idle)(void *state, struct pollfd *wake,
		    struct meterbus_error *err);
	void (*close)(void *state);	/* may be NULL */
};

/* Calls @each with the name of each meter in the store. 0, or -1 with @err. */
int output_each_meter(struct output_worker *worker, store_meter_fn *each,
		      void *context, struct meterbus_error *err);

/* Ends with NULL; each is the first member of a struct output_kind. */
extern const struct config_output_kind *const output_kinds[];

/*
 * Parks @readout, because of @why. @worker is that of open().
 */
void output_park(struct output_worker *worker,
		 const struct store_readout *readout, const char *why);

/*
 * Has the service do what the receiver asks for. Logs it if too many commands
 * wait, and that they are not executed.
 */
void output_command(struct output_worker *worker, enum command_kind kind,
		    const char *name);

#endif
