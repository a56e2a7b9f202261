/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A readout of a meter on the fake wire, and the last thing that was noticed.
 */
#ifndef TESTS_READOUT_WIRE_H
#define TESTS_READOUT_WIRE_H

#include <meterbus/master.h>

#include "fake_wire.h"
#include "kselftest_harness.h"
#include "master/master.h"

struct findings {
	unsigned int count;
	enum meterbus_finding_kind kind;
	uint32_t guard_us;
	char text[512];
	bool cancel;
};

static inline void on_finding(void *context,
			      const struct meterbus_finding *finding)
{
	struct findings *findings = context;

	findings->count++;
	findings->kind = finding->kind;
	findings->guard_us = finding->guard_us;
	snprintf(findings->text, sizeof(findings->text), "%s", finding->text);
}

static inline bool is_cancelled(void *context)
{
	return ((struct findings *)context)->cancel;
}

FIXTURE(readout) {
	struct fake_wire *wire;
	struct meterbus_master master;
	struct meterbus_readout readout;
	struct meterbus_error err;
	struct findings findings;
};

FIXTURE_SETUP(readout)
{
	self->wire = calloc(1, sizeof(*self->wire));
	ASSERT_NE(NULL, self->wire);
	fake_init(self->wire);
	meterbus_master_init(&self->master, &self->wire->link);
	self->master.finding = on_finding;
	self->master.cancelled = is_cancelled;
	self->master.context = &self->findings;
	memset(&self->findings, 0, sizeof(self->findings));
}

FIXTURE_TEARDOWN(readout)
{
	EXPECT_FALSE(self->wire->held);
	EXPECT_FALSE(self->wire->hold_error);
	free(self->wire);
}

static inline int read_meter(FIXTURE_DATA(readout) *self, const char *text)
{
	struct meterbus_address address;

	memset(&self->err, 0, sizeof(self->err));
	if (meterbus_address_parse(&address, text, &self->err) < 0)
		return -2;
	return meterbus_read(&self->master, &address, &self->readout,
			     &self->err);
}

#endif
