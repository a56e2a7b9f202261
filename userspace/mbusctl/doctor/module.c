// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel module: is it installed for this kernel, may it be loaded, and does
 * attaching a tty load it?
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <meterbus/version.h>

#include "doctor/finding.h"

#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOCKDOWN "/sys/kernel/security/lockdown"
#define RELEASE "/proc/sys/kernel/osrelease"
#define AUTOLOAD "/proc/sys/dev/tty/ldisc_autoload"

/* The release of the running kernel. */
static void get_release(const struct findings *findings, char *out, size_t size)
{
	struct utsname name;

	if (doctor_line(findings, RELEASE, out, size))
		return;
	uname(&name);
	snprintf(out, size, "%.60s", name.release);
}

/* The module's file below /lib/modules/@release, by modules.dep. */
static bool find_module(const struct findings *findings, const char *release,
			char *out, size_t size)
{
	static const char *const folders[] = { "/lib/modules", "/usr/lib/modules" };
	char path[DOCTOR_PATH_MAX], *line = NULL;
	size_t line_size = 0;
	bool found = false;

	for (int i = 0; i < 2 && !found; i++) {
		FILE *in = fopen(doctor_path(findings, path,
					     "%s/%s/modules.dep", folders[i],
					     release), "re");

		while (in && !found && getline(&line, &line_size, in) >= 0) {
			char *end = strchr(line, ':');
			const char *name;

			if (!end)
				continue;
			*end = '\0';
			name = strrchr(line, '/');
			name = name ? name + 1 : line;
			if (strcmp(name, "mbus.ko") &&
			    strncmp(name, "mbus.ko.", 8))
				continue;
			snprintf(out, size, "%s/%s/%s", folders[i], release,
				 line);
			found = true;
		}
		if (in)
			fclose(in);
	}
	free(line);
	return found;
}

/* Signer of the module's file, "" for none; false if modinfo(8) fails. */
static bool get_signer(const struct findings *findings, const char *file,
		       char *out, size_t size)
{
	char path[DOCTOR_PATH_MAX], command[DOCTOR_PATH_MAX + 100];
	FILE *in;

	*out = '\0';
	doctor_path(findings, path, "%s", file);
	/* It goes through a shell. */
	if (strchr(path, '\''))
		return false;
	snprintf(command, sizeof(command),
		 "PATH=$PATH:/usr/sbin:/sbin modinfo -F signer '%s' 2>/dev/null",
		 path);
	in = popen(command, "re");
	if (!in)
		return false;
	if (!fgets(out, (int)size, in))
		*out = '\0';
	out[strcspn(out, "\n")] = '\0';
	return pclose(in) == 0;
}

/* The firmware's variable: four bytes of attributes, then 1 if it is on. */
static bool secure_boot(const struct findings *findings)
{
	unsigned char bytes[5] = { 0 };
	char path[DOCTOR_PATH_MAX];
	FILE *in = fopen(doctor_path(findings, path, SECURE_BOOT), "re");
	size_t len;

	if (!in)
		return false;
	len = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	return len == sizeof(bytes) && bytes[4] == 1;
}

/* "none [integrity] confidentiality" */
static bool locked_down(const struct findings *findings)
{
	char line[80];

	return doctor_line(findings, LOCKDOWN, line, sizeof(line)) &&
	       strchr(line, '[') && !strstr(line, "[none]");
}

static void check_signature(struct findings *findings, const char *file,
			    bool loaded)
{
	bool strict = secure_boot(findings) || locked_down(findings);
	char signer[200];

	if (!get_signer(findings, file, signer, sizeof(signer)))
		return;
	if (*signer) {
		finding_add(findings, FINDING_OK, "module-signature", "mbus",
			    "signed by %s", signer);
		if (strict && !loaded) {
			findings->items[findings->count - 1].level = FINDING_NOTE;
			finding_remedy(findings,
				       "Secure Boot is on: if loading is refused, enroll that key in the firmware: sudo mokutil --import /var/lib/dkms/mok.pub, then restart");
		}
		return;
	}
	if (!strict) {
		finding_add(findings, FINDING_OK, "module-signature", "mbus",
			    "not signed; this kernel requires no signature");
		return;
	}
	finding_add(findings, FINDING_FAULT, "module-unsigned", "mbus",
		    "not signed; with Secure Boot the kernel loads signed modules only");
	finding_remedy(findings,
		       "sign it with DKMS and enroll the key in the firmware: sudo dkms autoinstall --force; sudo mokutil --import /var/lib/dkms/mok.pub; restart");
}

static bool has_headers(const struct findings *findings, const char *release)
{
	char path[DOCTOR_PATH_MAX];

	snprintf(path, sizeof(path), "/lib/modules/%s/build", release);
	return doctor_exists(findings, path);
}

/* In the state "added" DKMS has the source and has not built it. */
static bool has_dkms_source(const struct findings *findings)
{
	char path[DOCTOR_PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(doctor_path(findings, path, "/var/lib/dkms/linux-mbus"));

	while (dir && !found && (entry = readdir(dir)))
		found = entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
	if (dir)
		closedir(dir);
	return found;
}

static void report_missing(struct findings *findings, const char *release)
{
	finding_add(findings, FINDING_FAULT, "module-missing", "mbus",
		    "the module is not installed for the running kernel %s", release);
	if (!has_headers(findings, release))
		finding_remedy(findings,
			       "install its headers: sudo apt install linux-headers-%s; then %s",
			       release,
			       has_dkms_source(findings) ?
				       "DKMS builds the module" :
				       "the package mbus-dkms, or from a source tree: sudo make dkms-install");
	else if (has_dkms_source(findings))
		finding_remedy(findings,
			       "sudo dkms autoinstall; if it fails, see /var/lib/dkms/linux-mbus/*/build/make.log");
	else
		finding_remedy(findings,
			       "install the package mbus-dkms, or from a source tree: sudo make dkms-install");
}

static void check_autoload(struct findings *findings)
{
	char line[16];

	if (!doctor_line(findings, AUTOLOAD, line, sizeof(line)) ||
	    strcmp(line, "0"))
		return;
	if (doctor_has_line(findings, "/etc/modules", "mbus", NULL) ||
	    doctor_has_line(findings, "/etc/modules-load.d/mbus.conf", "mbus",
			    NULL))
		return;
	finding_add(findings, FINDING_WARNING, "module-autoload", "mbus",
		    "attaching a tty does not load the module: dev.tty.ldisc_autoload is 0");
	finding_remedy(findings,
		       "load it at boot: echo mbus | sudo tee /etc/modules-load.d/mbus.conf");
}

void doctor_module(struct findings *findings)
{
	bool loaded = doctor_exists(findings, "/sys/module/mbus");
	char release[80], file[DOCTOR_PATH_MAX];

	get_release(findings, release, sizeof(release));
	finding_add(findings, FINDING_OK, "version", "mbusctl",
		    "version %s on kernel %s", meterbus_version_text(), release);
	if (!find_module(findings, release, file, sizeof(file))) {
		if (!loaded) {
			report_missing(findings, release);
			return;
		}
		finding_add(findings, FINDING_WARNING, "module-not-installed",
			    "mbus",
			    "loaded, but not installed for kernel %s: it will be missing after a restart",
			    release);
		finding_remedy(findings,
			       "install the package mbus-dkms, or from a source tree: sudo make dkms-install");
		return;
	}
	finding_add(findings, FINDING_OK, "module", "mbus",
		    loaded ? "installed for this kernel and loaded" :
			     "installed for this kernel; attaching a tty loads it");
	check_signature(findings, file, loaded);
	if (!loaded)
		check_autoload(findings);
}
