/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the reader: reader.c has the thread and its loop,
 * read.c one readout, scan.c searches, requests.c readouts on request.
 */
#ifndef MBUSD_READER_PRIVATE_H
#define MBUSD_READER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include <meterbus/master.h>

#include "reader/agenda.h"
#include "reader/link.h"
#include "reader/wire_lock.h"
#include "reader/match.h"
#include "reader/reader.h"

/*
 * A readout that a thread waits for. Freed by that thread, or by the reader's if
 * the other one has given up.
 */
struct reader_request {
	struct reader_request *next;
	char name[CONFIG_NAME_MAX + 1];	/* "": @address */
	struct meterbus_address address;
	bool force;
	bool given_up;
	enum { REQUEST_WAITING, REQUEST_UNDER_WAY, REQUEST_DONE } state;
	int result;
	struct meterbus_error err;
	struct reading *reading;
};

/* The link as readouts use it: notes the time of each exchange. */
struct timed_link {
	struct meterbus_link link;
	struct reader *reader;
	int64_t first_ns;	/* time of day of the first answer; 0: none */
};

struct reader_scan {
	pthread_t thread;
	unsigned int id;	/* of the last one */
	bool active;		/* the thread has to be joined */
	bool done;		/* and is about to end */
	atomic_bool cancelled;
	bool secondary;
	struct meterbus_address mask;
	uint32_t baud;
};

struct reader {
	atomic_uint users;	/* references */
	pthread_t thread;
	struct recorder *recorder;
	struct events *events;
	int wake;		/* eventfd: requests, new_config, scan or ending changed */
	int timer;		/* timerfd, time of day: a meter is due */
	atomic_int_fast64_t alive;
	atomic_bool ending;
	bool hung;		/* reported; of reader_report_hung()'s caller */

	/* Protects what follows, up to the next comment. */
	pthread_mutex_t lock;
	pthread_cond_t answered;	/* a request is done */
	pthread_cond_t reaped;		/* the thread of a search has ended */
	struct reader_request *requests;
	struct config *new_config;	/* not in use yet; NULL: none */
	const struct config_bus *new_bus;
	struct reader_status status;	/* status.bus never changes */
	struct reader_scan scan;
	bool open;

	/* The thread's own. config and open are changed with the lock held. */
	struct config *config;
	const struct config_bus *bus;
	struct agenda agenda;
	struct bus_link *link;
	struct meterbus_master *master;
	struct timed_link timed;
	struct meterbus_readout telegrams;	/* of the last readout */
	char address_text[METERBUS_ADDRESS_TEXT];
	uint32_t logged;		/* findings of the wire in the log, a bit for each */
	bool request_last;	/* the last readout was requested */
	struct agenda_item *current; /* being read; NULL: not configured */

	struct wire_lock wire;	/* of the open link */
};

struct agenda_time reader_now(void);
void reader_wake(struct reader *reader);

/* read.c */
/* Makes reader->master. Returns 0, or -1 with @err. */
int reader_init_master(struct reader *reader, struct meterbus_error *err);
/*
 * Reads @meter, or the one at @address if @meter is NULL; the reading is stored
 * if the answer is of a configured meter. Returns 0, or -1 with the error the
 * readout ended with. *@reading is for reading_put(); it is NULL if nothing was
 * sent (METERBUS_E_BUSY: the budget is used up and not @force), if the daemon
 * ends, or without memory.
 */
int reader_read_one(struct reader *reader, const struct config_meter *meter,
		    const struct meterbus_address *address, bool force,
		    struct reading **reading, struct meterbus_error *err);

/* scan.c; called by the reader's thread without the lock */
void reader_scan_reap(struct reader *reader);	/* if it has ended */
void reader_scan_end(struct reader *reader);	/* cancels it and waits */

/* requests.c; called by the reader's thread without the lock */
bool reader_serve_request(struct reader *reader);	/* false: there is none */
/* Fails all of them with @problem. */
void reader_refuse_requests(struct reader *reader, const char *problem);

#endif
