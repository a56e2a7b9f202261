// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The words for what a transaction can end as, and for why bytes are no frame.
 */
#include <meterbus/link.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const char *const outcome_names[MBUS_OUTCOME_COUNT] = {
	[MBUS_OUTCOME_NONE]		= "none",
	[MBUS_OUTCOME_ACK]		= "ack",
	[MBUS_OUTCOME_FRAME]		= "frame",
	[MBUS_OUTCOME_SILENCE]		= "silence",
	[MBUS_OUTCOME_COLLISION]	= "collision",
	[MBUS_OUTCOME_GARBLED]		= "garbled",
	[MBUS_OUTCOME_ECHO_ONLY]	= "echo-only",
	[MBUS_OUTCOME_UNPLUGGED]	= "unplugged",
};

static const char *const reason_names[MBUS_REASON_COUNT] = {
	[MBUS_REASON_NONE]		= "none",
	[MBUS_REASON_NOISE]		= "noise",
	[MBUS_REASON_NUL]		= "nul",
	[MBUS_REASON_BREAK]		= "break",
	[MBUS_REASON_COMPANY]		= "company",
	[MBUS_REASON_HEADER]		= "header",
	[MBUS_REASON_CHECKSUM]		= "checksum",
	[MBUS_REASON_STOP]		= "stop",
	[MBUS_REASON_TRUNCATED]		= "truncated",
	[MBUS_REASON_ECHO]		= "echo",
	[MBUS_REASON_PARITY]		= "parity",
};

static const char *const reason_texts[MBUS_REASON_COUNT] = {
	[MBUS_REASON_NONE]	= "a valid frame",
	[MBUS_REASON_NOISE]	= "nothing in it begins a frame",
	[MBUS_REASON_NUL]	= "a single 00: the converter's collision signal, several meters answered at once",
	[MBUS_REASON_BREAK]	= "a break: the converter's collision signal, several meters answered at once",
	[MBUS_REASON_COMPANY]	= "an E5 that was not alone: several meters answered at once",
	[MBUS_REASON_HEADER]	= "start and length bytes do not fit together",
	[MBUS_REASON_CHECKSUM]	= "the checksum is wrong",
	[MBUS_REASON_STOP]	= "the frame does not end in 16",
	[MBUS_REASON_TRUNCATED]	= "the frame stopped before its end",
	[MBUS_REASON_ECHO]	= "what came back differs from what was sent: something else drives the line",
	[MBUS_REASON_PARITY]	= "an E5 with a parity or framing error",
};

static const char *const kind_names[] = {
	[MBUS_KIND_FRAME]	= "frame",
	[MBUS_KIND_FINDING]	= "finding",
	[MBUS_KIND_OUTCOME]	= "outcome",
};

/* By bit of MBUS_FLAG_*. */
static const char *const flag_names[] = {
	"parity", "framing", "break", "overrun", "own", "late", "unasked",
	"echo", "junk",
};

const char *meterbus_outcome_name(unsigned int outcome)
{
	return outcome < ARRAY_SIZE(outcome_names) ? outcome_names[outcome] :
						     "unknown";
}

const char *meterbus_reason_name(unsigned int reason)
{
	return reason < ARRAY_SIZE(reason_names) ? reason_names[reason] :
						   "unknown";
}

const char *meterbus_reason_text(unsigned int reason)
{
	return reason < ARRAY_SIZE(reason_texts) ? reason_texts[reason] :
						   "unknown to this program";
}

const char *meterbus_kind_name(unsigned int kind)
{
	return kind && kind < ARRAY_SIZE(kind_names) ? kind_names[kind] :
						       "unknown";
}

const char *meterbus_flag_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(flag_names) ? flag_names[bit] : "unknown";
}
