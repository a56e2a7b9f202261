/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of mbusctl scan: its state, which a file can keep, the list of
 * known meters, and the output.
 */
#ifndef MBUSCTL_SCAN_H
#define MBUSCTL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/search.h>
#include <meterbus/settings.h>

#define SCAN_BAUDS_MAX	8

struct scan_find {
	struct meterbus_found found;	/* points into the members below */
	uint8_t telegram[METERBUS_TELEGRAM_MAX];
	char *why;
	struct meterbus_try *tries;
};

struct scan_visit {
	uint32_t baud;
	struct meterbus_visit visit;
};

/* The plan of a search and its results so far. */
struct scan_state {
	bool primary;
	struct meterbus_address mask;	/* secondary */
	bool all_digits;
	bool chosen;			/* primary: only some */
	uint8_t primaries[METERBUS_PRIMARY_SET];
	uint32_t bauds[SCAN_BAUDS_MAX];
	size_t baud_count;

	struct scan_find **finds;
	size_t find_count;
	struct scan_visit *visits;
	size_t visit_count;
};

/* Both store a copy; lack of memory ends the program. */
void scan_state_add_find(struct scan_state *state,
			 const struct meterbus_found *found);
void scan_state_add_visit(struct scan_state *state, uint32_t baud,
			  const struct meterbus_visit *visit);
void scan_state_free(struct scan_state *state);

/*
 * Replaces the file @path by @state at once, so that it is always complete.
 * Returns STATUS_OK or what fail() returned.
 */
int scan_state_save(const struct scan_state *state, const char *path);

/* Reads what scan_state_save() wrote, and checks it. Returns likewise. */
int scan_state_load(struct scan_state *state, const char *path);

/*
 * Addresses of meters from file @path: one a line, or the output of a scan,
 * text or JSON. Returns STATUS_OK or what fail() returned; the caller frees.
 */
int scan_list_read(const char *path, struct meterbus_address **addresses,
		   size_t *count);

/* "2400,9600" and "1-20,30"; false if it is something else. */
bool scan_parse_bauds(struct scan_state *state, const char *text);
bool scan_parse_primaries(struct scan_state *state, const char *text);

/* Prints the exchanges of each find from now on. */
void scan_print_with_evidence(void);

/* Prints as comments from now on; scan_print_config() prints the rest. */
void scan_print_as_config(void);
/*
 * Sections of mbusd.conf(5): the schedule, the bus of @status, and the meters
 * of @state that are confirmed; with @status NULL only the meters, of mbusd's
 * own bus @bus.
 */
void scan_print_config(const struct scan_state *state,
		       const struct meterbus_status *status, const char *bus);

/* As text or, with --json, as JSON. @baud: also in text. */
void scan_print_found(const struct meterbus_found *found, bool baud);
void scan_print_finding(const struct meterbus_finding *finding);
void scan_print_progress(const struct meterbus_progress *progress,
			 uint32_t baud);
/* @err: why the search ended early, or NULL. */
void scan_print_summary(const struct meterbus_search_result *result,
			const struct meterbus_error *err);

#endif
