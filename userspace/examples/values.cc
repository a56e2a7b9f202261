// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The values of a telegram, given as hexadecimal digits, in C++.
//
// c++ values.cc $(pkg-config --cflags --libs libmeterbus)
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <meterbus/meterbus.h>

static std::vector<uint8_t> bytes_of(const std::string &hex)
{
	std::vector<uint8_t> bytes;

	for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
		bytes.push_back(std::stoi(hex.substr(i, 2), nullptr, 16));
	return bytes;
}

int main(int argc, char **argv)
{
	meterbus_telegram telegram;
	meterbus_application app;
	meterbus_data_records records;
	meterbus_data_record record;
	meterbus_error err;

	if (argc != 2)
		return std::cerr << "usage: values HEX\n", 2;
	const auto bytes = bytes_of(argv[1]);
	if (meterbus_telegram_parse(&telegram, bytes.data(), bytes.size(),
				    &err) < 0)
		return std::cerr << err.text << '\n', 1;
	meterbus_application_parse(&app, &telegram);
	meterbus_data_records_start(&records, &app);
	while (meterbus_data_record_next(&records, &record)) {
		char number[METERBUS_DECIMAL_TEXT];

		if (record.error || record.value.type != METERBUS_VALUE_NUMBER)
			continue;
		meterbus_decimal_format(&record.value.number, number);
		std::cout << record.quantity << ' ' << number << ' '
			  << record.unit << '\n';
	}
	return 0;
}
