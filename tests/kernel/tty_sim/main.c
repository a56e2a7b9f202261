// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs of ports for tests, see tty_sim.h.
 */
#include <linux/module.h>

#include "pair.h"

struct sim_pair sim_pairs[TTY_SIM_PAIRS];
struct tty_driver *sim_tested_driver;
static struct tty_driver *far_driver;

static struct tty_driver *sim_driver(const char *name,
				     const struct tty_operations *ops)
{
	struct tty_driver *driver;
	int ret;

	driver = tty_alloc_driver(TTY_SIM_PAIRS, TTY_DRIVER_REAL_RAW |
				  TTY_DRIVER_DYNAMIC_DEV);
	if (IS_ERR(driver))
		return driver;
	driver->driver_name = name;
	driver->name = name;
	driver->type = TTY_DRIVER_TYPE_SERIAL;
	driver->subtype = SERIAL_TYPE_NORMAL;
	driver->init_termios = tty_std_termios;
	/* Raw: an echo of the far end's would look like a meter's answer. */
	driver->init_termios.c_iflag = 0;
	driver->init_termios.c_oflag = 0;
	driver->init_termios.c_lflag = 0;
	driver->init_termios.c_cflag |= CLOCAL;
	tty_set_operations(driver, ops);
	ret = tty_register_driver(driver);
	if (ret) {
		tty_driver_kref_put(driver);
		return ERR_PTR(ret);
	}
	return driver;
}

static void sim_remove(void)
{
	unsigned int i;

	for (i = 0; i < TTY_SIM_PAIRS; i++) {
		if (sim_pairs[i].plugged)
			tty_unregister_device(sim_tested_driver, i);
		tty_unregister_device(far_driver, i);
		tty_port_destroy(&sim_pairs[i].tested);
		tty_port_destroy(&sim_pairs[i].far);
	}
	tty_unregister_driver(far_driver);
	tty_driver_kref_put(far_driver);
	tty_unregister_driver(sim_tested_driver);
	tty_driver_kref_put(sim_tested_driver);
}

static int __init sim_init(void)
{
	struct device *dev;
	unsigned int i;

	sim_tested_driver = sim_driver("ttyMBT", &sim_tested_ops);
	if (IS_ERR(sim_tested_driver))
		return PTR_ERR(sim_tested_driver);
	far_driver = sim_driver("ttyMBF", &sim_far_ops);
	if (IS_ERR(far_driver)) {
		tty_unregister_driver(sim_tested_driver);
		tty_driver_kref_put(sim_tested_driver);
		return PTR_ERR(far_driver);
	}
	for (i = 0; i < TTY_SIM_PAIRS; i++)
		sim_pair_init(&sim_pairs[i]);
	for (i = 0; i < TTY_SIM_PAIRS; i++) {
		sim_plug(&sim_pairs[i]);
		dev = tty_port_register_device(&sim_pairs[i].far, far_driver,
					       i, NULL);
		if (IS_ERR(dev) || !sim_pairs[i].plugged) {
			sim_remove();
			return -ENOMEM;
		}
	}
	return 0;
}

static void __exit sim_exit(void)
{
	sim_remove();
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_DESCRIPTION("Serial ports that misbehave on command, for tests");
MODULE_AUTHOR("linux-mbus developers");
MODULE_LICENSE("GPL");
