// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <meterbus/gateway.h>

#include "reader/gateway.h"
#include "base/hint.h"
#include "base/log.h"

struct bus_gateway {
	struct meterbus_gateway *gateway;
	pthread_t thread;
	bool running;
	int changed;		/* eventfd: what is below has changed */
	int stop;		/* eventfd: the thread is to end */
	char name[CONFIG_NAME_MAX + 1];
	/* Protects what follows. */
	pthread_mutex_t lock;
	bool connected;
	char problem[256];
};

static void signal_fd(int fd)
{
	uint64_t one = 1;

	/* Fails only when it is readable for ever already. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

static void set_state(struct bus_gateway *gateway, bool connected,
		      const char *problem)
{
	pthread_mutex_lock(&gateway->lock);
	gateway->connected = connected;
	snprintf(gateway->problem, sizeof(gateway->problem), "%s", problem);
	pthread_mutex_unlock(&gateway->lock);
	signal_fd(gateway->changed);
}

/* Called by meterbus_gateway_run(), in the gateway's thread. */
static void report(void *context, enum meterbus_gateway_event event,
		   const char *text)
{
	struct bus_gateway *gateway = context;

	switch (event) {
	case METERBUS_GATEWAY_CONNECTED:
		set_state(gateway, true, "");
		return;
	case METERBUS_GATEWAY_FAILED:
	case METERBUS_GATEWAY_LOST:
		set_state(gateway, false, text);
		return;
	case METERBUS_GATEWAY_SETTING:
		log_warning("bus %s: %s", gateway->name, text);
		return;
	}
}

static void *gateway_main(void *context)
{
	struct bus_gateway *gateway = context;
	struct meterbus_error err;

	if (meterbus_gateway_run(gateway->gateway, gateway->stop, &err) < 0) {
		hint_complete(&err);
		set_state(gateway, false, err.text);
	}
	return NULL;
}

static int start(struct bus_gateway *gateway, const struct config_bus *bus,
		 struct meterbus_error *err)
{
	const struct meterbus_gateway_options options = {
		.address = bus->host,
		.protocol = bus->connection == CONFIG_TCP ?
				    METERBUS_GATEWAY_TCP :
				    METERBUS_GATEWAY_RFC2217,
		.baud = bus->baud,
		.report = report,
		.context = gateway,
	};

	gateway->gateway = meterbus_gateway_open(&options, err);
	if (!gateway->gateway)
		return -1;
	gateway->running = pthread_create(&gateway->thread, NULL, gateway_main,
					  gateway) == 0;
	if (gateway->running && gateway->changed >= 0 && gateway->stop >= 0)
		return 0;
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "bus %s: no threads or descriptors left for its gateway",
			     bus->name);
}

struct bus_gateway *bus_gateway_new(const struct config_bus *bus,
				    struct meterbus_error *err)
{
	struct bus_gateway *gateway = calloc(1, sizeof(*gateway));

	if (!gateway) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&gateway->lock, NULL);
	snprintf(gateway->name, sizeof(gateway->name), "%s", bus->name);
	snprintf(gateway->problem, sizeof(gateway->problem),
		 "%s is not connected yet", bus->host);
	gateway->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	gateway->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (start(gateway, bus, err) == 0)
		return gateway;
	bus_gateway_free(gateway);
	return NULL;
}

void bus_gateway_free(struct bus_gateway *gateway)
{
	if (!gateway)
		return;
	if (gateway->running) {
		signal_fd(gateway->stop);
		pthread_join(gateway->thread, NULL);
	}
	if (gateway->gateway)
		meterbus_gateway_close(gateway->gateway);
	if (gateway->changed >= 0)
		close(gateway->changed);
	if (gateway->stop >= 0)
		close(gateway->stop);
	pthread_mutex_destroy(&gateway->lock);
	free(gateway);
}

unsigned int bus_gateway_bus(const struct bus_gateway *gateway)
{
	return meterbus_gateway_bus(gateway->gateway);
}

int bus_gateway_fd(const struct bus_gateway *gateway)
{
	return gateway->changed;
}

bool bus_gateway_connected(struct bus_gateway *gateway,
			   struct meterbus_error *err)
{
	uint64_t number;
	bool connected;

	pthread_mutex_lock(&gateway->lock);
	/* With the lock held, or a change in between would be lost. */
	if (read(gateway->changed, &number, sizeof(number)) < 0)
		number = 0;
	connected = gateway->connected;
	if (!connected)
		meterbus_fail(err, METERBUS_E_NO_LINK, "%s", gateway->problem);
	pthread_mutex_unlock(&gateway->lock);
	return connected;
}
