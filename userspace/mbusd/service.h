/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running daemon: its configuration and its parts. main.c runs it, the API
 * reads its state and requests readouts and searches.
 */
#ifndef MBUSD_SERVICE_H
#define MBUSD_SERVICE_H

#include <stdbool.h>
#include <time.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "base/events.h"
#include "output/outbox.h"
#include "reader/reader.h"
#include "store/recorder.h"

struct service;

/* config_load() with all kinds of outputs. */
struct config *service_load(const char *path, config_fault_fn *fault,
			    void *context);

/* Starts all parts. Takes over the reference of @config. */
struct service *service_start(struct config *config,
			      struct meterbus_error *err);
/*
 * Changes to @config, which it takes over; parts that are the same in both go on
 * undisturbed. Fails and changes nothing if only a restart can make the change.
 */
int service_reload(struct service *service, struct config *config,
		   struct meterbus_error *err);
/*
 * Requests all buses to end, so that waiting requests are answered. To be called
 * before api_stop(), which waits for those requests.
 */
void service_end(struct service *service);
void service_stop(struct service *service);

/* To be called every few seconds, by the thread that started it. */
void service_tick(struct service *service);

/* The caller calls config_put(). */
struct config *service_config(struct service *service);
struct events *service_events(struct service *service);
struct recorder *service_recorder(struct service *service);
struct outbox *service_outbox(struct service *service);
time_t service_started(const struct service *service);

/*
 * Calls @use with the reader of the bus with that name. A reload may stop the
 * reader meanwhile without waiting for @use; it is freed afterwards. Returns
 * false if there is no such bus.
 */
bool service_use_reader(struct service *service, const char *bus,
			void (*use)(void *context, struct reader *reader),
			void *context);

#endif
