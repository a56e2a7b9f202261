/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: all readouts, good and failed, in an SQLite file. A readout survives
 * kill -9 and power loss once store_add() has returned 0.
 *
 * A struct store is one connection, used by one thread at a time; several may be
 * open, also in several processes. Errors are METERBUS_E_SYSTEM (for example a
 * full or read-only disk; the store is unchanged, the call may be repeated later),
 * METERBUS_E_PERMISSION, and METERBUS_E_USAGE if repeating is of no use: no such
 * file, not a store, of a newer version, damaged.
 */
#ifndef MBUSD_STORE_H
#define MBUSD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>
#include <meterbus/master.h>

struct store;

enum store_mode {
	STORE_READ,	/* an existing file, never written to */
	STORE_WRITE,	/* created or migrated if necessary */
};

/* *@store is NULL after a failure. */
int store_open(struct store **store, const char *path, enum store_mode mode,
	       struct meterbus_error *err);
/*
 * How long calls wait while another program has locked the store, 10 s at
 * first; then they fail with METERBUS_E_SYSTEM.
 */
void store_set_patience(struct store *store, unsigned int ms);
void store_close(struct store *store);

/* One attempt to read a meter. */
struct store_readout {
	int64_t id;		/* ascending; out of store_add() */
	const char *meter;	/* name in the configuration */
	const char *bus;	/* name in the configuration */
	const char *address;	/* as meterbus_address_format() writes it */
	int64_t time_ns;	/* of the first answer or of giving up, since 1970 */
	uint32_t elapsed_ms;
	enum meterbus_error_kind outcome; /* METERBUS_OK: read */
	const char *why;	/* the error's line; "" if it was read */
	size_t telegram_count;	/* may be > 0 after a failure, too */
	struct store_telegram {
		const uint8_t *bytes;
		size_t len;
	} telegrams[METERBUS_READOUT_MAX];
};

/*
 * A deep copy in one allocation of *@size bytes, for free(). NULL without memory.
 */
struct store_readout *store_readout_copy(const struct store_readout *readout,
					 size_t *size);

/*
 * Adds @count readouts, all of them on the disk before this returns 0, or none
 * of them. Their ids are ignored and set; they are 0 after a failure.
 */
int store_add_all(struct store *store, struct store_readout *const *readouts,
		  size_t count, struct meterbus_error *err);
int store_add(struct store *store, struct store_readout *readout,
	      struct meterbus_error *err);

/* Whether there is a readout of @meter of exactly that time. */
int store_has(struct store *store, const char *meter, int64_t time_ns,
	      bool *has, struct meterbus_error *err);

/*
 * Called with each readout, which is valid during the call. Returns false to stop.
 */
typedef bool store_each_fn(void *context, const struct store_readout *readout);

/* Up to @limit readouts with id > @after, ascending: those an output sends next. */
int store_after(struct store *store, int64_t after, size_t limit,
		store_each_fn *each, void *context, struct meterbus_error *err);

struct store_query {
	const char *meter;	/* NULL: all */
	int64_t since_ns;	/* inclusive */
	int64_t until_ns;	/* exclusive; 0: no end */
	size_t limit;		/* 0: none */
	bool newest_first;
	bool read_only;		/* without the failures */
};

/* By time. */
int store_history(struct store *store, const struct store_query *query,
		  store_each_fn *each, void *context,
		  struct meterbus_error *err);

/*
 * The newest good readout of each meter whose name is behind @after ("": all), in
 * the order of names. The newest is the one stored last, whatever
 * its time, so that readouts of a clock that was ahead do not hide later ones.
 */
int store_latest(struct store *store, const char *after, store_each_fn *each,
		 void *context, struct meterbus_error *err);

/*
 * The time of the last readout of @meter (NULL: of any) before @before_ns; 0: none.
 */
int store_last(struct store *store, const char *meter, int64_t before_ns,
	       int64_t *last_ns, struct meterbus_error *err);

/*
 * The number of readouts of @meter since @since_ns and before @until_ns that count
 * for its budget: all that sent something. @until_ns excludes readouts that were
 * stored while the clock was ahead.
 */
int store_attempts(struct store *store, const char *meter, int64_t since_ns,
		   int64_t until_ns, unsigned int *count,
		   struct meterbus_error *err);

/* Called with the name of each meter that has or had readouts. */
typedef bool store_meter_fn(void *context, const char *name);
int store_meters(struct store *store, store_meter_fn *each, void *context,
		 struct meterbus_error *err);

/*
 * The position of @output: the id up to which it has delivered. A new output
 * begins behind the newest readout, unless @from_start.
 */
int store_position(struct store *store, const char *output, bool from_start,
		   int64_t *id, struct meterbus_error *err);
int store_set_position(struct store *store, const char *output, int64_t id,
		       struct meterbus_error *err);

/* How many readouts are behind the position of @output. */
int store_backlog(struct store *store, const char *output, uint64_t *count,
		  struct meterbus_error *err);

/*
 * Deletes readouts before @before_ns that all of @outputs have delivered, a
 * bounded number of them; *@more: there may be others.
 */
int store_expire(struct store *store, int64_t before_ns,
		 const char *const *outputs, size_t output_count, bool *more,
		 struct meterbus_error *err);

#endif
