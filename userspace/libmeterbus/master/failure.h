/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the library: why a meter gave no telegram or did not do as it was
 * asked, in words. Readout, commands and search use the same. All of these
 * fill @err and return -1.
 */
#ifndef METERBUS_MASTER_FAILURE_H
#define METERBUS_MASTER_FAILURE_H

#include "master/exchange.h"

#define FAILURE_NAME (METERBUS_ADDRESS_TEXT + 24)

/* "primary address 5", or the secondary address. */
const char *failure_name(const struct meterbus_address *address,
			 char out[FAILURE_NAME]);

/*
 * @ask has no telegram. @name: the meter; "it" where the address stands beside
 * the text; NULL: by its address.
 */
int fail_ask(const struct ask *ask, const char *name,
	     struct meterbus_error *err);

/* The last exchange of @ask was a command, not acknowledged. */
int fail_command(const struct ask *ask, struct meterbus_error *err);

/* The code of an application error (CI 70), -1 if the telegram is none. */
int application_error(const struct meterbus_telegram *telegram);

/* CI 70: the codes that ask for something else than a new try. */
#define APPLICATION_BUSY		8
#define APPLICATION_TOO_MANY_READOUTS	9

/* The telegram of @ask is an application error. @name: as above. */
int fail_application(const struct ask *ask, const char *name,
		     struct meterbus_error *err);

/* The meter was busy, and the request after that brought no telegram. */
int fail_after_busy(const struct ask *ask, struct meterbus_error *err);

/* Telegram @count announced another, which the last exchange did not bring. */
int fail_continuation(const struct ask *ask, size_t count,
		      struct meterbus_error *err);

#endif
