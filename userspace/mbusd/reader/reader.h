/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread of one bus: attaches it, waits for it while it is unplugged, reads
 * meters by schedule and on request, hands readouts to the recorder. All
 * functions may be called from any thread.
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
#include "base/events.h"
#include "store/reading.h"
#include "store/recorder.h"
#include "store/store.h"

struct reader;

/*
 * Starts the thread of @bus, which is in @config; keeps a reference of that.
 * @recorder and @events live until reader_stop() has returned true.
 */
struct reader *reader_start(struct config *config,
			    const struct config_bus *bus,
			    struct recorder *recorder, struct events *events,
			    struct meterbus_error *err);

/*
 * Changes to another configuration in which the bus is the same
 * (config_same_bus()), after the current readout.
 */
void reader_reload(struct reader *reader, struct config *config,
		   const struct config_bus *bus);

/* Requests the thread to end after the current exchange. */
void reader_end(struct reader *reader);
/*
 * The same, waits for it until @until_ms (now_ms()), and puts the reference of
 * reader_start(). False if the thread hangs in the tty: it is abandoned and ends
 * when the tty answers, so recorder and events must not be freed.
 */
bool reader_stop(struct reader *reader, int64_t until_ms);

/*
 * A reference keeps @reader from being freed, not from being stopped: then it
 * refuses requests.
 */
void reader_get(struct reader *reader);
void reader_put(struct reader *reader);

/* Last sign of life of the thread, CLOCK_MONOTONIC in seconds. */
int64_t reader_alive(struct reader *reader);

/* No sign of life for minutes: the tty hangs. */
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
 * Reads a meter after the current readout. @name is that of a configured meter;
 * NULL for one by its @address, which may also be that of a configured one
 * (match.h). Readouts of configured meters are stored and count for the budget,
 * which @force overrides; others are not kept. The caller puts *@reading (its
 * meter is "" if not configured); it is NULL after an error without a readout
 * (METERBUS_E_BUSY: the meter's budget is used up, or the bus was busy for
 * @timeout_s seconds; METERBUS_E_UNPLUGGED).
 */
int reader_read(struct reader *reader, const char *name,
		const struct meterbus_address *address, bool force,
		unsigned int timeout_s, struct reading **reading,
		struct meterbus_error *err);

/*
 * Starts a search, one at a time for each bus (METERBUS_E_BUSY). Readouts come
 * first at every probe, so it may take long. Its events are published with the
 * member "scan": *@id. @mask as for
 * meterbus_search_secondary(), NULL for primary addresses.
 */
int reader_scan(struct reader *reader, const struct meterbus_address *mask,
		unsigned int *id, struct meterbus_error *err);

/* False if that search is not running. */
bool reader_scan_cancel(struct reader *reader, unsigned int id);

#endif
