// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything against everything: buses come and go in every way there is,
 * while others open, read, write, transact, hold, poll, look into sysfs and
 * speak netlink.
 */
#include <dirent.h>
#include <sys/socket.h>

#include <linux/meterbus_netlink.h>
#include <linux/netlink.h>

#include "stress.h"

#define ATTACHERS	3
#define USERS		4
#define OTHERS		3

struct actor {
	pthread_t thread;
	struct stress *stress;
	struct dice dice;
	unsigned long done;
};

/* One bus from attach to one of its ends. */
static void one_bus(struct actor *actor)
{
	struct dice *dice = &actor->dice;
	unsigned int step, steps = roll(dice, 20);
	__u32 link;
	struct termios tio;
	struct pair pair;
	char buf[300];

	if (open_pair(&pair) || set_ldisc(pair.slave, N_DEVELOPMENT))
		goto out;
	actor->done++;
	for (step = 0; step < steps; step++) {
		switch (roll(dice, 9)) {
		case 0:
			tcflush(pair.slave, TCIOFLUSH);
			break;
		case 1:
			tcflush(pair.master, TCIOFLUSH);
			break;
		case 2:
			tcgetattr(pair.slave, &tio);
			cfsetspeed(&tio, roll(dice, 2) ? B9600 : B38400);
			tcsetattr(pair.slave, TCSANOW, &tio);
			break;
		case 3:
			if (write(pair.master, "\xe5", 1) < 0)
				break;
			break;
		case 4:
			link = roll(dice, 2);
			ioctl(pair.slave, METERBUS_IOC_SET_LINK, &link);
			break;
		default:
			if (read(pair.master, buf, sizeof(buf)) > 0 &&
			    write(pair.master, answer, sizeof(answer)) < 0)
				break;
			sleep_ms(roll(dice, 3));
			break;
		}
	}
	switch (roll(dice, 5)) {
	case 0:
		close(pair.master);
		pair.master = -1;
		break;
	case 1:
		set_ldisc(pair.slave, 0);
		break;
	case 2:
		ioctl(pair.slave, TIOCVHANGUP);
		break;
	case 3:
		/* The other end wants to be a bus as well. */
		set_ldisc(pair.master, N_DEVELOPMENT);
		break;
	}
out:
	close_pair(&pair);
}

static void *attacher(void *arg)
{
	struct actor *actor = arg;

	while (!stopped(actor->stress))
		one_bus(actor);
	return NULL;
}

static void use_bus(struct actor *actor, int fd)
{
	struct dice *dice = &actor->dice;
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct meterbus_hold hold = {
		.wait_ms = 1 + roll(dice, 30),
		.limit_ms = 1 + roll(dice, 30),
	};
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };
	__u8 buf[METERBUS_RECORD_MAX];
	__u32 mode = roll(dice, 2);
	struct meterbus_xfer fetch = {};
	__u64 features;

	xfer.answer = (__u64)(uintptr_t)buf;
	xfer.guard_us = 1 + roll(dice, 3000);
	xfer.window_us = 1 + roll(dice, 20000);
	xfer.wait_ms = 1 + roll(dice, 30);
	xfer.repeats = roll(dice, 3);
	switch (roll(dice, 11)) {
	case 0:
		if (read(fd, buf, roll(dice, sizeof(buf))) < 0)
			break;
		break;
	case 1:
		if (write(fd, req_ud2, sizeof(req_ud2)) < 0)
			break;
		break;
	case 2:
		ioctl(fd, METERBUS_IOC_HOLD, &hold);
		break;
	case 3:
		ioctl(fd, METERBUS_IOC_RELEASE);
		break;
	case 4:
		ioctl(fd, METERBUS_IOC_SET_MODE, &mode);
		break;
	case 5:
		ioctl(fd, METERBUS_IOC_GET_FEATURES, &features);
		break;
	case 6:
		poll(&pfd, 1, roll(dice, 10));
		break;
	case 7:
		xfer.answer = 0;
		xfer.answer_size = 0;
		ioctl(fd, METERBUS_IOC_SUBMIT, &xfer);
		break;
	case 8:
		ioctl(fd, METERBUS_IOC_FETCH, &fetch);
		break;
	case 9:
		ioctl(fd, METERBUS_IOC_CANCEL);
		break;
	default:
		xfer.options = roll(dice, 2);
		ioctl(fd, METERBUS_IOC_XFER, &xfer);
		break;
	}
}

static void *user(void *arg)
{
	struct actor *actor = arg;
	struct dice *dice = &actor->dice;
	unsigned int uses;
	int fd;

	while (!stopped(actor->stress)) {
		fd = open_bus(roll(dice, BUSES), roll(dice, 4) ? O_RDWR :
			      O_RDWR | O_NONBLOCK);
		if (fd < 0) {
			/* Other threads need the processor, too. */
			sleep_ms(1);
			continue;
		}
		for (uses = roll(dice, 12); uses; uses--)
			use_bus(actor, fd);
		close(fd);
		actor->done++;
	}
	return NULL;
}

static void read_files(const char *path)
{
	struct dirent *entry;
	char name[600], buf[4096];
	DIR *dir = opendir(path);
	int fd;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR) {
			read_files(name);
			continue;
		}
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (read(fd, buf, sizeof(buf)) < 0)
			buf[0] = '\0';
		close(fd);
	}
	if (dir)
		closedir(dir);
}

static void *sysfs(void *arg)
{
	struct actor *actor = arg;
	char path[64];

	while (!stopped(actor->stress)) {
		snprintf(path, sizeof(path), "/sys/class/mbus/mbus%u",
			 roll(&actor->dice, BUSES));
		read_files(path);
		actor->done++;
		sleep_ms(1);
	}
	return NULL;
}

struct u32_attribute {
	struct nlattr head;
	__u32 value;
};

static struct u32_attribute u32_attribute(__u16 type, __u32 value)
{
	struct u32_attribute attribute = {
		.head = { .nla_len = sizeof(attribute), .nla_type = type },
		.value = value,
	};

	return attribute;
}

static void *netlink(void *arg)
{
	static const __u16 settings[] = {
		METERBUS_A_BUS_GUARD_US, METERBUS_A_BUS_SLACK_US, METERBUS_A_BUS_GAP_US,
		METERBUS_A_BUS_WINDOW_US,
	};
	struct actor *actor = arg;
	struct dice *dice = &actor->dice;
	struct u32_attribute attributes[2];
	struct timeval limit = { .tv_usec = 1000 };
	uint32_t group = 0;
	uint16_t family;
	char buf[8192];
	int sock = genl_open(&family, &group);

	if (sock < 0)
		return NULL;
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (roll(dice, 2))
		setsockopt(sock, 270, NETLINK_ADD_MEMBERSHIP, &group,
			   sizeof(group));
	while (!stopped(actor->stress)) {
		attributes[0] = u32_attribute(METERBUS_A_BUS_ID,
					      roll(dice, BUSES));
		attributes[1] = roll(dice, 4) ?
			u32_attribute(settings[roll(dice, 4)],
				      roll(dice, 20000)) :
			u32_attribute(METERBUS_A_BUS_BAUD, 2400 << roll(dice, 3));
		switch (roll(dice, 3)) {
		case 0:
			genl_send(sock, family, METERBUS_CMD_BUS_GET, NLM_F_DUMP,
				  NULL, 0);
			break;
		case 1:
			genl_send(sock, family, METERBUS_CMD_BUS_GET, 0, attributes,
				  sizeof(attributes[0]));
			break;
		default:
			genl_send(sock, family, METERBUS_CMD_BUS_SET, NLM_F_ACK,
				  attributes, sizeof(attributes));
			break;
		}
		if (recv(sock, buf, sizeof(buf), 0) > 0)
			genl_drain(sock);
		actor->done++;
		sleep_ms(1);
	}
	close(sock);
	return NULL;
}

/* Those from @first on: without attachers the buses are somebody else's. */
static int run_actors(struct stress *stress, unsigned int first)
{
	struct actor actors[ATTACHERS + USERS + OTHERS] = {};
	unsigned int i, count = ATTACHERS + USERS + OTHERS;

	for (i = first; i < count; i++) {
		void *(*main)(void *) =
			i < ATTACHERS ? attacher :
			i < ATTACHERS + USERS ? user :
			i < ATTACHERS + USERS + 1 ? sysfs : netlink;

		actors[i].stress = stress;
		actors[i].dice = dice_of(stress->seed, i);
		pthread_create(&actors[i].thread, NULL, main, &actors[i]);
	}
	for (i = first; i < count; i++) {
		pthread_join(actors[i].thread, NULL);
		fprintf(stderr, "# actor %u: %lu\n", i, actors[i].done);
		stress->done += actors[i].done;
		if (!actors[i].done)
			return fprintf(stderr, "actor %u did nothing\n", i);
	}
	return 0;
}

int stress_races(struct stress *stress)
{
	int ret;

	if (load_module())
		return fprintf(stderr, "the module does not load\n");
	ret = run_actors(stress, 0);
	return ret ? ret : unload_module();
}

int stress_busy(struct stress *stress)
{
	return run_actors(stress, ATTACHERS);
}

/*
 * The pattern of LTP's pty03: the discipline is set and taken away while
 * another thread flushes, hangs up, or sets it too.
 */
static void *flusher(void *arg)
{
	struct pair *pair = arg;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		tcflush(pair->slave, TCIFLUSH);
		tcflush(pair->master, TCIOFLUSH);
		if (i == 10)
			ioctl(pair->slave, TIOCVHANGUP);
		if (i % 4 == 3)
			set_ldisc(pair->slave, N_DEVELOPMENT);
	}
	return NULL;
}

int stress_flush(struct stress *stress)
{
	struct dice dice = dice_of(stress->seed, 0);
	pthread_t thread;
	struct pair pair;
	unsigned int i;

	if (load_module())
		return fprintf(stderr, "the module does not load\n");
	while (!stopped(stress)) {
		if (open_pair(&pair)) {
			close_pair(&pair);
			continue;
		}
		pthread_create(&thread, NULL, flusher, &pair);
		for (i = 0; i < 10; i++) {
			stress->done += !set_ldisc(pair.slave, N_DEVELOPMENT);
			if (write(pair.master, answer, sizeof(answer)) < 0)
				sched_yield();
			if (roll(&dice, 2))
				sched_yield();
			set_ldisc(pair.slave, 0);
		}
		pthread_join(thread, NULL);
		close_pair(&pair);
	}
	return unload_module();
}

/*
 * The pattern of LTP's pty04: data flow into the discipline from the other
 * end and out of it, and an end is closed under them.
 */
struct stream {
	int fd;
	volatile bool stop;
};

static void *streamer(void *arg)
{
	static const __u8 noise[200] = { 0x68, 0x10, 0xe5, 0x00, 0x16 };
	struct stream *stream = arg;
	char buf[400];

	while (!stream->stop) {
		if (write(stream->fd, noise, sizeof(noise)) < 0)
			sched_yield();
		if (read(stream->fd, buf, sizeof(buf)) < 0)
			sched_yield();
	}
	return NULL;
}

int stress_data(struct stress *stress)
{
	struct dice dice = dice_of(stress->seed, 0);
	struct stream stream;
	pthread_t thread;
	struct pair pair;
	__u32 number;
	int bus;

	if (load_module())
		return fprintf(stderr, "the module does not load\n");
	while (!stopped(stress)) {
		if (open_pair(&pair) || set_ldisc(pair.slave, N_DEVELOPMENT) ||
		    ioctl(pair.slave, METERBUS_IOC_GET_BUS, &number)) {
			close_pair(&pair);
			continue;
		}
		bus = open_bus(number, O_RDWR | O_NONBLOCK);
		if (roll(&dice, 2))
			set_ldisc(pair.master, N_DEVELOPMENT);
		stream.fd = pair.master;
		stream.stop = false;
		pthread_create(&thread, NULL, streamer, &stream);
		if (write(bus, req_ud2, sizeof(req_ud2)) > 0)
			stress->done++;
		sleep_ms(roll(&dice, 100));
		if (roll(&dice, 2)) {
			close(pair.slave);
			pair.slave = -1;
		} else {
			ioctl(pair.slave, TIOCVHANGUP);
		}
		stream.stop = true;
		pthread_join(thread, NULL);
		close(bus);
		close_pair(&pair);
	}
	return unload_module();
}
