/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBMETERBUS_APPLICATION_H
#define LIBMETERBUS_APPLICATION_H

#include <meterbus/decode.h>

/*
 * The eight bytes of a secondary address as sent. ID and manufacturer are
 * numbers; version and medium are single bytes.
 */
void application_take_address(struct meterbus_address *address,
			      const uint8_t *bytes, bool high_byte_first);

/*
 * Takes the body apart by app->contents, as far as it takes no format.
 * Nothing of the body may be encrypted.
 */
void application_take_contents(struct meterbus_application *app);

#endif
