// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setup/setup.h"
#include "ui/command.h"

#define PATH_SIZE 512

static bool has_text(const char *path, const char *text)
{
	size_t len = strlen(text), got;
	FILE *in = fopen(path, "re");
	char *old;

	if (!in)
		return false;
	old = malloc(len + 2);
	if (!old)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	got = fread(old, 1, len + 1, in);
	fclose(in);
	got = got == len && !memcmp(old, text, len);
	free(old);
	return got;
}

void setup_share(const char *path)
{
	const struct group *group = getgrnam("mbusd");

	if (group && chown(path, 0, group->gr_gid) < 0)
		fail(STATUS_OK, "%s cannot be given to the group mbusd: %s", path,
		     strerror(errno));
}

/* Writes a temporary file and renames it, so that @path is never incomplete. */
int setup_write(const char *path, const char *text, unsigned int mode)
{
	char beside[PATH_SIZE];
	bool ok;
	FILE *out;
	int fd;

	if (has_text(path, text))
		return 0;
	snprintf(beside, sizeof(beside), "%s.new", path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out)
		return -fail(STATUS_SYSTEM, "cannot write %s: %s", beside,
			     strerror(errno));
	setup_share(beside);
	/* The mode as given, independent of the umask. */
	ok = fchmod(fd, mode) == 0 && fputs(text, out) >= 0 && fflush(out) == 0 &&
	     fsync(fd) == 0;
	ok = fclose(out) == 0 && ok;
	if (ok && rename(beside, path) == 0)
		return 1;
	fail(STATUS_SYSTEM, "cannot write %s: %s", path, strerror(errno));
	unlink(beside);
	return -1;
}

/* Wildcards in either address match. */
static bool same_meter(const struct meterbus_address *configured,
		       const struct meterbus_address *found)
{
	if (configured->secondary != found->secondary)
		return false;
	if (!configured->secondary)
		return configured->primary == found->primary;
	for (size_t i = 0; i < sizeof(found->bytes); i++)
		if (configured->bytes[i] != found->bytes[i] &&
		    configured->bytes[i] != 0xFF)
			return false;
	return true;
}

static bool names_meter(const char *path, const struct meterbus_address *address)
{
	FILE *in = fopen(path, "re");
	struct meterbus_address one;
	char *line = NULL;
	bool found = false;
	size_t size = 0;

	while (in && !found && getline(&line, &size, in) >= 0) {
		char text[40];

		found = sscanf(line, " address = %39[0-9A-Za-z.]", text) == 1 &&
			meterbus_address_parse(&one, text, NULL) == 0 &&
			same_meter(&one, address);
	}
	free(line);
	if (in)
		fclose(in);
	return found;
}

bool setup_is_configured(const char *etc, const struct meterbus_address *address)
{
	char path[PATH_SIZE];
	bool found;
	glob_t files;

	snprintf(path, sizeof(path), "%s/mbusd.conf", etc);
	found = names_meter(path, address);
	snprintf(path, sizeof(path), "%s/conf.d/*.conf", etc);
	if (glob(path, 0, NULL, &files))
		return found;
	for (size_t i = 0; i < files.gl_pathc && !found; i++)
		found = names_meter(files.gl_pathv[i], address);
	globfree(&files);
	return found;
}
