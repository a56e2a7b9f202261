/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets on which the API listens.
 */
#ifndef MBUSD_API_SOCKET_H
#define MBUSD_API_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include <meterbus/error.h>

/* Where a Unix socket is, to be taken away at the end, and only that one. */
struct api_socket_file {
	char path[108];
	dev_t dev;
	ino_t ino;
};

/*
 * Listens at @path, with mode 0660 and @group, or 0600 if that is NULL. A
 * socket that nobody serves any more is replaced; METERBUS_E_BUSY if somebody
 * does. Returns the file descriptor or -1.
 */
int api_socket_unix(struct api_socket_file *file, const char *path,
		    const char *group, struct meterbus_error *err);
/* Gives the socket at @path to another @group, or takes it away for NULL. */
int api_socket_share(const char *path, const char *group,
		     struct meterbus_error *err);
/* Whether @file is still where it was, and no other one. */
bool api_socket_is_there(const struct api_socket_file *file);
/* Closing @fd is the caller's. */
void api_socket_remove(const struct api_socket_file *file);

/*
 * Listens at @where, "127.0.0.1:8443" or "[::1]:8443". Returns the file
 * descriptor or -1.
 */
int api_socket_tcp(const char *where, struct meterbus_error *err);

#endif
