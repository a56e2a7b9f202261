/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A TCP connection to a host by name, where every wait ends early when a file
 * descriptor becomes readable.
 */
#ifndef DIAL_H
#define DIAL_H

#include <stdbool.h>

#include <meterbus/error.h>

enum {
	DIAL_FAILED	= -1,	/* see the error */
	DIAL_STOPPED	= -2,	/* @stop_fd became readable */
};

/* Returns a connected, non-blocking socket or one of the above. */
int dial(const char *host, const char *port, int stop_fd,
	 struct meterbus_error *err);

#endif
