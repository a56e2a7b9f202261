// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <stdio.h>

#include <meterbus/error.h>

const char *meterbus_error_name(enum meterbus_error_kind kind)
{
	static const char *const names[METERBUS_ERROR_KINDS] = {
		[METERBUS_OK]		= "ok",
		[METERBUS_E_USAGE]	= "usage",
		[METERBUS_E_NO_BUS]	= "no-bus",
		[METERBUS_E_NO_TTY]	= "no-tty",
		[METERBUS_E_PERMISSION]	= "permission",
		[METERBUS_E_BUSY]	= "busy",
		[METERBUS_E_UNPLUGGED]	= "unplugged",
		[METERBUS_E_SILENCE]	= "silence",
		[METERBUS_E_COLLISION]	= "collision",
		[METERBUS_E_GARBLED]	= "garbled",
		[METERBUS_E_UNREADABLE]	= "unreadable",
		[METERBUS_E_DECODE]	= "decode",
		[METERBUS_E_SYSTEM]	= "system",
		[METERBUS_E_NO_LINK]	= "no-link",
	};

	return (unsigned int)kind < METERBUS_ERROR_KINDS ? names[kind] :
							   "system";
}

const char *meterbus_readout_outcome(enum meterbus_error_kind kind)
{
	return kind == METERBUS_OK ? "read" : meterbus_error_name(kind);
}

/* Part of it is quoted from outside and may be anything. */
static void make_printable(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			*c = '?';
}

__attribute__((format(printf, 5, 0)))
static void set(struct meterbus_error *err, enum meterbus_error_kind kind,
		enum meterbus_hint hint, const char *about, const char *format,
		va_list args)
{
	err->kind = kind;
	err->hint = hint;
	snprintf(err->about, sizeof(err->about), "%s", about ? about : "");
	vsnprintf(err->text, sizeof(err->text), format, args);
	make_printable(err->about);
	make_printable(err->text);
}

int meterbus_fail(struct meterbus_error *err, enum meterbus_error_kind kind,
		  const char *format, ...)
{
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	set(err, kind, METERBUS_HINT_NONE, NULL, format, args);
	va_end(args);
	return -1;
}

int meterbus_fail_hint(struct meterbus_error *err,
		       enum meterbus_error_kind kind, enum meterbus_hint hint,
		       const char *about, const char *format, ...)
{
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	set(err, kind, hint, about, format, args);
	va_end(args);
	return -1;
}
