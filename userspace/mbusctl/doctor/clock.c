// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock, from which readouts and schedules take the time.
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>

#include "doctor/finding.h"

/* By NTP of the kernel, or by systemd-timesyncd, which writes a file. */
static bool is_synchronised(const struct findings *findings)
{
	struct timex clock = { 0 };

	if (doctor_exists(findings, "/run/systemd/timesync/synchronized"))
		return true;
	return !*findings->root && adjtimex(&clock) != TIME_ERROR &&
	       !(clock.status & STA_UNSYNC);
}

/* A clock without a battery starts earlier than the files of the system. */
static bool is_behind_files(const struct findings *findings)
{
	static const char *const files[] = {
		"/var/lib/systemd/timesync/clock", "/etc/ld.so.cache",
	};
	char path[DOCTOR_PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (stat(doctor_path(findings, path, "%s", files[i]), &st) == 0 &&
		    st.st_mtime > time(NULL) + 60)
			return true;
	return false;
}

void doctor_clock(struct findings *findings)
{
	if (is_behind_files(findings)) {
		finding_add(findings, FINDING_FAULT, "clock-behind", "",
			    "the clock is earlier than files of this system: readouts would have wrong times");
		finding_remedy(findings,
			       "synchronise it: sudo timedatectl set-ntp true; a machine without a clock battery needs a network at boot");
	} else if (!is_synchronised(findings)) {
		finding_add(findings, FINDING_WARNING, "clock-not-synchronised",
			    "",
			    "the clock is not synchronised: readouts may get wrong times");
		finding_remedy(findings,
			       "sudo apt install systemd-timesyncd; see: timedatectl timesync-status");
	} else {
		finding_add(findings, FINDING_OK, "clock", "", "synchronised");
	}
}
