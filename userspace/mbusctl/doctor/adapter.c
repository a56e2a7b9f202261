// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Serial ports and what may prevent a bus on them: permissions, programs that
 * take them, power saving, delays. By sysfs, so that another root can be
 * looked at, too; no port is opened.
 */
#include <dirent.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor/finding.h"

struct port {
	char tty[64];
	char driver[64];
	char device[16];		/* "166:2" */
	char usb[DOCTOR_PATH_MAX];	/* its adapter, below /sys; "" on board */
	char vid[8], pid[8];
};

static void get_link_name(const struct findings *findings, const char *path,
			  char *out, size_t size)
{
	char full[DOCTOR_PATH_MAX], target[PATH_MAX];
	ssize_t len = readlink(doctor_path(findings, full, "%s", path), target,
			       sizeof(target) - 1);
	const char *name;

	*out = '\0';
	if (len < 0)
		return;
	target[len] = '\0';
	name = strrchr(target, '/');
	snprintf(out, size, "%.60s", name ? name + 1 : target);
}

/*
 * The driver of the nearest device above the tty; since 6.5 serial_core puts
 * its own bus, serial-base, between a UART and its device.
 */
static void take_driver(const struct findings *findings, const char *device,
			struct port *port)
{
	char path[DOCTOR_PATH_MAX + 16], subsystem[64];

	snprintf(path, sizeof(path), "%.490s/subsystem", device);
	get_link_name(findings, path, subsystem, sizeof(subsystem));
	if (port->driver[0] || !strcmp(subsystem, "serial-base"))
		return;
	snprintf(path, sizeof(path), "%.490s/driver", device);
	get_link_name(findings, path, port->driver, sizeof(port->driver));
}

/* True if the device is the USB adapter. */
static bool take_adapter(const struct findings *findings, const char *device,
			 struct port *port)
{
	char path[DOCTOR_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%.490s/idVendor", device);
	if (!doctor_line(findings, path, port->vid, sizeof(port->vid)))
		return false;
	snprintf(path, sizeof(path), "%.490s/idProduct", device);
	doctor_line(findings, path, port->pid, sizeof(port->pid));
	snprintf(port->usb, sizeof(port->usb), "%.490s", device);
	return true;
}

/* From the tty's device upwards. */
static void take_devices(const struct findings *findings, struct port *port)
{
	char path[DOCTOR_PATH_MAX];
	char *real, *device, *end;

	real = realpath(doctor_path(findings, path, "/sys/class/tty/%s/device",
				    port->tty),
			NULL);
	if (!real)
		return;
	/* The root may be a link itself. */
	device = strstr(real, "/sys/devices/");
	while (device) {
		take_driver(findings, device, port);
		if (take_adapter(findings, device, port))
			break;
		end = strrchr(device + strlen("/sys/devices"), '/');
		if (!end || end == device + strlen("/sys/devices"))
			break;
		*end = '\0';
	}
	free(real);
}

/* Consoles and ptys have no device; a ttyS without a chip has type 0. */
static bool take_port(const struct findings *findings, const char *tty,
		      struct port *port)
{
	char path[DOCTOR_PATH_MAX], type[16];

	*port = (struct port){ 0 };
	snprintf(port->tty, sizeof(port->tty), "%.60s", tty);
	snprintf(path, sizeof(path), "/sys/class/tty/%s/device", port->tty);
	if (!doctor_exists(findings, path))
		return false;
	snprintf(path, sizeof(path), "/sys/class/tty/%s/type", port->tty);
	if (doctor_line(findings, path, type, sizeof(type)) && !strcmp(type, "0"))
		return false;
	snprintf(path, sizeof(path), "/sys/class/tty/%s/dev", port->tty);
	doctor_line(findings, path, port->device, sizeof(port->device));
	take_devices(findings, port);
	return true;
}

/* ---------------------------------------------------------------- rights */

static bool is_member(const char *user, gid_t main_group, gid_t wanted)
{
	gid_t groups[256];
	int count = 256;

	if (getgrouplist(user, main_group, groups, &count) < 0)
		return false;
	for (int i = 0; i < count; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

/* Access to a device node of the calling user; root may do all. */
static void check_rights(struct findings *findings, const char *name)
{
	const struct passwd *user = getpwuid(getuid());
	char path[DOCTOR_PATH_MAX];
	const struct group *group;
	struct stat st;

	doctor_path(findings, path, "/dev/%s", name);
	if (stat(path, &st) < 0 || access(path, R_OK | W_OK) == 0)
		return;
	group = st.st_gid && (st.st_mode & 0060) == 0060 ?
			getgrgid(st.st_gid) : NULL;
	if (!group) {
		finding_add(findings, FINDING_WARNING, "no-permission", name,
			    "only root may open it");
		finding_remedy(findings,
			       strncmp(name, "mbus", 4) ?
				       "give it to the group dialout by a udev rule, or run as root" :
				       "install the udev rule of linux-mbus: 60-mbus.rules, of the package mbus-tools or by 'sudo make install-system'");
	} else if (user && is_member(user->pw_name, user->pw_gid, st.st_gid)) {
		finding_add(findings, FINDING_WARNING, "no-permission", name,
			    "for the group %s; this session began before %s became a member",
			    group->gr_name, user->pw_name);
		finding_remedy(findings, "log in again");
	} else {
		finding_add(findings, FINDING_WARNING, "no-permission", name,
			    "only root and the group %s may open it", group->gr_name);
		finding_remedy(findings,
			       "sudo usermod -aG %s %s, then log in again",
			       group->gr_name, user ? user->pw_name : "USER");
	}
}

static void check_nodes(struct findings *findings)
{
	char path[DOCTOR_PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(doctor_path(findings, path, "/sys/class/mbus"));

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "mbus", 4))
			check_rights(findings, entry->d_name);
	if (dir)
		closedir(dir);
}

static void check_rule(struct findings *findings)
{
	static const char *const files[] = {
		"/etc/udev/rules.d/60-mbus.rules",
		"/lib/udev/rules.d/60-mbus.rules",
		"/usr/lib/udev/rules.d/60-mbus.rules",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (doctor_exists(findings, files[i]))
			return;
	finding_add(findings, FINDING_WARNING, "udev-rule-missing", "",
		    "60-mbus.rules is not installed: only root may open /dev/mbusN");
	finding_remedy(findings,
		       "install the package mbus-tools, or from a source tree: sudo make install-system");
}

/* ------------------------------------------------- programs that use ports */

/* A property that udev gave the tty, from its database. */
static bool has_property(const struct findings *findings,
			 const struct port *port, const char *property)
{
	char path[DOCTOR_PATH_MAX];

	snprintf(path, sizeof(path), "/run/udev/data/c%s", port->device);
	return doctor_has_line(findings, path, "E:", property, NULL);
}

static void check_modem_manager(struct findings *findings,
				const struct port *port)
{
	if (!port->usb[0] || !doctor_runs(findings, "ModemManager") ||
	    has_property(findings, port, "ID_MM_DEVICE_IGNORE=1") ||
	    has_property(findings, port, "ID_MM_PORT_IGNORE=1"))
		return;
	finding_add(findings, FINDING_WARNING, "modemmanager", port->tty,
		    "ModemManager may open it and send modem commands");
	finding_remedy(findings,
		       "in /etc/udev/rules.d/61-mbus-adapter.rules: SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"%s\", ATTRS{idProduct}==\"%s\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"; then plug it in again",
		       port->vid, port->pid);
}

/* brltty's rules name adapters as PRODUCT has them: without leading zeros. */
static bool is_braille(const struct findings *findings, const char *vid,
		       const char *pid)
{
	static const char *const folders[] = {
		"/lib/udev/rules.d", "/usr/lib/udev/rules.d",
		"/etc/udev/rules.d",
	};
	char path[DOCTOR_PATH_MAX], product[24];
	bool found = false;

	snprintf(product, sizeof(product), "\"%lx/%lx/", strtoul(vid, NULL, 16),
		 strtoul(pid, NULL, 16));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct dirent *entry;
		DIR *dir = opendir(doctor_path(findings, path, "%s", folders[i]));

		while (dir && !found && (entry = readdir(dir))) {
			if (!strstr(entry->d_name, "brltty"))
				continue;
			snprintf(path, sizeof(path), "%s/%.200s", folders[i],
				 entry->d_name);
			found = doctor_has_line(findings, path, product, NULL);
		}
		if (dir)
			closedir(dir);
	}
	return found;
}

/* By USB device: the tty of one that brltty has taken is gone. */
static void check_brltty(struct findings *findings)
{
	char path[DOCTOR_PATH_MAX], vid[8], pid[8], subject[24];
	struct dirent *entry;
	DIR *dir = opendir(doctor_path(findings, path, "/sys/bus/usb/devices"));

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/bus/usb/devices/%.60s/idVendor",
			 entry->d_name);
		if (!doctor_line(findings, path, vid, sizeof(vid)))
			continue;
		snprintf(path, sizeof(path), "/sys/bus/usb/devices/%.60s/idProduct",
			 entry->d_name);
		if (!doctor_line(findings, path, pid, sizeof(pid)) ||
		    !is_braille(findings, vid, pid))
			continue;
		snprintf(subject, sizeof(subject), "%s:%s", vid, pid);
		finding_add(findings, FINDING_WARNING, "brltty", subject,
			    "brltty uses this adapter as a braille display and removes its tty");
		finding_remedy(findings,
			       "sudo apt remove brltty, or: sudo systemctl mask brltty-udev.service; then plug it in again");
	}
	if (dir)
		closedir(dir);
}

/* -------------------------------------------------------- power and delay */

static void check_autosuspend(struct findings *findings, const struct port *port)
{
	char path[DOCTOR_PATH_MAX + 32], line[16];

	snprintf(path, sizeof(path), "%s/power/control", port->usb);
	if (!port->usb[0] || !doctor_line(findings, path, line, sizeof(line)) ||
	    strcmp(line, "auto"))
		return;
	finding_add(findings, FINDING_WARNING, "autosuspend", port->tty,
		    "its adapter may be suspended while it is idle; some adapters then lose bytes or the supply of the bus");
	finding_remedy(findings,
		       "echo on | sudo tee %s/power/control; permanently: in /etc/udev/rules.d/61-mbus-adapter.rules: SUBSYSTEM==\"usb\", ATTR{idVendor}==\"%s\", ATTR{idProduct}==\"%s\", ATTR{power/control}=\"on\"",
		       port->usb, port->vid, port->pid);
}

static void check_latency(struct findings *findings, const struct port *port)
{
	char path[DOCTOR_PATH_MAX], line[16];

	snprintf(path, sizeof(path), "/sys/bus/usb-serial/devices/%s/latency_timer",
		 port->tty);
	if (!doctor_line(findings, path, line, sizeof(line)) ||
	    strtoul(line, NULL, 10) <= 1)
		return;
	finding_add(findings, FINDING_NOTE, "latency-timer", port->tty,
		    "the adapter collects received bytes for up to %lu ms, which delays each answer",
		    strtoul(line, NULL, 10));
	finding_remedy(findings,
		       "echo 1 | sudo tee /sys/bus/usb-serial/devices/%s/latency_timer",
		       port->tty);
}

static void check_port(struct findings *findings, const struct port *port)
{
	finding_add(findings, FINDING_OK, "port", port->tty, "%s%s%s%s%s",
		    port->driver[0] ? port->driver : "no driver",
		    port->vid[0] ? ", " : "", port->vid,
		    port->vid[0] ? ":" : "", port->pid);
	check_rights(findings, port->tty);
	check_modem_manager(findings, port);
	check_autosuspend(findings, port);
	check_latency(findings, port);
}

static int no_dot(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

void doctor_adapters(struct findings *findings)
{
	char path[DOCTOR_PATH_MAX];
	struct dirent **names;
	bool any = false;
	struct port port;
	int count;

	count = scandir(doctor_path(findings, path, "/sys/class/tty"), &names,
			no_dot, versionsort);
	for (int i = 0; i < count; i++) {
		if (take_port(findings, names[i]->d_name, &port)) {
			check_port(findings, &port);
			any = true;
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	if (!any) {
		finding_add(findings, FINDING_WARNING, "no-port", "",
			    "no serial port found");
		finding_remedy(findings,
			       "plug in the adapter; without one, use a gateway: mbusctl attach --tcp HOST:PORT");
	}
	check_brltty(findings);
	check_rule(findings);
	check_nodes(findings);
}
