/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/mbusN - one wired M-Bus (Meter-Bus, EN 13757-2) as a message device.
 *
 * A plain read() returns one valid frame, whole: every frame of the wire,
 * received or sent by another file, but not what was sent through the file
 * itself. After METERBUS_IOC_SET_MODE with METERBUS_MODE_RECORD each read()
 * returns one struct meterbus_bus_record and its data, and findings and
 * outcomes come too. A file that reads too slowly loses its oldest records: in
 * record mode the next record has their number, a plain read() fails once with
 * -EPIPE. A buffer too small gets -EMSGSIZE and the record stays.
 *
 * write() takes one whole frame, sends it once and returns when it is queued.
 * A file may have one such frame queued; a frame whose file was closed waits
 * behind the requests of all open files.
 *
 * METERBUS_IOC_XFER is a whole transaction; METERBUS_IOC_SUBMIT and
 * METERBUS_IOC_FETCH are the same without waiting. METERBUS_IOC_HOLD keeps the
 * bus for a sequence of them. Settings, state and counters are those of the
 * generic netlink family "meterbus", linux/meterbus_netlink.h.
 *
 * poll(): POLLIN a record can be read, POLLOUT a frame can be written, POLLPRI
 * the result of METERBUS_IOC_SUBMIT can be fetched, POLLHUP|POLLERR the tty is
 * gone.
 *
 * Times are CLOCK_MONOTONIC nanoseconds. Those of received bytes are times
 * of delivery by the tty driver: later than the wire by its FIFO and latency.
 *
 * Errors common to all calls: -ENODEV after the tty has gone (queued records
 * and a result can still be read, then read() returns 0), -EINVAL if a
 * reserved field or an unknown bit is not zero, -EFAULT, -EAGAIN if the call
 * would wait and the file has O_NONBLOCK, -ENOBUFS if the file has
 * METERBUS_QUEUE_FILE_MAX requests queued or the bus METERBUS_QUEUE_BUS_MAX.
 * While what is behind the tty is not connected (METERBUS_IOC_SET_LINK)
 * transactions and write() fail with -ENOLINK at once, and poll() does not
 * report the file as writable.
 */
#ifndef _UAPI_LINUX_METERBUS_H
#define _UAPI_LINUX_METERBUS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Longest frame of EN 13757-2: L = 255 plus start, L, L, start, checksum, stop. */
#define METERBUS_FRAME_MAX 261

/* Longest data of a record or an answer; longer junk comes in pieces. */
#define METERBUS_DATA_MAX 512

/* Requests that may wait: of one file, of a bus, and of closed files. */
#define METERBUS_QUEUE_FILE_MAX		16
#define METERBUS_QUEUE_BUS_MAX		256
#define METERBUS_QUEUE_CLOSED_MAX	16

/*
 * Bits of what METERBUS_IOC_GET_FEATURES returns: what this driver can do
 * beyond the rest of this file. No bit is ever taken back.
 */
#define METERBUS_FEATURE_SUBMIT		(1ULL << 0)  /* _SUBMIT, _FETCH, _CANCEL */
#define METERBUS_FEATURE_NOWAIT		(1ULL << 1)  /* METERBUS_XFER_NOWAIT */

/**
 * enum meterbus_outcome - what a transaction ended as
 * @METERBUS_OUTCOME_NONE: no transaction has ended
 * @METERBUS_OUTCOME_ACK: exactly one clean E5, then at least 33 bit times of silence
 * @METERBUS_OUTCOME_FRAME: a valid frame
 * @METERBUS_OUTCOME_SILENCE: nothing within the response window, in any try
 * @METERBUS_OUTCOME_COLLISION: a break, a lone 00, an E5 in company, a few bytes
 *	that begin no frame: several meters answered at once
 * @METERBUS_OUTCOME_GARBLED: bytes that began a frame and did not complete a valid one
 * @METERBUS_OUTCOME_ECHO_ONLY: our own bytes came back and nothing else
 * @METERBUS_OUTCOME_UNPLUGGED: the tty, or what is behind it, went away during the
 *	transaction
 */
enum meterbus_outcome {
	METERBUS_OUTCOME_NONE	= 0,
	METERBUS_OUTCOME_ACK	= 1,
	METERBUS_OUTCOME_FRAME	= 2,
	METERBUS_OUTCOME_SILENCE	= 3,
	METERBUS_OUTCOME_COLLISION	= 4,
	METERBUS_OUTCOME_GARBLED	= 5,
	METERBUS_OUTCOME_ECHO_ONLY	= 6,
	METERBUS_OUTCOME_UNPLUGGED	= 7,
};

#define METERBUS_OUTCOME_COUNT 8

/*
 * The words of outcomes, the same everywhere: pairs for @list, which is
 * __print_symbolic or makes an initializer of them, behind its other arguments.
 */
#define METERBUS_OUTCOME_WORDS(list, ...) list(__VA_ARGS__,	\
	{ METERBUS_OUTCOME_NONE,	"none" },	\
	{ METERBUS_OUTCOME_ACK,		"ack" },	\
	{ METERBUS_OUTCOME_FRAME,	"frame" },	\
	{ METERBUS_OUTCOME_SILENCE,	"silence" },	\
	{ METERBUS_OUTCOME_COLLISION,	"collision" },	\
	{ METERBUS_OUTCOME_GARBLED,	"garbled" },	\
	{ METERBUS_OUTCOME_ECHO_ONLY,	"echo-only" },	\
	{ METERBUS_OUTCOME_UNPLUGGED,	"unplugged" })

/**
 * enum meterbus_reason - why bytes are no valid frame
 * @METERBUS_REASON_NONE: they are one
 * @METERBUS_REASON_NOISE: nothing in them begins a frame
 * @METERBUS_REASON_NUL: a single 00, as level converters send it for a collision
 * @METERBUS_REASON_BREAK: the tty driver reported a break
 * @METERBUS_REASON_COMPANY: an E5 that was not alone
 * @METERBUS_REASON_HEADER: start, L, L, start do not fit together, or L < 3
 * @METERBUS_REASON_CHECKSUM: a whole frame whose checksum is wrong
 * @METERBUS_REASON_STOP: a whole frame that does not end in 16
 * @METERBUS_REASON_TRUNCATED: a frame that stopped before its end
 * @METERBUS_REASON_ECHO: what came back differs from what was sent
 * @METERBUS_REASON_PARITY: a single E5 with a parity or framing error
 */
enum meterbus_reason {
	METERBUS_REASON_NONE	= 0,
	METERBUS_REASON_NOISE	= 1,
	METERBUS_REASON_NUL		= 2,
	METERBUS_REASON_BREAK	= 3,
	METERBUS_REASON_COMPANY	= 4,
	METERBUS_REASON_HEADER	= 5,
	METERBUS_REASON_CHECKSUM	= 6,
	METERBUS_REASON_STOP	= 7,
	METERBUS_REASON_TRUNCATED	= 8,
	METERBUS_REASON_ECHO	= 9,
	METERBUS_REASON_PARITY	= 10,
};

#define METERBUS_REASON_COUNT 11

/* Flags of a record and of a transaction. */
#define METERBUS_FLAG_PARITY	(1U << 0)  /* a byte came with a parity error */
#define METERBUS_FLAG_FRAMING	(1U << 1)  /* a byte came with a framing error */
#define METERBUS_FLAG_BREAK		(1U << 2)  /* the driver reported a break */
#define METERBUS_FLAG_OVERRUN	(1U << 3)  /* the driver or its FIFO lost bytes */
#define METERBUS_FLAG_OWN		(1U << 4)  /* record: sent through this very file */
#define METERBUS_FLAG_LATE		(1U << 5)  /* answer after its response window */
#define METERBUS_FLAG_UNASKED	(1U << 6)  /* record: no transaction was waiting;
					    * transaction: after the one before,
					    * a frame came that neither explains
					    */
#define METERBUS_FLAG_ECHO		(1U << 7)  /* transaction: the echo was removed */
#define METERBUS_FLAG_JUNK		(1U << 8)  /* transaction: bytes beside answer and echo */
#define METERBUS_FLAG_DOUBTFUL	(1U << 9)  /* transaction: may answer an earlier request */
#define METERBUS_FLAG_BABBLE	(1U << 10) /* transaction: bytes come all the time, unasked */

/* enum meterbus_byte_error - what a tty driver can say about a byte; bits of the flags */
enum meterbus_byte_error {
	METERBUS_ERROR_PARITY	= 0,
	METERBUS_ERROR_FRAMING	= 1,
	METERBUS_ERROR_BREAK	= 2,
	METERBUS_ERROR_OVERRUN	= 3,
};

#define METERBUS_ERROR_COUNT 4

/* enum meterbus_kind - what a record is */
enum meterbus_kind {
	METERBUS_KIND_FRAME		= 1,	/* data: one valid frame */
	METERBUS_KIND_FINDING	= 2,	/* data: bytes that are no frame */
	METERBUS_KIND_OUTCOME	= 3,	/* data: the request of the transaction */
};

enum meterbus_direction {
	METERBUS_DIRECTION_RECEIVED	= 1,
	METERBUS_DIRECTION_SENT	= 2,
};

/**
 * struct meterbus_bus_record - precedes the data of each read() in METERBUS_MODE_RECORD
 * @first_ns: delivery of the first byte; for a sent frame the start of its
 *	transmission; for an outcome the start of the last try
 * @last_ns: delivery of the last byte; for a sent frame the computed end of
 *	its transmission; for an outcome the time it was known
 * @seq: number of the record on this bus, counted by all records of the bus
 * @lost: records this file lost directly before this one because it read too
 *	slowly
 * @flags: METERBUS_FLAG_*
 * @len: bytes of data that follow this header
 * @kind: enum meterbus_kind
 * @direction: enum meterbus_direction; zero for an outcome
 * @reason: enum meterbus_reason, for a finding or an outcome
 * @outcome: enum meterbus_outcome, for an outcome
 * @tries: transmissions so far: of this frame (sent), in all (outcome)
 * @reserved: zero
 */
struct meterbus_bus_record {
	__u64 first_ns;
	__u64 last_ns;
	__u32 seq;
	__u32 lost;
	__u32 flags;
	__u16 len;
	__u8 kind;
	__u8 direction;
	__u8 reason;
	__u8 outcome;
	__u8 tries;
	__u8 reserved[5];
};

/* Largest read() in METERBUS_MODE_RECORD; a smaller buffer gets -EMSGSIZE. */
#define METERBUS_RECORD_MAX (sizeof(struct meterbus_bus_record) + METERBUS_DATA_MAX)

/* Modes of a file, argument of METERBUS_IOC_SET_MODE; setting empties its queue. */
#define METERBUS_MODE_PLAIN		0
#define METERBUS_MODE_RECORD	1

/* struct meterbus_xfer.repeats: as many as the bus is set to */
#define METERBUS_REPEATS_BUS	255
#define METERBUS_REPEATS_MAX	10

/* struct meterbus_xfer.options: -EBUSY rather than wait for other users */
#define METERBUS_XFER_NOWAIT	(1U << 0)

/**
 * struct meterbus_xfer - one transaction
 * @request: in, pointer to the frame to send: short or long, whole and valid
 * @answer: in, pointer to the buffer for the answer
 * @request_len: in, bytes of the request
 * @answer_size: in, size of the buffer; METERBUS_DATA_MAX holds any answer. A
 *	longer answer is cut, see @answer_len
 * @options: in, METERBUS_XFER_*
 * @guard_us: in, quiet time before each transmission in microseconds, at most
 *	METERBUS_TIME_MAX_US; zero: as the bus is set
 * @window_us: in, response window from the computed end of transmission in
 *	microseconds, at most METERBUS_TIME_MAX_US; zero: as the bus is set
 * @wait_ms: in, how long to wait for other users of the bus, milliseconds, at
 *	most METERBUS_WAIT_MAX_MS; zero: 30 s. Out, when a signal has interrupted
 *	the wait: what is left of it, so that a call that is restarted does not
 *	wait longer in all; one that comes at once keeps its place
 * @repeats: in, further transmissions after silence or a garbled answer;
 *	METERBUS_REPEATS_BUS or 0..METERBUS_REPEATS_MAX
 * @reserved: in, zero
 * @flags: out, METERBUS_FLAG_*
 * @answer_len: out, bytes of the answer: the frame, the E5, or for any other
 *	outcome what the last try received (METERBUS_DATA_MAX at most)
 * @outcome: out, enum meterbus_outcome
 * @reason: out, enum meterbus_reason; METERBUS_REASON_NONE unless garbled or
 *	collision
 * @tries: out, transmissions made
 * @reserved2: in and out, zero
 * @sent_ns: out, start of the last transmission
 * @sent_end_ns: out, its computed end
 * @first_ns: out, delivery of the first byte after it, or zero
 * @last_ns: out, delivery of the last byte, or zero
 *
 * METERBUS_IOC_XFER sends the request and waits for its outcome. It returns
 * zero when the transaction took place, whatever its outcome. Errors: -EINVAL
 * (@request is not one valid master frame, a field is out of range), -EBUSY
 * (other users kept the bus for @wait_ms), -ESTALE (a hold of this file ran
 * out; the sequence is broken), -EINTR (a signal came; a call for which nothing
 * was sent is restarted if the signal's handler has SA_RESTART), -EIO (the tty
 * did not take the bytes). A transaction that is interrupted, or whose file's
 * hold runs out, ends with the transmission under way.
 *
 * METERBUS_IOC_SUBMIT takes the fields marked in, but for @answer and
 * @answer_size, which are zero, and returns when the transaction is queued;
 * -EALREADY while the result of an earlier one is not fetched. When poll()
 * reports POLLPRI, METERBUS_IOC_FETCH with @answer and @answer_size set, all
 * else zero, returns what METERBUS_IOC_XFER would have returned; -ENODATA if
 * nothing was submitted. METERBUS_IOC_CANCEL gives the transaction or its
 * result up.
 */
struct meterbus_xfer {
	__u64 request;
	__u64 answer;
	__u32 request_len;
	__u32 answer_size;
	__u32 options;
	__u32 guard_us;
	__u32 window_us;
	__u32 wait_ms;
	__u8 repeats;
	__u8 reserved[7];
	__u32 flags;
	__u32 answer_len;
	__u8 outcome;
	__u8 reason;
	__u8 tries;
	__u8 reserved2[5];
	__u64 sent_ns;
	__u64 sent_end_ns;
	__u64 first_ns;
	__u64 last_ns;
};

/* The longest guard and window a transaction or a bus may be set to: 60 s. */
#define METERBUS_TIME_MAX_US	60000000U

/* The longest time to wait for other users: 10 minutes. */
#define METERBUS_WAIT_MAX_MS	600000U

/**
 * struct meterbus_hold - argument of METERBUS_IOC_HOLD, keeps the bus for a file
 * @wait_ms: how long to wait for other users, as in struct meterbus_xfer
 * @limit_ms: the hold ends by itself after this time, so that a stopped
 *	program cannot keep the bus; zero: 30 s; at most METERBUS_HOLD_MAX_MS
 *
 * Transactions of other files wait until METERBUS_IOC_RELEASE, the limit, or
 * the close of the file. After the limit this file's next transaction fails
 * once with -ESTALE. Errors: -EBUSY (other users kept the bus for @wait_ms),
 * -EALREADY (this file holds the bus, or waits for it). METERBUS_IOC_RELEASE:
 * -EPERM (this file does not hold the bus), -ESTALE (its hold ran out).
 */
struct meterbus_hold {
	__u32 wait_ms;
	__u32 limit_ms;
};

#define METERBUS_HOLD_MAX_MS	600000U

#define METERBUS_IOC_MAGIC	0xBB

/* On /dev/mbusN. */
#define METERBUS_IOC_GET_FEATURES	_IOR(METERBUS_IOC_MAGIC, 0x00, __u64)
#define METERBUS_IOC_SET_MODE	_IOW(METERBUS_IOC_MAGIC, 0x01, __u32)
#define METERBUS_IOC_XFER	_IOWR(METERBUS_IOC_MAGIC, 0x02, \
				      struct meterbus_xfer)
#define METERBUS_IOC_HOLD	_IOWR(METERBUS_IOC_MAGIC, 0x03, \
				      struct meterbus_hold)
#define METERBUS_IOC_RELEASE	_IO(METERBUS_IOC_MAGIC, 0x04)
#define METERBUS_IOC_SUBMIT	_IOW(METERBUS_IOC_MAGIC, 0x05, \
				     struct meterbus_xfer)
#define METERBUS_IOC_FETCH	_IOWR(METERBUS_IOC_MAGIC, 0x06, \
				      struct meterbus_xfer)
#define METERBUS_IOC_CANCEL	_IO(METERBUS_IOC_MAGIC, 0x07)

/* On the tty that carries the line discipline: N of its /dev/mbusN. */
#define METERBUS_IOC_GET_BUS	_IOR(METERBUS_IOC_MAGIC, 0x10, __u32)

/*
 * On the same tty, for the process that attached it, or with CAP_NET_ADMIN:
 * what is behind the tty is connected or not while the tty stays, as with a
 * network gateway behind a pty. METERBUS_LINK_DOWN: a transaction under way
 * ends as unplugged, others fail with -ENOLINK, what is received is dropped.
 * METERBUS_LINK_UP: the bus begins anew, with what it has learnt and counted.
 * A bus begins as METERBUS_LINK_UP. Closing the pty would say the same, but end
 * the bus and with it every open file.
 */
#define METERBUS_IOC_SET_LINK	_IOW(METERBUS_IOC_MAGIC, 0x11, __u32)
#define METERBUS_LINK_DOWN	0
#define METERBUS_LINK_UP	1

#endif /* _UAPI_LINUX_METERBUS_H */
