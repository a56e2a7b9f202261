/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One bus: a tty, the line state machine on it, and the files that share it.
 */
#ifndef MBUS_BUS_H
#define MBUS_BUS_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/kfifo.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/serial.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/mbus.h>
#include <uapi/linux/mbus_netlink.h>

#include "line.h"

#define MBUS_MINORS		256
#define MBUS_QUEUE_SIZE		32768	/* bytes of records per open file */
#define MBUS_WAIT_DEFAULT_MS	30000
#define MBUS_HOLD_DEFAULT_MS	30000

struct tty_struct;

/* What changes by itself and is worth a message. */
struct mbus_told {
	u32 slack_us;
	u8 state;
	u8 echo_learnt;
};

/**
 * struct mbus_bus - a tty that carries a wire
 * @dev: class device; its release frees the bus
 * @cdev: /dev/mbusN
 * @id: N; free again only when the last file is closed
 * @tty_name: name of the tty, which may be gone before the bus is
 * @work: the only user of @tty after open: writes what the line wants sent
 * @notify_work: tells netlink listeners of changes
 * @tty: valid from the line discipline's open to the end of its close, which
 *	waits for @work
 * @icount: error counters of the tty at the last receive, receive's own
 * @tx: the frame being written, @work's own
 * @tx_len: its length, zero when there is none
 * @tx_pos: bytes the tty has taken
 * @setting: taken by who changes settings, before @lock
 * @baud_wait: woken when @new_baud is done or the bus dead
 * @lock: protects all below. Taken with spin_lock_bh(), as @timer runs in
 *	softirq. Nothing sleeps and no tty operation is called under it
 * @dead: the line discipline has closed; nothing is queued, armed or started
 * @timer: soft hrtimer for line.timer_ns and the end of a hold
 * @line: the wire
 * @format: MBUS_FORMAT_*
 * @no_link: what is behind the tty is not connected: nothing is started,
 *	what is received is dropped
 * @clients: all open files
 * @client_count: how many those are
 * @queue: requests in the order they came
 * @active: the request whose transaction is in the line, or NULL
 * @holder: the file that holds the bus, or NULL
 * @hold_ends_ns: when its hold runs out
 * @seq: number of the next record
 * @records_lost: by all files
 * @new_baud: wanted of the tty as soon as no transaction is under way, or zero
 * @told: what listeners were told last
 * @record: a record on its way into the queues
 */
struct mbus_bus {
	struct device dev;
	struct cdev cdev;
	int id;
	char tty_name[64];

	struct work_struct work;
	struct work_struct notify_work;
	struct tty_struct *tty;
	struct serial_icounter_struct icount;
	u8 tx[MBUS_FRAME_MAX];
	u16 tx_len;
	u16 tx_pos;

	struct mutex setting; /* see above */
	wait_queue_head_t baud_wait;
	spinlock_t lock; /* protects all that follows, see above */
	bool dead;
	struct hrtimer timer;
	struct mbus_line line;
	u32 format;
	bool no_link;
	struct list_head clients;
	u32 client_count;
	struct list_head queue;
	struct mbus_request *active;
	struct mbus_client *holder;
	u64 hold_ends_ns;
	u32 seq;
	u64 records_lost;
	u32 new_baud;
	struct mbus_told told;
	u8 record[MBUS_RECORD_MAX] __aligned(8);
};

/**
 * struct mbus_status - a bus at one moment
 * @baud: of the tty
 * @format: MBUS_FORMAT_*
 * @state: enum mbus_state
 * @clients: open files
 * @echo_learnt: enum mbus_echo_learnt
 * @records_lost: records dropped because a reader was slow
 * @timing: settings
 * @stats: counters
 */
struct mbus_status {
	u32 baud;
	u32 format;
	u32 state;
	u32 clients;
	u32 echo_learnt;
	u64 records_lost;
	struct mbus_timing timing;
	struct mbus_line_stats stats;
};

/**
 * struct mbus_client - an open file; all but @bus and @wait under bus->lock
 * @node: in bus->clients
 * @bus: holds a reference to its device
 * @wait: woken by every change that concerns this file
 * @queue: records for read()
 * @mode: MBUS_MODE_*
 * @lost: records dropped from @queue since the last read
 * @writing: a frame of write() has not ended yet
 * @hold_lost: a hold ran out that the file does not know of yet
 */
struct mbus_client {
	struct list_head node;
	struct mbus_bus *bus;
	wait_queue_head_t wait;
	struct kfifo_rec_ptr_2 queue;
	u32 mode;
	u32 lost;
	bool writing;
	bool hold_lost;
};

enum mbus_request_kind {
	MBUS_REQUEST_XFER,	/* a file waits for its outcome */
	MBUS_REQUEST_WRITE,	/* nobody waits, the file may even be closed */
	MBUS_REQUEST_HOLD,
};

enum mbus_request_state {
	MBUS_REQUEST_QUEUED,
	MBUS_REQUEST_ACTIVE,
	MBUS_REQUEST_ENDED,
};

/**
 * struct mbus_request - something a file wants of the bus
 * @node: in bus->queue while queued
 * @refs: one of who waits for it, one of the bus until it has ended
 * @client: NULL when the file was closed or does not wait any more
 * @kind: enum mbus_request_kind
 * @state: enum mbus_request_state, changed under bus->lock
 * @error: negative errno it ended with
 * @limit_ms: of a hold
 * @xfer: the transaction
 */
struct mbus_request {
	struct list_head node;
	refcount_t refs;
	struct mbus_client *client;
	enum mbus_request_kind kind;
	enum mbus_request_state state;
	int error;
	u32 limit_ms;
	struct mbus_line_xfer xfer;
};

extern struct class mbus_class;

/* chardev.c */
int mbus_chardev_init(void);
void mbus_chardev_exit(void);
void mbus_chardev_setup(struct mbus_bus *bus);
void mbus_client_record(struct mbus_client *client,
			const struct mbus_record *record, size_t len);

/* bus.c, called by ldisc.c */
int mbus_bus_init(void);
void mbus_bus_exit(void);
struct mbus_bus *mbus_bus_create(struct tty_struct *tty);
void mbus_bus_destroy(struct mbus_bus *bus);
void mbus_bus_termios(struct mbus_bus *bus);
void mbus_bus_errors(struct mbus_bus *bus, u8 flags);
void mbus_bus_receive(struct mbus_bus *bus, const u8 *bytes, const u8 *flags,
		      size_t count, u64 now);
void mbus_bus_write_wakeup(struct mbus_bus *bus);
void mbus_bus_set_link(struct mbus_bus *bus, bool up);

/* bus.c, called by arbiter.c */
void mbus_bus_settle(struct mbus_bus *bus, u64 now);

/* arbiter.c, called by bus.c */
void mbus_arbiter_next(struct mbus_bus *bus, u64 now);
void mbus_arbiter_refuse(struct mbus_bus *bus, int error);
void mbus_request_end(struct mbus_bus *bus, struct mbus_request *request,
		      int error);

/* arbiter.c, called by chardev.c */
int mbus_bus_add_client(struct mbus_bus *bus, struct mbus_client *client);
void mbus_bus_remove_client(struct mbus_client *client);
struct mbus_request *mbus_request_alloc(struct mbus_client *client,
					enum mbus_request_kind kind);
void mbus_request_put(struct mbus_request *request);
int mbus_bus_write(struct mbus_request *request);
int mbus_bus_run(struct mbus_request *request, u32 wait_ms);
int mbus_bus_release(struct mbus_client *client);

/* bus.c, called by netlink.c */
struct mbus_bus *mbus_bus_get(u32 id);
struct mbus_bus *mbus_bus_get_next(u32 *id);
void mbus_bus_put(struct mbus_bus *bus);
void mbus_bus_get_status(struct mbus_bus *bus, struct mbus_status *status);
void mbus_bus_get_timing(struct mbus_bus *bus, struct mbus_timing *timing);
bool mbus_bus_set_timing(struct mbus_bus *bus,
			 const struct mbus_timing *timing);
int mbus_bus_set_baud(struct mbus_bus *bus, u32 baud);

/* netlink.c */
int mbus_netlink_init(void);
void mbus_netlink_exit(void);
bool mbus_netlink_listening(void);
void mbus_netlink_notify(struct mbus_bus *bus, u8 command);

/* ldisc.c */
int mbus_ldisc_init(void);
void mbus_ldisc_exit(void);

#endif
