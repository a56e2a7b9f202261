/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The meters' side of a recording (Documentation/recording.md): each request
 * gets what came back when it was recorded, as late as then, be it a telegram,
 * half of one or a collision's 00.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "../meter/telegram.h"

/* Bytes that came in one piece; end of the request to start of the first. */
struct recorded_answer {
	int64_t delay;
	uint8_t bytes[512];
	size_t len;
};

/* A request, and all that followed it until the next one. */
struct recorded_exchange {
	uint8_t request[TELEGRAM_MAX];
	size_t len;
	struct recorded_answer *answers;
	size_t nr;
};

struct replay {
	int baud;
	struct recorded_exchange *exchanges;
	size_t nr;
	size_t next; /* where the search for the next request begins */
};

/* False if the file is faulty; the fault is on stderr. */
bool replay_load(struct replay *r, const char *path);
void replay_free(struct replay *r);

/*
 * The exchange to replay for a request: the next one recorded with the same
 * bytes, starting over after the last. If there is none, the next one that
 * differs only in its frame count bit (another master may count differently).
 * NULL if there is none at all.
 */
const struct recorded_exchange *
replay_exchange(struct replay *r, const uint8_t *request, size_t len);

#endif
