// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/socket.h"
#include "base/folder.h"

/* Removes a socket without a server. Returns 0 if the path is free. */
static int clear_path(const struct sockaddr_un *address,
		      struct meterbus_error *err)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd, ret;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s exists and is not a socket: move it, or change [api] socket",
				     path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "socket: %s",
				     strerror(errno));
	/* EAGAIN: a full backlog, so it has a server. */
	ret = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	if (ret < 0 && errno != EAGAIN)
		ret = -errno;
	else
		ret = 0;
	close(fd);
	if (ret == 0)
		return meterbus_fail(err, METERBUS_E_BUSY,
				     "another mbusd serves %s: stop it, or change [api] socket",
				     path);
	if (ret != -ECONNREFUSED || unlink(path) < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "cannot replace the old socket %s: %s",
				     path,
				     strerror(ret == -ECONNREFUSED ? errno :
								     -ret));
	return 0;
}

static int set_mode(const char *path, mode_t mode, struct meterbus_error *err)
{
	if (chmod(path, mode) == 0)
		return 0;
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "cannot set the mode of %s: %s", path,
			     strerror(errno));
}

int api_socket_share(const char *path, const char *name, bool everybody,
		     struct meterbus_error *err)
{
	struct group entry, *found = NULL;
	char names[16384];

	/* It may have had another group. */
	if (!name)
		return set_mode(path, everybody ? 0666 : 0600, err);
	getgrnam_r(name, &entry, names, sizeof(names), &found);
	if (!found)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "[api] group: there is no group '%s'; run: groupadd --system %s",
				     name, name);
	if (lchown(path, -1, entry.gr_gid) == 0 && chmod(path, everybody ? 0666 : 0660) == 0)
		return 0;
	return meterbus_fail(err, METERBUS_E_PERMISSION,
			     "cannot give %s to group '%s': %s; mbusd's user must be one of its members",
			     path, name, strerror(errno));
}

/* No connection is possible before listen(), so the mode is set in time. */
static int bind_private(int fd, const struct sockaddr_un *address,
			struct meterbus_error *err)
{
	int why;

	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
	    chmod(address->sun_path, 0600) == 0)
		return 0;
	why = errno;
	return meterbus_fail(err,
			     why == EACCES ? METERBUS_E_PERMISSION :
					     METERBUS_E_SYSTEM,
			     "cannot create the socket %s: %s%s",
			     address->sun_path, strerror(why),
			     why == ENOENT ? "; create its folder" : "");
}

int api_socket_unix(struct api_socket_file *file, const char *path,
		    const char *group, bool everybody,
		    struct meterbus_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	file->path[0] = '\0';
	if (strlen(path) >= sizeof(address.sun_path))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "[api] socket: %s is too long; paths of sockets have up to %zu characters",
				     path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	folder_make(path, 0755);
	if (clear_path(&address, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "socket: %s",
				     strerror(errno));
	if (bind_private(fd, &address, err) < 0)
		goto close_fd;
	strcpy(file->path, path);
	if (lstat(path, &st) == 0) {
		file->dev = st.st_dev;
		file->ino = st.st_ino;
	}
	if (api_socket_share(path, group, everybody, err) < 0)
		goto remove;
	if (listen(fd, SOMAXCONN) == 0)
		return fd;
	meterbus_fail(err, METERBUS_E_SYSTEM, "listen on %s: %s", path,
		      strerror(errno));
remove:
	api_socket_remove(file);
close_fd:
	close(fd);
	return -1;
}

bool api_socket_is_there(const struct api_socket_file *file)
{
	struct stat st;

	return file->path[0] && lstat(file->path, &st) == 0 &&
	       st.st_dev == file->dev && st.st_ino == file->ino;
}

void api_socket_remove(const struct api_socket_file *file)
{
	if (api_socket_is_there(file))
		unlink(file->path);
}

/* Splits "HOST:PORT" or "[HOST]:PORT"; false if it is neither. */
static bool split_address(const char *where, char *host, size_t size,
			  const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t len;

	if (!colon)
		return false;
	*port = colon + 1;
	len = colon - where;
	if (len >= 2 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	if (!len || len >= size || !**port)
		return false;
	memcpy(host, where, len);
	host[len] = '\0';
	return true;
}

static int listen_at(const struct addrinfo *address)
{
	int one = 1;
	int fd, why;

	fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

int api_socket_tcp(const char *key, const char *where,
		   struct meterbus_error *err)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *address;
	const char *service;
	char host[64];
	int fd, why;

	if (!split_address(where, host, sizeof(host), &service) ||
	    getaddrinfo(host, service, &hints, &address) != 0)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "[api] %s = %s: write address and port as 127.0.0.1:8443 or [::1]:8443",
				     key, where);
	fd = listen_at(address);
	why = errno;
	freeaddrinfo(address);
	if (fd >= 0)
		return fd;
	return meterbus_fail(err,
			     why == EACCES ? METERBUS_E_PERMISSION :
					     METERBUS_E_SYSTEM,
			     "[api] %s = %s: %s", key, where, strerror(why));
}
