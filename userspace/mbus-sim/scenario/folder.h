/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of the scenarios that are installed with the program. */
#ifndef SIM_FOLDER_H
#define SIM_FOLDER_H

/*
 * The file of scenario @name, to be freed: @name itself if it is a path, else
 * NAME.ini beside the source tree the program was built in, or installed.
 * NULL if there is none.
 */
char *scenario_find(const char *name);

/* Prints their names and descriptions, sorted. Returns how many there are. */
unsigned int scenario_list(void);

#endif
