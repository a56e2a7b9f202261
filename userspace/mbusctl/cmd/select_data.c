// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl select-data: chooses the records of a meter's next readouts
 * (EN 13757-3: SND_UD with CI = 51 and records with data field 8).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/control.h>

#include "ui/command.h"
#include "ui/hex.h"
#include "wire/master.h"

static int run_select_data(int argc, char **argv);

COMMAND(select_data_command,
	.name = "select-data",
	.arguments = "ADDRESS RECORD... [--force]",
	.summary = "choose the records of a meter's readouts",
	.help = "RECORD is 'all', or a hexadecimal VIF with VIFEs or 'any', followed by any of\n"
		"  ,storage=N   storage number or 'any'; default 0\n"
		"  ,tariff=N    tariff or 'any'; default 0\n"
		"  ,subunit=N   subunit; default 0\n"
		"  ,function=F  instantaneous (default), maximum, minimum, error\n"
		"For example:\n"
		"  select-data 5 13 3B            present volume in l and flow in l/h\n"
		"  select-data 5 any,storage=1    all values of storage 1\n"
		"  select-data 5 any,storage=any,tariff=any   all values\n"
		"'mbusctl read --format annotated' shows the VIF of each record; 'mbusctl reset'\n"
		"restores the full readout. Meters acknowledge this command even if they do not\n"
		"implement it: check the next readout.\n"
		"      --force  allow addresses of all meters: 254, and 255 (no answer)\n",
	.run = run_select_data);

#define DIF_SELECTION	0x08
#define DIF_ALL		0x7F
#define VIF_ANY		0x7E
#define EXTENSION	0x80
#define ANY		UINT64_MAX

struct selection {
	uint64_t storage;
	uint64_t tariff;
	uint64_t subunit;
	unsigned int function;
	uint8_t vif[METERBUS_TELEGRAM_MAX];
	size_t vif_len;
};

struct records {
	uint8_t bytes[METERBUS_USER_DATA_MAX];
	size_t len;
};

/* A number that fits into DIFEs, or, if @any, "any". */
static bool take_number(const char *text, uint64_t max, bool any,
			uint64_t *number)
{
	size_t digits = strspn(text, "0123456789");

	if (any && !strcmp(text, "any")) {
		*number = ANY;
		return true;
	}
	if (!digits || digits > 15 || text[digits])
		return false;
	*number = strtoull(text, NULL, 10);
	return *number <= max;
}

static const char *take_key(struct selection *selection, const char *key)
{
	static const char *const functions[] = { "instantaneous", "maximum",
						 "minimum", "error" };

	if (!strncmp(key, "storage=", 8))
		return take_number(key + 8, (1ULL << 41) - 1, true,
				   &selection->storage) ?
			       NULL : "a storage number, or any";
	if (!strncmp(key, "tariff=", 7))
		return take_number(key + 7, (1ULL << 20) - 1, true,
				   &selection->tariff) ?
			       NULL : "a tariff, or any";
	if (!strncmp(key, "subunit=", 8))
		return take_number(key + 8, (1ULL << 10) - 1, false,
				   &selection->subunit) ?
			       NULL : "a subunit";
	if (strncmp(key, "function=", 9))
		return "storage=, tariff=, subunit= or function=";
	for (unsigned int i = 0; i < 4; i++) {
		if (strcmp(functions[i], key + 9))
			continue;
		selection->function = i;
		return NULL;
	}
	return "function=instantaneous, maximum, minimum or error";
}

/* Every byte but the last has the extension bit. */
static bool is_vif(const struct selection *selection)
{
	for (size_t i = 0; i < selection->vif_len; i++)
		if (!(selection->vif[i] & EXTENSION) !=
		    (i == selection->vif_len - 1))
			return false;
	return selection->vif_len > 0 && selection->vif_len <= 11;
}

static int parse_selection(const char *text, struct selection *selection)
{
	char words[120], why[HEX_WHY_SIZE], *save = NULL, *word;

	memset(selection, 0, sizeof(*selection));
	if (strlen(text) >= sizeof(words))
		return fail(STATUS_USAGE, "select-data: '%.40s...' is too long",
			    text);
	strcpy(words, text);
	word = strtok_r(words, ",", &save);
	if (word && !strcmp(word, "any")) {
		selection->vif[selection->vif_len++] = VIF_ANY;
	} else if (!word || hex_parse(selection->vif, &selection->vif_len,
				      word, 0, why) < 0 ||
		   !is_vif(selection)) {
		return fail(STATUS_USAGE,
			    "select-data: '%s' does not begin with a VIF; write 'any', or VIF and VIFEs in hexadecimal as 13 or FD17",
			    text);
	}
	while ((word = strtok_r(NULL, ",", &save))) {
		const char *wanted = take_key(selection, word);

		if (wanted)
			return fail(STATUS_USAGE,
				    "select-data: '%s' in '%s': expected %s",
				    word, text, wanted);
	}
	return STATUS_OK;
}

/* Number of DIFEs for its numbers; "any" sets all their bits. */
static unsigned int count_difes(const struct selection *s)
{
	unsigned int count = s->storage == ANY || s->tariff == ANY;

	while ((s->storage != ANY && s->storage >> (1 + 4 * count)) ||
	       (s->tariff != ANY && s->tariff >> (2 * count)) ||
	       s->subunit >> count)
		count++;
	return count;
}

static bool add_selection(struct records *records,
			  const struct selection *selection)
{
	unsigned int difes = count_difes(selection);
	uint8_t *out = records->bytes + records->len;

	if (records->len + 1 + difes + selection->vif_len >
	    sizeof(records->bytes))
		return false;
	*out++ = DIF_SELECTION | selection->function << 4 |
		 (selection->storage & 1) << 6 | (difes ? EXTENSION : 0);
	for (unsigned int i = 0; i < difes; i++)
		*out++ = (selection->storage >> (1 + 4 * i) & 0xF) |
			 (selection->tariff >> (2 * i) & 3) << 4 |
			 (selection->subunit >> i & 1) << 6 |
			 (i + 1 < difes ? EXTENSION : 0);
	memcpy(out, selection->vif, selection->vif_len);
	records->len = out + selection->vif_len - records->bytes;
	return true;
}

static int parse_records(struct records *records, int count, char **texts)
{
	struct selection selection;
	int status;

	if (count == 1 && !strcmp(texts[0], "all")) {
		records->bytes[records->len++] = DIF_ALL;
		return STATUS_OK;
	}
	for (int i = 0; i < count; i++) {
		if (!strcmp(texts[i], "all"))
			return fail(STATUS_USAGE,
				    "select-data: 'all' excludes other records");
		status = parse_selection(texts[i], &selection);
		if (status != STATUS_OK)
			return status;
		if (!add_selection(records, &selection))
			return fail(STATUS_USAGE,
				    "select-data: too many records for one telegram");
	}
	return STATUS_OK;
}

static int run_select_data(int argc, char **argv)
{
	struct records records = { .len = 0 };
	char hex[HEX_TEXT_SIZE(METERBUS_USER_DATA_MAX)];
	struct meterbus_address address;
	struct meterbus_master *master;
	struct meterbus_error err;
	struct meterbus_bus *bus;
	bool force = false;
	int status;

	status = take_address(&select_data_command, argc, argv, &address,
			      &force);
	if (status >= 0)
		return status;
	status = refuse_all(&select_data_command, &address, force);
	if (status != STATUS_OK)
		return status;
	if (optind == argc)
		return fail_usage(&select_data_command, "no records given");
	status = parse_records(&records, argc - optind, argv + optind);
	if (status == STATUS_OK)
		status = open_master(&master, &bus);
	if (status != STATUS_OK)
		return status;
	if (meterbus_command(master, &address, METERBUS_CI_SEND,
			     records.bytes, records.len, &err) < 0)
		status = fail_error(&err);
	else
		status = print_done(&select_data_command, bus, &address,
				    is_broadcast(&address) ?
					    "sent the selection %s; no meter answers a broadcast" :
					    "acknowledged the selection %s",
				    hex_text(hex, records.bytes, records.len,
					     ' '));
	close_master(master, bus);
	return status;
}
