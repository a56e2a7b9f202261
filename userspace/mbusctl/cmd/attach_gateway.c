// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl attach with a network gateway: holds it, reports its connection.
 */
#include "cmd/attach.h"
#include "ui/background.h"
#include "ui/command.h"

/* A gateway that is being held. */
struct held {
	struct meterbus_gateway *gateway;
	int ready;
	bool announced;
};

/*
 * The bus exists before it is connected; its name is printed after the first
 * attempt, so that a mistyped address is reported before --background returns.
 */
static void report(void *context, enum meterbus_gateway_event event,
		   const char *text)
{
	struct held *held = context;
	unsigned int bus = meterbus_gateway_bus(held->gateway);

	if (event != METERBUS_GATEWAY_CONNECTED || held->announced)
		fail(STATUS_OK, "mbus%u: %s", bus, text);
	if (held->announced || event == METERBUS_GATEWAY_SETTING)
		return;
	held->announced = true;
	attach_announce(bus, meterbus_gateway_tty(held->gateway));
	leave_terminal(held->ready);
}

int attach_gateway(const struct attach_arguments *args, int signals,
		   int ready)
{
	struct held held = { .ready = ready };
	const struct meterbus_gateway_options options = {
		.address = args->gateway,
		.protocol = args->protocol,
		.baud = args->baud,
		.latency_ms = args->latency_ms,
		.report = report,
		.context = &held,
	};
	struct meterbus_error err;
	int status;

	held.gateway = meterbus_gateway_open(&options, &err);
	if (!held.gateway)
		return fail_error(&err);
	status = attach_set_timing(args, meterbus_gateway_bus(held.gateway));
	if (status == STATUS_OK &&
	    meterbus_gateway_run(held.gateway, signals, &err) < 0)
		status = fail_error(&err);
	meterbus_gateway_close(held.gateway);
	return status;
}
