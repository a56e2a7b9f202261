/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports that misbehave on command. /dev/ttyMBT0..3 are the ports under test,
 * a line discipline is attached to them; /dev/ttyMBF0..3 are the far ends of
 * their wires, through which a test plays the meters and gives the commands
 * below. Bytes take their time at the tested port's baud rate (11 bits each).
 */
#ifndef TTY_SIM_H
#define TTY_SIM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TTY_SIM_PAIRS	4
#define TTY_SIM_BYTES	600

/* What the tested port's write() does. */
enum tty_sim_write {
	TTY_SIM_WRITE_ALL,	/* takes what there is room for */
	TTY_SIM_WRITE_PART,	/* takes at most arg bytes */
	TTY_SIM_WRITE_NONE,	/* returns 0 */
	TTY_SIM_WRITE_ERROR,	/* returns -arg */
	TTY_SIM_WRITE_MORE,	/* takes all and returns arg too much */
	TTY_SIM_WRITE_LOSE,	/* says that it took all, and sends nothing */
	TTY_SIM_WRITE_HANG,	/* takes all, and arg milliseconds for it */
};

/* How the tested port says that it can take more. */
enum tty_sim_wakeup {
	TTY_SIM_WAKEUP_SENT,	/* when all is sent, in hardirq */
	TTY_SIM_WAKEUP_NEVER,
	TTY_SIM_WAKEUP_LATE,	/* arg milliseconds later, in softirq */
	TTY_SIM_WAKEUP_INSIDE,	/* before write() returns, as ptys do */
};

enum tty_sim_echo {
	TTY_SIM_ECHO_OFF,
	TTY_SIM_ECHO_ON,
	TTY_SIM_ECHO_DIFFERS,	/* the third byte of each write */
};

/* What the tested port's driver knows of line errors. */
enum tty_sim_errors {
	TTY_SIM_ERRORS_FLAGS,	/* at each byte, as 8250; no get_icount */
	TTY_SIM_ERRORS_COUNTS,	/* counters only, as cdc_acm */
	TTY_SIM_ERRORS_BOTH,
};

/*
 * @write_calls: write() misbehaves so often, and is well then; 0: for ever
 * @chunk: bytes the tested port delivers at once, if more follow; 0: 1
 * @errors: counts for the next open of the tested port
 * @no_write: the next open finds a driver without write()
 * @baud_min: the tested port takes no rate below this and keeps this one then
 */
struct tty_sim_settings {
	__u32 write;
	__u32 write_arg;
	__u32 write_calls;
	__u32 wakeup;
	__u32 wakeup_arg;
	__u32 echo;
	__u32 errors;
	__u32 chunk;
	__u32 no_write;
	__u32 baud_min;
};

/* Bytes for the tested port with what happened to each on the wire. */
struct tty_sim_bytes {
	__u32 count;
	__u8 bytes[TTY_SIM_BYTES];
	__u8 errors[TTY_SIM_BYTES];
};

#define TTY_SIM_PARITY	(1U << 0)
#define TTY_SIM_FRAMING	(1U << 1)
#define TTY_SIM_BREAK	(1U << 2)	/* the byte is the break's 00 */
#define TTY_SIM_OVERRUN	(1U << 3)	/* others were lost behind it */

/* @count wakeups nobody asked for, one every @us microseconds */
struct tty_sim_wakeups {
	__u32 count;
	__u32 us;
};

/* @writes: calls of write(); @hanging: one of them is hanging now */
struct tty_sim_info {
	__u32 writes;
	__u32 hanging;
};

#define TTY_SIM_IOC_SET		_IOW(0xBB, 0x80, struct tty_sim_settings)
#define TTY_SIM_IOC_SEND	_IOW(0xBB, 0x81, struct tty_sim_bytes)
#define TTY_SIM_IOC_WAKE	_IOW(0xBB, 0x82, struct tty_sim_wakeups)
#define TTY_SIM_IOC_GET_INFO	_IOR(0xBB, 0x83, struct tty_sim_info)
/* The carrier is lost; the port stays. */
#define TTY_SIM_IOC_HANGUP	_IO(0xBB, 0x84)
/* The port is gone as a USB adapter's, and comes back. */
#define TTY_SIM_IOC_UNPLUG	_IO(0xBB, 0x85)
#define TTY_SIM_IOC_PLUG	_IO(0xBB, 0x86)
/* The port is gone as a UART whose driver is unbound: the device goes first. */
#define TTY_SIM_IOC_UNBIND	_IO(0xBB, 0x87)

#endif
