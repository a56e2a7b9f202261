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
struct saying {
	int64_t delay;
	uint8_t bytes[512];
	size_t len;
};

/* A request, and what followed it until the next one. */
struct turn {
	uint8_t request[TELEGRAM_MAX];
	size_t len;
	struct saying *sayings;
	size_t nr;
};

struct replay {
	int baud;
	struct turn *turns;
	size_t nr;
	size_t next; /* where the search for the next request begins */
};

/* False when it has said on stderr what is wrong with the file. */
bool replay_load(struct replay *r, const char *path);
void replay_free(struct replay *r);

/*
 * The turn of a request: the next one that was recorded with the same bytes,
 * from the first again after the last. Without one the next that differs only
 * in its frame count bit, as another master has counted differently; NULL if
 * there is none at all.
 */
const struct turn *replay_turn(struct replay *r, const uint8_t *request,
			       size_t len);

#endif
