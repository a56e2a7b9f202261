/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Telling meters what to do (EN 13757-3: application reset, data to the
 * meter, rates; EN 13757-2: alarms), each with its check where the meter's E5
 * confirms reception only. Commands keep the bus while they last.
 */
#ifndef METERBUS_CONTROL_H
#define METERBUS_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/link.h>
#include <meterbus/master.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

/*
 * SND_UD with @ci and @len bytes of @data to the meter, which is selected, or
 * gets SND_NKE so that its FCB is known. Repeated at growing gaps until it is
 * acknowledged; to A = 255 it is sent once, and no meter answers.
 *
 * Returns 0 when it is acknowledged, which does not mean that the meter does
 * it; -1 with METERBUS_E_SILENCE (no meter there), _COLLISION, _GARBLED,
 * _UNREADABLE (there, and no acknowledgement) or an error of the link.
 */
int meterbus_command(struct meterbus_master *master,
		     const struct meterbus_address *address, uint8_t ci,
		     const uint8_t *data, size_t len,
		     struct meterbus_error *err);

/*
 * Gives the meter at @address the primary address @primary, 0 to 250. Not if
 * several meters may be listening, or if @primary is taken, which costs one
 * readout unless @address is a whole secondary address; @force skips both.
 * Then reads the meter there, into @readout, to see that it is so.
 *
 * Returns 0, or -1 with METERBUS_E_USAGE (not without @force), _UNREADABLE
 * (acknowledged and not done) or as meterbus_command() and meterbus_read().
 */
int meterbus_set_primary(struct meterbus_master *master,
			 const struct meterbus_address *address,
			 uint8_t primary, bool force,
			 struct meterbus_readout *readout,
			 struct meterbus_error *err);

/* The rates of EN 13757-3, CI B8 to BF; 0 ends them. */
extern const uint32_t meterbus_rates[9];

/*
 * Gives the meter another rate, and the bus for as long as it takes to see
 * that the meter answers at it, or with @stay for ever. A meter that does not
 * is called back to the old rate. The link needs get_baud and set_baud.
 *
 * Returns 0, or -1 with METERBUS_E_USAGE, _PERMISSION (the rate of the bus
 * may not be set; nothing was sent), _UNREADABLE (it stayed at the old rate),
 * _SILENCE (it answers at neither rate now) or as meterbus_command().
 */
int meterbus_set_rate(struct meterbus_master *master,
		      const struct meterbus_address *address, uint32_t rate,
		      bool stay, struct meterbus_error *err);

enum meterbus_clock {
	METERBUS_CLOCK_F,	/* DIF 04 VIF 6D: to the minute */
	METERBUS_CLOCK_I,	/* DIF 06 VIF 6D: to the second */
};

#define METERBUS_CLOCK_MAX 8

/*
 * The data record that sets a clock to @tm, whose tm_isdst and tm_wday count
 * (type I). Returns its length.
 */
size_t meterbus_clock_record(uint8_t out[METERBUS_CLOCK_MAX],
			     enum meterbus_clock type, const struct tm *tm);

/*
 * REQ_UD1. @telegram is the answer of the meter, inside @exchange, or its
 * raw is NULL if it answered E5: no alarm. Returns 0, or -1 as above.
 */
int meterbus_alarm(struct meterbus_master *master,
		   const struct meterbus_address *address,
		   struct meterbus_exchange *exchange,
		   struct meterbus_telegram *telegram,
		   struct meterbus_error *err);

METERBUS_END_DECLS

#endif
