/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/mbus.yaml */
/* YNL-GEN uapi header */
/* To regenerate run: Documentation/netlink/generate */

#ifndef _UAPI_LINUX_MBUS_NETLINK_H
#define _UAPI_LINUX_MBUS_NETLINK_H

#define MBUS_FAMILY_NAME	"mbus"
#define MBUS_FAMILY_VERSION	1

/**
 * enum mbus_format - The character format of the tty.
 * @MBUS_FORMAT_8E1: the tty accepted 8 bits, even parity, one stop bit
 */
enum mbus_format {
	MBUS_FORMAT_8E1 = 1,
};

/**
 * enum mbus_state - What a bus is doing.
 * @MBUS_STATE_IDLE: nothing, it is free
 * @MBUS_STATE_BUSY: a transaction is under way
 * @MBUS_STATE_HELD: a file holds the bus
 * @MBUS_STATE_NO_LINK: what is behind the tty is not connected, see
 *   MBUS_IOC_SET_LINK
 */
enum mbus_state {
	MBUS_STATE_IDLE,
	MBUS_STATE_BUSY,
	MBUS_STATE_HELD,
	MBUS_STATE_NO_LINK,
};

/**
 * enum mbus_echo - Does the converter send our bytes back to us?
 * @MBUS_ECHO_OFF: never; an echo is junk
 * @MBUS_ECHO_ON: always; one that differs is a finding
 * @MBUS_ECHO_AUTO: find out, see echo-learnt
 */
enum mbus_echo {
	MBUS_ECHO_OFF,
	MBUS_ECHO_ON,
	MBUS_ECHO_AUTO,
};

/*
 * What was found out about the echo.
 */
enum mbus_echo_learnt {
	MBUS_ECHO_UNKNOWN,
	MBUS_ECHO_ABSENT,
	MBUS_ECHO_PRESENT,
};

/*
 * Times that follow from the baud rate.
 */
enum mbus_defaults {
	MBUS_TIMING_GUARD = 1,
	MBUS_TIMING_GAP = 2,
	MBUS_TIMING_WINDOW = 4,
};

enum {
	MBUS_A_OUTCOME_PAD = 1,
	MBUS_A_OUTCOME_ACK,
	MBUS_A_OUTCOME_FRAME,
	MBUS_A_OUTCOME_SILENCE,
	MBUS_A_OUTCOME_COLLISION,
	MBUS_A_OUTCOME_GARBLED,
	MBUS_A_OUTCOME_ECHO_ONLY,
	MBUS_A_OUTCOME_UNPLUGGED,

	__MBUS_A_OUTCOME_MAX,
	MBUS_A_OUTCOME_MAX = (__MBUS_A_OUTCOME_MAX - 1)
};

enum {
	MBUS_A_FINDING_PAD = 1,
	MBUS_A_FINDING_NOISE,
	MBUS_A_FINDING_NUL,
	MBUS_A_FINDING_BREAK,
	MBUS_A_FINDING_COMPANY,
	MBUS_A_FINDING_HEADER,
	MBUS_A_FINDING_CHECKSUM,
	MBUS_A_FINDING_STOP,
	MBUS_A_FINDING_TRUNCATED,
	MBUS_A_FINDING_ECHO,
	MBUS_A_FINDING_PARITY,

	__MBUS_A_FINDING_MAX,
	MBUS_A_FINDING_MAX = (__MBUS_A_FINDING_MAX - 1)
};

enum {
	MBUS_A_ERROR_PAD = 1,
	MBUS_A_ERROR_PARITY,
	MBUS_A_ERROR_FRAMING,
	MBUS_A_ERROR_BREAK,
	MBUS_A_ERROR_OVERRUN,

	__MBUS_A_ERROR_MAX,
	MBUS_A_ERROR_MAX = (__MBUS_A_ERROR_MAX - 1)
};

enum {
	MBUS_A_BUS_PAD = 1,
	MBUS_A_BUS_ID,
	MBUS_A_BUS_TTY,
	MBUS_A_BUS_BAUD,
	MBUS_A_BUS_FORMAT,
	MBUS_A_BUS_STATE,
	MBUS_A_BUS_CLIENTS,
	MBUS_A_BUS_GUARD_US,
	MBUS_A_BUS_SLACK_US,
	MBUS_A_BUS_GAP_US,
	MBUS_A_BUS_WINDOW_US,
	MBUS_A_BUS_REPEATS,
	MBUS_A_BUS_ECHO,
	MBUS_A_BUS_DEFAULTS,
	MBUS_A_BUS_ECHO_LEARNT,
	MBUS_A_BUS_FRAMES_SENT,
	MBUS_A_BUS_FRAMES_RECEIVED,
	MBUS_A_BUS_BYTES_RECEIVED,
	MBUS_A_BUS_LATE,
	MBUS_A_BUS_RECORDS_LOST,
	MBUS_A_BUS_DELAY_MIN_US,
	MBUS_A_BUS_DELAY_MEAN_US,
	MBUS_A_BUS_DELAY_MAX_US,
	MBUS_A_BUS_OUTCOMES,
	MBUS_A_BUS_FINDINGS,
	MBUS_A_BUS_ERRORS,

	__MBUS_A_BUS_MAX,
	MBUS_A_BUS_MAX = (__MBUS_A_BUS_MAX - 1)
};

enum {
	MBUS_CMD_BUS_GET = 1,
	MBUS_CMD_BUS_SET,
	MBUS_CMD_BUS_ADD_NTF,
	MBUS_CMD_BUS_DEL_NTF,
	MBUS_CMD_BUS_CHANGE_NTF,

	__MBUS_CMD_MAX,
	MBUS_CMD_MAX = (__MBUS_CMD_MAX - 1)
};

#define MBUS_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_MBUS_NETLINK_H */
