/* SPDX-License-Identifier: GPL-2.0-only */
/* All buses: their numbers and their devices. */
#ifndef MBUS_REGISTRY_H
#define MBUS_REGISTRY_H

#include <linux/types.h>

struct file_operations;
struct mbus_bus;
struct mbus_bus_ops;
struct tty_struct;

int mbus_registry_init(const struct mbus_bus_ops *ops,
		       const struct file_operations *fops);
void mbus_registry_exit(void);

struct mbus_bus *mbus_registry_attach(struct tty_struct *tty);
void mbus_registry_detach(struct mbus_bus *bus);

struct mbus_bus *mbus_registry_get(u32 id);
struct mbus_bus *mbus_registry_next(u32 *id, unsigned int *seq);
void mbus_registry_put(struct mbus_bus *bus);

#endif
