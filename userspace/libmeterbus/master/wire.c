// SPDX-License-Identifier: LGPL-2.1-or-later
/* A master's knowledge of its wire, its settings, and findings about it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "master/exchange.h"

/* Added to a delay that was seen once: it varies. */
#define LATE_MARGIN_US	50000

int check_cancelled(struct meterbus_master *master, struct meterbus_error *err)
{
	if (master->cancelled && master->cancelled(master->context))
		return meterbus_fail(err, METERBUS_E_SYSTEM, "stopped");
	return 0;
}

void report_finding(struct meterbus_master *master,
		    enum meterbus_finding_kind kind,
		    const struct meterbus_address *address, uint32_t guard_us,
		    const char *format, ...)
{
	struct meterbus_finding finding = {
		.kind = kind,
		.address = address,
		.guard_us = guard_us,
		.hint = kind == METERBUS_FINDING_ALARM ? METERBUS_HINT_ALARM :
							 METERBUS_HINT_NONE,
	};
	char text[512];
	va_list args;

	if (!master->finding)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	finding.text = text;
	master->finding(master->context, &finding);
}

uint32_t current_guard(struct meterbus_master *master)
{
	struct meterbus_timing timing;

	if (master->guard_us)
		return master->guard_us;
	if (!master->link->get_timing ||
	    master->link->get_timing(master->link, &timing, NULL) < 0)
		return 0;
	return timing.guard_us;
}

bool address_admits(const struct meterbus_address *mask,
		    const struct meterbus_address *meter)
{
	struct meterbus_address known = *meter;

	/* No header has it; a meter that was selected by it does. */
	known.has_fabrication = mask->has_fabrication;
	memcpy(known.fabrication, mask->fabrication, sizeof(known.fabrication));
	for (unsigned int i = 4; i < sizeof(known.bytes); i++)
		if (known.bytes[i] == 0xFF)
			known.bytes[i] = mask->bytes[i];
	return meterbus_address_matches(mask, &known);
}

/* Raises the guard of the bus, or at least that of this master. */
void raise_guard(struct meterbus_master *master, uint32_t gap_us,
			uint32_t lost_us)
{
	struct meterbus_timing timing;
	struct meterbus_error err;
	const char *done = "the guard of the bus is raised to that";

	master->learnt_us = gap_us;
	if (!master->link->get_timing || !master->link->set_timing ||
	    master->link->get_timing(master->link, &timing, &err) < 0) {
		master->guard_us = gap_us;
		done = "used for this run";
	} else {
		timing.guard_us = gap_us;
		timing.defaults &= ~METERBUS_TIMING_GUARD;
		if (master->link->set_timing(master->link, &timing, &err) < 0) {
			master->guard_us = gap_us;
			done = "used for this run, as this program may not set the guard of the bus";
		} else {
			master->guard_us = 0;
		}
	}
	report_finding(master, METERBUS_FINDING_TURNAROUND, NULL, gap_us,
		       "converter needs >= %u ms of quiet before it can send again (typical of RS-485 level converters: 37 to 50 ms): requests %u ms after an answer were lost, after %u ms they arrived; %s",
		       gap_us / 1000, lost_us / 1000, gap_us / 1000, done);
}

void raise_window(struct meterbus_master *master, uint32_t delay_us,
		  const struct meterbus_address *address)
{
	uint32_t needed_us = delay_us + LATE_MARGIN_US;
	struct meterbus_timing timing;
	struct meterbus_error err;
	const char *done = "the window of the bus is raised to that";

	if (!master->link->get_timing || !master->link->set_timing ||
	    master->link->get_timing(master->link, &timing, &err) < 0) {
		master->window_us = needed_us;
		done = "used for this run";
	} else if (timing.window_us + timing.slack_us < needed_us) {
		timing.slack_us = needed_us - timing.window_us;
		if (master->link->set_timing(master->link, &timing, &err) < 0) {
			master->window_us = needed_us;
			done = "used for this run, as this program may not set the window of the bus";
		}
	}
	report_finding(master, METERBUS_FINDING_LATE, address, 0,
		       "meters answer up to %u ms after a request; %s",
		       delay_us / 1000, done);
}
