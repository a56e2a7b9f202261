/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MBUSD_BASE_HINT_H
#define MBUSD_BASE_HINT_H

#include <meterbus/search.h>

#define HINT_TEXT 512

/* Completes @err's text with what to do about it; afterwards it has no hint. */
void hint_complete(struct meterbus_error *err);

/* The same of a finding and a find: a copy whose text is in @text. */
struct meterbus_finding
hint_finding(const struct meterbus_finding *finding, char text[HINT_TEXT]);
struct meterbus_found hint_found(const struct meterbus_found *found,
				 char text[HINT_TEXT]);

#endif
