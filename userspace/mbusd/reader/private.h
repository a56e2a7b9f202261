/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the reader share: reader.c has the thread and its turns,
 * reader_read.c one readout, reader_scan.c searches, reader_ask.c what others
 * ask of it.
 */
#ifndef MBUSD_READER_PRIVATE_H
#define MBUSD_READER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include <meterbus/master.h>

#include "reader/agenda.h"
#include "reader/link.h"
#include "reader/gate.h"
#include "reader/known.h"
#include "reader/reader.h"

/*
 * A thread waits for the readout of a meter. Freed by that thread, or by the
 * reader's if the other one has given up.
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

/* The bus as readouts see it: looks at each exchange and hands it on. */
struct reader_tap {
	struct meterbus_link link;
	struct reader *reader;
	int64_t first_ns;	/* time of day of the first answer; 0: none */
};

struct reader_scan {
	pthread_t thread;
	unsigned int id;	/* of the last one */
	bool active;		/* thread is to be joined */
	bool done;		/* and that will not take long */
	atomic_bool cancelled;
	bool secondary;
	struct meterbus_address mask;
	uint32_t baud;
};

struct reader {
	atomic_uint users;	/* references */
	pthread_t thread;
	struct recorder *recorder;
	struct news *news;
	int wake;		/* eventfd: look at what is below */
	int timer;		/* timerfd, time of day: a meter is due */
	atomic_int_fast64_t alive;
	atomic_bool ending;
	bool hung;		/* reported; of reader_report_hung()'s caller */

	/* Protects what follows, up to the next comment. */
	pthread_mutex_t lock;
	pthread_cond_t answered;	/* a request is done */
	struct reader_request *requests;
	struct config *new_config;	/* to be taken over; NULL: none */
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
	struct reader_tap tap;
	struct meterbus_readout telegrams;	/* of the last readout */
	char address_text[METERBUS_ADDRESS_TEXT];
	uint32_t told;		/* findings about the wire that were logged */
	bool asked_last;	/* the last readout was one that was asked for */
	struct agenda_item *current; /* what is being read; NULL: none of them */

	struct gate gate;	/* of the open link */
};

struct agenda_time reader_now(void);
void reader_wake(struct reader *reader);

/* reader_read.c */
/* Makes reader->master. Returns 0, or -1 with @err. */
int reader_tap_init(struct reader *reader, struct meterbus_error *err);
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

/* reader_scan.c; by the reader's thread, the lock not held */
void reader_scan_reap(struct reader *reader);	/* if it has ended */
void reader_scan_end(struct reader *reader);	/* cancels it and waits */

/* reader_ask.c; by the reader's thread, the lock not held */
bool reader_answer(struct reader *reader);	/* false: nobody asks */
/* Nobody can be served now, because of @problem. */
void reader_refuse(struct reader *reader, const char *problem);

#endif
