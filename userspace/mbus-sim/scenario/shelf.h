/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scenarios that come with the program, known by name. */
#ifndef SIM_SHELF_H
#define SIM_SHELF_H

/*
 * The file of scenario @name, to be freed: @name itself if it is a path, else
 * NAME.ini beside the source tree the program was built in, or installed.
 * NULL if there is none.
 */
char *shelf_find(const char *name);

/* Prints their names and descriptions, sorted. Returns how many there are. */
unsigned int shelf_list(void);

#endif
