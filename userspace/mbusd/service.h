/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running daemon: its configuration and its parts, for main.c, which runs
 * it, and the API, which looks at it and asks it for things.
 */
#ifndef MBUSD_SERVICE_H
#define MBUSD_SERVICE_H

#include <stdbool.h>
#include <time.h>

#include <meterbus/error.h>

#include "config/config.h"
#include "base/news.h"
#include "output/outbox.h"
#include "reader/reader.h"
#include "store/recorder.h"

struct service;

/* config_load() with the outputs that there are. */
struct config *service_load(const char *path, config_fault_fn *fault,
			    void *context);

/* Starts all parts. Takes over the reference of @config. */
struct service *service_start(struct config *config,
			      struct meterbus_error *err);
/*
 * Parts that are the same in @config go on undisturbed. Takes it over. Fails,
 * with everything as it was, for what only a new start can change.
 */
int service_reload(struct service *service, struct config *config,
		   struct meterbus_error *err);
/*
 * Tells all buses to end, which answers those who wait for a readout. To be
 * called before api_stop(), or that would have to wait for them.
 */
void service_end(struct service *service);
void service_stop(struct service *service);

/* To be called every few seconds, by the thread that started it. */
void service_tick(struct service *service);

/* For config_put(); what it leads to lives until then. */
struct config *service_config(struct service *service);
struct news *service_news(struct service *service);
struct recorder *service_recorder(struct service *service);
struct outbox *service_outbox(struct service *service);
time_t service_started(const struct service *service);

/*
 * Calls @use with the reader of the bus of that name. It may be stopped
 * meanwhile, but is there until @use returns; nobody waits for that. Returns
 * false if there is none.
 */
bool service_use_reader(struct service *service, const char *bus,
			void (*use)(void *context, struct reader *reader),
			void *context);

#endif
