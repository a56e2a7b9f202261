/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of the stress test: each runs in a process of its own until stop_ns,
 * with random numbers of its own seed, and leaves nothing behind.
 */
#ifndef STRESS_H
#define STRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "../pty_bus.h"

#define BUSES	6	/* /dev/mbus0.. that users look for */

/* Returns a number below @below, which may be as large as 32 bits hold. */
struct dice {
	uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t below)
{
	dice->state ^= dice->state << 13;
	dice->state ^= dice->state >> 7;
	dice->state ^= dice->state << 17;
	return below ? (dice->state >> 32) % below : dice->state >> 32;
}

static struct dice dice_of(uint64_t seed, unsigned int who)
{
	struct dice dice = { (seed + 1) * 0x9e3779b97f4a7c15ULL ^
			     (who + 1) * 0xbf58476d1ce4e5b9ULL };

	roll(&dice, 1);
	return dice;
}

struct stress {
	uint64_t seed;
	uint64_t stop_ns;
	/* What was done, so that a part that did nothing is seen. */
	unsigned long done;
	unsigned long failed;
};

static inline bool stopped(const struct stress *stress)
{
	return (uint64_t)now_ns() >= stress->stop_ns;
}

/* A pty pair: the bus's end and the meters'. */
struct pair {
	int master;
	int slave;
};

static inline int open_pair(struct pair *pair)
{
	pair->slave = -1;
	pair->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC |
				    O_NONBLOCK);
	if (pair->master < 0)
		return -1;
	if (grantpt(pair->master) || unlockpt(pair->master))
		return -1;
	pair->slave = open(ptsname(pair->master), O_RDWR | O_NOCTTY |
			   O_CLOEXEC | O_NONBLOCK);
	return pair->slave < 0 ? -1 : 0;
}

static inline void close_pair(struct pair *pair)
{
	if (pair->slave >= 0)
		close(pair->slave);
	if (pair->master >= 0)
		close(pair->master);
}

static inline int set_ldisc(int tty, int ldisc)
{
	return ioctl(tty, TIOCSETD, &ldisc);
}

static inline int open_bus(unsigned int number, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/mbus%u", number);
	return open(path, flags | O_CLOEXEC);
}

/* Generic netlink by hand: a fuzzer wants to say what no library would. */
int genl_open(uint16_t *family, uint32_t *group);
int genl_send(int sock, uint16_t family, uint8_t cmd, uint16_t flags,
	      const void *attributes, size_t len);
void genl_drain(int sock);

/* Each returns zero, or says on stderr what was wrong. */
int stress_races(struct stress *stress);
int stress_busy(struct stress *stress);
int stress_flush(struct stress *stress);
int stress_data(struct stress *stress);
int stress_unload(struct stress *stress);
int stress_fuzz(struct stress *stress);
int stress_faults(struct stress *stress);

int unload_module(void);

#endif
