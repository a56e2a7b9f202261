/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: what is in an answer that is not valid as a whole. A
 * converter may add bytes around it, a meter may send it twice or an E5 before
 * it, or make the same mistake in each of its telegrams.
 */
#ifndef METERBUS_MASTER_COMPANY_H
#define METERBUS_MASTER_COMPANY_H

#include <meterbus/address.h>
#include <meterbus/link.h>
#include <meterbus/telegram.h>

/* At most so many bytes before and behind what is meant. */
#define COMPANY_MAX 3

/* Bytes up to and with the address of a telegram. */
#define COMPANY_ADDRESS_LEN 15

/* True if it is one E5 or more, apart from a few bytes around. */
bool company_has_ack(const struct meterbus_exchange *exchange);

/*
 * True if a whole RSP_UD is in it and no other frame but E5 and the same once
 * more; @telegram is inside @exchange.
 */
bool company_has_telegram(const struct meterbus_exchange *exchange,
			  struct meterbus_telegram *telegram);

/*
 * True if @a and @b, of @a_len and @b_len bytes, are the same telegram but for
 * its access number and what follows from that.
 */
bool company_same(const uint8_t *a, size_t a_len, const uint8_t *b,
		  size_t b_len);

/*
 * The address that a telegram with one fault gives, by its place alone. False
 * if it is too short or holds none.
 */
bool company_address(const uint8_t *bytes, size_t len,
		     struct meterbus_address *address);

#endif
