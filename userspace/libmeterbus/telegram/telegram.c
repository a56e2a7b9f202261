// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Telegrams of the link layer, format class FT1.2 (EN 13757-2, 5.3).
 */
#include <string.h>

#include <meterbus/telegram.h>

#define ACK		0xE5
#define START_SHORT	0x10
#define START_LONG	0x68
#define STOP		0x16

#define SHORT_LEN	5
#define LONG_HEAD	4	/* 68 L L 68 */
#define LONG_TAIL	2	/* checksum, stop */
#define L_MIN		3	/* C, A, CI */

/*
 * Eight bytes at a time, as four sums of 16 bits, which the 255 bytes of a
 * telegram do not fill: byte by byte it was a tenth of decoding.
 */
#define EACH_SUM 0x0001000100010001ULL
static uint8_t checksum(const uint8_t *bytes, size_t len)
{
	uint64_t sums = 0, eight;
	uint8_t sum;

	for (; len >= sizeof(eight); len -= sizeof(eight)) {
		memcpy(&eight, bytes, sizeof(eight));
		sums += eight & 0xFF * EACH_SUM;
		sums += eight >> 8 & 0xFF * EACH_SUM;
		bytes += sizeof(eight);
	}
	sum = sums * EACH_SUM >> 48;
	while (len--)
		sum += *bytes++;
	return sum;
}

/* @body is what the checksum covers; it and the stop byte follow. */
static int check_tail(const uint8_t *bytes, size_t body, size_t body_len,
		      struct meterbus_error *err)
{
	size_t end = body + body_len;
	uint8_t sum = checksum(bytes + body, body_len);

	if (bytes[end] != sum)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "checksum (byte %zu) is %02X, the bytes before it make %02X",
				     end + 1, bytes[end], sum);
	if (bytes[end + 1] != STOP)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "byte %zu is %02X where the stop byte 16 belongs",
				     end + 2, bytes[end + 1]);
	return 0;
}

static int check_length(size_t len, size_t want, const char *what,
			struct meterbus_error *err)
{
	if (len < want)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "%s ends after %zu of %zu bytes", what,
				     len, want);
	if (len > want)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "%s is complete after %zu byte%s, but %zu more follow%s",
				     what, want, want == 1 ? "" : "s",
				     len - want, len - want == 1 ? "s" : "");
	return 0;
}

static int parse_short(struct meterbus_telegram *telegram, const uint8_t *bytes,
		       size_t len, struct meterbus_error *err)
{
	if (check_length(len, SHORT_LEN, "a short frame", err) ||
	    check_tail(bytes, 1, 2, err))
		return -1;
	telegram->type = METERBUS_TELEGRAM_SHORT;
	telegram->c = bytes[1];
	telegram->a = bytes[2];
	return 0;
}

static int parse_long(struct meterbus_telegram *telegram, const uint8_t *bytes,
		      size_t len, struct meterbus_error *err)
{
	size_t l;

	if (len < LONG_HEAD)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "a long frame ends inside its head 68 L L 68");
	l = bytes[1];
	if (bytes[2] != l)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "the two length bytes differ: %02X and %02X",
				     bytes[1], bytes[2]);
	if (bytes[3] != START_LONG)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "byte 4 is %02X where the second 68 of a long frame belongs",
				     bytes[3]);
	if (l < L_MIN)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "length %zu is too short for C, A and CI", l);
	if (check_length(len, LONG_HEAD + l + LONG_TAIL, "a long frame", err) ||
	    check_tail(bytes, LONG_HEAD, l, err))
		return -1;
	telegram->type = METERBUS_TELEGRAM_LONG;
	telegram->c = bytes[4];
	telegram->a = bytes[5];
	telegram->ci = bytes[6];
	telegram->data = bytes + 7;
	telegram->data_len = l - L_MIN;
	return 0;
}

int meterbus_telegram_parse(struct meterbus_telegram *telegram,
			    const uint8_t *bytes, size_t len,
			    struct meterbus_error *err)
{
	memset(telegram, 0, sizeof(*telegram));
	telegram->raw = bytes;
	telegram->raw_len = len;

	if (!len)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "no bytes, so no telegram");
	switch (bytes[0]) {
	case ACK:
		telegram->type = METERBUS_TELEGRAM_ACK;
		return check_length(len, 1, "the acknowledgment E5", err);
	case START_SHORT:
		return parse_short(telegram, bytes, len, err);
	case START_LONG:
		return parse_long(telegram, bytes, len, err);
	default:
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "no telegram starts with %02X (only with E5, 10 or 68)",
				     bytes[0]);
	}
}

size_t meterbus_telegram_short(uint8_t out[5], uint8_t c, uint8_t a)
{
	out[0] = START_SHORT;
	out[1] = c;
	out[2] = a;
	out[3] = checksum(out + 1, 2);
	out[4] = STOP;
	return SHORT_LEN;
}

size_t meterbus_telegram_long(uint8_t out[METERBUS_TELEGRAM_MAX], uint8_t c,
			      uint8_t a, uint8_t ci, const uint8_t *data,
			      size_t len)
{
	size_t l = L_MIN + len;

	if (len > METERBUS_USER_DATA_MAX)
		return 0;
	out[0] = START_LONG;
	out[1] = l;
	out[2] = l;
	out[3] = START_LONG;
	out[4] = c;
	out[5] = a;
	out[6] = ci;
	if (len)
		memcpy(out + 7, data, len);
	out[LONG_HEAD + l] = checksum(out + LONG_HEAD, l);
	out[LONG_HEAD + l + 1] = STOP;
	return LONG_HEAD + l + LONG_TAIL;
}

const char *meterbus_c_name(uint8_t c)
{
	if (c & METERBUS_C_PRM) {
		switch (c & ~METERBUS_C_FCB) {
		case METERBUS_C_SND_UD:
			return "SND_UD";
		case METERBUS_C_REQ_UD2:
			return "REQ_UD2";
		case METERBUS_C_REQ_UD1:
			return "REQ_UD1";
		}
		return c == METERBUS_C_SND_NKE ? "SND_NKE" : NULL;
	}
	if ((c & ~(METERBUS_C_ACD | METERBUS_C_DFC)) == METERBUS_C_RSP_UD)
		return "RSP_UD";
	return NULL;
}
