/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Closes connections that take too long. libmicrohttpd only limits silence, which
 * a client that sends single bytes avoids.
 */
#ifndef MBUSD_API_DEADLINE_H
#define MBUSD_API_DEADLINE_H

struct api_deadlines;
struct api_deadline;	/* a connection */

/* NULL without memory or threads. */
struct api_deadlines *api_deadlines_start(void);
/* After the last api_deadline_remove(). */
void api_deadlines_stop(struct api_deadlines *deadlines);

/* Shuts down the socket @fd of @owner in @seconds. NULL without memory. */
struct api_deadline *api_deadline_add(struct api_deadlines *deadlines, const void *owner,
				  int fd, unsigned int seconds);
/* From now on; 0 for no limit. */
void api_deadline_set(struct api_deadline *deadline, unsigned int seconds);
/* Shuts down those of @owner without a limit. */
void api_deadlines_expire(struct api_deadlines *deadlines, const void *owner);
/* Before the socket is closed. */
void api_deadline_remove(struct api_deadline *deadline);

#endif
