// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/auth.h"
#include "common/clock.h"
#include "base/log.h"

/* Least distance of messages about failed logins. */
#define LOG_MS 60000
#define GROUPS_MAX 1024

struct api_auth {
	pthread_mutex_t lock;	/* protects what follows */
	pthread_cond_t changed;
	bool stopping;
	int64_t logged_ms;	/* 0: never */
	unsigned long suppressed; /* failed logins since then */
};

const char *api_role_name(enum api_role role)
{
	static const char *const names[] = {
		[API_ROLE_NONE] = "none",
		[API_ROLE_METRICS] = "metrics",
		[API_ROLE_READ] = "read",
		[API_ROLE_OPERATE] = "operate",
		[API_ROLE_ADMIN] = "admin",
	};

	return names[role];
}

/* --------------------------------------------------------------- tokens */

static bool digest(const char *text, unsigned char out[EVP_MAX_MD_SIZE])
{
	return EVP_Digest(text, strlen(text), out, NULL, EVP_sha256(),
			  NULL) == 1;
}

/*
 * Compares digests in constant time, so that the time depends neither on the
 * length of the token nor on how much of it is right.
 */
static bool same_token(const char *got, const char *want)
{
	unsigned char one[EVP_MAX_MD_SIZE], other[EVP_MAX_MD_SIZE];

	return want && digest(got, one) && digest(want, other) &&
	       CRYPTO_memcmp(one, other, EVP_MD_size(EVP_sha256())) == 0;
}

enum api_role api_role_of_token(const struct config_api *config,
				struct MHD_Connection *connection)
{
	const char *const tokens[] = {
		[API_ROLE_READ] = config->read_token,
		[API_ROLE_OPERATE] = config->operate_token,
		[API_ROLE_ADMIN] = config->token,
	};
	const char *header = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "Authorization");
	enum api_role role = API_ROLE_NONE;

	if (!header || strncasecmp(header, "Bearer ", 7))
		return API_ROLE_NONE;
	for (unsigned int i = API_ROLE_READ; i <= API_ROLE_ADMIN; i++)
		if (same_token(header + 7, tokens[i]))
			role = i;
	return role;
}

/* ---------------------------------------------------------------- peers */

static int fd_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static bool is_member(int fd, const struct ucred *peer, const char *name)
{
	struct group entry, *found = NULL;
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);
	char names[16384];

	if (!name || getgrnam_r(name, &entry, names, sizeof(names), &found) ||
	    !found)
		return false;
	if (peer->gid == found->gr_gid)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == found->gr_gid)
			return true;
	return false;
}

enum api_role api_role_of_peer(const struct config_api *config,
			       struct MHD_Connection *connection)
{
	int fd = fd_of(connection);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	/* Without read-group the mode of the socket admits the right ones. */
	if (!config->read_group)
		return API_ROLE_ADMIN;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return API_ROLE_NONE;
	if (!peer.uid || peer.uid == geteuid() ||
	    is_member(fd, &peer, config->group))
		return API_ROLE_ADMIN;
	return is_member(fd, &peer, config->read_group) ? API_ROLE_READ :
							   API_ROLE_NONE;
}

/* -------------------------------------------------------- failed logins */

struct api_auth *api_auth_new(void)
{
	struct api_auth *auth = calloc(1, sizeof(*auth));
	pthread_condattr_t monotonic;

	if (!auth)
		return NULL;
	pthread_mutex_init(&auth->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&auth->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return auth;
}

void api_auth_stop(struct api_auth *auth)
{
	pthread_mutex_lock(&auth->lock);
	auth->stopping = true;
	pthread_cond_broadcast(&auth->changed);
	pthread_mutex_unlock(&auth->lock);
}

void api_auth_free(struct api_auth *auth)
{
	pthread_cond_destroy(&auth->changed);
	pthread_mutex_destroy(&auth->lock);
	free(auth);
}

/* "192.0.2.1", "a member of no group of [api]". */
static void name_peer(struct MHD_Connection *connection, char *out, size_t size)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getpeername(fd_of(connection), (struct sockaddr *)&address, &len) ||
	    address.ss_family == AF_UNIX ||
	    getnameinfo((struct sockaddr *)&address, len, out, size, NULL, 0,
			NI_NUMERICHOST))
		snprintf(out, size, "the Unix socket");
}

/* Called with the lock held. */
static void log_failed(struct api_auth *auth, struct MHD_Connection *connection)
{
	char peer[NI_MAXHOST];

	if (auth->logged_ms && now_ms() < auth->logged_ms + LOG_MS) {
		auth->suppressed++;
		return;
	}
	name_peer(connection, peer, sizeof(peer));
	if (auth->suppressed)
		log_warning("api: failed login from %s, and %lu others since the last message",
			    peer, auth->suppressed);
	else
		log_warning("api: failed login from %s", peer);
	auth->suppressed = 0;
	auth->logged_ms = now_ms();
}

void api_auth_failed(struct api_auth *auth, struct MHD_Connection *connection,
		     unsigned int delay_ms)
{
	struct timespec until = timespec_of_ms(now_ms() + delay_ms);

	pthread_mutex_lock(&auth->lock);
	log_failed(auth, connection);
	while (!auth->stopping &&
	       pthread_cond_timedwait(&auth->changed, &auth->lock, &until) !=
		       ETIMEDOUT)
		;
	pthread_mutex_unlock(&auth->lock);
}
