/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Telegrams of the link layer (EN 13757-2, format class FT1.2): E5, short,
 * control and long frames; building a master's and taking apart any.
 */
#ifndef METERBUS_TELEGRAM_H
#define METERBUS_TELEGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/error.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

#define METERBUS_TELEGRAM_MAX	261	/* L = 255 */
#define METERBUS_USER_DATA_MAX	252	/* after CI */

/* C field of the master; the FCB ones carry FCV = 1. */
#define METERBUS_C_SND_NKE	0x40
#define METERBUS_C_SND_UD	0x53	/* FCB = 0 */
#define METERBUS_C_REQ_UD2	0x5B	/* FCB = 0 */
#define METERBUS_C_REQ_UD1	0x5A	/* FCB = 0 */
#define METERBUS_C_FCB		0x20
/* C field of the meter; ACD and DFC may be added. */
#define METERBUS_C_RSP_UD	0x08
#define METERBUS_C_ACD		0x20
#define METERBUS_C_DFC		0x10
#define METERBUS_C_PRM		0x40	/* set: master to meter */

#define METERBUS_A_UNCONFIGURED	0
#define METERBUS_A_PRIMARY_MAX	250
#define METERBUS_A_SELECTED	253
#define METERBUS_A_TEST		254	/* every meter answers */
#define METERBUS_A_BROADCAST	255	/* no meter answers */

#define METERBUS_CI_RESET	0x50
#define METERBUS_CI_SEND	0x51
#define METERBUS_CI_SELECT	0x52
#define METERBUS_CI_RSP_ERROR	0x70
#define METERBUS_CI_RSP_LONG	0x72

enum meterbus_telegram_type {
	METERBUS_TELEGRAM_ACK,		/* E5 */
	METERBUS_TELEGRAM_SHORT,	/* 10 C A CS 16 */
	METERBUS_TELEGRAM_LONG,		/* 68 L L 68 C A CI data CS 16, control frames included */
};

/* Slices point into the bytes that were parsed. */
struct meterbus_telegram {
	enum meterbus_telegram_type type;
	uint8_t c;		/* not for ACK */
	uint8_t a;
	uint8_t ci;		/* LONG only */
	const uint8_t *data;	/* user data after CI */
	size_t data_len;	/* 0..252 */
	const uint8_t *raw;
	size_t raw_len;
};

/*
 * Takes @len bytes apart, which must be exactly one telegram (EN 13757-2:
 * start, both L, second start, checksum, stop, length). Returns 0, or -1 with
 * METERBUS_E_DECODE and what is wrong at which byte.
 */
int meterbus_telegram_parse(struct meterbus_telegram *telegram,
			    const uint8_t *bytes, size_t len,
			    struct meterbus_error *err);

/* Write a telegram to @out and return its length. */
size_t meterbus_telegram_short(uint8_t out[5], uint8_t c, uint8_t a);
/* @len at most METERBUS_USER_DATA_MAX; returns 0 if it is more. */
size_t meterbus_telegram_long(uint8_t out[METERBUS_TELEGRAM_MAX], uint8_t c,
			      uint8_t a, uint8_t ci, const uint8_t *data,
			      size_t len);

/* "SND_NKE", "REQ_UD2", "RSP_UD" ...; NULL if the standard names none. */
const char *meterbus_c_name(uint8_t c);

METERBUS_END_DECLS

#endif
