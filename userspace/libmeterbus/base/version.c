// SPDX-License-Identifier: LGPL-2.1-or-later
#include <meterbus/version.h>

#define TEXT(number) #number
#define DOTTED(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

unsigned int meterbus_version(void)
{
	return METERBUS_VERSION;
}

const char *meterbus_version_text(void)
{
	return DOTTED(METERBUS_VERSION_MAJOR, METERBUS_VERSION_MINOR,
		      METERBUS_VERSION_PATCH);
}
