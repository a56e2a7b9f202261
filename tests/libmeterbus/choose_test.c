// SPDX-License-Identifier: GPL-2.0-only
/* Which port is meant, among adapters that are plugged in. */
#include <meterbus/tty.h>

#include "kselftest_harness.h"

#include "fake_system.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Two of a kind with two ports each, one of another, a port on the board. */
static const struct meterbus_port plugged[] = {
	{ .tty = "ttyACM0", .vid = "1a86", .pid = "55d5", .serial = "A",
	  .device = "/sys/a", .number = 0, .by_path = "/dev/by-path/a0" },
	{ .tty = "ttyACM1", .vid = "1a86", .pid = "55d5", .serial = "A",
	  .device = "/sys/a", .number = 1 },
	{ .tty = "ttyACM2", .vid = "1a86", .pid = "55d5", .serial = "",
	  .device = "/sys/b", .number = 0 },
	{ .tty = "ttyACM3", .vid = "1a86", .pid = "55d5", .serial = "",
	  .device = "/sys/b", .number = 1 },
	{ .tty = "ttyUSB0", .vid = "0403", .pid = "6001", .serial = "F",
	  .device = "/sys/c", .number = 0 },
	{ .tty = "ttyUSB1", .vid = "0403", .pid = "6010", .serial = "F",
	  .device = "/sys/d", .number = 0 },
	{ .tty = "ttyS0", .number = -1 },
};

static bool list_fails;

int meterbus_port_list(struct meterbus_port **ports, size_t *count,
		       struct meterbus_error *err)
{
	if (list_fails)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "no");
	*ports = malloc(sizeof(plugged));
	memcpy(*ports, plugged, sizeof(plugged));
	*count = ARRAY_LEN(plugged);
	return 0;
}

FIXTURE(choose)
{
	struct meterbus_error err;
	char path[METERBUS_TTY_PATH_MAX];
};

FIXTURE_SETUP(choose)
{
	char path[128];

	memset(self, 0, sizeof(*self));
	fake_begin();
	for (size_t i = 0; i < ARRAY_LEN(plugged); i++) {
		snprintf(path, sizeof(path), "/dev/%s", plugged[i].tty);
		fake_file(path, "");
	}
}

FIXTURE_TEARDOWN(choose)
{
	(void)self;
	fake_end();
}

TEST_F(choose, by_adapter)
{
	static const struct {
		struct meterbus_tty_choice choice;
		const char *path;
	} rows[] = {
		{ { .vid = "1a86", .pid = "55d5", .serial = "A", .port = 0 },
		  "/dev/ttyACM0" },
		{ { .vid = "1a86", .pid = "55d5", .serial = "A", .port = 1 },
		  "/dev/ttyACM1" },
		{ { .vid = "1a86", .pid = "55d5", .serial = "", .port = 1 },
		  "/dev/ttyACM3" },
		{ { .vid = "0403", .pid = "6001", .port = -1 }, "/dev/ttyUSB0" },
		{ { .vid = "0403", .pid = "6001", .port = 0 }, "/dev/ttyUSB0" },
		{ { .vid = "0403", .pid = "6010", .serial = "F", .port = -1 },
		  "/dev/ttyUSB1" },
		{ { .tty = "ttyS0" }, "/dev/ttyS0" },
		{ { .tty = "/dev/ttyACM2", .vid = "0403" }, "/dev/ttyACM2" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		EXPECT_EQ(0, meterbus_tty_choose(&rows[i].choice, self->path,
						 sizeof(self->path), &self->err))
			TH_LOG("row %zu: %s", i, self->err.text);
		EXPECT_STREQ(rows[i].path, self->path);
	}
}

TEST_F(choose, what_is_not_one)
{
	static const struct {
		struct meterbus_tty_choice choice;
		enum meterbus_error_kind kind;
		const char *says[2];
	} rows[] = {
		/* Not there. */
		{ { .vid = "1a86", .pid = "7523", .port = -1 },
		  METERBUS_E_NO_TTY, { "1a86:7523", "" } },
		{ { .vid = "0403", .pid = "55d5", .port = -1 },
		  METERBUS_E_NO_TTY, { "0403:55d5", "" } },
		{ { .vid = "1a86", .pid = "55d5", .serial = "B", .port = 0 },
		  METERBUS_E_NO_TTY, { "serial number B", "" } },
		{ { .tty = "ttyS9" }, METERBUS_E_NO_TTY, { "ttyS9", "" } },
		/* Several. */
		{ { .vid = "1a86", .pid = "55d5", .port = 0 },
		  METERBUS_E_NO_TTY,
		  { "serial A at /dev/by-path/a0", ", serial - at ttyACM2" } },
		/* Which of its ports? */
		{ { .vid = "1a86", .pid = "55d5", .serial = "A", .port = -1 },
		  METERBUS_E_USAGE, { "2 ports", "1" } },
		{ { .vid = "1a86", .pid = "55d5", .serial = "A", .port = 2 },
		  METERBUS_E_NO_TTY, { "no port 2", "2" } },
		{ { .vid = "0403", .pid = "6001", .port = 1 },
		  METERBUS_E_NO_TTY, { "no port 1", "" } },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		EXPECT_EQ(-1, meterbus_tty_choose(&rows[i].choice, self->path,
						  sizeof(self->path),
						  &self->err));
		EXPECT_EQ(rows[i].kind, self->err.kind)
			TH_LOG("row %zu: %s", i, self->err.text);
		for (int j = 0; j < 2; j++)
			EXPECT_NE(NULL, strstr(self->err.text, rows[i].says[j]))
				TH_LOG("row %zu: %s", i, self->err.text);
	}
	list_fails = true;
	EXPECT_EQ(-1, meterbus_tty_choose(&rows[0].choice, self->path,
					  sizeof(self->path), &self->err));
	EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);
}

TEST(ids_of_usb)
{
	static const struct {
		const char *text, *id;
	} rows[] = {
		{ "1a86", "1a86" }, { "1A86", "1a86" }, { "0x1A86", "1a86" },
		{ "0X55d5", "55d5" }, { "403", "0403" }, { "0", "0000" },
		{ "", NULL }, { "0x", NULL }, { "1a86x", NULL },
		{ "01a86", NULL }, { "-1", NULL }, { " 1", NULL },
	};
	char id[8];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		EXPECT_EQ(rows[i].id ? 0 : -1,
			  meterbus_usb_id_parse(rows[i].text, id))
			TH_LOG("'%s'", rows[i].text);
		if (rows[i].id)
			EXPECT_STREQ(rows[i].id, id);
	}
}

TEST_HARNESS_MAIN
