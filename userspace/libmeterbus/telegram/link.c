// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The words for what a transaction can end as, and for why bytes are no frame.
 */
#include <meterbus/link.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define LIST(...) { __VA_ARGS__ }

/* The first is for outcomes of a newer driver. */
static const struct {
	unsigned int outcome;
	const char *name;
} outcome_names[] = METERBUS_OUTCOME_WORDS(LIST, { METERBUS_OUTCOME_COUNT, "unknown" });

static const char *const reason_names[METERBUS_REASON_COUNT] = {
	[METERBUS_REASON_NONE]		= "none",
	[METERBUS_REASON_NOISE]		= "noise",
	[METERBUS_REASON_NUL]		= "nul",
	[METERBUS_REASON_BREAK]		= "break",
	[METERBUS_REASON_COMPANY]		= "company",
	[METERBUS_REASON_HEADER]		= "header",
	[METERBUS_REASON_CHECKSUM]		= "checksum",
	[METERBUS_REASON_STOP]		= "stop",
	[METERBUS_REASON_TRUNCATED]		= "truncated",
	[METERBUS_REASON_ECHO]		= "echo",
	[METERBUS_REASON_PARITY]		= "parity",
};

static const char *const reason_texts[METERBUS_REASON_COUNT] = {
	[METERBUS_REASON_NONE]	= "a valid frame",
	[METERBUS_REASON_NOISE]	= "nothing in it begins a frame",
	[METERBUS_REASON_NUL]	= "a single 00: the converter's collision signal, several meters answered at once",
	[METERBUS_REASON_BREAK]	= "a break: the converter's collision signal, several meters answered at once",
	[METERBUS_REASON_COMPANY]	= "an E5 that was not alone: several meters answered at once",
	[METERBUS_REASON_HEADER]	= "start and length bytes do not fit together",
	[METERBUS_REASON_CHECKSUM]	= "the checksum is wrong",
	[METERBUS_REASON_STOP]	= "the frame does not end in 16",
	[METERBUS_REASON_TRUNCATED]	= "the frame stopped before its end",
	[METERBUS_REASON_ECHO]	= "what came back differs from what was sent: something else drives the line",
	[METERBUS_REASON_PARITY]	= "an E5 with a parity or framing error",
};

static const char *const kind_names[] = {
	[METERBUS_KIND_FRAME]	= "frame",
	[METERBUS_KIND_FINDING]	= "finding",
	[METERBUS_KIND_OUTCOME]	= "outcome",
};

/* By bit of METERBUS_FLAG_*. */
static const char *const flag_names[] = {
	"parity", "framing", "break", "overrun", "own", "late", "unasked",
	"echo", "junk", "doubtful", "babble",
};

const char *meterbus_outcome_name(unsigned int outcome)
{
	for (size_t i = 0; i < ARRAY_SIZE(outcome_names); i++)
		if (outcome_names[i].outcome == outcome)
			return outcome_names[i].name;
	return outcome_names[0].name;
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
