/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of 'mbusctl setup', in their order. Each prints what it does and
 * returns STATUS_OK or what fail() returned.
 */
#ifndef MBUSCTL_SETUP_STEPS_H
#define MBUSCTL_SETUP_STEPS_H

#include "setup/setup.h"

int setup_choose_port(struct setup *setup);
int setup_write_rules(const struct setup *setup);
int setup_attach(struct setup *setup);
/* Searches, shows the first readings, writes the bus and its meters. */
int setup_search(struct setup *setup);
int setup_broker(struct setup *setup);
void setup_detach(struct setup *setup);
/* Prints the summary of the configuration that mbusd --check makes. */
int setup_check(const struct setup *setup);
int setup_start(const struct setup *setup);

#endif
