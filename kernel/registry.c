// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers, class and devices of all buses. A number is free again only when
 * the last file of its bus is closed, so that an open file is never that of
 * another bus.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/xarray.h>

#include "bus.h"
#include "registry.h"

#define MINORS	256

/*
 * All buses by id. An id has a NULL from the bus's unplug to the close of its
 * last file. Under the mutex a bus that is found cannot be freed.
 */
static DEFINE_XARRAY_ALLOC(mbus_buses);
static DEFINE_MUTEX(mbus_buses_mutex);

/* Counts attaching and detaching, under the mutex: a dump sees if one came. */
static unsigned int mbus_buses_seq = 1;

static dev_t first_dev;
static const struct mbus_bus_ops *bus_ops;
static const struct file_operations *bus_fops;

static struct mbus_bus *dev_to_bus(struct device *dev)
{
	return container_of(dev, struct mbus_bus, dev);
}

static ssize_t tty_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%s\n", dev_to_bus(dev)->tty_name);
}
static DEVICE_ATTR_RO(tty);

static ssize_t baud_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct mbus_status status;

	mbus_bus_get_status(dev_to_bus(dev), &status);
	return sysfs_emit(buf, "%u\n", status.notice.baud);
}
static DEVICE_ATTR_RO(baud);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	static const char *const names[] = {
		[METERBUS_STATE_IDLE] = "idle",
		[METERBUS_STATE_BUSY] = "busy",
		[METERBUS_STATE_HELD] = "held",
		[METERBUS_STATE_NO_LINK] = "no-link",
	};
	struct mbus_status status;

	mbus_bus_get_status(dev_to_bus(dev), &status);
	return sysfs_emit(buf, "%s\n", names[status.state]);
}
static DEVICE_ATTR_RO(state);

static struct attribute *mbus_attrs[] = {
	&dev_attr_tty.attr,
	&dev_attr_baud.attr,
	&dev_attr_state.attr,
	NULL
};
ATTRIBUTE_GROUPS(mbus);

static struct class mbus_class = {
	.name = "mbus",
	.dev_groups = mbus_groups,
};

static void free_id(u32 id)
{
	mutex_lock(&mbus_buses_mutex);
	xa_erase(&mbus_buses, id);
	mutex_unlock(&mbus_buses_mutex);
}

/* Called with the last reference dropped, in any context. */
static void bus_dev_release(struct device *dev)
{
	struct mbus_bus *bus = dev_to_bus(dev);

	free_id(bus->id);
	mbus_bus_free(bus);
}

/* Lets mbus_registry_get() find a bus, or no longer. */
static void publish(int id, struct mbus_bus *bus)
{
	mutex_lock(&mbus_buses_mutex);
	/* The entry exists: nothing is allocated that could fail. */
	xa_store(&mbus_buses, id, bus, GFP_KERNEL);
	/* Zero means to netlink that nothing is known of consistency. */
	if (!++mbus_buses_seq)
		mbus_buses_seq = 1;
	mutex_unlock(&mbus_buses_mutex);
}

/**
 * mbus_registry_get() - a bus with a reference
 * @id: N of /dev/mbusN
 *
 * Return: the bus, or NULL if no tty is attached as that.
 */
struct mbus_bus *mbus_registry_get(u32 id)
{
	struct mbus_bus *bus;

	mutex_lock(&mbus_buses_mutex);
	bus = xa_load(&mbus_buses, id);
	if (bus)
		get_device(&bus->dev);
	mutex_unlock(&mbus_buses_mutex);
	return bus;
}

/**
 * mbus_registry_next() - the first bus from an id on, with a reference
 * @id: the first id to consider; on return the id of the bus
 * @seq: filled; another number than before if a bus came or went
 *
 * Return: the bus or NULL.
 */
struct mbus_bus *mbus_registry_next(u32 *id, unsigned int *seq)
{
	struct mbus_bus *bus;
	unsigned long next = *id;

	mutex_lock(&mbus_buses_mutex);
	*seq = mbus_buses_seq;
	bus = xa_find(&mbus_buses, &next, MINORS - 1, XA_PRESENT);
	if (bus) {
		get_device(&bus->dev);
		*id = next;
	}
	mutex_unlock(&mbus_buses_mutex);
	return bus;
}

/**
 * mbus_registry_put() - give a reference back
 * @bus: the bus
 */
void mbus_registry_put(struct mbus_bus *bus)
{
	put_device(&bus->dev);
}

static int new_id(u32 *id)
{
	int ret;

	mutex_lock(&mbus_buses_mutex);
	ret = xa_alloc(&mbus_buses, id, NULL, XA_LIMIT(0, MINORS - 1),
		       GFP_KERNEL);
	mutex_unlock(&mbus_buses_mutex);
	return ret;
}

/*
 * From here on the bus is freed by put_device() only. It has no parent: drivers
 * of ports remove the tty's device before they hang up the tty, and with it
 * would go the directory of ours; the attribute "tty" names it.
 */
static void init_device(struct mbus_bus *bus)
{
	device_initialize(&bus->dev);
	bus->dev.class = &mbus_class;
	bus->dev.release = bus_dev_release;
	bus->dev.devt = MKDEV(MAJOR(first_dev), bus->id);
	cdev_init(&bus->cdev, bus_fops);
	bus->cdev.owner = THIS_MODULE;
}

/**
 * mbus_registry_attach() - make a tty a bus, ready for users
 * @tty: stays the bus's until mbus_registry_detach()
 *
 * From the line discipline's open: nothing is received yet.
 *
 * Return: the bus or an ERR_PTR().
 */
struct mbus_bus *mbus_registry_attach(struct tty_struct *tty)
{
	struct mbus_bus *bus;
	int ret;
	u32 id;

	ret = new_id(&id);
	if (ret)
		return ERR_PTR(ret);
	bus = mbus_bus_alloc(tty, bus_ops);
	if (!bus) {
		free_id(id);
		return ERR_PTR(-ENOMEM);
	}
	bus->id = id;
	init_device(bus);
	ret = dev_set_name(&bus->dev, "mbus%d", bus->id);
	if (ret)
		goto put_device;
	ret = cdev_device_add(&bus->cdev, &bus->dev);
	if (ret)
		goto put_device;
	publish(bus->id, bus);
	mbus_bus_start(bus);
	return bus;

put_device:
	put_device(&bus->dev);
	return ERR_PTR(ret);
}

/**
 * mbus_registry_detach() - the tty of a bus is going away
 * @bus: the bus
 *
 * From the line discipline's close. Bounded: nothing waits for the wire.
 */
void mbus_registry_detach(struct mbus_bus *bus)
{
	publish(bus->id, NULL);
	mbus_bus_stop(bus);
	cdev_device_del(&bus->cdev, &bus->dev);
	put_device(&bus->dev);
}

/**
 * mbus_registry_init() - prepare for buses
 * @ops: callbacks of every bus
 * @fops: operations of /dev/mbusN
 *
 * Return: 0 or a negative errno.
 */
int mbus_registry_init(const struct mbus_bus_ops *ops,
		       const struct file_operations *fops)
{
	int ret;

	bus_ops = ops;
	bus_fops = fops;
	ret = class_register(&mbus_class);
	if (ret)
		return ret;
	ret = alloc_chrdev_region(&first_dev, 0, MINORS, "mbus");
	if (ret)
		class_unregister(&mbus_class);
	return ret;
}

void mbus_registry_exit(void)
{
	unregister_chrdev_region(first_dev, MINORS);
	class_unregister(&mbus_class);
	xa_destroy(&mbus_buses);
}
