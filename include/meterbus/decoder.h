/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What takes more than one telegram to decode: the keys of encrypted ones, and
 * the formats that compact frames leave out.
 *
 *	struct meterbus_format slots[8];
 *	struct meterbus_formats formats = { .slots = slots, .count = 8 };
 *	struct meterbus_decoder decoder = { .key = key, .formats = &formats };
 *
 *	meterbus_decoder_parse(&decoder, &app, &telegram);
 *	meterbus_data_records_start(&records, &app);
 *	...
 *
 * All memory is the caller's. A decoder serves one thread at a time; formats
 * belong to one meter or to a bus of them, as the caller likes.
 */
#ifndef METERBUS_DECODER_H
#define METERBUS_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/address.h>
#include <meterbus/decode.h>
#include <meterbus/error.h>
#include <meterbus/telegram.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

#define METERBUS_KEY_LEN 16	/* AES-128 */

/*
 * Decrypts what of @app is encrypted (EN 13757-7, security modes 5 and 7) with
 * the meter's key into @plain, which must live as long as @app is used: body
 * and records lead there afterwards. @meter is whose telegram it is; it may be
 * NULL if the telegram contains it (long header).
 *
 * Returns 0, also if nothing was encrypted. Returns -1 and leaves @app as it
 * was with METERBUS_E_DECODE if the key is the wrong one or the mode is not
 * known, or with METERBUS_E_SYSTEM if libcrypto refuses. libcrypto itself uses
 * the heap; nothing of it is left when this returns.
 */
int meterbus_decrypt(struct meterbus_application *app,
		     const struct meterbus_address *meter,
		     const uint8_t key[METERBUS_KEY_LEN],
		     uint8_t plain[METERBUS_USER_DATA_MAX],
		     struct meterbus_error *err);

/* DIFs and VIFs of a frame, without its data (EN 13757-3, annex G). */
struct meterbus_format {
	uint16_t signature;
	uint8_t len;		/* 0: unused */
	uint8_t bytes[METERBUS_USER_DATA_MAX];
};

struct meterbus_formats {
	struct meterbus_format *slots;	/* zeroed by the caller */
	unsigned int count;
	unsigned int next;	/* the slot that is overwritten next */
};

/*
 * Remembers the format of @app, a format frame or a full one, for compact
 * frames to come. Returns true if it is remembered now.
 */
bool meterbus_formats_learn(struct meterbus_formats *formats,
			    const struct meterbus_application *app);

/*
 * Gives @app, a compact frame, its format, so that it has records. Returns
 * true if the format is known and the frame's CRC confirms it; else the
 * reason is in app->error. @formats must live as long as @app is used.
 */
bool meterbus_formats_apply(const struct meterbus_formats *formats,
			    struct meterbus_application *app);

struct meterbus_meters;

/* All members may be NULL. */
struct meterbus_decoder {
	/*
	 * The 16 bytes of the key of @meter, which may have wildcards or be
	 * NULL where the telegram does not contain it.
	 */
	const uint8_t *(*find_key)(void *context,
				   const struct meterbus_address *meter);
	void *context;		/* for find_key */
	const uint8_t *key;	/* if there is no find_key: for every meter */
	/* Sender of the telegrams, where they do not contain it. */
	const struct meterbus_address *meter;
	struct meterbus_formats *formats;
	const struct meterbus_meters *meters;	/* <meterbus/meters.h> */

	uint8_t plain[METERBUS_USER_DATA_MAX];
};

/*
 * meterbus_application_parse() with all that @decoder knows. What cannot be
 * decrypted stays encrypted, with the reason in app->error if there was a key.
 * @app leads into @decoder until the next call.
 */
void meterbus_decoder_parse(struct meterbus_decoder *decoder,
			    struct meterbus_application *app,
			    const struct meterbus_telegram *telegram);

/*
 * A decoder on the heap with everything it points to: formats of its own, and
 * copies of what the functions below set. For bindings to other languages,
 * which then need no layout of structures. NULL without memory.
 */
struct meterbus_decoder *meterbus_decoder_new(void);
/* Of meterbus_decoder_new() only. The key is overwritten. */
void meterbus_decoder_free(struct meterbus_decoder *decoder);

/* For decoders of meterbus_decoder_new(); NULL takes back what was set. */
void meterbus_decoder_set_key(struct meterbus_decoder *decoder,
			      const uint8_t key[METERBUS_KEY_LEN]);
void meterbus_decoder_set_meter(struct meterbus_decoder *decoder,
				const struct meterbus_address *meter);
/* @meters is kept and must live as long. */
void meterbus_decoder_set_meters(struct meterbus_decoder *decoder,
				 const struct meterbus_meters *meters);

METERBUS_END_DECLS

#endif
