// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/fail_open.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS_MAX 256

/* Whether the system's files name this process' user in group @gid. */
static bool is_member(gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	struct passwd entry, *user = NULL;
	int count = GROUPS_MAX;
	char text[4096];

	if (getpwuid_r(getuid(), &entry, text, sizeof(text), &user) || !user ||
	    getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0)
		return false;
	for (int i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static int fail_permission(const char *path, struct meterbus_error *err)
{
	struct group entry, *group = NULL;
	struct stat st;
	char text[4096];

	if (stat(path, &st) < 0)
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "no permission to open %s", path);
	if (st.st_gid && (st.st_mode & 0060) == 0060)
		getgrgid_r(st.st_gid, &entry, text, sizeof(text), &group);
	if (!group)
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "no permission to open %s, which no group may use; run as root, or give it to a group by a udev rule",
				     path);
	return meterbus_fail(err, METERBUS_E_PERMISSION,
			     "no permission to open %s, which is for root and the group %s; %s",
			     path, group->gr_name,
			     is_member(st.st_gid) ?
				     "this session is older than your membership: log in again" :
				     "become a member of it and log in again");
}

int fail_open(const char *path, struct meterbus_error *err)
{
	if (errno == EACCES || errno == EPERM)
		return fail_permission(path, err);
	return meterbus_fail(err, METERBUS_E_SYSTEM, "cannot open %s: %s", path,
			     strerror(errno));
}
