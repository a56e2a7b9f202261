// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <json-c/json_visit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/libcurl.h"
#include "ui/progress.h"

/* More than any line of mbusd, less than would exhaust memory. */
#define LINE_MAX_BYTES (64 << 20)

static const char *socket_option;

int daemon_option(const struct command *command, int letter)
{
	if (letter != DAEMON_SOCKET_OPTION)
		return common_option(command, letter);
	socket_option = optarg;
	return -1;
}

static const char *socket_path(void)
{
	const char *path = getenv("MBUSD_SOCKET");

	if (socket_option)
		return socket_option;
	return path && *path ? path : DAEMON_SOCKET;
}

bool daemon_is_wanted(void)
{
	return socket_option;
}

bool daemon_is_there(void)
{
	return access(socket_path(), R_OK | W_OK) == 0;
}

/* ------------------------------------------------------------ answers */

struct answer {
	const struct libcurl *curl_functions;
	CURL *curl;
	const struct daemon_request *request;
	bool enough;		/* request->line returned false */
	bool too_long;
	struct json_object *error; /* body of an error status */
	char *text;		/* the incomplete line */
	size_t len, room;
};

static bool append(struct answer *answer, const char *text, size_t len)
{
	size_t room = answer->room ? answer->room : 4096;
	char *larger;

	while (room < answer->len + len + 1)
		room *= 2;
	if (room > LINE_MAX_BYTES)
		return false;
	if (room != answer->room) {
		larger = realloc(answer->text, room);
		if (!larger)
			return false;
		answer->text = larger;
		answer->room = room;
	}
	memcpy(answer->text + answer->len, text, len);
	answer->len += len;
	answer->text[answer->len] = '\0';
	return true;
}

static bool end_line(struct answer *answer)
{
	long status = 0;

	answer->len = 0;
	answer->curl_functions->easy_getinfo(answer->curl, CURLINFO_RESPONSE_CODE,
				      &status);
	if (status >= 400) {
		if (!answer->error)
			answer->error = daemon_parse(answer->text);
		if (answer->request->error_line)
			answer->request->error_line(answer->request->context,
						    answer->text);
		return true;
	}
	answer->enough = answer->request->line &&
			 !answer->request->line(answer->request->context,
						answer->text);
	return !answer->enough;
}

/* Called by libcurl with received data. */
static size_t on_data(char *data, size_t size, size_t count, void *context)
{
	struct answer *answer = context;
	size_t total = size * count;
	size_t left = total;
	char *end;

	while (left) {
		size_t len;

		end = memchr(data, '\n', left);
		len = end ? (size_t)(end - data) : left;
		if (!append(answer, data, len)) {
			answer->too_long = true;
			return 0;
		}
		if (!end)
			break;
		if (!end_line(answer))
			return 0;
		left -= len + 1;
		data = end + 1;
	}
	return total;
}

/* The reason why connecting failed, which libcurl does not report. */
static int explain_socket(const char *path, struct meterbus_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int why = 0;

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
			      sizeof(address)) < 0)
		why = errno;
	if (fd >= 0)
		close(fd);
	if (why == EACCES || why == EPERM)
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "no permission to use mbusd at %s; become root or a member of the group in section [api] of mbusd.conf",
				     path);
	if (why == ENOENT || why == ECONNREFUSED || why == ENOTDIR)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "no mbusd listens at %s; start it with 'systemctl start mbusd', or give its socket with --socket",
				     path);
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "cannot connect to mbusd at %s: %s", path,
			     why ? strerror(why) :
				   "too many connections, try again");
}

static enum meterbus_error_kind kind_named(const char *name)
{
	for (int kind = 1; kind < METERBUS_ERROR_KINDS; kind++)
		if (!strcmp(meterbus_error_name(kind), name))
			return kind;
	return METERBUS_E_SYSTEM;
}

int daemon_error(struct json_object *object, struct meterbus_error *err)
{
	struct json_object *error = daemon_object(object, "error");

	if (!error)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "the server at %s is not mbusd; give the socket of mbusd with --socket",
				     socket_path());
	return meterbus_fail(err, kind_named(daemon_text(error, "kind")), "%s",
			     daemon_text(error, "text"));
}

bool daemon_never_stop(void *context)
{
	(void)context;
	return false;
}

/* ----------------------------------------------------------- requests */

/* Called by libcurl at least once a second; not 0 ends the request. */
static int on_progress(void *context, curl_off_t download_total,
		       curl_off_t downloaded, curl_off_t upload_total,
		       curl_off_t uploaded)
{
	const struct answer *answer = context;

	(void)download_total;
	(void)downloaded;
	(void)upload_total;
	(void)uploaded;
	return stop_requested() &&
	       (!answer->request->stop ||
		answer->request->stop(answer->request->context));
}

/* Sets answer->curl; false if memory is short. */
static bool new_request(const char *url, struct answer *answer)
{
	const struct libcurl *library = answer->curl_functions;
	CURL *curl = library->easy_init();

	if (!curl)
		return false;
	answer->curl = curl;
	library->easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path());
	library->easy_setopt(curl, CURLOPT_URL, url);
	library->easy_setopt(curl, CURLOPT_CUSTOMREQUEST,
			     answer->request->method);
	library->easy_setopt(curl, CURLOPT_PROXY, "");
	library->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	library->easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
	library->easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	library->easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	library->easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	library->easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	library->easy_setopt(curl, CURLOPT_XFERINFODATA, answer);
	return true;
}

/* Turns @code and @answer into a result; takes over answer->error. */
static int finish(struct answer *answer, CURLcode code,
		  struct json_object **object, struct meterbus_error *err)
{
	long status = 0;
	int ret = 0;

	answer->curl_functions->easy_getinfo(answer->curl, CURLINFO_RESPONSE_CODE,
				      &status);
	if (answer->too_long)
		ret = meterbus_fail(err, METERBUS_E_SYSTEM,
				    "answer of mbusd too long, or out of memory");
	else if (code == CURLE_COULDNT_CONNECT)
		ret = explain_socket(socket_path(), err);
	else if (code != CURLE_OK && !answer->enough)
		ret = meterbus_fail(err, METERBUS_E_SYSTEM,
				    "connection to mbusd at %s lost: %s",
				    socket_path(),
				    answer->curl_functions->easy_strerror(code));
	else if (status >= 400)
		ret = daemon_error(answer->error, err);
	if (object)
		*object = answer->error;
	else
		json_object_put(answer->error);
	return ret;
}

int daemon_ask(const struct daemon_request *request,
	       struct json_object **object, struct meterbus_error *err)
{
	struct answer answer = { .request = request };
	char *url = NULL;
	CURLcode code;
	int ret;

	if (object)
		*object = NULL;
	answer.curl_functions = libcurl_load(err);
	if (!answer.curl_functions)
		return -1;
	if (strlen(socket_path()) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "%s: path too long for a socket",
				     socket_path());
	if (asprintf(&url, "http://mbusd%s", request->path) < 0 ||
	    !new_request(url, &answer)) {
		free(url);
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	}
	code = answer.curl_functions->easy_perform(answer.curl);
	/* The last line may lack its newline. */
	if (code == CURLE_OK && answer.len)
		end_line(&answer);
	ret = finish(&answer, code, object, err);
	answer.curl_functions->easy_cleanup(answer.curl);
	free(answer.text);
	free(url);
	return ret;
}

char *daemon_escape(const char *text)
{
	struct meterbus_error err;
	const struct libcurl *library = libcurl_load(&err);
	char *escaped, *copy;

	if (!library)
		exit(fail(STATUS_SYSTEM, "%s", err.text));
	/* Without a handle, curl_easy_escape() only escapes. */
	escaped = library->easy_escape(NULL, text, 0);
	copy = escaped ? strdup(escaped) : NULL;
	library->free(escaped);
	if (!copy)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	return copy;
}

static bool keep_object(void *context, char *line)
{
	struct json_object **object = context;

	*object = daemon_parse(line);
	return false;
}

struct json_object *daemon_get(const char *path, struct meterbus_error *err)
{
	struct json_object *object = NULL;
	const struct daemon_request request = {
		.method = "GET", .path = path, .line = keep_object,
		.context = &object,
	};

	if (daemon_ask(&request, NULL, err) < 0)
		return NULL;
	if (!object)
		daemon_error(NULL, err);
	return object;
}

/* ---------------------------------------------------------------- JSON */

static bool is_clean(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7F)
			return false;
	return true;
}

/* By json_c_visit(). Line ends are what tables and XML are made of. */
static int clean(struct json_object *object, int flags,
		 struct json_object *parent, const char *key, size_t *index,
		 void *context)
{
	char *copy;

	(void)flags;
	(void)parent;
	(void)key;
	(void)index;
	(void)context;
	if (!json_object_is_type(object, json_type_string) ||
	    is_clean(json_object_get_string(object)))
		return JSON_C_VISIT_RETURN_CONTINUE;
	copy = strdup(json_object_get_string(object));
	if (!copy)
		return JSON_C_VISIT_RETURN_ERROR;
	for (char *c = copy; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\n' && *c != '\r' &&
		     *c != '\t') ||
		    *c == 0x7F)
			*c = '?';
	json_object_set_string(object, copy);
	free(copy);
	return JSON_C_VISIT_RETURN_CONTINUE;
}

struct json_object *daemon_parse(const char *line)
{
	struct json_object *object = json_tokener_parse(line);

	if (object && json_c_visit(object, 0, clean, NULL) < 0) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

/* NULL unless it is of that type; json-c itself aborts for some of them. */
static struct json_object *member(struct json_object *object, const char *key,
				  enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

const char *daemon_text(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) || !value ||
	    json_object_is_type(value, json_type_object) ||
	    json_object_is_type(value, json_type_array))
		return "";
	return json_object_get_string(value);
}

int64_t daemon_number(struct json_object *object, const char *key)
{
	return json_object_get_int64(member(object, key, json_type_int));
}

struct json_object *daemon_object(struct json_object *object, const char *key)
{
	return member(object, key, json_type_object);
}

struct json_object *daemon_list(struct json_object *object, const char *key)
{
	return member(object, key, json_type_array);
}

size_t daemon_list_length(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

struct json_object *daemon_list_item(struct json_object *list, size_t index)
{
	return json_object_array_get_idx(list, index);
}

/* ------------------------------------------------------------ numbers */

#define VALUE_KEY "\"value\":"

struct json_object *daemon_parse_exact(const char *line)
{
	/* Each number takes four characters more: [""] around it. */
	char *text = malloc(2 * strlen(line) + 1);
	struct json_object *object;
	const char *found;
	char *out = text;
	size_t len;

	if (!text)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	/* Quotes inside a string are escaped, so this is the key. */
	while ((found = strstr(line, VALUE_KEY))) {
		found += strlen(VALUE_KEY);
		memcpy(out, line, found - line);
		out += found - line;
		line = found;
		len = strspn(line, "-0123456789.eE+");
		if (!len)
			continue;
		out += sprintf(out, "[\"%.*s\"]", (int)len, line);
		line += len;
	}
	strcpy(out, line);
	object = daemon_parse(text);
	free(text);
	return object;
}

const char *daemon_exact_number(struct json_object *object, const char *key)
{
	struct json_object *list = daemon_list(object, key);

	return daemon_list_length(list) ?
		       json_object_get_string(daemon_list_item(list, 0)) :
		       NULL;
}
