/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The version of the library, and what all headers have in common.
 */
#ifndef METERBUS_VERSION_H
#define METERBUS_VERSION_H

/* Of the headers that a program is compiled with. */
#define METERBUS_VERSION_MAJOR 0
#define METERBUS_VERSION_MINOR 2
#define METERBUS_VERSION_PATCH 0

/* For comparisons: METERBUS_VERSION >= METERBUS_VERSION_OF(0, 3, 0). */
#define METERBUS_VERSION_OF(major, minor, patch) \
	((major) * 1000000 + (minor) * 1000 + (patch))
#define METERBUS_VERSION                                              \
	METERBUS_VERSION_OF(METERBUS_VERSION_MAJOR, METERBUS_VERSION_MINOR, \
			    METERBUS_VERSION_PATCH)

/*
 * All that is declared between these two is exported, in C++ with C's linkage;
 * everything else in the library is hidden.
 */
#ifdef __cplusplus
#define METERBUS_BEGIN_DECLS \
	extern "C" {         \
	_Pragma("GCC visibility push(default)")
#define METERBUS_END_DECLS             \
	_Pragma("GCC visibility pop") \
	}
#else
#define METERBUS_BEGIN_DECLS _Pragma("GCC visibility push(default)")
#define METERBUS_END_DECLS _Pragma("GCC visibility pop")
#endif

METERBUS_BEGIN_DECLS

/* METERBUS_VERSION of the library that the program runs with. */
unsigned int meterbus_version(void);
/* The same as text, "0.2.0". */
const char *meterbus_version_text(void);

METERBUS_END_DECLS

#endif
