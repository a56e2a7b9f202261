// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls nobody would make: any ioctl with any argument on the bus and on its
 * tty, any write and read, any netlink message. Signals interrupt what waits.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>

#include <linux/meterbus_netlink.h>

#include "stress.h"

static void on_alarm(int signal)
{
	(void)signal;
}

/* Memory that ends where nothing is mapped. */
static unsigned char *edge;
#define EDGE_SIZE	8192

static void *any_pointer(struct dice *dice)
{
	size_t back = roll(dice, 2) ? roll(dice, 64) : roll(dice, EDGE_SIZE);

	switch (roll(dice, 12)) {
	case 0:
		return NULL;
	case 1:
		return (void *)(uintptr_t)roll(dice, 0);
	case 2:
		return (void *)(~(uintptr_t)0 - roll(dice, 64));
	default:
		return edge + EDGE_SIZE - back;
	}
}

static void scramble(struct dice *dice, unsigned char *bytes, size_t len)
{
	unsigned int changes = roll(dice, 4);

	while (changes--)
		bytes[roll(dice, len)] = roll(dice, 4) ? roll(dice, 256) : 0;
}

/* Nearly right, so that it gets past the first check. */
static void fuzz_xfer(struct dice *dice, int fd)
{
	struct meterbus_xfer *xfer;

	xfer = (void *)(edge + EDGE_SIZE - sizeof(*xfer) - roll(dice, 2));
	*xfer = NEW_XFER(req_ud2);
	xfer->wait_ms = 1 + roll(dice, 20);
	xfer->guard_us = 1;
	xfer->window_us = 1 + roll(dice, 5000);
	xfer->answer = roll(dice, 2) ? (uintptr_t)any_pointer(dice) : 0;
	xfer->answer_size = xfer->answer ? roll(dice, 600) : 0;
	scramble(dice, (unsigned char *)xfer, sizeof(*xfer));
	ioctl(fd, roll(dice, 2) ? METERBUS_IOC_XFER : METERBUS_IOC_SUBMIT,
	      xfer);
}

static void fuzz_ioctl(struct dice *dice, int fd)
{
	unsigned int size = roll(dice, 2) ? roll(dice, 0x4000) : 4;
	unsigned int cmd = _IOC(roll(dice, 4), METERBUS_IOC_MAGIC, roll(dice, 24),
				size);
	static const unsigned int known[] = {
		METERBUS_IOC_GET_FEATURES, METERBUS_IOC_SET_MODE, METERBUS_IOC_HOLD,
		METERBUS_IOC_RELEASE, METERBUS_IOC_FETCH, METERBUS_IOC_CANCEL, METERBUS_IOC_GET_BUS, METERBUS_IOC_SET_LINK,
		TCGETS, TCFLSH, TIOCINQ, TIOCOUTQ, TIOCGICOUNT, TCXONC,
		TIOCSTI, FIONREAD, FIONBIO, TIOCEXCL, TIOCNXCL,
	};

	if (roll(dice, 4))
		cmd = known[roll(dice, sizeof(known) / sizeof(known[0]))];
	ioctl(fd, cmd, any_pointer(dice));
}

static void fuzz_write(struct dice *dice, int fd)
{
	unsigned char *bytes = edge + EDGE_SIZE - 300;
	size_t len = roll(dice, 300);

	memcpy(bytes, answer, sizeof(answer));
	if (roll(dice, 2)) {
		scramble(dice, bytes, 300);
		if (write(fd, bytes, len) < 0)
			return;
	} else if (write(fd, any_pointer(dice), roll(dice, 700)) < 0) {
		return;
	}
}

static void fuzz_netlink(struct dice *dice, int sock, uint16_t family)
{
	unsigned char attributes[512];
	size_t len = 0;

	while (len + 24 < sizeof(attributes) && roll(dice, 5)) {
		uint16_t head[2];

		head[0] = roll(dice, 8) ? 4 + (1U << roll(dice, 4)) :
			  roll(dice, 40);
		head[1] = roll(dice, 40) | (roll(dice, 8) ? 0 : 0x8000);
		memcpy(attributes + len, head, sizeof(head));
		memset(attributes + len + 4, 0, 20);
		scramble(dice, attributes + len + 4, 16);
		len += (head[0] + 3) & ~3U;
		if (len > sizeof(attributes))
			len = sizeof(attributes);
	}
	genl_send(sock, family, roll(dice, 7), roll(dice, 4) ? roll(dice, 8) :
		  0x300, attributes, len);
	genl_drain(sock);
}

int stress_fuzz(struct stress *stress)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, 15000 }, { 0, 15000 } };
	struct dice dice = dice_of(stress->seed, 0);
	struct pair pair;
	uint16_t family = 0;
	uint32_t group;
	__u32 number;
	char buf[400];
	int bus, waiting, sock;

	edge = mmap(NULL, EDGE_SIZE + 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (edge == MAP_FAILED || munmap(edge + EDGE_SIZE, 4096))
		return fprintf(stderr, "mmap: %s\n", strerror(errno));
	if (load_module())
		return fprintf(stderr, "the module does not load\n");
	sock = genl_open(&family, &group);
	sigaction(SIGALRM, &action, NULL);
	while (!stopped(stress)) {
		unsigned int calls = roll(&dice, 400);

		if (open_pair(&pair) || set_ldisc(pair.slave, N_DEVELOPMENT) ||
		    ioctl(pair.slave, METERBUS_IOC_GET_BUS, &number)) {
			close_pair(&pair);
			continue;
		}
		bus = open_bus(number, O_RDWR | O_NONBLOCK);
		waiting = open_bus(number, O_RDWR);
		setitimer(ITIMER_REAL, &often, NULL);
		while (calls-- && !stopped(stress)) {
			stress->done++;
			switch (roll(&dice, 8)) {
			case 0:
				fuzz_xfer(&dice, waiting);
				break;
			case 1:
			case 2:
				fuzz_ioctl(&dice, bus);
				break;
			case 3:
				fuzz_ioctl(&dice, pair.slave);
				break;
			case 4:
				fuzz_write(&dice, bus);
				break;
			case 5:
				fuzz_write(&dice, pair.master);
				break;
			case 6:
				if (sock >= 0)
					fuzz_netlink(&dice, sock, family);
				break;
			default:
				if (read(bus, any_pointer(&dice),
					 roll(&dice, 700)) < 0 &&
				    read(pair.master, buf, sizeof(buf)) < 0)
					continue;
				break;
			}
		}
		memset(&often.it_value, 0, sizeof(often.it_value));
		setitimer(ITIMER_REAL, &often, NULL);
		often.it_value = often.it_interval;
		close(waiting);
		close(bus);
		close_pair(&pair);
	}
	if (sock >= 0)
		close(sock);
	return unload_module();
}
