// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver costs, on ptys inside a lane, against what a program would
 * have without it: N_TTY raw and a parser of its own (kernel/frame.c, built
 * for userspace, so that both find frames alike).
 *
 *	driver receive|transaction|turnround|busy|memory
 *
 * Clocks here are the lane's: turnround wants virtual time.
 */
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include <meterbus/settings.h>

#include "../bench.h"
#include "frame.h"
#include "../../kernel/pty_bus.h"

#define FRAME_LEN	100
#define BATCH		64	/* frames sent before the reader has them all */
#define BUSES		64

static u8 long_answer[FRAME_LEN];

static void make_answer(void)
{
	u8 sum = 0;
	int i;

	long_answer[0] = long_answer[3] = 0x68;
	long_answer[1] = long_answer[2] = FRAME_LEN - 6;
	long_answer[4] = 0x08;
	for (i = 4; i < FRAME_LEN - 2; i++) {
		if (i > 4)
			long_answer[i] = i;
		sum += long_answer[i];
	}
	long_answer[FRAME_LEN - 2] = sum;
	long_answer[FRAME_LEN - 1] = 0x16;
}

static double seconds(void)
{
	return now_ns() / 1e9;
}

/* Ticks of all CPUs that were not idle, in seconds. */
static double busy_seconds(void)
{
	unsigned long long user, nice, system, idle, iowait, irq, softirq;
	FILE *stat = fopen("/proc/stat", "r");
	int n;

	n = fscanf(stat, "cpu %llu %llu %llu %llu %llu %llu %llu", &user,
		   &nice, &system, &idle, &iowait, &irq, &softirq);
	fclose(stat);
	return n == 7 ? (user + nice + system + irq + softirq) /
				(double)sysconf(_SC_CLK_TCK) : 0;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* A pty: its master, and a slave in raw mode. */
static int open_pty(int *slave)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios tio;

	if (master < 0 || grantpt(master) || unlockpt(master))
		die("pty");
	*slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	tcgetattr(*slave, &tio);
	cfmakeraw(&tio);
	cfsetspeed(&tio, B9600);
	tcsetattr(*slave, TCSANOW, &tio);
	return master;
}

static int open_bus(int slave)
{
	int ldisc = N_DEVELOPMENT;
	char path[32];
	__u32 number;
	int fd;

	if (ioctl(slave, TIOCSETD, &ldisc) ||
	    ioctl(slave, METERBUS_IOC_GET_BUS, &number))
		die("attach");
	snprintf(path, sizeof(path), "/dev/mbus%u", number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

static void set_guard(int slave, __u32 guard_us)
{
	struct meterbus_settings settings = {
		.fields = METERBUS_SET_GUARD, .timing.guard_us = guard_us,
	};
	struct meterbus_error err;
	__u32 number;

	if (ioctl(slave, METERBUS_IOC_GET_BUS, &number) ||
	    meterbus_settings_set(number, &settings, &err))
		die("guard");
}

/* --- receive: frames as fast as they can be written ---------------------- */

struct reader {
	int fd;
	bool parse;
	atomic_uint frames;
};

static void *read_frames(void *arg)
{
	struct reader *r = arg;
	static struct mbus_frame_rx rx;
	struct mbus_unit unit;
	u8 buf[4096];
	ssize_t n;

	mbus_frame_rx_init(&rx);
	while ((n = read(r->fd, buf, sizeof(buf))) > 0) {
		if (!r->parse) {
			r->frames++;
			continue;
		}
		for (ssize_t i = 0; i < n; i++) {
			mbus_frame_rx_push(&rx, buf[i], 0);
			while (mbus_frame_rx_next(&rx, &unit))
				r->frames += !unit.reason;
		}
	}
	return NULL;
}

static double receive_rate(bool bus)
{
	struct reader r = { .parse = !bus };
	static u8 batch[BATCH * FRAME_LEN];
	unsigned int sent = 0;
	pthread_t thread;
	double start;
	int master, slave;

	master = open_pty(&slave);
	r.fd = bus ? open_bus(slave) : slave;
	for (int i = 0; i < BATCH; i++)
		memcpy(batch + i * FRAME_LEN, long_answer, FRAME_LEN);
	pthread_create(&thread, NULL, read_frames, &r);
	start = seconds();
	while (seconds() - start < 4) {
		for (size_t done = 0; done < sizeof(batch);) {
			ssize_t n = write(master, batch + done,
					  sizeof(batch) - done);

			if (n < 0)
				die("write");
			done += n;
		}
		sent += BATCH;
		while (r.frames < sent)
			sched_yield();
	}
	start = seconds() - start;
	close(master);
	pthread_join(thread, NULL);
	close(slave);
	if (bus)
		close(r.fd);
	return sent * (double)FRAME_LEN / start;
}

static bool receive(void)
{
	double bus = receive_rate(true), raw = receive_rate(false);

	bench_report("receive, /dev/mbus0", bus / 1e6, "MB/s", BENCH_AT_LEAST,
		     0);
	bench_report("receive, N_TTY and a parser", raw / 1e6, "MB/s",
		     BENCH_AT_LEAST, 0);
	return bench_report("receive, ratio", bus / raw, "", BENCH_AT_LEAST,
			    0.5);
}

/* --- transaction: request and answer, nothing waits ---------------------- */

static void *answer_at_once(void *arg)
{
	u8 buf[512];

	while (read(*(int *)arg, buf, sizeof(buf)) > 0) {
		if (write(*(int *)arg, long_answer, FRAME_LEN) < 0)
			break;
	}
	return NULL;
}

/* The far end answers always; on a busy machine it may take its time. */
static void transact(int fd, struct meterbus_xfer *xfer)
{
	xfer->window_us = 10000000;
	if (ioctl(fd, METERBUS_IOC_XFER, xfer))
		die("METERBUS_IOC_XFER");
	if (xfer->outcome != METERBUS_OUTCOME_FRAME) {
		fprintf(stderr, "a transaction ended as %u\n", xfer->outcome);
		exit(1);
	}
}

static void transact_bus(int fd)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	transact(fd, &xfer);
}

static unsigned long raw_calls;

static void transact_raw(int fd)
{
	static struct mbus_frame_rx rx;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct mbus_unit unit;
	u8 buf[512];
	ssize_t n;

	mbus_frame_rx_init(&rx);
	if (write(fd, req_ud2, sizeof(req_ud2)) < 0)
		die("write");
	raw_calls++;
	for (;;) {
		if (poll(&pfd, 1, 1000) != 1)
			die("poll");
		n = read(fd, buf, sizeof(buf));
		raw_calls += 2;
		for (ssize_t i = 0; i < n; i++) {
			mbus_frame_rx_push(&rx, buf[i], 0);
			while (mbus_frame_rx_next(&rx, &unit)) {
				if (!unit.reason)
					return;
			}
		}
	}
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

static double transaction_time(bool bus, double *switched, double *calls)
{
	unsigned long count = 0;
	pthread_t thread;
	int master, slave, fd;
	double start;
	long before;

	master = open_pty(&slave);
	fd = bus ? open_bus(slave) : slave;
	if (bus)
		set_guard(slave, 0);
	pthread_create(&thread, NULL, answer_at_once, &master);
	before = switches();
	start = seconds();
	for (; seconds() - start < 4; count++)
		(bus ? transact_bus : transact_raw)(fd);
	start = seconds() - start;
	*switched = (switches() - before) / (double)count;
	*calls = bus ? 1 : raw_calls / (double)count;
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	close(master);
	close(slave);
	if (bus)
		close(fd);
	return start / count;
}

static bool transaction(void)
{
	double bus_switches, raw_switches, bus_calls, calls;
	double bus = transaction_time(true, &bus_switches, &bus_calls);
	double raw = transaction_time(false, &raw_switches, &calls);

	bench_report("transaction, METERBUS_IOC_XFER", bus * 1e6, "us",
		     BENCH_AT_MOST, 0);
	bench_report("transaction, N_TTY and a parser", raw * 1e6, "us",
		     BENCH_AT_MOST, 0);
	bench_report("context switches, XFER", bus_switches, "", BENCH_AT_MOST,
		     0);
	bench_report("context switches, N_TTY", raw_switches, "",
		     BENCH_AT_MOST, 0);
	bench_report("system calls, N_TTY", calls, "", BENCH_AT_MOST, 0);
	return bench_report("system calls, XFER", bus_calls, "",
			    BENCH_AT_MOST, 1);
}

/* --- turnround: how much longer than the guard the line rests ------------ */

static bool turnround(void)
{
	struct meterbus_xfer xfer = { 0 };
	pthread_t thread;
	int master, slave, fd;
	double worst = 0;
	__u64 last = 0;

	master = open_pty(&slave);
	fd = open_bus(slave);
	pthread_create(&thread, NULL, answer_at_once, &master);
	for (int i = 0; i < 100; i++) {
		xfer = NEW_XFER(req_ud2);
		transact(fd, &xfer);
		if (last && (xfer.sent_ns - last) / 1e6 - 60 > worst)
			worst = (xfer.sent_ns - last) / 1e6 - 60;
		last = xfer.last_ns;
	}
	return bench_report("turn-round beyond the guard, worst", worst, "ms",
			    BENCH_AT_MOST, 2);
}

/* --- busy: many buses at once at 9600 baud -------------------------------- */

struct busy_bus {
	pthread_t user, meter;
	int master, slave, fd;
	unsigned int count, late;
	double worst_ms;
};

static double busy_end;

/* Like a meter: the answer's last byte 33 bits and its wire time later. */
static void *answer_paced(void *arg)
{
	struct busy_bus *b = arg;
	u8 buf[512];

	while (read(b->master, buf, sizeof(buf)) > 0) {
		sleep_ms((5 + FRAME_LEN) * 11 * 1000 / 9600 + 4);
		if (write(b->master, long_answer, FRAME_LEN) < 0)
			break;
	}
	return NULL;
}

static void *use_bus(void *arg)
{
	struct busy_bus *b = arg;
	u8 buf[METERBUS_DATA_MAX];
	__u64 last = 0;

	while (seconds() < busy_end) {
		struct meterbus_xfer xfer = NEW_XFER(req_ud2);
		double ms;

		xfer.answer = (__u64)(uintptr_t)buf;
		transact(b->fd, &xfer);
		ms = last ? (xfer.sent_ns - last) / 1e6 - 60 : 0;
		b->late += ms > 10;
		if (ms > b->worst_ms)
			b->worst_ms = ms;
		last = xfer.last_ns;
		b->count++;
	}
	return NULL;
}

static bool busy(void)
{
	static struct busy_bus buses[BUSES];
	unsigned int count = 0, late = 0;
	double cpu, worst = 0;

	for (int i = 0; i < BUSES; i++) {
		buses[i].master = open_pty(&buses[i].slave);
		buses[i].fd = open_bus(buses[i].slave);
		pthread_create(&buses[i].meter, NULL, answer_paced, &buses[i]);
	}
	cpu = busy_seconds();
	busy_end = seconds() + 10;
	for (int i = 0; i < BUSES; i++)
		pthread_create(&buses[i].user, NULL, use_bus, &buses[i]);
	for (int i = 0; i < BUSES; i++) {
		pthread_join(buses[i].user, NULL);
		count += buses[i].count;
		late += buses[i].late;
		if (buses[i].worst_ms > worst)
			worst = buses[i].worst_ms;
	}
	cpu = busy_seconds() - cpu;
	bench_report("64 buses, transactions", count, "", BENCH_AT_LEAST, 0);
	bench_report("64 buses, all of one CPU", cpu * 10, "%", BENCH_AT_MOST,
		     0);
	bench_report("64 buses, one bus", cpu * 10 / BUSES, "% of a CPU",
		     BENCH_AT_MOST, 0);
	bench_report("64 buses, latest beyond the guard", worst, "ms",
		     BENCH_AT_MOST, 0);
	return bench_report("64 buses, more than 10 ms late",
			    late + 1e-9, "", BENCH_AT_MOST, 0.5);
}

/* --- memory: kernel memory of a bus with one open file -------------------- */

static double kernel_kib(void)
{
	FILE *info = fopen("/proc/meminfo", "r");
	double sum = 0, value;
	char line[128];

	while (fgets(line, sizeof(line), info)) {
		if (sscanf(line, "Slab: %lf", &value) == 1 ||
		    sscanf(line, "VmallocUsed: %lf", &value) == 1)
			sum += value;
	}
	fclose(info);
	return sum;
}

static bool memory(void)
{
	int slaves[BUSES];
	double before;

	for (int i = 0; i < BUSES; i++)
		open_pty(&slaves[i]);
	before = kernel_kib();
	for (int i = 0; i < BUSES; i++)
		open_bus(slaves[i]);
	return bench_report("memory of a bus with an open file",
			    (kernel_kib() - before) / BUSES, "KiB",
			    BENCH_AT_MOST, 64);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(void);
	} benches[] = {
		{ "receive", receive },
		{ "transaction", transaction },
		{ "turnround", turnround },
		{ "busy", busy },
		{ "memory", memory },
	};
	bool good = true;

	make_answer();
	if (load_module())
		die("MBUS_KO");
	for (int a = 1; a < argc; a++) {
		for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]);
		     i++) {
			if (!strcmp(argv[a], benches[i].name))
				good &= benches[i].run();
		}
		fflush(stdout);
	}
	return good ? 0 : 1;
}
