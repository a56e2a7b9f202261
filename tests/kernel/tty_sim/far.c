// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test's end of a wire: what a meter says, and the commands.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "pair.h"

static int far_install(struct tty_driver *driver, struct tty_struct *tty)
{
	return tty_port_install(&tty_pair(tty)->far, driver, tty);
}

static int far_open(struct tty_struct *tty, struct file *file)
{
	return tty_port_open(tty->port, tty, file);
}

static sim_written far_write(struct tty_struct *tty, const u8 *bytes,
			     sim_count count)
{
	struct sim_pair *pair = tty_pair(tty);
	struct sim_byte byte = {};
	unsigned int taken;

	spin_lock_irq(&pair->lock);
	for (taken = 0; taken < count; taken++) {
		byte.byte = bytes[taken];
		if (!kfifo_put(&pair->rx, byte))
			break;
	}
	if (taken)
		sim_start_rx(pair);
	spin_unlock_irq(&pair->lock);
	return taken;
}

static unsigned int far_write_room(struct tty_struct *tty)
{
	return kfifo_avail(&tty_pair(tty)->rx);
}

static int far_set(struct sim_pair *pair, const void __user *argp)
{
	struct tty_sim_settings settings;

	if (copy_from_user(&settings, argp, sizeof(settings)))
		return -EFAULT;
	spin_lock_irq(&pair->lock);
	pair->settings = settings;
	pair->info.hanging = false;
	spin_unlock_irq(&pair->lock);
	wake_up_all(&pair->hang_wait);
	return 0;
}

static int far_send(struct sim_pair *pair, const void __user *argp)
{
	struct tty_sim_bytes *bytes;
	struct sim_byte byte;
	unsigned int i;

	bytes = memdup_user(argp, sizeof(*bytes));
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	spin_lock_irq(&pair->lock);
	for (i = 0; i < min_t(u32, bytes->count, TTY_SIM_BYTES); i++) {
		byte.byte = bytes->bytes[i];
		byte.errors = bytes->errors[i];
		kfifo_put(&pair->rx, byte);
	}
	sim_start_rx(pair);
	spin_unlock_irq(&pair->lock);
	kfree(bytes);
	return 0;
}

static int far_wake(struct sim_pair *pair, const void __user *argp)
{
	struct tty_sim_wakeups wakeups;

	if (copy_from_user(&wakeups, argp, sizeof(wakeups)))
		return -EFAULT;
	spin_lock_irq(&pair->lock);
	pair->wakes = wakeups.count;
	pair->wake_ns = max(wakeups.us, 1U) * NSEC_PER_USEC;
	if (pair->wakes)
		hrtimer_start(&pair->wake_timer, ns_to_ktime(pair->wake_ns),
			      HRTIMER_MODE_REL);
	spin_unlock_irq(&pair->lock);
	return 0;
}

static int far_get_info(struct sim_pair *pair, void __user *argp)
{
	struct tty_sim_info info;

	spin_lock_irq(&pair->lock);
	info = pair->info;
	spin_unlock_irq(&pair->lock);
	return copy_to_user(argp, &info, sizeof(info)) ? -EFAULT : 0;
}

/*
 * A USB serial driver hangs up and then removes the device, serial_core removes
 * the device first.
 */
static int far_unplug(struct sim_pair *pair, bool device_first)
{
	struct tty_struct *tty;

	if (!pair->plugged)
		return -ENODEV;
	WRITE_ONCE(pair->plugged, false);
	wake_up_all(&pair->hang_wait);
	tty = tty_port_tty_get(&pair->tested);
	if (device_first)
		tty_unregister_device(sim_tested_driver, pair - sim_pairs);
	if (tty) {
		tty_vhangup(tty);
		tty_kref_put(tty);
	}
	if (!device_first)
		tty_unregister_device(sim_tested_driver, pair - sim_pairs);
	return 0;
}

int sim_plug(struct sim_pair *pair)
{
	struct device *dev;

	if (pair->plugged)
		return -EBUSY;
	dev = tty_port_register_device(&pair->tested, sim_tested_driver,
				       pair - sim_pairs, NULL);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	WRITE_ONCE(pair->plugged, true);
	return 0;
}

static int far_ioctl(struct tty_struct *tty, unsigned int cmd,
		     unsigned long arg)
{
	struct sim_pair *pair = tty_pair(tty);
	void __user *argp = (void __user *)arg;

	switch (cmd) {
	case TTY_SIM_IOC_SET:
		return far_set(pair, argp);
	case TTY_SIM_IOC_SEND:
		return far_send(pair, argp);
	case TTY_SIM_IOC_WAKE:
		return far_wake(pair, argp);
	case TTY_SIM_IOC_GET_INFO:
		return far_get_info(pair, argp);
	case TTY_SIM_IOC_HANGUP:
		tty_port_tty_hangup(&pair->tested, false);
		return 0;
	case TTY_SIM_IOC_UNPLUG:
		return far_unplug(pair, false);
	case TTY_SIM_IOC_UNBIND:
		return far_unplug(pair, true);
	case TTY_SIM_IOC_PLUG:
		return sim_plug(pair);
	default:
		return -ENOIOCTLCMD;
	}
}

const struct tty_operations sim_far_ops = {
	.install = far_install,
	.open = far_open,
	.close = sim_close,
	.hangup = sim_hangup,
	.write = far_write,
	.write_room = far_write_room,
	.ioctl = far_ioctl,
};
