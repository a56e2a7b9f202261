/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readouts that an output could not deliver. A receiver that refuses a readout
 * must not block those behind it, nor retention: after some attempts the readout
 * is parked, until it is sent again or retention deletes it.
 *
 * Functions return 0, or -1 as those of store.h.
 */
#ifndef MBUSD_STORE_PARKED_H
#define MBUSD_STORE_PARKED_H

#include "store/store.h"

struct store_attempts {
	unsigned int count;
	int64_t since_ns;	/* time of the first one */
};

/* Counts an attempt at @now_ns that failed; *@attempts has all of them. */
int store_note_attempt(struct store *store, const char *output, int64_t readout,
		       int64_t now_ns, const char *why,
		       struct store_attempts *attempts,
		       struct meterbus_error *err);
/* The same, and parks the readout. */
int store_park(struct store *store, const char *output, int64_t readout,
	       int64_t now_ns, const char *why, struct meterbus_error *err);
/* The readout was delivered. */
int store_forget_attempts(struct store *store, const char *output,
			  int64_t readout, struct meterbus_error *err);

/* Marks a parked @readout, 0 for all of @output, to be sent again. */
int store_send_again(struct store *store, const char *output, int64_t readout,
		     unsigned int *count, struct meterbus_error *err);
/* The first readout marked so, if there is one. */
int store_next_again(struct store *store, const char *output,
		     store_each_fn *each, void *context,
		     struct meterbus_error *err);

int store_count_parked(struct store *store, const char *output,
		       uint64_t *count, struct meterbus_error *err);

struct store_parked {
	int64_t readout;
	const char *meter;
	int64_t time_ns;	/* of the readout */
	struct store_attempts attempts;
	const char *why;	/* the last one failed */
	bool again;		/* is being sent again */
};

/* Called with each, valid during the call. Returns false to stop. */
typedef bool store_parked_fn(void *context, const struct store_parked *parked);

/* Parked readouts of @output with id > @after, ascending. */
int store_list_parked(struct store *store, const char *output, int64_t after,
		      store_parked_fn *each, void *context,
		      struct meterbus_error *err);

#endif
