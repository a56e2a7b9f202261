/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Measures a level converter and the meters behind it, without a readout, and
 * returns the settings of the bus that suit them.
 */
#ifndef METERBUS_TUNE_H
#define METERBUS_TUNE_H

#include <stddef.h>
#include <stdint.h>

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/master.h>
#include <meterbus/settings.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

#define METERBUS_TUNE_PINGS 5

/* One meter: SND_NKE, or selections, and the E5 that answered them. */
struct meterbus_tune_meter {
	struct meterbus_address address;	/* set by the caller */
	unsigned int answered;			/* of METERBUS_TUNE_PINGS */
	/* End of the telegram to first byte of the answer; 0 without any. */
	uint32_t delay_min_us;
	uint32_t delay_max_us;
};

struct meterbus_tuning {
	/*
	 * Quiet time after an answer with which telegrams arrive, and the
	 * longest with which one was lost; 0: none was lost even with the 33
	 * bit times of EN 13757-2.
	 */
	uint32_t turnaround_us;
	uint32_t lost_us;
	/* What suits them: guard, and window if a meter needs a longer one. */
	struct meterbus_settings settings;
};

/*
 * Sends some dozens of telegrams to the @count meters, which answer E5. Sets
 * the guard of the bus meanwhile, so the link must allow that, and keeps the
 * bus. Returns 0, or -1 with METERBUS_E_SILENCE (no meter answered),
 * METERBUS_E_PERMISSION, METERBUS_E_UNREADABLE (answers are lost whatever the
 * quiet time), or an error of the link; the guard is as before then.
 */
int meterbus_tune(struct meterbus_master *master,
		  struct meterbus_tune_meter *meters, size_t count,
		  struct meterbus_tuning *tuning, struct meterbus_error *err);

METERBUS_END_DECLS

#endif
