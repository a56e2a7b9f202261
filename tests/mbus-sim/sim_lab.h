/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scenario and its wire in a time that is only a number: bytes in, and what
 * the PC gets of it as hex text.
 */
#ifndef TESTS_SIM_LAB_H
#define TESTS_SIM_LAB_H

#include <stdio.h>
#include <string.h>

#include "../../userspace/mbus-sim/wire/wire.h"
#include "../../userspace/mbus-sim/scenario/values.h"

#define LAB_BYTES 4000

struct lab {
	struct settings settings;
	struct scenario scenario;
	struct wire wire;
	int64_t now;
	size_t nr;
	int64_t when[LAB_BYTES];
	char text[2 * LAB_BYTES + 1];
};

static inline void lab_take(void *context, uint8_t byte)
{
	struct lab *lab = context;

	if (lab->nr == LAB_BYTES)
		return;
	sprintf(lab->text + 2 * lab->nr, "%02X", byte);
	lab->when[lab->nr++] = lab->now;
}

/* @set: as of mbus-sim --set, NULL at the end. */
static inline bool lab_build(struct lab *lab, const char *const *set)
{
	for (; set && *set; set++)
		if (!settings_override(&lab->settings, *set))
			return false;
	if (!scenario_build(&lab->scenario, &lab->settings))
		return false;
	wire_init(&lab->wire, &lab->scenario, NULL, lab_take, lab);
	return true;
}

static inline bool lab_open(struct lab *lab, const char *file,
			    const char *const *set)
{
	memset(lab, 0, sizeof(*lab));
	return settings_read(&lab->settings, file) && lab_build(lab, set);
}

static inline void lab_close(struct lab *lab)
{
	wire_free(&lab->wire);
	scenario_free(&lab->scenario);
	settings_free(&lab->settings);
}

static inline void lab_wait(struct lab *lab, int64_t ms)
{
	int64_t end = lab->now + ms * NS_PER_MS;

	for (;;) {
		int64_t next = wire_run(&lab->wire, lab->now);

		if (next > end)
			break;
		lab->now = next > lab->now ? next : lab->now + NS_PER_US;
	}
	lab->now = end;
	wire_run(&lab->wire, lab->now);
}

static inline void lab_send(struct lab *lab, const uint8_t *bytes, size_t len)
{
	wire_run(&lab->wire, lab->now);
	wire_send(&lab->wire, lab->now, bytes, len);
}

/* What comes within @ms of sending @hex, from then on; NULL sends nothing. */
static inline const char *lab_ask(struct lab *lab, const char *hex, int64_t ms)
{
	uint8_t bytes[1000];
	size_t len = sizeof(bytes);

	lab->nr = 0;
	lab->text[0] = '\0';
	if (hex && !value_hex(hex, bytes, &len))
		lab_send(lab, bytes, len);
	lab_wait(lab, ms);
	return lab->text;
}

/* The hex of a short telegram to address @a, until the next call. */
static inline const char *lab_short(uint8_t c, uint8_t a)
{
	static char hex[11];

	snprintf(hex, sizeof(hex), "10%02X%02X%02X16", c, a, (c + a) & 0xff);
	return hex;
}

/* The selection (CI @ci) with these eight bytes, likewise. */
static inline const char *lab_select(uint8_t ci, const char *hex)
{
	static char text[2 * 17 + 1];
	uint8_t t[17] = {0x68, 0x0b, 0x0b, 0x68, 0x53, 0xfd, ci};
	size_t len = 8;

	value_hex(hex, t + 7, &len);
	t[15] = telegram_checksum(t + 4, 11);
	t[16] = 0x16;
	for (size_t i = 0; i < sizeof(t); i++)
		sprintf(text + 2 * i, "%02X", t[i]);
	return text;
}

#endif
