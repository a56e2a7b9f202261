// SPDX-License-Identifier: LGPL-2.1-or-later
#include <meterbus/decoder.h>

#include "decode/profile.h"

static void decrypt(struct meterbus_decoder *decoder,
		    struct meterbus_application *app)
{
	const struct meterbus_address *meter = decoder->meter;
	const uint8_t *key = decoder->key;
	struct meterbus_error err;

	if (app->header.has_address)
		meter = &app->header.address;
	if (decoder->find_key)
		key = decoder->find_key(decoder->context, meter);
	if (!key || !meterbus_decrypt(app, meter, key, decoder->plain, &err))
		return;
	/* The text of @err does not live long enough. */
	app->error = err.kind == METERBUS_E_SYSTEM ?
			     "libcrypto does not decrypt" :
			     "encrypted, and not with the key that is known";
}

void meterbus_decoder_parse(struct meterbus_decoder *decoder,
			    struct meterbus_application *app,
			    const struct meterbus_telegram *telegram)
{
	meterbus_application_parse(app, telegram);
	if (decoder->meters && app->header.has_address)
		app->profile = profile_find(decoder->meters, &app->header);
	if (app->encrypted_len || app->claimed_len)
		decrypt(decoder, app);
	if (!decoder->formats)
		return;
	if (app->contents == METERBUS_CONTENTS_COMPACT)
		meterbus_formats_apply(decoder->formats, app);
	else
		meterbus_formats_learn(decoder->formats, app);
}
