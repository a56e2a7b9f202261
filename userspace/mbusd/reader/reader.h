/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread of one bus: attaches it, waits for it while it is unplugged, reads
 * the meters that are due and what is asked for meanwhile, stores every
 * readout and publishes it (news.h). All functions may be called from any
 * thread.
 */
#ifndef MBUSD_READER_H
#define MBUSD_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <meterbus/address.h>
#include <meterbus/error.h>

#include "config/config.h"
#include "base/news.h"
#include "store/reading.h"
#include "store/recorder.h"
#include "store/store.h"

struct reader;

/*
 * Starts the thread of @bus, which is in @config; keeps a reference of that.
 * @recorder and @news live until reader_stop() has returned true.
 */
struct reader *reader_start(struct config *config,
			    const struct config_bus *bus,
			    struct recorder *recorder, struct news *news,
			    struct meterbus_error *err);

/*
 * Goes on with another configuration in which the bus is the same
 * (config_same_bus()), without touching a readout that is under way.
 */
void reader_reload(struct reader *reader, struct config *config,
		   const struct config_bus *bus);

/* Tells the thread to end when the exchange that is under way has. */
void reader_end(struct reader *reader);
/*
 * The same, waits for it until @until_ms (now_ms()), and puts the reference of
 * reader_start(). False if the thread hangs in the tty: it is left behind and
 * ends when the tty answers, so the recorder and news must not be freed.
 */
bool reader_stop(struct reader *reader, int64_t until_ms);

/*
 * Keeps @reader for who uses it without keeping it from being stopped: then it
 * has ended, and refuses what is asked of it.
 */
void reader_get(struct reader *reader);
void reader_put(struct reader *reader);

/* When the thread last gave a sign of life, CLOCK_MONOTONIC in seconds. */
int64_t reader_alive(struct reader *reader);

/* No sign of life for minutes: the tty does not answer. */
bool reader_is_hung(struct reader *reader);
/* Logs and publishes it once when that begins and once when it is over. */
void reader_report_hung(struct reader *reader);

enum reader_state {
	READER_WAITING,		/* the adapter or gateway is not there */
	READER_IDLE,
	READER_READING,
	READER_SCANNING,
	READER_HUNG,		/* no sign of life, see reader_is_hung() */
};

struct reader_status {
	enum reader_state state;
	char bus[CONFIG_NAME_MAX + 1];	/* name in the configuration */
	char device[16];		/* "mbus0", "" while waiting */
	char tty[128];			/* "" if not known */
	char meter[CONFIG_NAME_MAX + 1]; /* being read; "" */
	char problem[256];		/* why it waits; "" */
	time_t next;			/* when a meter is due; 0: none */
	unsigned long reads, failures;	/* since the daemon began */
};

/* "waiting", "idle", "reading", "scanning", "hung". */
const char *reader_state_name(enum reader_state state);
void reader_status(struct reader *reader, struct reader_status *status);

/*
 * Reads a meter as soon as what is under way has ended. @name is that of a
 * configured meter; NULL for one by its @address, which may be that of a
 * configured one, too (known.h). A configured meter's readout is stored and
 * counts for its budget unless @force; of others nothing is kept. *@reading
 * (its meter is "" if not configured) is for reading_put(); it is NULL after an
 * error that has no readout (METERBUS_E_BUSY: the budget of the meter is used
 * up, or it was not its turn for @timeout_s seconds; METERBUS_E_UNPLUGGED).
 */
int reader_read(struct reader *reader, const char *name,
		const struct meterbus_address *address, bool force,
		unsigned int timeout_s, struct reading **reading,
		struct meterbus_error *err);

/*
 * Starts a search, one at a time for each bus (METERBUS_E_BUSY). Scheduled
 * readouts go before it at every probe, so it may take a while. Its events are
 * published with the member "scan": *@id. @mask as for
 * meterbus_search_secondary(), NULL for primary addresses.
 */
int reader_scan(struct reader *reader, const struct meterbus_address *mask,
		unsigned int *id, struct meterbus_error *err);

/* False if there is no such search under way. */
bool reader_scan_cancel(struct reader *reader, unsigned int id);

#endif
