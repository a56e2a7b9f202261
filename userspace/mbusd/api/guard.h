/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts connections that take too long. libmicrohttpd has a limit for silence
 * only, which a client that sends one byte now and then never reaches.
 */
#ifndef MBUSD_API_GUARD_H
#define MBUSD_API_GUARD_H

struct api_guard;
struct api_guarded;	/* a connection */

/* NULL without memory or threads. */
struct api_guard *api_guard_start(void);
/* After the last api_guard_remove(). */
void api_guard_stop(struct api_guard *guard);

/* Cuts the socket @fd of @owner in @seconds. NULL without memory. */
struct api_guarded *api_guard_add(struct api_guard *guard, const void *owner,
				  int fd, unsigned int seconds);
/* Counts anew; 0 for no limit. */
void api_guard_set(struct api_guarded *guarded, unsigned int seconds);
/* Cuts those of @owner that have no limit now. */
void api_guard_cut(struct api_guard *guard, const void *owner);
/* Before the socket is closed. */
void api_guard_remove(struct api_guarded *guarded);

#endif
