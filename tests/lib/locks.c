// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked with what runs the threads of mbusd: a mutex may only be unlocked by the
 * thread that has locked it. A lock that is missing damages data too rarely for a
 * test to notice.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	static __typeof__(&pthread_mutex_unlock) next;

	if (!next)
		next = (__typeof__(next))dlsym(RTLD_NEXT, __func__);
	if (mutex->__data.__owner != gettid()) {
		fputs("a mutex is unlocked that this thread has not locked\n",
		      stderr);
		abort();
	}
	return next(mutex);
}
