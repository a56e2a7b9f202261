// SPDX-License-Identifier: GPL-2.0-only
/* The module is loaded and unloaded while it is used. */
#include <sys/wait.h>

#include "stress.h"

static int delete_module(void)
{
	return syscall(SYS_delete_module, "mbus", O_NONBLOCK);
}

/* What the kernel ends in the background holds the module a moment longer. */
int unload_module(void)
{
	unsigned int tries;

	for (tries = 0; tries < 200; tries++) {
		if (!delete_module())
			return 0;
		sleep_ms(10);
	}
	return fprintf(stderr, "the module does not unload: %s\n",
		       strerror(errno));
}

static bool in_use(void)
{
	return delete_module() && (errno == EBUSY || errno == EAGAIN);
}

static int refuses_while_used(void)
{
	struct pair pair;
	__u32 number;
	int bus;

	if (load_module() || open_pair(&pair) ||
	    set_ldisc(pair.slave, N_DEVELOPMENT) ||
	    ioctl(pair.slave, METERBUS_IOC_GET_BUS, &number))
		return fprintf(stderr, "no bus: %s\n", strerror(errno));
	if (!in_use())
		return fprintf(stderr, "unloaded under an attached tty\n");
	bus = open_bus(number, O_RDWR);
	if (bus < 0)
		return fprintf(stderr, "no /dev/mbus%u\n", number);
	close_pair(&pair);
	if (!in_use())
		return fprintf(stderr, "unloaded under an open file\n");
	close(bus);
	return unload_module();
}

/* On a slow machine nobody may have come by in time: not before one has. */
static bool over(const struct stress *stress)
{
	const volatile unsigned long *done = &stress->done;

	return *done && stopped(stress);
}

static void *users(void *arg)
{
	struct stress *stress = arg;
	struct dice dice = dice_of(stress->seed, 1);
	struct pair pair;
	uint16_t family;
	uint32_t group;
	int fd;

	while (!over(stress)) {
		switch (roll(&dice, 3)) {
		case 0:
			if (!open_pair(&pair) &&
			    !set_ldisc(pair.slave, N_DEVELOPMENT))
				stress->done++;
			close_pair(&pair);
			break;
		case 1:
			fd = open_bus(0, O_RDWR);
			if (fd >= 0)
				close(fd);
			break;
		default:
			fd = genl_open(&family, &group);
			if (fd < 0)
				break;
			genl_send(fd, family, 1, 0x300, NULL, 0);
			close(fd);
			break;
		}
	}
	return NULL;
}

/* Until somebody has attached a tty, or 100 ms at most. */
static void await_user(const struct stress *stress)
{
	const volatile unsigned long *done = &stress->done;
	unsigned long before = *done;
	unsigned int ms;

	for (ms = 0; ms < 100 && *done == before && !over(stress); ms++)
		sleep_ms(1);
}

int stress_unload(struct stress *stress)
{
	unsigned long loads = 0;
	pthread_t threads[2];
	int ret = refuses_while_used();

	if (ret)
		return ret;
	pthread_create(&threads[0], NULL, users, stress);
	pthread_create(&threads[1], NULL, users, stress);
	while (!over(stress)) {
		loads += !load_module();
		/* On one CPU nobody would find it loaded otherwise. */
		if (loads % 2)
			await_user(stress);
		else
			sched_yield();
		delete_module();
	}
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	fprintf(stderr, "# %lu loads\n", loads);
	if (load_module())
		return fprintf(stderr, "the module does not load any more\n");
	return unload_module();
}
