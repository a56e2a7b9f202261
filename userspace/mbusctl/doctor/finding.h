/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings of 'mbusctl doctor', and its access to files of the system.
 */
#ifndef MBUSCTL_DOCTOR_FINDING_H
#define MBUSCTL_DOCTOR_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum finding_level {
	FINDING_OK,		/* checked, nothing to do */
	FINDING_NOTE,		/* information; nothing to do */
	FINDING_WARNING,	/* works with restrictions or not always */
	FINDING_FAULT,		/* something does not work */
};

/* Lines are without a full stop; subject and remedy may be empty. */
struct finding {
	enum finding_level level;
	const char *code;	/* a word with hyphens, see mbusctl-doctor(8) */
	char subject[72];	/* "ttyACM2", "mbus0", "output broker" */
	char text[320];
	char remedy[400];
};

struct findings {
	const char *root;	/* where the system's files are; "" for / */
	struct finding *items;
	size_t count;
};

/* Appends one; lack of memory ends the program. */
void finding_add(struct findings *findings, enum finding_level level,
		 const char *code, const char *subject, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* Gives the last one its remedy. */
void finding_remedy(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As lines of text or, one each, objects of JSON. */
void findings_print(const struct findings *findings, FILE *out, bool json);

size_t findings_of_level(const struct findings *findings,
			 enum finding_level level);

/* --- files below the root */

#define DOCTOR_PATH_MAX 512

/* The path of a file; @format begins with a slash. Returns @out. */
char *doctor_path(const struct findings *findings, char out[DOCTOR_PATH_MAX],
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool doctor_exists(const struct findings *findings, const char *path);
/* Its first line, at most @size; false if there is none. */
bool doctor_line(const struct findings *findings, const char *path, char *out,
		 size_t size);
/* Whether some line has all of the words, up to a NULL, and is no comment. */
bool doctor_has_line(const struct findings *findings, const char *path, ...);
/* Whether a process of that name runs. */
bool doctor_runs(const struct findings *findings, const char *name);

/* --- checks; each appends its findings */

void doctor_module(struct findings *findings);
void doctor_adapters(struct findings *findings);
void doctor_clock(struct findings *findings);
void doctor_buses(struct findings *findings);
void doctor_daemon(struct findings *findings);

struct meterbus_status;
/* What the counters of one bus mean. */
void doctor_counters(struct findings *findings,
		     const struct meterbus_status *status);

/*
 * Writes @path, a tar archive by tar(1): the findings, versions, counters,
 * ports, the configuration without secrets and a recording of @seconds of each
 * bus. Returns STATUS_OK or what fail() returned.
 */
int doctor_report(const struct findings *findings, const char *path,
		  const char *config, unsigned int seconds);

#endif
