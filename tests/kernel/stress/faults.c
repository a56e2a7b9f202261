// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each call again and again with its first, second, third ... allocation
 * failing (Documentation/fault-injection, fail-nth): it fails as it should or
 * does without, and nothing is lost.
 */
#include <linux/meterbus_netlink.h>
#include <linux/netlink.h>

#include "stress.h"

/* A call that fails more allocations than this is another one each time. */
#define NTH_MAX	2000

static int setting(const char *file, const char *value)
{
	char path[128];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ok = write(fd, value, strlen(value)) > 0;
	close(fd);
	return ok ? 0 : -1;
}

struct faults {
	struct pair pair;
	int bus;
	int nth;	/* /proc/thread-self/fail-nth */
	int sock;
	uint16_t family;
	__u32 number;
};

static bool arm(struct faults *faults, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	return pwrite(faults->nth, text, len, 0) == len;
}

/* True if fewer allocations than that were made. */
static bool unused(struct faults *faults)
{
	char text[16] = "";
	bool left;

	if (pread(faults->nth, text, sizeof(text) - 1, 0) <= 0)
		return true;
	left = atoi(text) > 0;
	arm(faults, 0);
	return left;
}

static int do_attach(struct faults *faults)
{
	return set_ldisc(faults->pair.slave, N_DEVELOPMENT);
}

static int undo_attach(struct faults *faults)
{
	return set_ldisc(faults->pair.slave, 0);
}

static int do_open(struct faults *faults)
{
	faults->bus = open_bus(faults->number, O_RDWR);
	return faults->bus < 0 ? -1 : 0;
}

static int undo_open(struct faults *faults)
{
	return close(faults->bus);
}

static int do_xfer(struct faults *faults)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	xfer.guard_us = 1;
	xfer.window_us = 1;
	return ioctl(faults->bus, METERBUS_IOC_XFER, &xfer);
}

static int do_submit(struct faults *faults)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	xfer.guard_us = 1;
	xfer.window_us = 1;
	xfer.answer = 0;
	xfer.answer_size = 0;
	return ioctl(faults->bus, METERBUS_IOC_SUBMIT, &xfer);
}

static int undo_submit(struct faults *faults)
{
	struct meterbus_xfer fetch = {};

	return ioctl(faults->bus, METERBUS_IOC_FETCH, &fetch);
}

static int do_write(struct faults *faults)
{
	return write(faults->bus, req_ud2, sizeof(req_ud2)) < 0 ? -1 : 0;
}

/* Until what was written has been sent. */
static int undo_write(struct faults *faults)
{
	struct pollfd pfd = { .fd = faults->bus, .events = POLLOUT };

	return poll(&pfd, 1, 10000) == 1 ? 0 : -1;
}

static int do_hold(struct faults *faults)
{
	struct meterbus_hold hold = {};

	return ioctl(faults->bus, METERBUS_IOC_HOLD, &hold);
}

static int undo_hold(struct faults *faults)
{
	return ioctl(faults->bus, METERBUS_IOC_RELEASE);
}

static int do_read(struct faults *faults)
{
	__u8 buf[METERBUS_RECORD_MAX];
	int ret;

	fcntl(faults->bus, F_SETFL, O_NONBLOCK);
	ret = read(faults->bus, buf, sizeof(buf)) < 0 && errno == ENOMEM ?
		      -1 : 0;
	fcntl(faults->bus, F_SETFL, 0);
	return ret;
}

static int do_get(struct faults *faults)
{
	struct {
		struct nlattr head;
		__u32 id;
	} id = { { 8, METERBUS_A_BUS_ID }, faults->number };
	int ret = genl_send(faults->sock, faults->family, METERBUS_CMD_BUS_GET, 0,
			    &id, sizeof(id));

	genl_drain(faults->sock);
	return ret < 0 ? -1 : 0;
}

static int do_set(struct faults *faults)
{
	struct {
		struct nlattr id_head;
		__u32 id;
		struct nlattr guard_head;
		__u32 guard;
	} set = {
		{ 8, METERBUS_A_BUS_ID }, faults->number,
		{ 8, METERBUS_A_BUS_GUARD_US }, 1000,
	};
	int ret = genl_send(faults->sock, faults->family, METERBUS_CMD_BUS_SET,
			    NLM_F_ACK, &set, sizeof(set));

	genl_drain(faults->sock);
	return ret < 0 ? -1 : 0;
}

static int do_dump(struct faults *faults)
{
	int ret = genl_send(faults->sock, faults->family, METERBUS_CMD_BUS_GET,
			    NLM_F_DUMP, NULL, 0);

	genl_drain(faults->sock);
	return ret < 0 ? -1 : 0;
}

static int nothing(struct faults *faults)
{
	(void)faults;
	return 0;
}

/* In this order each finds what it needs. */
static const struct call {
	const char *name;
	int (*call)(struct faults *faults);
	int (*undo)(struct faults *faults);
} calls[] = {
	{ "attach", do_attach, undo_attach },
	{ "open", do_open, undo_open },
	{ "xfer", do_xfer, nothing },
	{ "submit", do_submit, undo_submit },
	{ "fetch", undo_submit, do_submit },
	{ "write", do_write, undo_write },
	{ "hold", do_hold, undo_hold },
	{ "read", do_read, nothing },
	{ "netlink get", do_get, nothing },
	{ "netlink set", do_set, nothing },
	{ "netlink dump", do_dump, nothing },
	{ "detach", undo_attach, do_attach },
};

static bool expected(int error)
{
	return error == ENOMEM || error == ENOBUFS || error == EAGAIN ||
	       error == ENOENT || error == ENODEV || error == EFAULT ||
	       error == EINTR || error == EBUSY || error == ENXIO;
}

/* Leaves the call done, as the next one needs it. */
static int sweep(struct stress *stress, struct faults *faults,
		 const struct call *call)
{
	unsigned int n, failed = 0;
	bool end;
	int ret, error;

	for (n = 1; n < NTH_MAX; n++) {
		arm(faults, n);
		ret = call->call(faults);
		error = errno;
		end = unused(faults);
		stress->done++;
		if (ret && !expected(error))
			return fprintf(stderr, "%s, allocation %u: %s\n",
				       call->name, n, strerror(error));
		failed += !!ret;
		if (!ret && call->undo(faults))
			return fprintf(stderr, "after %s, allocation %u: %s\n",
				       call->name, n, strerror(errno));
		if (end)
			break;
	}
	fprintf(stderr, "# %s: %u allocations, %u of them needed\n",
		call->name, n - 1, failed);
	if (call->call(faults))
		return fprintf(stderr, "%s does not work any more: %s\n",
			       call->name, strerror(errno));
	return 0;
}

int stress_faults(struct stress *stress)
{
	struct faults faults = {};
	unsigned int i;
	int ret;

	if (setting("failslab/ignore-gfp-wait", "N") ||
	    setting("failslab/verbose", "0") ||
	    setting("fail_page_alloc/ignore-gfp-wait", "N") ||
	    setting("fail_page_alloc/min-order", "0") ||
	    setting("fail_page_alloc/verbose", "0"))
		return fprintf(stderr, "no fault injection\n");
	/* Not loading: the kernel's tracing warns when its allocations fail. */
	if (load_module())
		return fprintf(stderr, "the module does not load\n");
	faults.sock = genl_open(&faults.family, &faults.number);
	faults.nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (faults.nth < 0 || open_pair(&faults.pair))
		return fprintf(stderr, "fail-nth: %s\n", strerror(errno));

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		ret = sweep(stress, &faults, &calls[i]);
		if (ret)
			return ret;
		if (calls[i].call == do_attach &&
		    ioctl(faults.pair.slave, METERBUS_IOC_GET_BUS, &faults.number))
			return fprintf(stderr, "no bus\n");
		if (calls[i].call == do_hold)
			undo_hold(&faults);
	}
	close(faults.bus);
	close(faults.sock);
	close_pair(&faults.pair);
	close(faults.nth);
	return unload_module();
}
