/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds things by name in constant time: a hash table. The caller locks.
 */
#ifndef MBUSD_INDEX_H
#define MBUSD_INDEX_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed at first. */
struct index {
	struct index_slot {
		const char *name;	/* NULL: free */
		void *thing;
	} *slots;
	size_t size, count;		/* of slots, a power of 2; in use */
};

/*
 * @name is not copied and must live as long as the index. Returns false without
 * memory. A second thing of the same name is ignored.
 */
bool index_add(struct index *index, const char *name, void *thing);
/* NULL if there is none. */
void *index_find(const struct index *index, const char *name);
void index_free(struct index *index);

#endif
