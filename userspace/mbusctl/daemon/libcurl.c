// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "daemon/libcurl.h"

#define NAME "libcurl.so.4"

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
	{ "curl_easy_init", offsetof(struct libcurl, easy_init) },
	{ "curl_easy_cleanup", offsetof(struct libcurl, easy_cleanup) },
	{ "curl_easy_setopt", offsetof(struct libcurl, easy_setopt) },
	{ "curl_easy_getinfo", offsetof(struct libcurl, easy_getinfo) },
	{ "curl_easy_perform", offsetof(struct libcurl, easy_perform) },
	{ "curl_easy_strerror", offsetof(struct libcurl, easy_strerror) },
	{ "curl_easy_escape", offsetof(struct libcurl, easy_escape) },
	{ "curl_free", offsetof(struct libcurl, free) },
};

const struct libcurl *libcurl_load(struct meterbus_error *err)
{
	static struct libcurl library;
	static void *handle;
	size_t i;

	if (handle)
		return &library;
	handle = dlopen(NAME, RTLD_NOW | RTLD_LOCAL);
	for (i = 0; handle && i < sizeof(functions) / sizeof(*functions); i++) {
		void *function = dlsym(handle, functions[i].name);

		/* POSIX has pointers to functions fit into void *. */
		memcpy((char *)&library + functions[i].offset, &function,
		       sizeof(function));
		if (function)
			continue;
		dlclose(handle);
		handle = NULL;
	}
	if (!handle) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "mbusd cannot be asked without libcurl: %s; install libcurl4",
			      dlerror());
		return NULL;
	}
	return &library;
}
