/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One bus: a tty, the line state machine on it, and the requests for it.
 */
#ifndef MBUS_BUS_H
#define MBUS_BUS_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/serial.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <uapi/linux/meterbus.h>
#include <uapi/linux/meterbus_netlink.h>

#include "arbiter.h"
#include "line.h"

struct tty_struct;
struct mbus_bus;
struct mbus_request;

/**
 * struct mbus_notice - values whose changes are notified
 * @baud: of the tty
 * @format: METERBUS_TTY_FORMAT_*
 * @baud_wanted: rate that waits for the transaction under way, or zero
 * @baud_refused: rate the tty did not take at the last change, or zero
 * @echo_learnt: enum meterbus_echo_learnt
 * @link_down: the peer behind the tty is not connected
 * @timing: settings
 */
struct mbus_notice {
	u32 baud;
	u32 format;
	u32 baud_wanted;
	u32 baud_refused;
	u32 echo_learnt;
	u32 link_down;
	struct mbus_timing timing;
};

/**
 * struct mbus_bus_ops - callbacks of a bus
 * @record: a record for all files; @record is followed by its data, @len is
 *	the length of both. With bus->lock held
 * @ended: a request has ended with this negative errno or zero. With
 *	bus->lock held
 * @wake: all files are to look at the bus again. With bus->lock held
 * @watched: whether @changed or @state has a listener. In any context. It and
 *	those that follow are NULL if nothing is notified
 * @added: the bus can be used. In process context, as the next three
 * @removed: the tty is gone
 * @changed: @now differs from @before
 * @state: enum meterbus_state is another one
 */
struct mbus_bus_ops {
	void (*record)(struct mbus_bus *bus, struct meterbus_bus_record *record,
		       size_t len);
	void (*ended)(struct mbus_bus *bus, struct mbus_request *request,
		      int error);
	void (*wake)(struct mbus_bus *bus);
	bool (*watched)(bool state);
	void (*added)(struct mbus_bus *bus);
	void (*removed)(struct mbus_bus *bus);
	void (*changed)(struct mbus_bus *bus, const struct mbus_notice *before,
			const struct mbus_notice *now);
	void (*state)(struct mbus_bus *bus, u32 state);
};

enum mbus_request_kind {
	MBUS_REQUEST_XFER,	/* a call waits for its outcome */
	MBUS_REQUEST_SUBMIT,	/* a file fetches its outcome */
	MBUS_REQUEST_WRITE,	/* nothing waits, the file may even be closed */
	MBUS_REQUEST_HOLD,
};

enum mbus_request_state {
	MBUS_REQUEST_QUEUED,
	MBUS_REQUEST_ACTIVE,
	MBUS_REQUEST_ENDED,
};

/**
 * struct mbus_request - something a file wants of the bus
 * @claim: its claim in the arbiter
 * @refs: one of the waiter, one of the bus until it has ended
 * @kind: enum mbus_request_kind
 * @state: enum mbus_request_state, changed under bus->lock
 * @error: negative errno it ended with
 * @xfer: the transaction
 */
struct mbus_request {
	struct mbus_claim claim;
	refcount_t refs;
	enum mbus_request_kind kind;
	enum mbus_request_state state;
	int error;
	struct mbus_line_xfer xfer;
};

static inline struct mbus_request *claim_to_request(struct mbus_claim *claim)
{
	return container_of(claim, struct mbus_request, claim);
}

/**
 * struct mbus_bus - a tty that carries a wire
 * @dev: class device; its release frees the bus
 * @cdev: /dev/mbusN
 * @ops: calls into the files and to netlink listeners
 * @id: N; free again only when the last file is closed
 * @tty_name: name of the tty, which may be gone before the bus is
 * @work: the only user of @tty after open: writes what the line sends
 * @open_work: reports the bus when the line discipline's open has ended
 * @notify_work: notifies netlink listeners of changes
 * @tty: valid from the line discipline's open to the end of its close, which
 *	waits for @work
 * @icount: error counters of the tty at the last receive, receive's own
 * @tx: the frame being written, @work's own
 * @tx_len: its length, zero when there is none
 * @tx_pos: bytes the tty has taken
 * @added: ops->added() was called; @open_work's own, then the close's
 * @attacher: process that attached the tty
 * @lock: protects all below. Taken with spin_lock_bh(), as @timer runs in
 *	softirq. Nothing sleeps and no tty operation is called under it
 * @dead: the line discipline has closed; nothing is queued, armed or started
 * @timer: soft hrtimer for line.timer_ns and the end of a hold
 * @line: the wire
 * @arbiter: the requests
 * @format: METERBUS_TTY_FORMAT_*
 * @no_link: the peer behind the tty is not connected: nothing is started,
 *	received bytes are dropped
 * @clients: all open files
 * @client_count: how many those are
 * @seq: number of the next record
 * @records_lost: by all files
 * @writes_dropped: frames of closed files that were too many to wait
 * @baud_wanted: for the tty as soon as no transaction is under way, or zero
 * @baud_refused: the rate the tty rejected at the last change, or zero
 * @noticed: the last notification
 * @noticed_state: the last notification of a state
 * @traced_state: the last trace event of a state
 * @crowded: requests were refused, their users may wait for room
 * @record: a record on its way into the queues
 */
struct mbus_bus {
	struct device dev;
	struct cdev cdev;
	const struct mbus_bus_ops *ops;
	int id;
	char tty_name[64];

	struct work_struct work;
	struct delayed_work open_work;
	struct work_struct notify_work;
	struct tty_struct *tty;
	struct serial_icounter_struct icount;
	u8 tx[METERBUS_FRAME_MAX];
	u16 tx_len;
	u16 tx_pos;

	bool added;
	struct pid *attacher;

	spinlock_t lock; /* protects all that follows, see above */
	bool dead;
	struct hrtimer timer;
	struct mbus_line line;
	struct mbus_arbiter arbiter;
	u32 format;
	bool no_link;
	struct list_head clients;
	u32 client_count;
	u32 seq;
	u64 records_lost;
	u64 writes_dropped;
	u32 baud_wanted;
	u32 baud_refused;
	struct mbus_notice noticed;
	u32 noticed_state;
	u32 traced_state;
	bool crowded;
	u8 record[METERBUS_RECORD_MAX] __aligned(8);
};

/**
 * struct mbus_status - a bus at one moment
 * @notice: values whose changes are notified
 * @state: enum meterbus_state
 * @clients: open files
 * @records_lost: records dropped because a reader was slow
 * @writes_dropped: frames dropped whose file was closed
 * @stats: counters
 * @before: bytes the converter adds before each answer
 * @after: bytes it adds behind it
 * @babble: unrequested bytes
 */
struct mbus_status {
	struct mbus_notice notice;
	u32 state;
	u32 clients;
	u64 records_lost;
	u64 writes_dropped;
	struct mbus_line_stats stats;
	struct mbus_added before;
	struct mbus_added after;
	struct mbus_babble babble;
};

/**
 * struct mbus_change - new settings
 * @baud: bits per second, or zero for no change
 * @apply: changes the timing it is given; called with bus->lock held
 * @data: for @apply
 */
struct mbus_change {
	u32 baud;
	void (*apply)(struct mbus_timing *timing, const void *data);
	const void *data;
};

int mbus_bus_init(void);
void mbus_bus_exit(void);
struct mbus_bus *mbus_bus_alloc(struct tty_struct *tty,
				const struct mbus_bus_ops *ops);
void mbus_bus_free(struct mbus_bus *bus);
void mbus_bus_start(struct mbus_bus *bus);
void mbus_bus_stop(struct mbus_bus *bus);

/* Called with bus->lock held, after each change. */
void mbus_bus_settle(struct mbus_bus *bus, u64 now);
bool mbus_bus_cancel(struct mbus_bus *bus, struct mbus_request *request,
		     u64 now);

void mbus_bus_termios(struct mbus_bus *bus);
void mbus_bus_flush(struct mbus_bus *bus);
void mbus_bus_errors(struct mbus_bus *bus, u8 flags);
void mbus_bus_receive(struct mbus_bus *bus, const u8 *bytes, const u8 *flags,
		      size_t count, u64 now);
void mbus_bus_write_wakeup(struct mbus_bus *bus);
void mbus_bus_set_link(struct mbus_bus *bus, bool up);

bool mbus_bus_dead(const struct mbus_bus *bus);
void mbus_bus_get_status(struct mbus_bus *bus, struct mbus_status *status);
int mbus_bus_set(struct mbus_bus *bus, const struct mbus_change *change);

#endif
