// SPDX-License-Identifier: LGPL-2.1-or-later
/* cc decode.c $(pkg-config --cflags --libs libmeterbus) */
#include <stdio.h>

#include <meterbus/decode.h>

static const unsigned char raw[] = {
	0x68, 0x1B, 0x1B, 0x68, 0x08, 0x01, 0x72, 0x07, 0x20, 0x18, 0x00,
	0xE6, 0x1E, 0x35, 0x07, 0x4C, 0x00, 0x00, 0x00, 0x0C, 0x78, 0x07,
	0x20, 0x18, 0x00, 0x0C, 0x16, 0x69, 0x02, 0x00, 0x00, 0x96, 0x16,
};

int main(void)
{
	struct meterbus_telegram telegram;
	struct meterbus_application app;
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	struct meterbus_error err;
	char text[METERBUS_DECIMAL_TEXT];

	if (meterbus_telegram_parse(&telegram, raw, sizeof(raw), &err) < 0)
		return fprintf(stderr, "%s\n", err.text), 1;
	meterbus_application_parse(&app, &telegram);
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record)) {
		if (record.error || record.value.type != METERBUS_VALUE_NUMBER)
			continue;
		meterbus_decimal_format(&record.value.number, text);
		printf("%s: %s %s\n", record.quantity, text, record.unit);
	}
	return 0;
}
