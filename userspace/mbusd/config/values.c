// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/meterbus_netlink.h>

#include "config/config.h"
#include "config/values.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"

#define SECRET_MAX 4096

#define CREDENTIALS "/run/credentials/mbusd.service"

/* @text may be long. */
#define wrong(err, text, format, ...) \
	meterbus_fail(err, METERBUS_E_USAGE, "'%.60s' " format, text, \
		      ##__VA_ARGS__)

static int set_text(void *target, const char *text, struct meterbus_error *err)
{
	char **at = target;
	char *copy = strdup(text);

	if (!copy)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	free(*at);
	*at = copy;
	return 0;
}

int config_text(const struct config_field *field, const char *text,
		void *target, struct meterbus_error *err)
{
	(void)field;
	if (!*text)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "the value is missing; write one or remove the line");
	return set_text(target, text, err);
}

int config_check_name(const char *text, struct meterbus_error *err)
{
	size_t len = strlen(text);

	if (!len || len > CONFIG_NAME_MAX ||
	    strspn(text, LETTERS DIGITS "._-") != len ||
	    !strchr(LETTERS DIGITS, text[0]))
		return wrong(err, text,
			     "is not a name; use a letter or digit, then up to %d letters, digits, and . _ -",
			     CONFIG_NAME_MAX - 1);
	return 0;
}

int config_name(const struct config_field *field, const char *text,
		void *target, struct meterbus_error *err)
{
	(void)field;
	if (config_check_name(text, err) < 0)
		return -1;
	return set_text(target, text, err);
}

int config_path(const struct config_field *field, const char *text,
		void *target, struct meterbus_error *err)
{
	(void)field;
	if (text[0] != '/')
		return wrong(err, text,
			     "is not an absolute path; write one that begins with /");
	return set_text(target, text, err);
}

int config_socket(const struct config_field *field, const char *text,
		  void *target, struct meterbus_error *err)
{
	if (!strcmp(text, "none"))
		return set_text(target, "", err);
	return config_path(field, text, target, err);
}

/*
 * The path of a file that may be a credential of the service: systemd.exec(5),
 * LoadCredential=. A name without a slash is one. Where the service manager
 * does not say in which folder they are, it is that of the running service.
 */
static int find_file(const char *text, char *path, size_t size,
		     struct meterbus_error *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	int len;

	if (strchr(text, '/'))
		len = snprintf(path, size, "%s", text);
	else
		len = snprintf(path, size, "%s/%s",
			       folder && *folder ? folder : CREDENTIALS, text);
	if (len < 0 || (size_t)len >= size)
		return wrong(err, text, "is too long for a path");
	if (!strchr(text, '/') && access(path, F_OK) < 0)
		return wrong(err, text,
			     "is no credential of mbusd.service; write an absolute path, or add to the unit: LoadCredential=%.60s:FILE",
			     text);
	return 0;
}

static int check_access(const char *path, int mode, const char *what,
			struct meterbus_error *err)
{
	struct stat st;

	if (path[0] != '/')
		return wrong(err, path,
			     "is not an absolute path; write one that begins with /");
	if (stat(path, &st) < 0 || access(path, mode) < 0)
		return wrong(err, path, "cannot be %s: %s; check: ls -l", what,
			     strerror(errno));
	if (!S_ISREG(st.st_mode))
		return wrong(err, path, "is not a regular file");
	return 0;
}

int config_readable(const struct config_field *field, const char *text,
		    void *target, struct meterbus_error *err)
{
	char path[PATH_MAX];

	(void)field;
	if (find_file(text, path, sizeof(path), err) < 0 ||
	    check_access(path, R_OK, "read", err) < 0)
		return -1;
	return set_text(target, path, err);
}

int config_private(const struct config_field *field, const char *text,
		   void *target, struct meterbus_error *err)
{
	char path[PATH_MAX];
	struct stat st;

	if (find_file(text, path, sizeof(path), err) < 0 ||
	    config_readable(field, path, target, err) < 0)
		return -1;
	if (stat(path, &st) == 0 && st.st_mode & S_IROTH)
		return wrong(err, path, "is world-readable; run: chmod o= %s",
			     path);
	return 0;
}

int config_program(const struct config_field *field, const char *text,
		   void *target, struct meterbus_error *err)
{
	(void)field;
	if (check_access(text, X_OK, "run", err) < 0)
		return -1;
	return set_text(target, text, err);
}

static int read_secret(const char *path, char *out, size_t size,
		       struct meterbus_error *err)
{
	FILE *stream = fopen(path, "re");
	struct stat st;
	bool got;

	if (!stream)
		return wrong(err, path, "cannot be read: %s", strerror(errno));
	if (fstat(fileno(stream), &st) == 0 && st.st_mode & S_IROTH) {
		fclose(stream);
		return wrong(err, path,
			     "is world-readable; run: chmod o= %s",
			     path);
	}
	got = fgets(out, size, stream);
	fclose(stream);
	out[got ? strcspn(out, "\r\n") : 0] = '\0';
	if (!*out)
		return wrong(err, path,
			     "is empty; write the secret into its first line");
	return 0;
}

int config_secret(const struct config_field *field, const char *text,
		  void *target, struct meterbus_error *err)
{
	char path[PATH_MAX], secret[SECRET_MAX];

	(void)field;
	if (find_file(text, path, sizeof(path), err) < 0 ||
	    check_access(path, R_OK, "read", err) < 0 ||
	    read_secret(path, secret, sizeof(secret), err) < 0)
		return -1;
	return set_text(target, secret, err);
}

int config_group(const struct config_field *field, const char *text,
		 void *target, struct meterbus_error *err)
{
	(void)field;
	if (!getgrnam(text))
		return wrong(err, text,
			     "is not a group; run: groupadd --system %.60s",
			     text);
	return set_text(target, text, err);
}

/* "host:port", "192.0.2.1:port", "[2001:db8::1]:port". */
int config_host(const struct config_field *field, const char *text,
		void *target, struct meterbus_error *err)
{
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t len = colon ? colon - text : 0;
	unsigned long port;
	char *end;

	(void)field;
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (colon && memchr(text, ':', len)) {
		return wrong(err, text,
			     "has several colons; write IPv6 addresses in brackets: [2001:db8::1]:10001");
	}
	if (!len || strcspn(host, " \t/@") < len ||
	    !strchr(DIGITS, colon[1]) || !colon[1])
		return wrong(err, text, "is not HOST:PORT as gateway:10001");
	port = strtoul(colon + 1, &end, 10);
	if (*end || port < 1 || port > 65535)
		return wrong(err, text,
			     "has no port from 1 to 65535 after the colon");
	return set_text(target, text, err);
}

/* Decimal digits only; strtoul() takes signs and spaces. */
static bool parse_digits(const char *text, const char **end,
			 unsigned long long *number)
{
	if (!*text || !strchr(DIGITS, *text))
		return false;
	errno = 0;
	*number = strtoull(text, (char **)end, 10);
	return errno == 0;
}

static int get_number(const struct config_field *field, const char *text,
		      const char *unit, unsigned int *number,
		      struct meterbus_error *err)
{
	unsigned long long found;
	const char *end;

	if (!parse_digits(text, &end, &found) ||
	    (*end && strcmp(end + strspn(end, " "), unit)) ||
	    found < field->min || found > field->max)
		return wrong(err, text, "is not a number from %u to %u%s%s",
			     field->min, field->max, *unit ? " " : "", unit);
	*number = found;
	return 0;
}

int config_number(const struct config_field *field, const char *text,
		  void *target, struct meterbus_error *err)
{
	return get_number(field, text, "", target, err);
}

int config_switch(const struct config_field *field, const char *text,
		  void *target, struct meterbus_error *err)
{
	(void)field;
	if (strcmp(text, "yes") && strcmp(text, "no"))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "'%.60s' is not yes or no", text);
	*(bool *)target = !strcmp(text, "yes");
	return 0;
}

int config_port(const struct config_field *field, const char *text,
		void *target, struct meterbus_error *err)
{
	unsigned int number;

	if (get_number(field, text, "", &number, err) < 0)
		return -1;
	*(int *)target = number;
	return 0;
}

int config_ms(const struct config_field *field, const char *text, void *target,
	      struct meterbus_error *err)
{
	unsigned int number;

	if (get_number(field, text, "ms", &number, err) < 0)
		return -1;
	*(int *)target = number;
	return 0;
}

int config_baud(const struct config_field *field, const char *text,
		void *target, struct meterbus_error *err)
{
	static const unsigned int rates[] = { 300,  600,  1200,	 2400,
					      4800, 9600, 19200, 38400 };
	unsigned long long number;
	const char *end;

	(void)field;
	if (parse_digits(text, &end, &number) && !*end)
		for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
			if (rates[i] == number) {
				*(unsigned int *)target = rates[i];
				return 0;
			}
	return wrong(err, text,
		     "is not an M-Bus baud rate: 300, 600, 1200, 2400, 4800, 9600, 19200, 38400");
}

int config_echo(const struct config_field *field, const char *text,
		void *target, struct meterbus_error *err)
{
	static const struct {
		const char *word;
		int echo;
	} words[] = {
		{ "off", METERBUS_ECHO_OFF },
		{ "on", METERBUS_ECHO_ON },
		{ "auto", METERBUS_ECHO_AUTO },
	};

	(void)field;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(text, words[i].word)) {
			*(int *)target = words[i].echo;
			return 0;
		}
	return wrong(err, text, "is not off, on or auto");
}

int config_duration(const struct config_field *field, const char *text,
		    void *target, struct meterbus_error *err)
{
	static const struct {
		const char *unit;
		uint64_t seconds;
	} units[] = {
		{ "s", 1 },	  { "m", 60 },	     { "h", 3600 },
		{ "d", 86400 },	  { "w", 604800 },   { "y", 31536000 },
	};
	unsigned long long number;
	const char *end;

	(void)field;
	if (!strcmp(text, "forever")) {
		*(uint64_t *)target = 0;
		return 0;
	}
	if (parse_digits(text, &end, &number) && number && number < 100000000)
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (!strcmp(end, units[i].unit)) {
				*(uint64_t *)target =
					number * units[i].seconds;
				return 0;
			}
	return wrong(err, text,
		     "is not a duration; write forever, or a number with s, m, h, d, w or y, as 10y");
}

int config_key(const struct config_field *field, const char *text,
	       void *target, struct meterbus_error *err)
{
	uint8_t *key = target;

	(void)field;
	/* Without the text: messages end up in logs. */
	if (strlen(text) != 2 * METERBUS_KEY_LEN ||
	    strspn(text, HEX_DIGITS) != 2 * METERBUS_KEY_LEN)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "not a key; write %d hexadecimal digits without spaces (AES-128)",
				     2 * METERBUS_KEY_LEN);
	for (size_t i = 0; i < METERBUS_KEY_LEN; i++)
		sscanf(text + 2 * i, "%2" SCNx8, &key[i]);
	return 0;
}

int config_address(const struct config_field *field, const char *text,
		   void *target, struct meterbus_error *err)
{
	struct meterbus_address address;

	(void)field;
	if (meterbus_address_parse(&address, text, err) < 0)
		return -1;
	if (!address.secondary && address.primary > METERBUS_A_PRIMARY_MAX)
		return wrong(err, text,
			     "is not the address of one meter; primary addresses are 0 to %d",
			     METERBUS_A_PRIMARY_MAX);
	*(struct meterbus_address *)target = address;
	return 0;
}

int config_schedule(const struct config_field *field, const char *text,
		    void *target, struct meterbus_error *err)
{
	(void)field;
	return schedule_parse(target, text, err);
}
