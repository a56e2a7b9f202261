/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Settings of a bus and events of buses, by the driver's generic netlink
 * family. Reading is for everybody; setting needs CAP_NET_ADMIN.
 */
#ifndef METERBUS_SETTINGS_H
#define METERBUS_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include <linux/meterbus.h>
#include <linux/meterbus_netlink.h>
#include <meterbus/error.h>
#include <meterbus/link.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/* Fields of struct meterbus_settings that are meant. */
#define METERBUS_SET_BAUD	(1U << 0)
#define METERBUS_SET_GUARD	(1U << 1)
#define METERBUS_SET_SLACK	(1U << 2)
#define METERBUS_SET_GAP	(1U << 3)
#define METERBUS_SET_WINDOW	(1U << 4)
#define METERBUS_SET_REPEATS	(1U << 5)
#define METERBUS_SET_ECHO	(1U << 6)
#define METERBUS_SET_DEFAULTS	(1U << 7)

struct meterbus_settings {
	uint32_t fields;		/* METERBUS_SET_* */
	uint32_t baud;
	struct meterbus_timing timing;
	/* METERBUS_TIMING_*: times that shall follow the baud rate again. */
	uint32_t follow;
};

/* What a bus is and has seen. */
struct meterbus_info {
	uint32_t bus;			/* N of /dev/mbusN */
	char tty[64];			/* below /dev */
	uint32_t baud;
	uint32_t format;		/* METERBUS_TTY_FORMAT_* */
	uint32_t state;			/* enum meterbus_state */
	uint32_t clients;		/* open files */
	uint32_t echo_learnt;		/* enum meterbus_echo_learnt */
	uint64_t frames_sent;		/* repeats included */
	uint64_t frames_received;	/* valid ones, E5 included */
	uint64_t bytes_received;	/* all, echo included */
	uint64_t late;			/* answers after their window */
	uint64_t records_lost;		/* by readers that were slow */
	uint64_t writes_dropped;	/* of closed files, too many to wait */
	uint32_t baud_wanted;		/* set when the bus is free; 0: none */
	uint32_t baud_refused;		/* rate the tty did not take; 0: none */
	/*
	 * From the end of a request to its answer's first byte, microseconds;
	 * all zero when there was no answer yet.
	 */
	uint32_t delay_min_us;
	uint32_t delay_mean_us;
	uint32_t delay_max_us;
	uint64_t outcomes[16];		/* by enum meterbus_outcome */
	uint64_t findings[16];		/* by enum meterbus_reason */
	uint64_t errors[8];		/* bad bytes, by enum meterbus_byte_error */
	/* What the converter adds around each answer, as far as is known. */
	uint8_t adds_before_len;
	uint8_t adds_after_len;
	uint8_t adds_before[3];
	uint8_t adds_after[3];
	uint64_t unasked;		/* bytes that came without a request */
	uint32_t babble;		/* in a second; 0: only now and then */
	uint8_t babble_byte;		/* the last of them */
};

struct meterbus_status {
	struct meterbus_info info;
	struct meterbus_timing timing;
};

/*
 * Settings and counters of bus @number. Returns 0, or -1 with
 * METERBUS_E_NO_BUS (no such bus, or the module is not loaded) or
 * METERBUS_E_SYSTEM.
 */
int meterbus_status_get(unsigned int number, struct meterbus_status *status,
			struct meterbus_error *err);

/*
 * The same of all buses, up to @max of them, ascending. Returns how many were
 * stored, or -1 as above; no bus is no error.
 */
int meterbus_status_all(struct meterbus_status *statuses, size_t max,
			struct meterbus_error *err);

/*
 * Changes what @settings->fields names, all or nothing; a new baud rate is
 * given to the tty between two transactions. Returns 0, or -1 with
 * METERBUS_E_NO_BUS, METERBUS_E_PERMISSION, METERBUS_E_USAGE (the driver's
 * reason is in the text), METERBUS_E_BUSY, METERBUS_E_UNPLUGGED,
 * METERBUS_E_SYSTEM.
 */
int meterbus_settings_set(unsigned int number,
			  const struct meterbus_settings *settings,
			  struct meterbus_error *err);

enum meterbus_event {
	METERBUS_EVENT_ATTACHED,
	METERBUS_EVENT_DETACHED,
	/* A setting, what was learnt; with CAP_NET_ADMIN also the state. */
	METERBUS_EVENT_CHANGED,
};

struct meterbus_events;

/* Starts listening; NULL with *err filled when that is not possible. */
struct meterbus_events *meterbus_events_open(struct meterbus_error *err);
void meterbus_events_close(struct meterbus_events *events);

/* For poll(): readable when an event waits. */
int meterbus_events_fd(const struct meterbus_events *events);

/*
 * Waits for the next event. Returns 1; 0 when some were lost because they
 * were read too slowly (ask meterbus_status_get() for where things are); -1
 * with METERBUS_E_SYSTEM, errno kept (EINTR).
 */
int meterbus_events_next(struct meterbus_events *events,
			 enum meterbus_event *event,
			 struct meterbus_status *status,
			 struct meterbus_error *err);

METERBUS_END_DECLS

#endif
