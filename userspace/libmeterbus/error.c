// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdio.h>

#include <meterbus/error.h>

int meterbus_fail(struct meterbus_error *err, enum meterbus_error_kind kind,
		  const char *format, ...)
{
	va_list args;

	if (!err)
		return -1;
	err->kind = kind;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	/* What the caller gave is quoted, and may be anything. */
	for (char *c = err->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			*c = '?';
	return -1;
}
