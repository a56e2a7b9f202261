/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The master of a bus as all commands use it: what it notices goes to stderr,
 * a signal stops it, and the quirks of meters come from where the user says.
 */
#ifndef MBUSCTL_MASTER_H
#define MBUSCTL_MASTER_H

#include <meterbus/bus.h>
#include <meterbus/master.h>
#include <meterbus/quirks.h>

void start_master(struct meterbus_master *master, struct meterbus_bus *bus);

#define QUIRKS_FILE_MAX 64

/* Zeroed: the quirks that are known. */
struct quirks_choice {
	const struct meterbus_quirks *named;	/* for every meter */
	size_t count;				/* else from a file, if any */
	struct meterbus_quirks file[QUIRKS_FILE_MAX];
};

/* --quirks @text: a name or a file. Returns -1 to go on, or an exit status. */
int quirks_choose(struct quirks_choice *choice, const char *text);

/* Those to read @address with; NULL: none. */
const struct meterbus_quirks *quirks_for(const struct quirks_choice *choice,
					 const struct meterbus_address *address);

/*
 * After a readout of the meter called @name without quirks: says so if there
 * are some for the meter that answered.
 */
void quirks_hint(const struct quirks_choice *choice,
		 const struct meterbus_master *master,
		 const struct meterbus_readout *readout, const char *name);

#endif
