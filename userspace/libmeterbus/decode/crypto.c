// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Security modes 5 and 7 of EN 13757-7: AES-128-CBC over whole blocks at the
 * start of the body.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <meterbus/decoder.h>

#include "decode/application.h"

#define BLOCK		16
#define MODE_IV		5	/* the IV is of meter and access number */
#define MODE_NO_IV	7	/* the key is of the message */

/* Every plain text begins with two fillers, which reveals a wrong key. */
#define FILLER		0x2F
#define FILLERS		2

#define ID_LEN		4
#define MANUFACTURER	4	/* in an address: after the ID */

/* Of mode 7: how the key of a message is made of the meter's. */
#define DERIVATION_NONE	0
#define DERIVATION_CMAC	1
#define PURPOSE_FROM_METER 0x00
#define PURPOSE_TO_METER 0x10
#define DERIVATION_PAD	0x07

static int crypto_error(struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_SYSTEM,
			     "libcrypto refuses AES-128; is its default provider disabled?");
}

/* Manufacturer, ID, version, type, then the access number eight times. */
static void make_iv(uint8_t iv[BLOCK], const struct meterbus_address *meter,
		    uint8_t access_number)
{
	memcpy(iv, meter->bytes + MANUFACTURER, 2);
	memcpy(iv + 2, meter->bytes, ID_LEN);
	memcpy(iv + 6, meter->bytes + MANUFACTURER + 2, 2);
	memset(iv + 8, access_number, 8);
}

static int derive_key(uint8_t out[METERBUS_KEY_LEN],
		      const struct meterbus_application *app,
		      const struct meterbus_address *meter,
		      const uint8_t key[METERBUS_KEY_LEN],
		      struct meterbus_error *err)
{
	static char cipher[] = "AES-128-CBC";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher,
						 0),
		OSSL_PARAM_construct_end(),
	};
	uint32_t counter = app->message_counter;
	uint8_t input[BLOCK] = {
		app->from_master ? PURPOSE_TO_METER : PURPOSE_FROM_METER,
		counter, counter >> 8, counter >> 16, counter >> 24,
	};
	size_t len;

	memcpy(input + 5, meter->bytes, ID_LEN);
	memset(input + 5 + ID_LEN, DERIVATION_PAD, BLOCK - 5 - ID_LEN);
	if (!EVP_Q_mac(NULL, "CMAC", NULL, NULL, params, key,
		       METERBUS_KEY_LEN, input, sizeof(input), out,
		       METERBUS_KEY_LEN, &len))
		return crypto_error(err);
	return 0;
}

static int decrypt_blocks(uint8_t *plain, const uint8_t *bytes, size_t len,
			  const uint8_t key[METERBUS_KEY_LEN],
			  const uint8_t iv[BLOCK], struct meterbus_error *err)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int done = 0;
	bool ok;

	ok = context &&
	     EVP_DecryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv) &&
	     EVP_CIPHER_CTX_set_padding(context, 0) &&
	     EVP_DecryptUpdate(context, plain, &done, bytes, len) &&
	     (size_t)done == len;
	EVP_CIPHER_CTX_free(context);
	return ok ? 0 : crypto_error(err);
}

static int no_address(struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_DECODE,
			     "the telegram has no meter address, which decryption needs");
}

/* Finds key and IV for @app's mode. */
static int prepare(const struct meterbus_application *app,
		   const struct meterbus_address *meter,
		   const uint8_t key[METERBUS_KEY_LEN],
		   uint8_t message_key[METERBUS_KEY_LEN], uint8_t iv[BLOCK],
		   struct meterbus_error *err)
{
	memcpy(message_key, key, METERBUS_KEY_LEN);
	memset(iv, 0, BLOCK);
	if (app->header.has_address)
		meter = &app->header.address;
	if (app->encryption_mode == MODE_IV) {
		if (!meter || !meter->secondary ||
		    !meterbus_address_exact(meter))
			return no_address(err);
		make_iv(iv, meter, app->header.access_number);
		return 0;
	}
	if (app->encryption_mode != MODE_NO_IV)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "encryption mode %u cannot be decrypted",
				     app->encryption_mode);
	switch (app->key_derivation) {
	case DERIVATION_NONE:
		return 0;
	case DERIVATION_CMAC:
		if (!app->has_message_counter)
			return meterbus_fail(err, METERBUS_E_DECODE,
					     "encryption mode 7 without its message counter cannot be decrypted");
		if (!meter || !meter->secondary)
			return no_address(err);
		return derive_key(message_key, app, meter, key, err);
	default:
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "encryption mode 7 with reserved key derivation %u",
				     app->key_derivation);
	}
}

int meterbus_decrypt(struct meterbus_application *app,
		     const struct meterbus_address *meter,
		     const uint8_t key[METERBUS_KEY_LEN],
		     uint8_t plain[METERBUS_USER_DATA_MAX],
		     struct meterbus_error *err)
{
	size_t len = app->encrypted_len + app->claimed_len;
	uint8_t message_key[METERBUS_KEY_LEN], iv[BLOCK];
	int ret;

	if (!len || app->decrypted)
		return 0;
	if (len % BLOCK)
		return app->claimed_len ? 0 :
		       meterbus_fail(err, METERBUS_E_DECODE,
				     "encryption mode %u cannot be decrypted",
				     app->encryption_mode);
	ret = prepare(app, meter, key, message_key, iv, err);
	if (!ret)
		ret = decrypt_blocks(plain, app->body, len, message_key, iv,
				     err);
	OPENSSL_cleanse(message_key, sizeof(message_key));
	/* Plain text stays what it is where the key does not fit. */
	if (app->claimed_len &&
	    (ret || plain[0] != FILLER || plain[1] != FILLER))
		return 0;
	if (ret)
		return -1;
	if (plain[0] != FILLER || plain[1] != FILLER)
		return meterbus_fail(err, METERBUS_E_DECODE,
				     "the key is not the one of this telegram (encryption mode %u)",
				     app->encryption_mode);
	memcpy(plain + len, app->body + len, app->body_len - len);
	app->body = plain + FILLERS;
	app->body_len -= FILLERS;
	app->encrypted_len = 0;
	app->claimed_len = 0;
	app->decrypted = true;
	app->error = NULL;
	application_take_contents(app);
	return 0;
}
