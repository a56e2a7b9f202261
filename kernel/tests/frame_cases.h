/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What frame.c must do, as tables: run by KUnit (frame_kunit.c), and in
 * userspace with the sanitizers.
 *
 * A stream is written as hex bytes, each followed by the flags the driver gave
 * it (p parity, f framing, b break, o overrun). "L104" is a sound long frame
 * with L = 104, "N600" are 600 bytes that begin no frame, "|" is a quiet line.
 * Units are written as F (a frame) or the word for the junk, their bytes
 * ("#110" when there are many) and their flags.
 */
#ifndef MBUS_FRAME_CASES_H
#define MBUS_FRAME_CASES_H

#include <linux/kernel.h>
#include <linux/string.h>

#include "frame.h"

#define CONTROL	"680303680800707816"

struct frame_case {
	const char *name;
	const char *stream;
	const char *units;
};

static const struct frame_case frame_cases[] = {
	/* What is a frame. */
	{ "acknowledge", "E5", "F:E5" },
	{ "short frame", "10 5B FD 58 16", "F:105BFD5816" },
	{ "control frame", CONTROL, "F:680303680800707816" },
	{ "long frame", "L4", "F:68040468080A09092416" },
	{ "L = 0", "L0", "header:680000680016" },
	{ "L = 1", "L1", "header:68010168080816" },
	{ "L = 2", "L2", "header:68020268080A1216" },
	{ "L = 3", "L3", "F:68030368080A091B16" },
	{ "L = 68h: four equal bytes begin it", "L104", "F:#110" },
	{ "L = 44h", "L68", "F:#74" },
	{ "L = 252", "L252", "F:#258" },
	{ "L = 253", "L253", "F:#259" },
	{ "L = 254", "L254", "F:#260" },
	{ "L = 255", "L255", "F:#261" },
	{ "frames back to back", "L3 L4 10 5B FD 58 16",
	  "F:68030368080A091B16 F:68040468080A09092416 F:105BFD5816" },

	/* What is none, and why. */
	{ "a lone NUL", "00", "nul:00" },
	{ "two NULs", "00 00", "noise:0000" },
	{ "noise", "A5 00", "noise:A500" },
	{ "L and L differ", "68 03 04 68 08 00 70 78 16",
	  "header:680304680800707816" },
	{ "noise and a wrong header are that header", "55 68 03 04 68",
	  "header:5568030468" },
	{ "no second start", "68 03 03 67 08 00 70 78 16",
	  "header:680303670800707816" },
	{ "checksum of a long frame", "68 03 03 68 08 00 70 79 16",
	  "checksum:680303680800707916" },
	{ "stop of a long frame", "68 03 03 68 08 00 70 78 17",
	  "stop:680303680800707817" },
	{ "checksum of a short frame", "10 5B FD 59 16",
	  "checksum:105BFD5916" },
	{ "stop of a short frame", "10 5B FD 58 17", "stop:105BFD5817" },
	{ "cut behind the start", "68", "truncated:68" },
	{ "cut behind the header", "68 5E 5E 68 08 00",
	  "truncated:685E5E680800" },
	{ "a short frame cut", "10 40", "truncated:1040" },
	{ "longer than any frame", "N600", "noise:#250 noise:#250 noise:#100" },

	/* E5 is an acknowledge only alone. */
	{ "two acknowledges", "E5 E5", "company:E5E5" },
	{ "E5 and a NUL", "E5 00", "company:E500" },
	{ "a NUL and E5", "00 E5", "noise:00E5" },
	{ "E5 and a frame", "E5" CONTROL, "company:E5 F:680303680800707816" },
	{ "E5 right behind a frame", CONTROL "E5",
	  "F:680303680800707816 company:E5" },
	{ "E5 after a frame and quiet", CONTROL "| E5",
	  "F:680303680800707816 F:E5" },
	{ "E5, quiet, E5", "E5 | E5", "F:E5 F:E5" },
	{ "E5 with a parity error", "E5p", "parity:E5/p" },
	{ "E5 with a framing error", "E5f", "parity:E5/f" },
	{ "E5 after lost bytes", "E5o", "parity:E5/o" },

	/* Junk never hides a frame. */
	{ "a frame behind a NUL", "00" CONTROL,
	  "noise:00 F:680303680800707816" },
	{ "a frame behind a start byte", "68" CONTROL,
	  "header:68 F:680303680800707816" },
	{ "a frame behind a false header", "68 03" CONTROL,
	  "header:6803 F:680303680800707816" },
	{ "a frame swallowed by a damaged one", "68 05 05 68 08 00 72" CONTROL,
	  "checksum:68050568080072 F:680303680800707816" },
	{ "a false length beyond the frame", "68 20 20 68" CONTROL,
	  "truncated:68202068 F:680303680800707816" },
	{ "the longest frame behind long junk", "N600 L255",
	  "noise:#250 noise:#250 noise:#100 F:#261" },

	/* Flags come with the unit. A valid frame stays one. */
	{ "parity in the first byte", "10p 5B FD 58 16", "F:105BFD5816/p" },
	{ "framing in the last byte", "10 5B FD 58 16f", "F:105BFD5816/f" },
	{ "several flags", "10 5Bp FDf 58o 16", "F:105BFD5816/pfo" },
	{ "flags do not reach the next unit", "10 5Bp FD 58 16" CONTROL,
	  "F:105BFD5816/p F:680303680800707816" },
	{ "a break", "00b", "break:00/b" },
	{ "a break in a frame cut short", "68 5E 5E 68 08 00b",
	  "break:685E5E680800/b" },
	{ "a flagged NUL is a NUL", "00f", "nul:00/f" },
};

/* One receiver, what goes in and what comes out; too large for the stack. */
struct frame_lab {
	struct mbus_frame_rx rx;
	u8 in[4096];
	size_t in_len;
	size_t out_len;		/* bytes of @in that have come out */
	bool differ;		/* as others */
	char text[1024];
	unsigned int frames;
	u16 last_len;		/* of the last frame */
	u8 flags;		/* of the last unit */
};

static struct frame_lab frame_lab;

static void frame_lab_begin(void)
{
	memset(&frame_lab, 0, sizeof(frame_lab));
	mbus_frame_rx_init(&frame_lab.rx);
}

static size_t frame_tell_flags(char *text, size_t size, u8 flags)
{
	static const char letters[] = "pfbo";
	size_t n, i;

	n = snprintf(text, size, flags ? "/" : "");
	for (i = 0; i < 4; i++) {
		if (flags & (1U << i))
			n += snprintf(text + n, size - n, "%c", letters[i]);
	}
	return n;
}

static void frame_lab_unit(const struct mbus_unit *unit)
{
	static const char *const words[METERBUS_REASON_COUNT] = {
		"F", "noise", "nul", "break", "company", "header", "checksum",
		"stop", "truncated", "echo", "parity",
	};
	struct frame_lab *lab = &frame_lab;
	size_t n = strlen(lab->text), size = sizeof(lab->text);
	u16 i;

	if (lab->out_len + unit->len > lab->in_len ||
	    memcmp(lab->in + lab->out_len, unit->data, unit->len))
		lab->differ = true;
	lab->out_len += unit->len;
	lab->flags = unit->flags;
	if (!unit->reason) {
		lab->frames++;
		lab->last_len = unit->len;
	}
	if (n + 64 > size)
		return;

	n += snprintf(lab->text + n, size - n, "%s%s:", n ? " " : "",
		      words[unit->reason]);
	if (unit->len > 16)
		n += snprintf(lab->text + n, size - n, "#%u", unit->len);
	for (i = 0; unit->len <= 16 && i < unit->len; i++)
		n += snprintf(lab->text + n, size - n, "%02X", unit->data[i]);
	frame_tell_flags(lab->text + n, size - n, unit->flags);
}

static void frame_lab_push(u8 byte, u8 flags)
{
	struct frame_lab *lab = &frame_lab;
	struct mbus_unit unit;

	lab->in[lab->in_len++] = byte;
	mbus_frame_rx_push(&lab->rx, byte, flags);
	while (mbus_frame_rx_next(&lab->rx, &unit))
		frame_lab_unit(&unit);
}

static void frame_lab_quiet(void)
{
	struct mbus_unit unit;

	while (mbus_frame_rx_flush(&frame_lab.rx, &unit))
		frame_lab_unit(&unit);
}

/* A long frame with L = @l; returns its length. */
static size_t frame_make_long(u8 *out, unsigned int l)
{
	u8 sum = 0;
	unsigned int i;

	out[0] = MBUS_FRAME_LONG;
	out[1] = l;
	out[2] = l;
	out[3] = MBUS_FRAME_LONG;
	for (i = 0; i < l; i++) {
		out[4 + i] = i == 1 ? 0x0a : 0x08 + i / 2;
		sum += out[4 + i];
	}
	out[4 + l] = sum;
	out[5 + l] = MBUS_FRAME_STOP;
	return l + 6;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static u8 flag_of(char c)
{
	switch (c) {
	case 'p':
		return METERBUS_FLAG_PARITY;
	case 'f':
		return METERBUS_FLAG_FRAMING;
	case 'b':
		return METERBUS_FLAG_BREAK;
	case 'o':
		return METERBUS_FLAG_OVERRUN;
	default:
		return 0;
	}
}

static const char *read_number(const char *text, unsigned int *number)
{
	*number = 0;
	while (*text >= '0' && *text <= '9')
		*number = *number * 10 + *text++ - '0';
	return text;
}

/* Two digits and the flags behind them; NULL when that is no byte. */
static const char *read_byte(const char *text, u8 *byte, u8 *flags)
{
	int high = hex_digit(text[0]);
	int low = high < 0 ? -1 : hex_digit(text[1]);

	if (low < 0)
		return NULL;
	*byte = high << 4 | low;
	*flags = 0;
	for (text += 2; flag_of(*text); text++)
		*flags |= flag_of(*text);
	return text;
}

/* False if the stream is not written as described above. */
static bool frame_lab_stream(const char *text)
{
	u8 frame[METERBUS_FRAME_MAX], byte, flags;
	unsigned int number, i;
	size_t len;

	while (text && *text) {
		switch (*text) {
		case ' ':
			text++;
			break;
		case '|':
			frame_lab_quiet();
			text++;
			break;
		case 'L':
			text = read_number(text + 1, &number);
			len = frame_make_long(frame, number);
			for (i = 0; i < len; i++)
				frame_lab_push(frame[i], 0);
			break;
		case 'N':
			text = read_number(text + 1, &number);
			for (i = 0; i < number; i++)
				frame_lab_push(0x55, 0);
			break;
		default:
			text = read_byte(text, &byte, &flags);
			if (text)
				frame_lab_push(byte, flags);
			break;
		}
	}
	frame_lab_quiet();
	return text;
}

static bool frame_lab_whole(void)
{
	return !frame_lab.differ && frame_lab.out_len == frame_lab.in_len &&
	       mbus_frame_rx_empty(&frame_lab.rx);
}

/* What came out, or what else is wrong. */
static const char *frame_case_run(const struct frame_case *c)
{
	frame_lab_begin();
	if (!frame_lab_stream(c->stream))
		return "the stream cannot be read";
	if (!frame_lab_whole())
		return "bytes were lost or changed";
	return frame_lab.text;
}

/* Rules for more streams than a table holds; they return what is wrong. */

static const char *every_length_from_3_to_255_is_a_frame(void)
{
	u8 frame[METERBUS_FRAME_MAX];
	unsigned int l, i;
	bool legal;
	size_t len;

	for (l = 0; l < 256; l++) {
		legal = l >= 3;
		len = frame_make_long(frame, l);
		frame_lab_begin();
		for (i = 0; i < len - 1; i++)
			frame_lab_push(frame[i], 0);
		if (frame_lab.frames)
			return "a frame before its last byte";
		frame_lab_push(frame[i], 0);
		if (frame_lab.frames != legal)
			return "L is taken for what it is not";
		if (legal && frame_lab.last_len != len)
			return "a frame of another length";
		if (mbus_frame_sendable(frame, len) != legal)
			return "sending has other rules";
	}
	return NULL;
}

static const char *a_frame_is_found_behind_each_part_of_another(void)
{
	static const unsigned int first[] = { 4, 0x68, 255 };
	u8 before[METERBUS_FRAME_MAX], frame[METERBUS_FRAME_MAX];
	size_t cut, len, before_len, i, k;
	unsigned int frames;

	len = frame_make_long(frame, 5);
	for (k = 0; k < 3; k++) {
		before_len = frame_make_long(before, first[k]);
		for (cut = 0; cut <= before_len; cut++) {
			frame_lab_begin();
			for (i = 0; i < cut; i++)
				frame_lab_push(before[i], 0);
			for (i = 0; i < len; i++)
				frame_lab_push(frame[i], 0);
			frame_lab_quiet();
			if (!frame_lab_whole())
				return "bytes were lost or changed";
			frames = cut == before_len ? 2 : 1;
			if (frame_lab.frames != frames ||
			    frame_lab.last_len != len)
				return "a frame was not found";
		}
	}
	return NULL;
}

static const char *a_frame_is_found_behind_junk_of_any_length(void)
{
	u8 frame[METERBUS_FRAME_MAX];
	size_t len = frame_make_long(frame, 255), junk, i;

	for (junk = 0; junk <= 2 * METERBUS_DATA_MAX; junk++) {
		frame_lab_begin();
		for (i = 0; i < junk; i++)
			frame_lab_push(0x55, 0);
		for (i = 0; i < len; i++)
			frame_lab_push(frame[i], 0);
		if (frame_lab.frames != 1 || !frame_lab_whole())
			return "a frame was not found";
	}
	return NULL;
}

static const char *a_flag_at_any_byte_reaches_the_unit(void)
{
	u8 frame[METERBUS_FRAME_MAX];
	size_t len = frame_make_long(frame, 20), at, i;
	unsigned int flag;

	for (at = 0; at < len; at++) {
		for (flag = 0; flag < 4; flag++) {
			frame_lab_begin();
			for (i = 0; i < len; i++)
				frame_lab_push(frame[i],
					       i == at ? 1U << flag : 0);
			if (frame_lab.frames != 1)
				return "a flag made a valid frame junk";
			if (frame_lab.flags != 1U << flag)
				return "a flag was lost";
		}
	}
	return NULL;
}

static const char *one_wrong_bit_never_passes(void)
{
	u8 frame[METERBUS_FRAME_MAX];
	size_t len = frame_make_long(frame, 20), at, i;
	unsigned int bit;

	for (at = 0; at < len; at++) {
		for (bit = 0; bit < 8; bit++) {
			frame[at] ^= 1U << bit;
			frame_lab_begin();
			for (i = 0; i < len; i++)
				frame_lab_push(frame[i], 0);
			frame_lab_quiet();
			if (frame_lab.frames || mbus_frame_sendable(frame, len))
				return "a damaged frame passed";
			if (!frame_lab_whole())
				return "bytes were lost or changed";
			frame[at] ^= 1U << bit;
		}
	}
	return NULL;
}

static const char *no_byte_is_lost_or_doubled(void)
{
	static const u8 likely[] = { 0x68, 0x10, 0x16, 0xe5,
				     0x03, 0x00, 0x08, 0x5e };
	unsigned int round, i;
	u32 seed = 1;

	for (round = 0; round < 50; round++) {
		frame_lab_begin();
		for (i = 0; i < sizeof(frame_lab.in); i++) {
			seed = seed * 1103515245 + 12345;
			frame_lab_push(likely[(seed >> 16) % sizeof(likely)],
				       0);
		}
		frame_lab_quiet();
		if (!frame_lab_whole())
			return "bytes were lost or changed";
	}
	return NULL;
}

static const char *only_one_whole_request_may_be_sent(void)
{
	static const u8 bytes[] = { 0x10, 0x5b, 0xfd, 0x58, 0x16, 0x00 };

	if (!mbus_frame_sendable(bytes, 5))
		return "a request was refused";
	if (mbus_frame_sendable(bytes, 0) || mbus_frame_sendable(bytes, 4) ||
	    mbus_frame_sendable(bytes, 6) || mbus_frame_sendable(bytes + 5, 1))
		return "something else was not";
	return NULL;
}

static const char *only_what_may_become_a_frame_is_incomplete(void)
{
	frame_lab_begin();
	if (mbus_frame_rx_incomplete(&frame_lab.rx))
		return "nothing at all";
	frame_lab_push(0x00, 0);
	if (mbus_frame_rx_incomplete(&frame_lab.rx))
		return "noise";
	frame_lab_begin();
	frame_lab_push(MBUS_FRAME_ACK, 0);
	if (mbus_frame_rx_incomplete(&frame_lab.rx))
		return "an acknowledge";
	frame_lab_begin();
	frame_lab_push(MBUS_FRAME_LONG, 0);
	if (!mbus_frame_rx_incomplete(&frame_lab.rx))
		return "a start byte is not";
	return NULL;
}

struct frame_rule {
	const char *name;
	const char *(*broken)(void);
};

#define RULE(function) { #function, function }

static const struct frame_rule frame_rules[] = {
	RULE(every_length_from_3_to_255_is_a_frame),
	RULE(a_frame_is_found_behind_each_part_of_another),
	RULE(a_frame_is_found_behind_junk_of_any_length),
	RULE(a_flag_at_any_byte_reaches_the_unit),
	RULE(one_wrong_bit_never_passes),
	RULE(no_byte_is_lost_or_doubled),
	RULE(only_one_whole_request_may_be_sent),
	RULE(only_what_may_become_a_frame_is_incomplete),
};

#endif
