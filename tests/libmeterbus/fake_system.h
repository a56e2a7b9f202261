/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev and /sys as a test wants them: in a folder, fake.root, in the place of
 * the C library's functions. For one test program, which ends with each test.
 */
#ifndef FAKE_SYSTEM_H
#define FAKE_SYSTEM_H

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	char root[64];
	int open_errno;		/* of what is in /dev, 0: it can be opened */
	int (*ioctl)(unsigned long request, void *arg);
} fake;

/* Where a path of the system is really; in one of two buffers. */
static const char *fake_path(const char *path)
{
	static char paths[2][512];
	static unsigned int next;

	if (!*fake.root || (strncmp(path, "/dev/", 5) &&
			    strncmp(path, "/sys/", 5)))
		return path;
	next ^= 1;
	snprintf(paths[next], sizeof(paths[next]), "%s%s", fake.root, path);
	return paths[next];
}

#define REAL(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

DIR *opendir(const char *path)
{
	return REAL(opendir)(fake_path(path));
}

FILE *fopen(const char *path, const char *mode)
{
	return REAL(fopen)(fake_path(path), mode);
}

int access(const char *path, int mode)
{
	return REAL(access)(fake_path(path), mode);
}

int open(const char *path, int flags, ...)
{
	const char *real = fake_path(path);
	mode_t mode = 0;
	va_list args;

	if (flags & O_CREAT) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	if (real != path && fake.open_errno) {
		errno = fake.open_errno;
		return -1;
	}
	return REAL(open)(real, flags, mode);
}

char *realpath(const char *path, char *resolved)
{
	char *real = REAL(realpath)(fake_path(path), resolved);
	size_t len = strlen(fake.root);

	if (real && len && !strncmp(real, fake.root, len))
		memmove(real, real + len, strlen(real + len) + 1);
	return real;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return fake.ioctl ? fake.ioctl(request, arg) :
			    REAL(ioctl)(fd, request, arg);
}

/* A file with @len bytes of @content, and the folders above it. */
static void fake_bytes(const char *path, const void *content, size_t len)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s", fake_path(path));
	for (char *at = strchr(full + strlen(fake.root) + 1, '/'); at;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(full, 0755);
		*at = '/';
	}
	file = REAL(fopen)(full, "w");
	if (!file || fwrite(content, 1, len, file) != len)
		abort();
	fclose(file);
}

static void fake_file(const char *path, const char *content)
{
	fake_bytes(path, content, strlen(content));
}

static void fake_begin(void)
{
	snprintf(fake.root, sizeof(fake.root), "/tmp/mbus-system.XXXXXX");
	if (!mkdtemp(fake.root))
		abort();
}

static void fake_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", fake.root);
	if (system(command))
		abort();
	memset(&fake, 0, sizeof(fake));
}

#endif
