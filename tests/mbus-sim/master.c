// SPDX-License-Identifier: GPL-2.0-only
/*
 * A master for the tests of mbus-sim: sends its arguments, prints what comes
 * back, knows nothing of M-Bus.
 *
 *	master TTY STEP...
 *
 *	105BFD5816	send, print what comes until 400 ms pass without a byte
 *			("-": nothing within 1500 ms); one line for each such
 *step 105BFD5816.	send, print the first byte the moment it comes
 *	105BFD5816,	send, read nothing
 *	+200		wait 200 ms
 *	@9600		set the line rate
 *	-t		from here on lines begin with the milliseconds from the
 *			write to the first and to the last byte
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/clock.h"

#define FIRST_MS 1500
#define QUIET_MS 400

static bool times;

static void die(const char *what)
{
	fprintf(stderr, "master: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void set_line(int fd, const char *rate)
{
	static const struct {
		const char *name;
		speed_t speed;
	} rates[] = {
		{ "300", B300 },     { "600", B600 },	  { "1200", B1200 },
		{ "2400", B2400 },   { "4800", B4800 },	  { "9600", B9600 },
		{ "19200", B19200 }, { "38400", B38400 },
	};
	struct termios t;
	size_t i;

	if (tcgetattr(fd, &t))
		die("tcgetattr");
	cfmakeraw(&t);
	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (rate && !strcmp(rate, rates[i].name))
			cfsetspeed(&t, rates[i].speed);
	if (tcsetattr(fd, TCSANOW, &t))
		die("tcsetattr");
}

static void send_hex(int fd, const char *hex)
{
	uint8_t bytes[300];
	size_t len = 0;
	unsigned int byte;

	while (len < sizeof(bytes) && sscanf(hex, "%2x", &byte) == 1) {
		bytes[len++] = byte;
		hex += 2;
	}
	if (write(fd, bytes, len) != (ssize_t)len)
		die("write");
}

static void print_answer(int fd, bool first_only)
{
	int64_t sent = now_ms(), first = 0, last = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t bytes[4096];
	size_t len = 0, i;

	while (len < sizeof(bytes) &&
	       poll(&p, 1, len ? QUIET_MS : FIRST_MS) > 0) {
		ssize_t n = read(fd, bytes + len,
				 first_only ? 1 : sizeof(bytes) - len);

		if (n <= 0)
			die("read");
		last = now_ms() - sent;
		if (!len)
			first = last;
		len += n;
		if (first_only)
			break;
	}
	if (times)
		printf("%lld %lld ", (long long)first, (long long)last);
	for (i = 0; i < len; i++)
		printf("%02X", bytes[i]);
	puts(len ? "" : "-");
	fflush(stdout);
}

static void step(int fd, const char *what)
{
	size_t len = strlen(what);

	if (!strcmp(what, "-t")) {
		times = true;
	} else if (*what == '+') {
		poll(NULL, 0, atoi(what + 1));
	} else if (*what == '@') {
		set_line(fd, what + 1);
	} else {
		send_hex(fd, what);
		if (what[len - 1] != ',')
			print_answer(fd, what[len - 1] == '.');
	}
}

int main(int argc, char **argv)
{
	int i = 1, fd;

	if (i >= argc) {
		fputs("usage: master TTY STEP...\n", stderr);
		return 2;
	}
	fd = open(argv[i++], O_RDWR | O_NOCTTY);
	if (fd < 0)
		die(argv[i - 1]);
	set_line(fd, NULL);
	for (; i < argc; i++)
		step(fd, argv[i]);
	/* The end of the program is later: sanitizers look for leaks first. */
	close(fd);
	return 0;
}
