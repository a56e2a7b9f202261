// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a test in C, linked with --wrap=_exit. The harness runs each test
 * in a child that ends with _exit(), which LeakSanitizer does not check: a test
 * that passes and has leaked memory fails here.
 */
#include <sanitizer/lsan_interface.h>
#include <stdio.h>

#define LEAKS	99

void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

void __wrap__exit(int status)
{
	if (!status && __lsan_do_recoverable_leak_check())
		status = LEAKS;
	fflush(NULL);
	__real__exit(status);
}
