// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mbusN as a link, without a driver: which bus a name means, what is asked
 * of the driver, and what its errors become.
 */
#include <sys/ioctl.h>

#include <meterbus/bus.h>

#include "bus/netlink.h"
#include "kselftest_harness.h"

#include "fake_system.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---------------------------------------------------------- the driver */

static struct {
	unsigned long fails;	/* the request that fails, with error */
	int error;
	unsigned int times;	/* how often; 0: always */
	unsigned int calls;	/* of METERBUS_IOC_XFER */
	struct meterbus_xfer xfer, result;
	struct meterbus_hold hold;
	uint32_t mode;
	bool released;
	/* By netlink. */
	enum meterbus_error_kind netlink_error;
	unsigned int number;
	struct meterbus_status status;
	struct meterbus_settings settings;
	unsigned int opened, closed;
} driver;

static int driver_ioctl(unsigned long request, void *arg)
{
	if (request == METERBUS_IOC_XFER)
		driver.calls++;
	if (request == driver.fails &&
	    (!driver.times || driver.calls <= driver.times)) {
		errno = driver.error;
		return -1;
	}
	if (request == METERBUS_IOC_XFER) {
		struct meterbus_xfer *xfer = arg;
		struct meterbus_xfer result = driver.result;

		driver.xfer = *xfer;
		memset((void *)(uintptr_t)xfer->answer, 0xAB,
		       xfer->answer_size);
		*xfer = result;
	} else if (request == METERBUS_IOC_HOLD) {
		driver.hold = *(struct meterbus_hold *)arg;
	} else if (request == METERBUS_IOC_SET_MODE) {
		driver.mode = *(uint32_t *)arg;
	} else if (request == METERBUS_IOC_RELEASE) {
		driver.released = true;
	}
	return 0;
}

struct meterbus_netlink *netlink_open(struct meterbus_error *err)
{
	static struct meterbus_netlink netlink;

	(void)err;
	driver.opened++;
	return &netlink;
}

void netlink_close(struct meterbus_netlink *netlink)
{
	driver.closed += !!netlink;
}

int netlink_get(struct meterbus_netlink *netlink, unsigned int number,
		struct meterbus_status *status, struct meterbus_error *err)
{
	(void)netlink;
	driver.number = number;
	*status = driver.status;
	return driver.netlink_error ?
		       meterbus_fail(err, driver.netlink_error, "no") : 0;
}

int netlink_set(struct meterbus_netlink *netlink, unsigned int number,
		const struct meterbus_settings *settings,
		struct meterbus_error *err)
{
	(void)netlink;
	driver.number = number;
	driver.settings = *settings;
	return driver.netlink_error ?
		       meterbus_fail(err, driver.netlink_error, "no") : 0;
}

/* ------------------------------------------------------------ its buses */

FIXTURE(bus)
{
	struct meterbus_error err;
	struct meterbus_bus *bus;
	struct meterbus_link *link;
	unsigned int number;
};

static void add_bus(unsigned int number, const char *tty)
{
	char path[64], line[64];

	snprintf(path, sizeof(path), "/sys/class/mbus/mbus%u/tty", number);
	snprintf(line, sizeof(line), "%s\n", tty);
	fake_file(path, line);
	snprintf(path, sizeof(path), "/dev/mbus%u", number);
	fake_file(path, "");
	snprintf(path, sizeof(path), "/dev/%s", tty);
	fake_file(path, "");
}

FIXTURE_SETUP(bus)
{
	memset(self, 0, sizeof(*self));
	memset(&driver, 0, sizeof(driver));
	fake_begin();
	fake.ioctl = driver_ioctl;
	fake_file("/dev/ttyS7", "");
	fake_file("/dev/pts/9", "");
	fake_file("/dev/null", "");
	self->number = 99;
}

FIXTURE_TEARDOWN(bus)
{
	meterbus_bus_close(self->bus);
	fake_end();
}

static void open_bus(FIXTURE_DATA(bus) *self)
{
	add_bus(2, "ttyACM2");
	self->bus = meterbus_bus_open(NULL, &self->err);
	if (!self->bus)
		abort();
	self->link = meterbus_bus_link(self->bus);
}

TEST_F(bus, buses_are_listed_by_number)
{
	unsigned int numbers[4];

	EXPECT_EQ(0, meterbus_bus_list(numbers, 4));
	add_bus(10, "ttyACM0");
	add_bus(0, "ttyACM1");
	add_bus(2, "pts/3");
	fake_file("/sys/class/mbus/mbusx/tty", "");
	fake_file("/sys/class/mbus/mbus-1/tty", "");
	fake_file("/sys/class/mbus/mbus/tty", "");
	fake_file("/sys/class/mbus/mbus1x/tty", "");
	fake_file("/sys/class/mbus/tty7/tty", "");
	fake_file("/sys/class/mbus/mbus1234567890/tty", "");
	ASSERT_EQ(3, meterbus_bus_list(numbers, 4));
	EXPECT_EQ(0, numbers[0]);
	EXPECT_EQ(2, numbers[1]);
	EXPECT_EQ(10, numbers[2]);
	numbers[1] = 77;
	EXPECT_EQ(3, meterbus_bus_list(numbers, 1));
	EXPECT_EQ(77, numbers[1]);
}

TEST_F(bus, its_tty)
{
	char tty[64];

	add_bus(2, "ttyACM2");
	fake_file("/sys/class/mbus/mbus3/tty", "");
	fake_file("/sys/class/mbus/mbus4/tty", "pts/1");
	EXPECT_EQ(0, meterbus_bus_tty(2, tty, sizeof(tty)));
	EXPECT_STREQ("ttyACM2", tty);
	EXPECT_EQ(0, meterbus_bus_tty(4, tty, sizeof(tty)));
	EXPECT_STREQ("pts/1", tty);
	EXPECT_EQ(-1, meterbus_bus_tty(3, tty, sizeof(tty)));
	EXPECT_EQ(-1, meterbus_bus_tty(5, tty, sizeof(tty)));
}

TEST_F(bus, the_bus_on_a_tty)
{
	add_bus(0, "ttyACM0");
	add_bus(2, "ttyACM2");
	EXPECT_EQ(0, meterbus_bus_on_tty("ttyACM2", &self->number));
	EXPECT_EQ(2, self->number);
	EXPECT_EQ(0, meterbus_bus_on_tty("/dev/ttyACM0", &self->number));
	EXPECT_EQ(0, self->number);
	EXPECT_EQ(-1, meterbus_bus_on_tty("ttyACM", &self->number));
	EXPECT_EQ(-1, meterbus_bus_on_tty("ttyACM1", &self->number));
}

TEST_F(bus, names_of_a_bus)
{
	static const char *const good[] = {
		"mbus2", "2", "/dev/mbus2", "ttyACM2", "/dev/ttyACM2",
		"/dev/by-path", "by-path",
	};
	static const char *const bad[] = {
		"mbus7", "7", "/dev/mbus7", "mbus", "+2", " 2", "2 ", "",
		"mbus02x", "1234567890", "ttyS7", "/dev/ttyS7", "/dev/pts/9",
		"/dev/null", "null", "/sys/class/mbus/mbus2/tty", "none",
		"/dev/none", "/tmp/mbus2",
	};
	char link[128];

	add_bus(0, "ttyACM0");
	add_bus(2, "ttyACM2");
	snprintf(link, sizeof(link), "%s/dev/by-path", fake.root);
	ASSERT_EQ(0, symlink("ttyACM2", link));
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		self->number = 99;
		EXPECT_EQ(0, meterbus_bus_find(good[i], &self->number,
					       &self->err))
			TH_LOG("%s: %s", good[i], self->err.text);
		EXPECT_EQ(2, self->number);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		self->err.kind = METERBUS_OK;
		EXPECT_EQ(-1, meterbus_bus_find(bad[i], &self->number,
						&self->err))
			TH_LOG("%s", bad[i]);
		EXPECT_EQ(METERBUS_E_NO_BUS, self->err.kind);
	}
}

TEST_F(bus, without_a_name_it_is_the_only_one)
{
	EXPECT_EQ(-1, meterbus_bus_find(NULL, &self->number, &self->err));
	EXPECT_EQ(METERBUS_E_NO_BUS, self->err.kind);
	EXPECT_EQ(NULL, strstr(self->err.text, "(ttyACM"));
	add_bus(5, "ttyACM5");
	EXPECT_EQ(0, meterbus_bus_find(NULL, &self->number, &self->err));
	EXPECT_EQ(5, self->number);
	add_bus(6, "pts/6");
	EXPECT_EQ(-1, meterbus_bus_find(NULL, &self->number, &self->err));
	EXPECT_EQ(METERBUS_E_NO_BUS, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, " mbus5 (ttyACM5), mbus6 (pts/6)"));
}

TEST_F(bus, an_error_lists_eight_of_them)
{
	for (unsigned int i = 10; i < 18; i++)
		add_bus(i, "ttyX");
	fake_file("/sys/class/mbus/mbus10/tty", "");
	EXPECT_EQ(-1, meterbus_bus_find("mbus7", &self->number, &self->err));
	EXPECT_NE(NULL, strstr(self->err.text, "mbus10 (gone), mbus11 (ttyX)"));
	EXPECT_NE(NULL, strstr(self->err.text, "mbus17 (ttyX)"));
	EXPECT_EQ(NULL, strstr(self->err.text, "..."));
	add_bus(18, "ttyX");
	EXPECT_EQ(-1, meterbus_bus_find("mbus7", &self->number, &self->err));
	EXPECT_NE(NULL, strstr(self->err.text, ", ..."));
}

TEST_F(bus, opened)
{
	open_bus(self);
	EXPECT_EQ(2, meterbus_bus_number(self->bus));
	EXPECT_STREQ("mbus2", meterbus_bus_name(self->bus));
	EXPECT_LE(0, meterbus_bus_fd(self->bus));
	EXPECT_EQ(0, driver.opened);
}

TEST_F(bus, what_cannot_be_opened)
{
	static const struct {
		int open_errno, features_errno;
		enum meterbus_error_kind kind;
	} rows[] = {
		{ ENOENT, 0, METERBUS_E_NO_BUS },
		{ ENODEV, 0, METERBUS_E_UNPLUGGED },
		{ ENXIO, 0, METERBUS_E_UNPLUGGED },
		{ EACCES, 0, METERBUS_E_PERMISSION },
		{ EPERM, 0, METERBUS_E_PERMISSION },
		{ EIO, 0, METERBUS_E_SYSTEM },
		{ 0, ENOTTY, METERBUS_E_NO_BUS },
		{ 0, ENODEV, METERBUS_E_UNPLUGGED },
	};

	add_bus(2, "ttyACM2");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fake.open_errno = rows[i].open_errno;
		driver.fails = rows[i].features_errno ?
				       METERBUS_IOC_GET_FEATURES : 0;
		driver.error = rows[i].features_errno;
		EXPECT_EQ(NULL, meterbus_bus_open("mbus2", &self->err));
		EXPECT_EQ(rows[i].kind, self->err.kind)
			TH_LOG("row %zu: %s", i, self->err.text);
		EXPECT_NE(NULL, strstr(self->err.text, "mbus2"));
	}
}

/* ---------------------------------------------------------- exchanges */

static const uint8_t request[] = { 0x10, 0x7B, 0x05, 0x80, 0x16 };

static struct meterbus_exchange exchange_of(void)
{
	return (struct meterbus_exchange){
		.request = request, .request_len = sizeof(request),
		.guard_us = 1, .window_us = 2, .repeats = 3,
	};
}

TEST_F(bus, an_exchange_is_a_transaction_of_the_driver)
{
	struct meterbus_exchange exchange = exchange_of();

	open_bus(self);
	driver.result = (struct meterbus_xfer){
		.outcome = METERBUS_OUTCOME_FRAME, .reason = 4, .tries = 5,
		.flags = 6, .sent_ns = 7, .sent_end_ns = 8, .first_ns = 9,
		.last_ns = 10, .answer_len = 11,
	};
	ASSERT_EQ(0, self->link->exchange(self->link, &exchange, &self->err));
	EXPECT_EQ((uintptr_t)request, driver.xfer.request);
	EXPECT_EQ((uintptr_t)exchange.answer, driver.xfer.answer);
	EXPECT_EQ(sizeof(request), driver.xfer.request_len);
	EXPECT_EQ(sizeof(exchange.answer), driver.xfer.answer_size);
	EXPECT_EQ(1, driver.xfer.guard_us);
	EXPECT_EQ(2, driver.xfer.window_us);
	EXPECT_EQ(3, driver.xfer.repeats);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, exchange.outcome);
	EXPECT_EQ(4, exchange.reason);
	EXPECT_EQ(5, exchange.tries);
	EXPECT_EQ(6, exchange.flags);
	EXPECT_EQ(7, exchange.sent_ns);
	EXPECT_EQ(8, exchange.sent_end_ns);
	EXPECT_EQ(9, exchange.first_ns);
	EXPECT_EQ(10, exchange.last_ns);
	EXPECT_EQ(11, exchange.answer_len);
	EXPECT_EQ(0xAB, exchange.answer[10]);
	EXPECT_EQ(1, driver.calls);
	driver.result.answer_len = sizeof(exchange.answer) + 1;
	ASSERT_EQ(0, self->link->exchange(self->link, &exchange, &self->err));
	EXPECT_EQ(sizeof(exchange.answer), exchange.answer_len);
}

/* What each of the driver's errors means, whatever was asked of it. */
TEST_F(bus, errors_of_the_driver)
{
	static const struct {
		int error;
		enum meterbus_error_kind kind;
	} rows[] = {
		{ ENODEV, METERBUS_E_UNPLUGGED }, { ENOBUFS, METERBUS_E_BUSY },
		{ ENOLINK, METERBUS_E_NO_LINK }, { EBUSY, METERBUS_E_BUSY },
		{ ESTALE, METERBUS_E_BUSY }, { EPERM, METERBUS_E_PERMISSION },
		{ EACCES, METERBUS_E_PERMISSION },
		{ EINTR, METERBUS_E_SYSTEM }, { EINVAL, METERBUS_E_USAGE },
		{ ENOMEM, METERBUS_E_SYSTEM },
	};
	struct meterbus_exchange exchange = exchange_of();

	open_bus(self);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		driver.error = rows[i].error;
		driver.fails = METERBUS_IOC_XFER;
		EXPECT_EQ(-1, self->link->exchange(self->link, &exchange,
						   &self->err));
		EXPECT_EQ(rows[i].kind, self->err.kind)
			TH_LOG("%s", strerror(rows[i].error));
		driver.fails = METERBUS_IOC_HOLD;
		EXPECT_EQ(-1, self->link->hold(self->link, &self->err));
		EXPECT_EQ(rows[i].kind, self->err.kind);
		driver.fails = METERBUS_IOC_SET_MODE;
		EXPECT_EQ(-1, meterbus_bus_monitor(self->bus, &self->err));
		EXPECT_EQ(rows[i].kind, self->err.kind);
	}
	EXPECT_EQ(ARRAY_LEN(rows), driver.calls);
}

TEST_F(bus, unplugged_on_the_way)
{
	struct meterbus_exchange exchange = exchange_of();

	open_bus(self);
	driver.result.outcome = METERBUS_OUTCOME_UNPLUGGED;
	driver.fails = METERBUS_IOC_GET_FEATURES;
	driver.error = ENODEV;
	EXPECT_EQ(-1, self->link->exchange(self->link, &exchange, &self->err));
	EXPECT_EQ(METERBUS_E_UNPLUGGED, self->err.kind);
	/* Where the device is still there it was the gateway. */
	driver.fails = 0;
	EXPECT_EQ(-1, self->link->exchange(self->link, &exchange, &self->err));
	EXPECT_EQ(METERBUS_E_NO_LINK, self->err.kind);
}

TEST_F(bus, a_gateway_is_waited_for_where_that_is_wanted)
{
	struct meterbus_exchange exchange = exchange_of();

	open_bus(self);
	meterbus_bus_set_link_wait(self->bus, 1000);
	driver.fails = METERBUS_IOC_XFER;
	driver.error = ENOLINK;
	driver.times = 2;
	EXPECT_EQ(0, self->link->exchange(self->link, &exchange, &self->err));
	EXPECT_EQ(3, driver.calls);
	driver.error = EBUSY;
	driver.calls = 0;
	EXPECT_EQ(-1, self->link->exchange(self->link, &exchange, &self->err));
	EXPECT_EQ(1, driver.calls);
}

TEST_F(bus, held_and_released)
{
	open_bus(self);
	EXPECT_EQ(0, self->link->hold(self->link, &self->err));
	EXPECT_EQ(120000, driver.hold.limit_ms);
	EXPECT_FALSE(driver.released);
	self->link->release(self->link);
	EXPECT_TRUE(driver.released);
}

/* ----------------------------------------------------------- settings */

TEST_F(bus, settings_are_those_of_its_number)
{
	struct meterbus_timing timing = { .guard_us = 1, .slack_us = 2,
					  .gap_us = 3, .window_us = 4,
					  .repeats = 5, .echo = 1 };
	uint32_t number = 0;
	uint8_t byte = 0;

	open_bus(self);
	driver.status.timing.slack_us = 77;
	driver.status.info.baud = 4800;
	driver.status.info.frames_sent = 12345678901;
	driver.status.info.babble = 9;
	driver.status.info.babble_byte = 0xFD;
	EXPECT_EQ(0, self->link->set_timing(self->link, &timing, &self->err));
	EXPECT_EQ(2, driver.number);
	EXPECT_EQ(METERBUS_SET_GUARD | METERBUS_SET_SLACK | METERBUS_SET_GAP |
		  METERBUS_SET_WINDOW | METERBUS_SET_REPEATS |
		  METERBUS_SET_ECHO | METERBUS_SET_DEFAULTS,
		  driver.settings.fields);
	EXPECT_EQ(0, memcmp(&timing, &driver.settings.timing, sizeof(timing)));
	EXPECT_EQ(0, self->link->get_timing(self->link, &timing, &self->err));
	EXPECT_EQ(77, timing.slack_us);
	EXPECT_EQ(0, self->link->get_baud(self->link, &number, &self->err));
	EXPECT_EQ(4800, number);
	EXPECT_EQ(0, self->link->set_baud(self->link, 300, &self->err));
	EXPECT_EQ(METERBUS_SET_BAUD, driver.settings.fields);
	EXPECT_EQ(300, driver.settings.baud);
	EXPECT_EQ(12345678901, self->link->sent(self->link));
	EXPECT_EQ(0, self->link->babble(self->link, &number, &byte, &self->err));
	EXPECT_EQ(9, number);
	EXPECT_EQ(0xFD, byte);
	/* One socket for all of them. */
	EXPECT_EQ(1, driver.opened);
	meterbus_bus_close(self->bus);
	self->bus = NULL;
	EXPECT_EQ(1, driver.closed);
}

TEST_F(bus, settings_of_a_bus_that_vanished)
{
	static const struct {
		enum meterbus_error_kind netlink, kind;
	} rows[] = {
		{ METERBUS_E_NO_BUS, METERBUS_E_UNPLUGGED },
		{ METERBUS_E_SYSTEM, METERBUS_E_SYSTEM },
		{ METERBUS_E_PERMISSION, METERBUS_E_PERMISSION },
	};
	struct meterbus_timing timing = { 0 };
	uint32_t number;
	uint8_t byte;

	open_bus(self);
	driver.status.info.frames_sent = 5;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
#define FAILS(call) do {						\
	self->err.kind = METERBUS_OK;					\
	EXPECT_EQ(-1, call);						\
	EXPECT_EQ(rows[i].kind, self->err.kind) TH_LOG("%s", #call);	\
} while (0)
		driver.netlink_error = rows[i].netlink;
		FAILS(self->link->get_timing(self->link, &timing, &self->err));
		FAILS(self->link->set_timing(self->link, &timing, &self->err));
		FAILS(self->link->get_baud(self->link, &number, &self->err));
		FAILS(self->link->set_baud(self->link, 300, &self->err));
		FAILS(self->link->babble(self->link, &number, &byte,
					 &self->err));
		EXPECT_EQ(0, self->link->sent(self->link));
		EXPECT_EQ(-1, self->link->get_baud(self->link, &number, NULL));
	}
}

/* ------------------------------------------------------------- records */

TEST_F(bus, records_one_by_one)
{
	struct {
		struct meterbus_bus_record head;
		uint8_t data[3];
	} __attribute__((packed)) written = {
		.head = { .len = 3, .flags = 7 }, .data = { 1, 2, 3 },
	};
	struct meterbus_record record;

	add_bus(2, "ttyACM2");
	fake_bytes("/dev/mbus2", &written, sizeof(written));
	self->bus = meterbus_bus_open("2", &self->err);
	ASSERT_NE(NULL, self->bus);
	EXPECT_EQ(0, meterbus_bus_monitor(self->bus, &self->err));
	EXPECT_EQ(METERBUS_MODE_RECORD, driver.mode);
	EXPECT_EQ(1, meterbus_bus_read_record(self->bus, &record, &self->err));
	EXPECT_EQ(7, record.head.flags);
	EXPECT_EQ(3, record.data[2]);
	/* Unplugged, and all is read. */
	EXPECT_EQ(0, meterbus_bus_read_record(self->bus, &record, &self->err));
}

TEST_F(bus, a_record_that_is_not_whole)
{
	struct meterbus_record record = { .head.len = 3 }, got;
	static const size_t lengths[] = {
		1, sizeof(record.head) - 1, sizeof(record.head),
		sizeof(record.head) + 2, sizeof(record.head) + 4,
	};

	add_bus(2, "ttyACM2");
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		fake_bytes("/dev/mbus2", &record, lengths[i]);
		self->bus = meterbus_bus_open("2", &self->err);
		ASSERT_NE(NULL, self->bus);
		EXPECT_EQ(-1, meterbus_bus_read_record(self->bus, &got,
						       &self->err));
		EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);
		meterbus_bus_close(self->bus);
	}
	self->bus = NULL;
}

TEST_HARNESS_MAIN
