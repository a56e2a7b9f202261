// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings, status and events of buses, by the library.
 */
#include <sys/wait.h>

#include <meterbus/settings.h>

#include "kselftest_harness.h"
#include "../kernel/pty_bus.h"

FIXTURE(bus)
{
	struct pty_bus bus;
	struct meterbus_status status;
	struct meterbus_settings settings;
	struct meterbus_error err;
	int fd;
};

FIXTURE_SETUP(bus)
{
	ASSERT_EQ(0, load_module());
	ASSERT_EQ(0, pty_bus_open(&self->bus));
	self->fd = open(self->bus.path, O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
	memset(&self->settings, 0, sizeof(self->settings));
}

FIXTURE_TEARDOWN(bus)
{
	close(self->fd);
	pty_bus_close(&self->bus);
}

#define GET()								\
	meterbus_status_get(self->bus.number, &self->status, &self->err)
#define SET()								\
	meterbus_settings_set(self->bus.number, &self->settings, &self->err)

TEST_F(bus, get_tells_settings_and_counters)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	const struct meterbus_info *info = &self->status.info;

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	xfer = NEW_XFER(broadcast);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	ASSERT_EQ(3, write(self->bus.far.master, "\x55\x55\x55", 3));
	sleep_ms(200);

	ASSERT_EQ(0, GET()) TH_LOG("%s", self->err.text);
	EXPECT_EQ(self->bus.number, info->bus);
	EXPECT_EQ(0, strncmp(info->tty, "pts/", 4));
	EXPECT_EQ(1, info->clients);
	EXPECT_EQ(1, info->outcomes[METERBUS_OUTCOME_FRAME]);
	EXPECT_EQ(1, info->outcomes[METERBUS_OUTCOME_SILENCE]);
	EXPECT_EQ(1, info->findings[METERBUS_REASON_NOISE]);
	EXPECT_EQ(60000, self->status.timing.guard_us);
	EXPECT_EQ(20000, self->status.timing.slack_us);
	EXPECT_EQ(100000, self->status.timing.gap_us);
	EXPECT_EQ(187500, self->status.timing.window_us);
	EXPECT_EQ(2, self->status.timing.repeats);
	EXPECT_EQ(METERBUS_ECHO_AUTO, self->status.timing.echo);
	EXPECT_EQ(7, self->status.timing.defaults);
}

TEST_F(bus, a_dump_tells_all_buses)
{
	struct meterbus_status all[80];
	struct pty_bus more[64];
	int i;

	for (i = 0; i < 64; i++)
		ASSERT_EQ(0, pty_bus_open(&more[i]));
	ASSERT_EQ(65, meterbus_status_all(all, 80, &self->err));
	for (i = 1; i < 65; i++)
		EXPECT_LT(all[i - 1].info.bus, all[i].info.bus);
	EXPECT_EQ(self->bus.number, all[0].info.bus);
	EXPECT_EQ(1, all[0].info.clients);
	EXPECT_EQ(more[63].number, all[64].info.bus);
	EXPECT_EQ(2, meterbus_status_all(all, 2, &self->err));
	for (i = 0; i < 64; i++)
		pty_bus_close(&more[i]);
	EXPECT_EQ(1, meterbus_status_all(all, 80, &self->err));
}

TEST_F(bus, set_changes_what_is_named_and_nothing_else)
{
	self->settings.fields = METERBUS_SET_GUARD | METERBUS_SET_REPEATS;
	self->settings.timing.guard_us = 123456;
	self->settings.timing.repeats = 7;
	ASSERT_EQ(0, SET()) TH_LOG("%s", self->err.text);
	ASSERT_EQ(0, GET());
	EXPECT_EQ(123456, self->status.timing.guard_us);
	EXPECT_EQ(7, self->status.timing.repeats);
	EXPECT_EQ(20000, self->status.timing.slack_us);
	EXPECT_EQ(METERBUS_TIMING_GAP | METERBUS_TIMING_WINDOW,
		  self->status.timing.defaults);

	self->settings.fields = METERBUS_SET_DEFAULTS;
	self->settings.timing.defaults = 7;
	ASSERT_EQ(0, SET());
	ASSERT_EQ(0, GET());
	EXPECT_EQ(60000, self->status.timing.guard_us);
}

TEST_F(bus, refusals_say_why_and_change_nothing)
{
	self->settings.fields = METERBUS_SET_GUARD | METERBUS_SET_REPEATS;
	self->settings.timing.guard_us = METERBUS_TIME_MAX_US + 1;
	self->settings.timing.repeats = 5;
	EXPECT_EQ(-1, SET());
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "longer than 60 s"))
		TH_LOG("%s", self->err.text);
	ASSERT_EQ(0, GET());
	EXPECT_EQ(2, self->status.timing.repeats);

	self->settings.timing.guard_us = 0;
	self->settings.timing.repeats = METERBUS_REPEATS_MAX + 1;
	EXPECT_EQ(-1, SET());
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	self->settings.fields = METERBUS_SET_ECHO;
	self->settings.timing.echo = 3;
	EXPECT_EQ(-1, SET());
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	self->settings.fields = METERBUS_SET_BAUD;
	self->settings.baud = 0;
	EXPECT_EQ(-1, SET());
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	ASSERT_EQ(0, GET());
	EXPECT_EQ(2400, self->status.info.baud);
	EXPECT_EQ(60000, self->status.timing.guard_us);

	EXPECT_EQ(-1, meterbus_status_get(200, &self->status, &self->err));
	EXPECT_EQ(METERBUS_E_NO_BUS, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "no tty is attached"))
		TH_LOG("%s", self->err.text);
}

TEST_F(bus, setting_needs_cap_net_admin_and_getting_does_not)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setuid(65534) || GET())
			_exit(100);
		self->settings.fields = METERBUS_SET_REPEATS;
		_exit(SET() ? self->err.kind : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(METERBUS_E_PERMISSION, WEXITSTATUS(status));
}

TEST_F(bus, the_baud_rate_waits_for_the_transaction_under_way)
{
	struct waiter w = { .what = WAIT_XFER, .fd = self->fd };

	self->bus.far.mute = 1;
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
	sleep_ms(100);
	self->settings.fields = METERBUS_SET_BAUD;
	self->settings.baud = 300;
	ASSERT_EQ(0, SET());
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	/* All three tries were made at the old rate. */
	EXPECT_EQ(0, w.ret);
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, w.outcome);
	ASSERT_EQ(0, GET());
	EXPECT_EQ(300, self->status.info.baud);
}

TEST_F(bus, unplug_ends_the_wait_for_a_baud_rate)
{
	struct waiter w = { .what = WAIT_XFER, .fd = self->fd };
	int status;
	pid_t pid;

	self->bus.far.mute = 1;
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
	sleep_ms(100);
	pid = fork();
	if (!pid) {
		close(self->bus.far.master);
		self->settings.fields = METERBUS_SET_BAUD;
		self->settings.baud = 300;
		_exit(SET() ? self->err.kind : 0);
	}
	sleep_ms(50);
	unplug(&self->bus.far);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(METERBUS_E_NO_BUS, WEXITSTATUS(status));
	pthread_join(w.thread, NULL);
	EXPECT_EQ(-1, GET());
}

static bool next_event(struct meterbus_events *events,
		       enum meterbus_event *event,
		       struct meterbus_status *status)
{
	struct pollfd pfd = {
		.fd = meterbus_events_fd(events), .events = POLLIN,
	};

	return poll(&pfd, 1, 2000) == 1 &&
	       meterbus_events_next(events, event, status, NULL) == 1;
}

TEST_F(bus, events_tell_of_attach_changes_and_detach)
{
	struct meterbus_events *events = meterbus_events_open(&self->err);
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct meterbus_status status;
	enum meterbus_event event;
	struct pty_bus second;

	ASSERT_NE(NULL, events) TH_LOG("%s", self->err.text);
	ASSERT_EQ(0, pty_bus_open(&second));
	ASSERT_TRUE(next_event(events, &event, &status));
	EXPECT_EQ(METERBUS_EVENT_ATTACHED, event);
	EXPECT_EQ(second.number, status.info.bus);

	self->settings.fields = METERBUS_SET_GUARD;
	self->settings.timing.guard_us = 77000;
	ASSERT_EQ(0, SET());
	ASSERT_TRUE(next_event(events, &event, &status));
	EXPECT_EQ(METERBUS_EVENT_CHANGED, event);
	EXPECT_EQ(self->bus.number, status.info.bus);
	EXPECT_EQ(77000, status.timing.guard_us);

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	ASSERT_TRUE(next_event(events, &event, &status));
	EXPECT_EQ(METERBUS_EVENT_CHANGED, event);
	while (status.info.state != METERBUS_STATE_IDLE)
		ASSERT_TRUE(next_event(events, &event, &status));

	pty_bus_close(&second);
	ASSERT_TRUE(next_event(events, &event, &status));
	EXPECT_EQ(METERBUS_EVENT_DETACHED, event);
	EXPECT_EQ(second.number, status.info.bus);
	meterbus_events_close(events);
}

TEST_HARNESS_MAIN
