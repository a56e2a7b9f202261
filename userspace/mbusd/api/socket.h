/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets on which the API listens.
 */
#ifndef MBUSD_API_SOCKET_H
#define MBUSD_API_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include <meterbus/error.h>

/* Identity of a Unix socket, so that only our own is removed. */
struct api_socket_file {
	char path[108];
	dev_t dev;
	ino_t ino;
};

/*
 * Listens at @path, with mode 0660 and @group, or 0600 if that is NULL; 0666 for
 * @everybody, if clients are checked by api_role_of_peer(). Replaces a socket without a server; METERBUS_E_BUSY if there is one. Returns the file
 * descriptor or -1.
 */
int api_socket_unix(struct api_socket_file *file, const char *path,
		    const char *group, bool everybody,
		    struct meterbus_error *err);
/* Changes group and mode of the socket at @path. */
int api_socket_share(const char *path, const char *group, bool everybody,
		     struct meterbus_error *err);
/* Whether @file still exists and is the same socket. */
bool api_socket_is_there(const struct api_socket_file *file);
/* Does not close the descriptor. */
void api_socket_remove(const struct api_socket_file *file);

/*
 * Listens at @where, "127.0.0.1:8443" or "[::1]:8443", which messages call the
 * value of @key in [api]. Returns the file descriptor or -1.
 */
int api_socket_tcp(const char *key, const char *where,
		   struct meterbus_error *err);

#endif
