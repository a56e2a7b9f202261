// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tty that is made ready to carry a bus: a pty, and the line discipline's
 * part played by the test.
 */
#include <asm/termbits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <linux/meterbus.h>
#include <meterbus/tty.h>

#include "kselftest_harness.h"

#include "fake_system.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* What the driver below answers in the place of the kernel. */
static struct {
	unsigned long fails;	/* the request that fails, with error */
	int error;
	int disciplines[4];	/* as they were set */
	unsigned int set, exclusive, shared;
	struct termios2 *answer;	/* to TCGETS2, once set */
	unsigned int bus;
	int left;		/* the discipline that TIOCGETD reports, if any */
} driver;

static int tty_fd(void);

static int driver_ioctl(unsigned long request, void *arg)
{
	if (request == driver.fails) {
		errno = driver.error;
		return -1;
	}
	switch (request) {
	case TIOCSETD:
		driver.disciplines[driver.set++ % 4] = *(int *)arg;
		return 0;
	case TIOCGETD:
		if (driver.left) {
			*(int *)arg = driver.left;
			return 0;
		}
		break;
	case METERBUS_IOC_GET_BUS:
		*(unsigned int *)arg = driver.bus;
		return 0;
	case TIOCEXCL:
		driver.exclusive++;
		return 0;
	case TIOCNXCL:
		driver.shared++;
		return 0;
	case TCGETS2:
		if (driver.answer) {
			*(struct termios2 *)arg = *driver.answer;
			return 0;
		}
		break;
	}
	return REAL(ioctl)(tty_fd(), request, arg);
}

static struct {
	int master, other;	/* two ends of the pty */
	char path[64];
} pty;

/* Both ends of a pty show the settings of the tty. */
static int tty_fd(void)
{
	return pty.other;
}

FIXTURE(tty)
{
	struct meterbus_tty tty;
	struct meterbus_error err;
	struct termios2 termios;
};

FIXTURE_SETUP(tty)
{
	memset(self, 0, sizeof(*self));
	memset(&driver, 0, sizeof(driver));
	self->tty.fd = -1;
	pty.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_EQ(0, unlockpt(pty.master));
	ASSERT_EQ(0, ptsname_r(pty.master, pty.path, sizeof(pty.path)));
	pty.other = REAL(open)(pty.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, pty.other);
	fake.ioctl = driver_ioctl;
}

FIXTURE_TEARDOWN(tty)
{
	meterbus_tty_close(&self->tty);
}

static struct termios2 settings(void)
{
	struct termios2 termios;

	if (REAL(ioctl)(pty.other, TCGETS2, &termios))
		abort();
	return termios;
}

#define OPEN(baud) meterbus_tty_open(&self->tty, pty.path, baud, &self->err)

TEST_F(tty, it_is_raw_8e1_and_ours_alone)
{
	ASSERT_EQ(0, OPEN(2400)) TH_LOG("%s", self->err.text);
	self->termios = settings();
	/* A pty takes everything but the parity. */
	EXPECT_EQ(CS8, self->termios.c_cflag & (CSIZE | CSTOPB | PARODD));
	EXPECT_EQ(CREAD | CLOCAL, self->termios.c_cflag & (CREAD | CLOCAL | CRTSCTS));
	EXPECT_EQ(B2400, self->termios.c_cflag & CBAUD);
	EXPECT_EQ(2400, self->termios.c_ospeed);
	EXPECT_EQ(2400, self->termios.c_ispeed);
	EXPECT_EQ(INPCK | BRKINT, self->termios.c_iflag);
	EXPECT_EQ(0, self->termios.c_oflag);
	EXPECT_EQ(0, self->termios.c_lflag);
	EXPECT_STREQ(pty.path, self->tty.path);
	EXPECT_STREQ(pty.path + 5, self->tty.name);
	EXPECT_TRUE(self->tty.pseudo);
	EXPECT_TRUE(self->tty.taken);
	EXPECT_FALSE(self->tty.attached);
	EXPECT_EQ(1, driver.exclusive);
	EXPECT_EQ(0, driver.shared);
	EXPECT_EQ(0, driver.set);
}

TEST_F(tty, closed_it_is_as_it_was)
{
	struct termios2 before = settings();

	before.c_lflag = ECHO | ICANON;
	ASSERT_EQ(0, REAL(ioctl)(pty.other, TCSETS2, &before));
	before = settings();
	ASSERT_EQ(0, OPEN(2400));
	EXPECT_EQ(0, settings().c_lflag);
	meterbus_tty_close(&self->tty);
	self->termios = settings();
	EXPECT_EQ(0, memcmp(&before, &self->termios, sizeof(before)));
	EXPECT_EQ(1, driver.shared);
	EXPECT_EQ(-1, self->tty.fd);
	EXPECT_EQ(0, driver.set);
	meterbus_tty_close(&self->tty);
	EXPECT_EQ(1, driver.shared);
}

TEST_F(tty, rates)
{
	static const struct {
		unsigned int baud;
		tcflag_t flag;
	} rows[] = {
		{ 300, B300 }, { 600, B600 }, { 1200, B1200 }, { 2400, B2400 },
		{ 4800, B4800 }, { 9600, B9600 }, { 19200, B19200 },
		{ 38400, B38400 }, { 1234, BOTHER },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ASSERT_EQ(0, OPEN(rows[i].baud));
		EXPECT_EQ(rows[i].flag, settings().c_cflag & CBAUD);
		EXPECT_EQ(rows[i].baud, settings().c_ospeed);
		meterbus_tty_close(&self->tty);
	}
}

/* What a driver makes of the settings: 2 % of the rate are well. */
TEST_F(tty, settings_that_a_driver_does_not_take)
{
	static const struct {
		unsigned int speed;
		tcflag_t flags;
		int result;
	} rows[] = {
		{ 2400, CS8, 0 }, { 2352, CS8, 0 }, { 2448, CS8, 0 },
		{ 2351, CS8, -1 }, { 2449, CS8, -1 }, { 2400, CS7, -1 },
		{ 2400, CS8 | CSTOPB, -1 }, { 2400, CS8 | PARODD, -1 },
		{ 2400, CS8 | PARENB, -1 }, { 2400, CS8 | CMSPAR, -1 },
		{ 2400, CS8 | CREAD, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		self->termios = settings();
		self->termios.c_ospeed = rows[i].speed;
		self->termios.c_cflag = rows[i].flags | BOTHER;
		driver.answer = &self->termios;
		EXPECT_EQ(rows[i].result, OPEN(2400)) TH_LOG("row %zu", i);
		if (rows[i].result)
			EXPECT_EQ(METERBUS_E_NO_TTY, self->err.kind);
		driver.answer = NULL;
		meterbus_tty_close(&self->tty);
	}
}

TEST_F(tty, what_the_kernel_refuses)
{
	static const struct {
		unsigned long request;
		enum meterbus_error_kind kind;
	} rows[] = {
		{ TIOCEXCL, METERBUS_E_SYSTEM }, { TCGETS2, METERBUS_E_SYSTEM },
		{ TCSETS2, METERBUS_E_NO_TTY }, { TIOCGETD, METERBUS_E_NO_TTY },
	};

	driver.error = ENOTTY;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		driver.fails = rows[i].request;
		EXPECT_EQ(-1, OPEN(2400));
		EXPECT_EQ(rows[i].kind, self->err.kind) TH_LOG("row %zu", i);
		driver.fails = 0;
		meterbus_tty_close(&self->tty);
	}
}

TEST_F(tty, what_is_no_tty)
{
	static const char *const paths[] = {
		"/dev/null", "/etc/passwd", "/dev/none", "/",
	};

	fake.ioctl = NULL;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		EXPECT_EQ(-1, meterbus_tty_open(&self->tty, paths[i], 2400,
						&self->err));
		EXPECT_EQ(METERBUS_E_NO_TTY, self->err.kind)
			TH_LOG("%s: %s", paths[i], self->err.text);
		meterbus_tty_close(&self->tty);
		EXPECT_EQ(-1, meterbus_tty_holder(paths[i], &self->err));
		EXPECT_EQ(-1, meterbus_tty_detach(paths[i], &self->err));
	}
}

TEST_F(tty, in_use_by_another_program)
{
	struct meterbus_tty second = { .fd = -1 };

	ASSERT_EQ(0, OPEN(2400));
	EXPECT_EQ(-1, meterbus_tty_open(&second, pty.path, 2400, &self->err));
	EXPECT_EQ(METERBUS_E_BUSY, self->err.kind);
	EXPECT_FALSE(second.taken);
	meterbus_tty_close(&second);
	/* It stays the first one's. */
	EXPECT_EQ(0, driver.shared);
}

/* By the bus that it carries, if that is known. */
TEST_F(tty, in_use_by_a_bus)
{
	struct meterbus_tty second = { .fd = -1 };
	char line[96], link[128];

	ASSERT_EQ(0, OPEN(2400));
	fake_begin();
	snprintf(line, sizeof(line), "%s\n", pty.path + 5);
	fake_file("/sys/class/mbus/mbus7/tty", line);
	fake_file("/dev/null", "");
	snprintf(link, sizeof(link), "%s/dev/pts", fake.root);
	ASSERT_EQ(0, symlink("/dev/pts", link));
	EXPECT_EQ(-1, meterbus_tty_open(&second, pty.path, 2400, &self->err));
	EXPECT_EQ(METERBUS_E_BUSY, self->err.kind);
	EXPECT_EQ(METERBUS_HINT_DETACH, self->err.hint);
	EXPECT_STREQ("mbus7", self->err.about);
	snprintf(line, sizeof(line), "%s carries mbus7 already", pty.path + 5);
	EXPECT_STREQ(line, self->err.text);
	meterbus_tty_close(&second);
	fake_end();
	fake.ioctl = driver_ioctl;
}

/* As a holder that was killed leaves it, while others have it open. */
TEST_F(tty, whose_discipline_was_left_on_it)
{
	driver.left = METERBUS_TTY_LDISC;
	ASSERT_EQ(0, OPEN(2400));
	ASSERT_EQ(1, driver.set);
	EXPECT_EQ(0, driver.disciplines[0]);
}

TEST_F(tty, its_holder_is_known)
{
	int ready[2];
	char byte;
	pid_t child;

	EXPECT_EQ(0, meterbus_tty_holder(pty.path, &self->err));
	ASSERT_EQ(0, pipe(ready));
	child = fork();
	if (!child) {
		if (!OPEN(2400) && write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(child, meterbus_tty_holder(pty.path, &self->err));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	EXPECT_EQ(0, meterbus_tty_holder(pty.path, &self->err));
}

/* In a made-up /dev, which has the bus's node or has not. */
TEST_F(tty, attached)
{
	ASSERT_EQ(0, OPEN(2400));
	fake_begin();
	fake_file("/dev/mbus3", "");
	driver.bus = 3;
	EXPECT_EQ(0, meterbus_tty_attach(&self->tty, &self->err));
	EXPECT_EQ(3, self->tty.bus);
	EXPECT_TRUE(self->tty.attached);
	EXPECT_EQ(METERBUS_TTY_LDISC, driver.disciplines[0]);
	EXPECT_FALSE(meterbus_tty_gone(&self->tty));
	/* Another program took the line discipline off. */
	driver.fails = METERBUS_IOC_GET_BUS;
	driver.error = ENOTTY;
	EXPECT_TRUE(meterbus_tty_gone(&self->tty));
	meterbus_tty_close(&self->tty);
	EXPECT_EQ(0, driver.disciplines[1]);
	EXPECT_EQ(2, driver.set);
	EXPECT_FALSE(self->tty.attached);
	fake_end();
}

TEST_F(tty, what_attaching_fails_with)
{
	static const struct {
		unsigned long request;
		int error;
		enum meterbus_error_kind kind;
	} rows[] = {
		{ TIOCSETD, EINVAL, METERBUS_E_SYSTEM },
		{ TIOCSETD, EPERM, METERBUS_E_PERMISSION },
		{ TIOCSETD, EACCES, METERBUS_E_PERMISSION },
		{ TIOCSETD, EIO, METERBUS_E_UNPLUGGED },
		{ TIOCSETD, ENODEV, METERBUS_E_UNPLUGGED },
		{ TIOCSETD, ENOMEM, METERBUS_E_SYSTEM },
		{ METERBUS_IOC_GET_BUS, ENOTTY, METERBUS_E_SYSTEM },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ASSERT_EQ(0, OPEN(2400));
		driver.fails = rows[i].request;
		driver.error = rows[i].error;
		EXPECT_EQ(-1, meterbus_tty_attach(&self->tty, &self->err));
		EXPECT_EQ(rows[i].kind, self->err.kind) TH_LOG("row %zu", i);
		/* So that the line discipline is taken off again. */
		EXPECT_EQ(rows[i].request != TIOCSETD, self->tty.attached);
		driver.fails = 0;
		meterbus_tty_close(&self->tty);
	}
}

TEST_F(tty, unplugged)
{
	ASSERT_EQ(0, OPEN(2400));
	EXPECT_FALSE(meterbus_tty_gone(&self->tty));
	close(pty.master);
	EXPECT_TRUE(meterbus_tty_gone(&self->tty));
}

TEST_F(tty, detached)
{
	EXPECT_EQ(0, meterbus_tty_detach(pty.path, &self->err));
	EXPECT_EQ(1, driver.set);
	EXPECT_EQ(0, driver.disciplines[0]);
	EXPECT_EQ(1, driver.shared);
	driver.fails = TIOCSETD;
	driver.error = EPERM;
	EXPECT_EQ(-1, meterbus_tty_detach(pty.path, &self->err));
	EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);
}

TEST_F(tty, names_of_a_tty)
{
	char path[METERBUS_TTY_PATH_MAX], link[128];
	const char *name = pty.path + 5;

	EXPECT_EQ(0, meterbus_tty_resolve(name, path, sizeof(path), &self->err));
	EXPECT_STREQ(pty.path, path);
	EXPECT_EQ(0, meterbus_tty_resolve(pty.path, path, sizeof(path),
					  &self->err));
	EXPECT_STREQ(pty.path, path);
	EXPECT_EQ(-1, meterbus_tty_resolve(name, path, strlen(pty.path),
					   &self->err));
	EXPECT_EQ(METERBUS_E_NO_TTY, self->err.kind);
	EXPECT_EQ(0, meterbus_tty_resolve(name, path, strlen(pty.path) + 1,
					  &self->err));
	EXPECT_EQ(-1, meterbus_tty_resolve("none", path, sizeof(path),
					   &self->err));
	EXPECT_EQ(METERBUS_E_NO_TTY, self->err.kind);
	EXPECT_EQ(-1, meterbus_tty_resolve("/dev/none", path, sizeof(path),
					   &self->err));
	fake_begin();
	fake_file("/dev/ttyACM2", "");
	snprintf(link, sizeof(link), "%s/dev/by-path", fake.root);
	ASSERT_EQ(0, symlink("ttyACM2", link));
	EXPECT_EQ(0, meterbus_tty_resolve("by-path", path, sizeof(path),
					  &self->err));
	EXPECT_STREQ("/dev/ttyACM2", path);
	fake_end();
}

TEST_HARNESS_MAIN
