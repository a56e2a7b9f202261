// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pty that stands for a gateway's serial port: a real one, and the line
 * discipline's part played by the test.
 */
#include <asm/termbits.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "gateway/pty.h"
#include "kselftest_harness.h"

#include "fake_system.h"
#include "fake_udev.h"

static struct {
	int master, other;	/* the two ends */
	unsigned long fails;	/* the request that does */
	__u32 link;
	unsigned int links, disciplines[4], set;
} driver;

static int driver_ioctl(unsigned long request, void *arg)
{
	if (request == driver.fails) {
		errno = ENOTTY;
		return -1;
	}
	switch (request) {
	case TIOCSETD:
		driver.disciplines[driver.set++ % 4] = *(int *)arg;
		return 0;
	case METERBUS_IOC_GET_BUS:
		*(__u32 *)arg = 5;
		return 0;
	case METERBUS_IOC_SET_LINK:
		driver.link = *(__u32 *)arg;
		driver.links++;
		return 0;
	case TIOCPKT:
		return REAL(ioctl)(driver.master, request, arg);
	}
	return REAL(ioctl)(driver.other, request, arg);
}

/* The first that hears of the tty's name; later requests are the driver's. */
int ptsname_r(int fd, char *path, size_t size)
{
	int ret = REAL(ptsname_r)(fd, path, size);

	driver.master = fd;
	driver.other = REAL(open)(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	fake.ioctl = driver_ioctl;
	return ret;
}

FIXTURE(pty)
{
	struct gateway_pty pty;
	struct meterbus_error err;
	struct termios2 termios;
	char bytes[8];
};

FIXTURE_SETUP(pty)
{
	char link[128];

	memset(self, 0, sizeof(*self));
	memset(&driver, 0, sizeof(driver));
	memset(&fake_udev, 0, sizeof(fake_udev));
	fake_begin();
	fake_file("/dev/mbus5", "");
	snprintf(link, sizeof(link), "%s/dev/pts", fake.root);
	ASSERT_EQ(0, symlink("/dev/pts", link));
	gateway_pty_init(&self->pty);
}

FIXTURE_TEARDOWN(pty)
{
	gateway_pty_close(&self->pty);
	EXPECT_EQ(-1, self->pty.master);
	EXPECT_EQ(0, fake_udev.held);
	fake.ioctl = NULL;
	fake_end();
}

#define OPEN() gateway_pty_open(&self->pty, 2400, &self->err)

/* Bytes that the bus sends, and whether they are those of a packet of data. */
#define CARRIED(text)							\
	(write(driver.other, text, strlen(text)) == (ssize_t)strlen(text) && \
	 read(self->pty.master, self->bytes, sizeof(self->bytes)) ==	\
		 (ssize_t)strlen(text) + 1 &&				\
	 self->bytes[0] == TIOCPKT_DATA &&				\
	 !memcmp(self->bytes + 1, text, strlen(text)))

TEST_F(pty, it_is_a_bus_whose_link_is_down)
{
	ASSERT_EQ(0, OPEN()) TH_LOG("%s", self->err.text);
	EXPECT_EQ(5, self->pty.tty.bus);
	EXPECT_EQ(METERBUS_LINK_DOWN, driver.link);
	EXPECT_EQ(1, driver.links);
	EXPECT_EQ(METERBUS_TTY_LDISC, driver.disciplines[0]);
	EXPECT_TRUE(CARRIED("\x10\x7B"));
	/* Nothing waits for what is not there. */
	EXPECT_EQ(-1, read(self->pty.master, self->bytes, 1));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(pty, a_change_of_the_rate_is_a_packet)
{
	ASSERT_EQ(0, OPEN());
	EXPECT_EQ(2400, gateway_pty_baud(&self->pty, 300));
	ASSERT_EQ(0, REAL(ioctl)(driver.other, TCGETS2, &self->termios));
	EXPECT_EQ(EXTPROC, self->termios.c_lflag);
	self->termios.c_cflag = (self->termios.c_cflag & ~CBAUD) | BOTHER;
	self->termios.c_ospeed = 9600;
	self->termios.c_ispeed = 9600;
	ASSERT_EQ(0, REAL(ioctl)(driver.other, TCSETS2, &self->termios));
	ASSERT_EQ(1, read(self->pty.master, self->bytes, sizeof(self->bytes)));
	EXPECT_TRUE(self->bytes[0] & TIOCPKT_IOCTL);
	EXPECT_EQ(9600, gateway_pty_baud(&self->pty, 300));
	driver.fails = TCGETS2;
	EXPECT_EQ(300, gateway_pty_baud(&self->pty, 300));
}

TEST_F(pty, a_link_that_comes_up_has_nothing_of_before)
{
	ASSERT_EQ(0, OPEN());
	ASSERT_EQ(2, write(driver.other, "ab", 2));
	ASSERT_EQ(2, write(self->pty.master, "cd", 2));
	EXPECT_EQ(0, gateway_pty_set_link(&self->pty, METERBUS_LINK_UP));
	EXPECT_EQ(METERBUS_LINK_UP, driver.link);
	EXPECT_EQ(-1, read(driver.other, self->bytes, sizeof(self->bytes)));
	EXPECT_EQ(-1, read(self->pty.master, self->bytes, sizeof(self->bytes)));
	EXPECT_TRUE(CARRIED("ef"));
	driver.fails = METERBUS_IOC_SET_LINK;
	EXPECT_EQ(-1, gateway_pty_set_link(&self->pty, METERBUS_LINK_UP));
}

TEST_F(pty, it_is_watched_for_what_a_bus_never_is)
{
	struct pollfd watched;

	ASSERT_EQ(0, OPEN());
	watched = gateway_pty_watch(&self->pty);
	EXPECT_EQ(self->pty.tty.fd, watched.fd);
	EXPECT_EQ(POLLOUT, watched.events);
}

#define FAILS(request, why)						\
	do {								\
		driver.fails = request;					\
		EXPECT_EQ(-1, OPEN());					\
		EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);		\
		EXPECT_STREQ(why, self->err.text);			\
		EXPECT_EQ(0, driver.links);				\
	} while (0)

TEST_F(pty, that_carries_no_packets)
{
	FAILS(TIOCPKT, "cannot make a pty: Inappropriate ioctl for device");
}

TEST_F(pty, of_a_module_that_knows_no_gateways)
{
	FAILS(METERBUS_IOC_SET_LINK,
	      "the loaded mbus module knows no gateways (Inappropriate ioctl for device); install both from one release");
}

TEST_F(pty, whose_discipline_is_not_ours)
{
	driver.fails = METERBUS_IOC_GET_BUS;
	EXPECT_EQ(-1, OPEN());
	EXPECT_EQ(0, driver.links);
}

/* Where devtmpfs makes no node, udev makes one and announces it. */
static void made(struct udev_device *device)
{
	(void)device;
	fake_file("/dev/mbus5", "");
}

TEST_F(pty, whose_node_is_made_late)
{
	struct udev_device announced = { .sysname = "mbus5" };
	char node[128];

	fake_udev.monitors[0] = (struct udev_monitor){
		.source = "udev", .events = &announced, .left = 1,
	};
	fake_udev.monitors[1].source = "kernel";
	fake_udev.taken = made;
	snprintf(node, sizeof(node), "%s/dev/mbus5", fake.root);
	ASSERT_EQ(0, unlink(node));
	EXPECT_EQ(0, OPEN()) TH_LOG("%s", self->err.text);
	EXPECT_STREQ("mbus", fake_udev.subsystem);
	EXPECT_EQ(0, fake_udev.monitors[0].left);
}

TEST_F(pty, whose_node_nobody_makes)
{
	char node[128];

	snprintf(node, sizeof(node), "%s/dev/mbus5", fake.root);
	ASSERT_EQ(0, unlink(node));
	fake_udev.fails = "udev_new";
	EXPECT_EQ(-1, OPEN());
	EXPECT_STREQ("the bus is there, but no device node /dev/mbus5; mount a devtmpfs on /dev or start udev",
		     self->err.text);
	EXPECT_EQ(0, driver.links);
	gateway_pty_close(&self->pty);
	fake_udev.monitors[0].source = "udev";
	fake_udev.monitors[1].source = "kernel";
	fake_udev.fails = "udev_monitor_enable_receiving";
	EXPECT_EQ(-1, OPEN());
}

TEST_HARNESS_MAIN
