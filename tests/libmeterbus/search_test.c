// SPDX-License-Identifier: GPL-2.0-only
/*
 * Search: none found twice, none lost, none invented, at how many probes, and
 * what is said about meters that are not as they should be.
 */
#include <meterbus/search.h>

#include "fake_wire.h"
#include "kselftest_harness.h"

#define FOUND_MAX 300
#define VISIT_MAX 4000

struct log {
	struct {
		enum meterbus_meter_state state;
		char address[METERBUS_ADDRESS_TEXT];
		int primary;
		bool has_telegram;
		char why[512];
	} found[FOUND_MAX];
	unsigned int count;
	unsigned int findings[24];
	char text[24][512];	/* of the last finding of each kind */
	unsigned int progress;
	unsigned int cancel_after; /* finds; 0: never */
	unsigned int cancel_after_visits;
	/* What was reported, for a search that resumes. */
	struct meterbus_found finds[FOUND_MAX];
	struct meterbus_visit visits[VISIT_MAX];
	size_t visit_count;
};

static void on_found(void *context, const struct meterbus_found *found)
{
	struct log *log = context;

	if (log->count == FOUND_MAX)
		return;
	log->found[log->count].state = found->state;
	log->found[log->count].primary = found->primary;
	log->found[log->count].has_telegram = found->telegram;
	meterbus_address_format(&found->address,
				log->found[log->count].address);
	snprintf(log->found[log->count].why, sizeof(log->found[0].why), "%s",
		 found->why);
	log->finds[log->count] = *found;
	log->finds[log->count].telegram = NULL;
	log->finds[log->count].why = log->found[log->count].why;
	log->count++;
}

static void on_visited(void *context, const struct meterbus_visit *visit)
{
	struct log *log = context;

	if (log->visit_count < VISIT_MAX)
		log->visits[log->visit_count++] = *visit;
}

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	struct log *log = context;

	log->findings[finding->kind]++;
	snprintf(log->text[finding->kind], sizeof(log->text[0]), "%s",
		 finding->text);
}

static void on_progress(void *context, const struct meterbus_progress *progress)
{
	(void)progress;
	((struct log *)context)->progress++;
}

static bool is_cancelled(void *context)
{
	struct log *log = context;

	return (log->cancel_after && log->count >= log->cancel_after) ||
	       (log->cancel_after_visits &&
		log->visit_count >= log->cancel_after_visits);
}

FIXTURE(search) {
	struct fake_wire *wire;
	struct meterbus_master master;
	struct meterbus_search search;
	struct meterbus_search_result result;
	struct meterbus_error err;
	struct log *log;
};

FIXTURE_SETUP(search)
{
	self->wire = calloc(1, sizeof(*self->wire));
	self->log = calloc(1, sizeof(*self->log));
	ASSERT_NE(NULL, self->wire);
	ASSERT_NE(NULL, self->log);
	fake_init(self->wire);
	/* As with the usual converter: 11 mA each, break above 30 mA. */
	self->wire->break_above = 2;
	meterbus_master_init(&self->master, &self->wire->link);
	self->master.finding = on_finding;
	self->master.cancelled = is_cancelled;
	self->master.context = self->log;
	memset(&self->search, 0, sizeof(self->search));
	self->search.master = &self->master;
	self->search.found = on_found;
	self->search.progress = on_progress;
	self->search.visited = on_visited;
	self->search.context = self->log;
}

FIXTURE_TEARDOWN(search)
{
	EXPECT_FALSE(self->wire->held);
	EXPECT_FALSE(self->wire->hold_error);
	free(self->wire);
	free(self->log);
}

static int search_mask(FIXTURE_DATA(search) *self, const char *text)
{
	struct meterbus_address mask;

	if (meterbus_address_parse(&mask, text, &self->err) < 0)
		return -2;
	return meterbus_search_secondary(&self->search, &mask, &self->result,
					 &self->err);
}

static int search_all(FIXTURE_DATA(search) *self)
{
	return search_mask(self, "FFFFFFFFFFFFFFFF");
}

static unsigned int times_found(const struct log *log, const char *address,
				enum meterbus_meter_state state)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < log->count; i++)
		count += !strcmp(log->found[i].address, address) &&
			 log->found[i].state == state;
	return count;
}

/* Every meter of the wire once, by its full address, and nothing else. */
static unsigned int wrongs(const FIXTURE_DATA(search) *self)
{
	unsigned int wrong = self->log->count != self->wire->count;

	for (size_t i = 0; i < self->wire->count; i++) {
		struct meterbus_address address = { .secondary = true };
		char text[METERBUS_ADDRESS_TEXT];

		memcpy(address.bytes, self->wire->meters[i].address, 8);
		meterbus_address_format(&address, text);
		wrong += times_found(self->log, text,
				     METERBUS_METER_CONFIRMED) != 1;
	}
	return wrong;
}

static void add_batch(struct fake_wire *wire, unsigned int first,
		      unsigned int count)
{
	char id[16];

	for (unsigned int i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "%08u", first + i);
		fake_add(wire, id);
	}
}

/* A fixed series, the same for each run. */
static void add_random(struct fake_wire *wire, unsigned int count)
{
	uint32_t state = 12345;
	char id[16];

	for (unsigned int i = 0; i < count; i++) {
		state = state * 1664525 + 1013904223;
		snprintf(id, sizeof(id), "%08u", (state >> 4) % 100000000);
		fake_add(wire, id);
	}
}

TEST_F(search, empty_wire)
{
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, self->log->count);
	EXPECT_EQ(1, self->result.probes);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_NOBODY]);
}

TEST_F(search, one_meter_in_one_step)
{
	fake_add(self->wire, "31892747");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_TRUE(self->log->found[0].has_telegram);
	EXPECT_EQ(0, self->log->found[0].primary);
	/* Full wildcard, then the meter by its address. */
	EXPECT_EQ(2, self->result.probes);
	EXPECT_EQ(1, self->wire->meters[0].readouts);
}

TEST_F(search, two_meters_whose_e5_overlap)
{
	self->wire->break_above = 0;
	fake_add(self->wire, "11111111");
	fake_add(self->wire, "92222222");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(search, two_neighbours)
{
	add_batch(self->wire, 31892747, 2);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(search, batch_of_fifteen)
{
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(15, self->result.count[METERBUS_METER_CONFIRMED]);
	/* The full wildcard, tens, digits of two of them, each full address. */
	EXPECT_EQ(1 + 10 + 20 + 15, self->result.probes);
	for (int i = 0; i < 15; i++)
		EXPECT_EQ(1, self->wire->meters[i].readouts);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_SERIALS]);
	EXPECT_NE(NULL, strstr(self->log->text[METERBUS_FINDING_SERIALS],
			       "15 consecutive serials 31892740-31892754"));
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_COLLISION]);
	EXPECT_EQ(self->result.probes, self->log->progress);
}

TEST_F(search, sixty_anywhere)
{
	add_random(self->wire, 60);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_SERIALS]);
	EXPECT_GT(600, self->result.probes);
}

TEST_F(search, converter_that_never_signals_a_collision)
{
	self->wire->break_above = 0;
	add_batch(self->wire, 31892740, 15);
	add_random(self->wire, 20);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(search, mask_restricts_the_search)
{
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, search_mask(self, "3189275F"));
	EXPECT_EQ(5, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "3189275424232804",
				 METERBUS_METER_CONFIRMED));
	EXPECT_EQ(0, fake_sent_with(self->wire, "680B0B6873FD52FF"));
}

TEST_F(search, mask_with_a_wildcard_inside)
{
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, search_mask(self, "318927F2"));
	EXPECT_EQ(2, self->log->count);
}

TEST_F(search, ids_with_hex_digits)
{
	fake_add(self->wire, "3189274A");
	fake_add(self->wire, "3189274B");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(search, all_digits_finds_a_hex_id_behind_decimal_ones)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "41892743");
	fake_add(self->wire, "A1892743");
	self->search.all_digits = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(search, hex_digit_beside_a_decimal_one)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "3189274C");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

/* Bytes of a selection behind the ID, by their place in it. */
enum { MANUFACTURER_LOW = 4, MANUFACTURER_HIGH, VERSION, MEDIUM };

/* Same ID, different in one byte; @break_above as set before. */
static void check_equal_ids(struct __test_metadata *_metadata,
			    FIXTURE_DATA(search) *self, unsigned int byte,
			    uint8_t value)
{
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892743")->address[byte] = value;
	fake_add(self->wire, "31892750");
	self->wire->meters[1].access = 77;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	/* Where the converter signals, nobody is asked in vain. */
	for (int i = 0; i < 3 && self->wire->break_above == 1; i++)
		EXPECT_EQ(1, self->wire->meters[i].readouts);
}

TEST_F(search, equal_ids_of_two_manufacturers)
{
	/* KAM */
	check_equal_ids(_metadata, self, MANUFACTURER_HIGH, 0x2C);
	/* All that stand for a letter, not all bytes. */
	EXPECT_GT(90 + 110, self->result.probes);
}

TEST_F(search, equal_ids_whose_manufacturers_share_a_byte)
{
	check_equal_ids(_metadata, self, MANUFACTURER_LOW, 0x2D);
}

TEST_F(search, equal_ids_of_two_versions)
{
	check_equal_ids(_metadata, self, VERSION, 0x2F);
}

TEST_F(search, equal_ids_of_two_media)
{
	check_equal_ids(_metadata, self, MEDIUM, 0x0D);
}

TEST_F(search, equal_ids_of_an_unknown_medium_and_an_impossible_manufacturer)
{
	fake_add(self->wire, "31892743")->address[MEDIUM] = 0xE7;
	fake_add(self->wire, "31892743")->address[MANUFACTURER_HIGH] = 0xF1;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

TEST_F(search, equal_ids_without_collision_signal)
{
	self->wire->break_above = 0;
	check_equal_ids(_metadata, self, VERSION, 0x2F);
}

TEST_F(search, equal_ids_above_the_current_limit)
{
	self->wire->break_above = 1;
	check_equal_ids(_metadata, self, MEDIUM, 0x06);
}

TEST_F(search, six_of_one_id)
{
	for (int i = 0; i < 6; i++)
		fake_add(self->wire, "31892743")
			->address[i < 3 ? VERSION : MEDIUM] = 0x10 + i;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
}

/* The bytes are whole: no wildcard digit ever stands in one. */
TEST_F(search, equal_ids_are_told_apart_by_whole_bytes)
{
	check_equal_ids(_metadata, self, VERSION, 0x2F);
	for (size_t i = 0; i < self->wire->sent_count; i++) {
		const char *sent = self->wire->sent[i];

		if (strncmp(sent, "680B0B6873FD52", 14))
			continue;
		for (int j = 0; j < 4; j++) {
			const char *byte = sent + 2 * (11 + j);

			EXPECT_TRUE(!strncmp(byte, "FF", 2) ||
				    (byte[0] != 'F' && byte[1] != 'F') ||
				    sent[14] != 'F');
		}
	}
}

static void add_fabrication(struct fake_wire *wire, uint32_t bcd)
{
	struct fake_meter *m = fake_add(wire, "31892743");

	m->has_fabrication = true;
	for (int i = 0; i < 4; i++)
		m->fabrication[i] = bcd >> 8 * i;
}

TEST_F(search, equal_addresses_are_told_apart_by_fabrication_number)
{
	self->wire->break_above = 1;
	add_fabrication(self->wire, 0x00001234);
	add_fabrication(self->wire, 0x00001239);
	add_fabrication(self->wire, 0x70001234);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(3, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "3189274324232804.00001234",
				 METERBUS_METER_CONFIRMED));
	EXPECT_EQ(1, times_found(self->log, "3189274324232804.00001239",
				 METERBUS_METER_CONFIRMED));
	/* As far as it had to be found out. */
	EXPECT_EQ(1, times_found(self->log, "3189274324232804.7FFFFFFF",
				 METERBUS_METER_CONFIRMED));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(1, self->wire->meters[i].readouts);
}

TEST_F(search, equal_addresses_without_fabrication_number_are_several)
{
	self->wire->break_above = 1;
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "31892743");
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(1, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "3189274324232804",
				 METERBUS_METER_SEVERAL));
	EXPECT_NE(NULL, strstr(self->log->found[0].why, "disconnect all but"));
}

TEST_F(search, meters_that_ignore_all_but_the_id_are_several)
{
	self->wire->break_above = 1;
	fake_add(self->wire, "31892743")->ignores_rest = true;
	fake_add(self->wire, "31892743")->address[VERSION] = 0x2F;
	self->wire->meters[1].ignores_rest = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(1, self->log->count);
	EXPECT_EQ(1, self->result.count[METERBUS_METER_SEVERAL]);
}

TEST_F(search, one_of_two_equal_ids_ignores_all_but_the_id)
{
	self->wire->break_above = 1;
	fake_add(self->wire, "31892743")->ignores_rest = true;
	fake_add(self->wire, "31892743")->address[VERSION] = 0x2F;
	EXPECT_EQ(0, search_all(self));
	/* None invented, and it is said that something is left. */
	EXPECT_EQ(0, self->result.count[METERBUS_METER_SUSPECT]);
	EXPECT_LT(0, self->log->findings[METERBUS_FINDING_DOUBTFUL] +
			     self->result.count[METERBUS_METER_SEVERAL]);
}

/*
 * 12345678 and 12345699 overlap to 12345618. The last record of each is
 * chosen so that the checksums overlap to the right one, too.
 */
TEST_F(search, phantom_is_unmasked)
{
	static uint8_t a[4] = { 0x02, 0x13, 0, 0 }, b[4] = { 0x02, 0x13, 0, 0 };
	struct meterbus_telegram telegram;
	uint8_t one[METERBUS_TELEGRAM_MAX], two[METERBUS_TELEGRAM_MAX];
	bool phantom = false;
	size_t len;

	self->wire->break_above = 0;
	fake_add(self->wire, "12345678");
	fake_add(self->wire, "12345699");
	for (int i = 0; i < 2; i++) {
		self->wire->meters[i].access = 4;
		self->wire->meters[i].records = i ? b : a;
		self->wire->meters[i].records_len = 4;
	}
	for (uint32_t i = 1; i < 100000 && !phantom; i++) {
		uint32_t bits = i * 2654435761U;
		struct fake_meter m;

		a[2] = bits;
		a[3] = bits >> 8;
		b[2] = bits >> 16;
		b[3] = bits >> 24;
		m = self->wire->meters[0];
		m.access++;
		len = fake_answer(&m, one);
		m = self->wire->meters[1];
		m.access++;
		fake_answer(&m, two);
		for (size_t j = 0; j < len; j++)
			one[j] &= two[j];
		phantom = meterbus_telegram_parse(&telegram, one, len, NULL) ==
			  0;
	}
	ASSERT_TRUE(phantom);
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_LT(0, self->log->findings[METERBUS_FINDING_PHANTOM]);
	EXPECT_NE(NULL, strstr(self->log->text[METERBUS_FINDING_PHANTOM],
			       "1234561824232804"));
}

/* Same data but for the last digit: ..40 AND ..41 is exactly ..40. */
TEST_F(search, sibling_hidden_behind_an_exact_overlap_is_found)
{
	static const uint8_t records[] = { 0x01, 0x13, 0x00 };

	for (unsigned int pad = 0; pad < 16; pad++) {
		static uint8_t data[3];

		self->wire->count = 0;
		self->log->count = 0;
		self->wire->break_above = 0;
		add_batch(self->wire, 31892740, 2);
		memcpy(data, records, sizeof(data));
		data[2] = pad;
		for (int i = 0; i < 2; i++) {
			self->wire->meters[i].records = data;
			self->wire->meters[i].records_len = sizeof(data);
			self->wire->meters[i].access = 0;
		}
		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("pad %u", pad);
	}
}

TEST_F(search, mute_meter_among_others_is_silent)
{
	add_batch(self->wire, 31892740, 5);
	self->wire->meters[2].mute = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(5, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "31892742FFFFFFFF",
				 METERBUS_METER_SILENT));
	EXPECT_EQ(4, self->result.count[METERBUS_METER_CONFIRMED]);
	EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_REQUESTS_LOST]);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
}

TEST_F(search, mute_meter_alone_is_isolated)
{
	fake_add(self->wire, "31892743")->mute = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(1, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "31892743FFFFFFFF",
				 METERBUS_METER_SILENT));
	EXPECT_NE(NULL, strstr(self->log->found[0].why, "500 ms"));
}

TEST_F(search, mute_meter_does_not_cost_every_gap_at_each_digit)
{
	self->wire->break_above = 1;
	fake_add(self->wire, "31892743");
	fake_add(self->wire, "92222292")->mute = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(2, self->log->count);
	/* On the way to its digits: two requests each, not five. */
	EXPECT_GT(30, fake_sent_with(self->wire, "107BFD"));
}

TEST_F(search, guard_learnt_once_finds_all)
{
	add_batch(self->wire, 31892740, 15);
	self->wire->timing.guard_us = 1000;
	self->wire->turnaround_us = 50000;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_TURNAROUND]);
	EXPECT_EQ(60000, self->wire->timing.guard_us);
	EXPECT_EQ(1 + 10 + 20 + 15, self->result.probes);
}

TEST_F(search, guard_far_too_small_loses_none)
{
	add_batch(self->wire, 31892740, 15);
	self->wire->turnaround_us = 300000;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(500000, self->wire->timing.guard_us);
}

TEST_F(search, guard_fixed_too_small_lists_all_as_silent)
{
	add_batch(self->wire, 31892740, 15);
	self->wire->turnaround_us = 37000;
	self->master.guard_us = 1;
	self->master.guard_fixed = true;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(15, self->log->count);
	EXPECT_EQ(15, self->result.count[METERBUS_METER_SILENT]);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_REQUESTS_LOST]);
	EXPECT_NE(NULL, strstr(self->log->text[METERBUS_FINDING_REQUESTS_LOST],
			       "37 to 50 ms"));
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_SERIALS]);
	EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_TURNAROUND]);
}

TEST_F(search, lost_telegrams_lose_no_meter)
{
	for (unsigned int every = 9; every < 40; every += 3) {
		self->wire->count = 0;
		self->log->count = 0;
		self->wire->lose_every = every;
		add_batch(self->wire, 31892740, 2);
		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("every %u", every);
	}
}

TEST_F(search, no_single_lost_telegram_loses_the_only_meter)
{
	for (unsigned int at = 1; at <= 3; at++) {
		self->wire->count = 0;
		self->log->count = 0;
		self->wire->lose_at = self->wire->transmissions + at;
		fake_add(self->wire, "31892743");
		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("the %u. telegram", at);
		EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_PHANTOM]);
	}
}

TEST_F(search, damaged_answers_invent_no_meter)
{
	for (unsigned int every = 3; every < 60; every++) {
		self->wire->count = 0;
		self->log->count = 0;
		self->wire->damage_every = every;
		add_batch(self->wire, 31892740, 15);
		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(0, wrongs(self))
			TH_LOG("every %u", every);
	}
}

TEST_F(search, line_that_damages_everything)
{
	self->wire->damage_every = 1;
	fake_add(self->wire, "31892743");
	EXPECT_EQ(0, search_mask(self, "31892743"));
	ASSERT_EQ(1, self->log->count);
	EXPECT_NE(METERBUS_METER_CONFIRMED, self->log->found[0].state);
}

TEST_F(search, cancelled_search_tells_what_is_known)
{
	add_batch(self->wire, 31892740, 15);
	self->log->cancel_after = 4;
	EXPECT_EQ(0, search_all(self));
	EXPECT_TRUE(self->result.cancelled);
	EXPECT_EQ(4, self->result.count[METERBUS_METER_CONFIRMED]);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_SERIALS]);
}

/* Stops after @visits, then goes on; returns the wrongs of the whole. */
static unsigned int interrupt(FIXTURE_DATA(search) *self, unsigned int visits)
{
	struct log *first = malloc(sizeof(*first));
	unsigned int wrong;

	memset(self->log, 0, sizeof(*self->log));
	self->log->cancel_after_visits = visits;
	search_all(self);
	*first = *self->log;
	memset(self->log, 0, sizeof(*self->log));
	self->search.finds = first->finds;
	self->search.find_count = first->count;
	self->search.visits = first->visits;
	self->search.visit_count = first->visit_count;
	search_all(self);
	wrong = wrongs(self);
	memset(&self->search.finds, 0, sizeof(self->search.finds));
	self->search.find_count = 0;
	self->search.visits = NULL;
	self->search.visit_count = 0;
	free(first);
	return wrong;
}

TEST_F(search, interrupted_search_goes_on_where_it_stopped)
{
	unsigned long whole;

	self->wire->break_above = 1;
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, search_all(self));
	whole = self->result.probes;
	for (unsigned int visits = 1; visits < whole; visits++) {
		for (int i = 0; i < 15; i++)
			self->wire->meters[i].readouts = 0;
		EXPECT_EQ(0, interrupt(self, visits))
			TH_LOG("after %u", visits);
		for (int i = 0; i < 15; i++)
			EXPECT_EQ(1, self->wire->meters[i].readouts);
		/* Nothing was asked twice. */
		EXPECT_GE(whole, self->result.probes + visits);
	}
}

TEST_F(search, known_meters_are_asked_first_and_not_verified_again)
{
	struct meterbus_address known[15];

	self->wire->break_above = 1;
	add_batch(self->wire, 31892740, 15);
	for (int i = 0; i < 15; i++) {
		known[i] = (struct meterbus_address){ .secondary = true };
		memcpy(known[i].bytes, self->wire->meters[i].address, 8);
	}
	EXPECT_EQ(0, search_all(self));
	self->log->cancel_after_visits = 0;
	memset(self->log, 0, sizeof(*self->log));
	self->search.known = known;
	self->search.known_count = 15;
	self->wire->sent_count = 0;
	{
		unsigned long before = self->result.probes;

		EXPECT_EQ(0, search_all(self));
		EXPECT_EQ(before, self->result.probes);
	}
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(0, self->result.missing);
	EXPECT_EQ(0, strncmp("680B0B6873FD5240278931242328", self->wire->sent[0],
			     28));
}

TEST_F(search, known_meter_that_does_not_answer_is_missing)
{
	struct meterbus_address known[2];

	ASSERT_EQ(0, meterbus_address_parse(&known[0], "3189274024232804",
					    &self->err));
	ASSERT_EQ(0, meterbus_address_parse(&known[1], "3189274124232804",
					    &self->err));
	add_batch(self->wire, 31892740, 1);
	self->search.known = known;
	self->search.known_count = 2;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->result.missing);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_MISSING]);
	EXPECT_NE(NULL, strstr(self->log->text[METERBUS_FINDING_MISSING],
			       "3189274124232804"));
}

/* As when the same meters answer at another baud rate, too. */
TEST_F(search, meters_read_earlier_are_not_read_again)
{
	struct meterbus_address earlier[7];

	self->wire->break_above = 1;
	add_batch(self->wire, 31892740, 8);
	for (int i = 0; i < 7; i++) {
		earlier[i] = (struct meterbus_address){ .secondary = true };
		memcpy(earlier[i].bytes, self->wire->meters[i].address, 8);
	}
	/* This one is not here. */
	earlier[6].bytes[0] = 0x99;
	self->search.earlier = earlier;
	self->search.earlier_count = 7;
	EXPECT_EQ(0, search_all(self));
	EXPECT_EQ(2, self->log->count);
	EXPECT_EQ(1, times_found(self->log, "3189274624232804",
				 METERBUS_METER_CONFIRMED));
	EXPECT_EQ(1, times_found(self->log, "3189274724232804",
				 METERBUS_METER_CONFIRMED));
	EXPECT_EQ(6, self->log->findings[METERBUS_FINDING_AGAIN]);
	EXPECT_EQ(0, self->log->findings[METERBUS_FINDING_DOUBTFUL]);
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(0, self->wire->meters[i].readouts);
}

TEST_F(search, unplugged_search_tells_what_is_known)
{
	add_batch(self->wire, 31892740, 15);
	self->wire->fail_after = 30;
	EXPECT_EQ(-1, search_all(self));
	EXPECT_EQ(METERBUS_E_UNPLUGGED, self->err.kind);
	EXPECT_LT(0, self->result.count[METERBUS_METER_CONFIRMED]);
}

TEST_F(search, primary_finds_each_and_reads_it_once)
{
	static const uint8_t addresses[] = { 0, 1, 5, 6, 7, 250 };

	add_batch(self->wire, 31892740, 6);
	for (int i = 0; i < 6; i++)
		self->wire->meters[i].primary = addresses[i];
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(251, self->result.probes);
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ(addresses[i], self->log->found[i].primary);
		EXPECT_EQ(1, self->wire->meters[i].readouts);
	}
	/* One SND_NKE each, and a request to those that are there. */
	EXPECT_EQ(251 + 6, self->wire->transmissions);
}

TEST_F(search, primary_does_not_miss_the_address_after_a_found_one)
{
	static const uint8_t addresses[] = { 10, 11, 12, 15, 16, 17 };

	add_batch(self->wire, 31892740, 6);
	for (int i = 0; i < 6; i++)
		self->wire->meters[i].primary = addresses[i];
	self->wire->timing.guard_us = 1000;
	self->wire->turnaround_us = 37000;
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_TURNAROUND]);
}

TEST_F(search, primary_tells_of_several_on_one_address)
{
	add_batch(self->wire, 31892740, 15);
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	ASSERT_EQ(1, self->log->count);
	EXPECT_EQ(METERBUS_METER_SEVERAL, self->log->found[0].state);
	EXPECT_STREQ("0", self->log->found[0].address);
	EXPECT_NE(NULL, strstr(self->log->found[0].why,
			       "use the secondary search"));
}

TEST_F(search, primary_addresses_that_were_asked_for)
{
	uint8_t primaries[METERBUS_PRIMARY_SET] = { [0] = 1 << 5 | 1 << 6 };

	add_batch(self->wire, 31892740, 3);
	for (int i = 0; i < 3; i++)
		self->wire->meters[i].primary = 5 + 2 * i;
	primaries[9 / 8] |= 1 << 9 % 8;
	self->search.primaries = primaries;
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(2, self->log->count);
	EXPECT_EQ(3, self->result.probes);
}

TEST_F(search, primary_search_goes_on_where_it_stopped)
{
	add_batch(self->wire, 31892740, 3);
	for (int i = 0; i < 3; i++)
		self->wire->meters[i].primary = 5 + 2 * i;
	self->log->cancel_after_visits = 7;
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(7, self->log->visit_count);
	EXPECT_EQ(1, self->log->count);
	self->log->cancel_after_visits = 0;
	self->log->count = 0;
	self->search.finds = self->log->finds;
	self->search.find_count = 1;
	self->search.visits = self->log->visits;
	self->search.visit_count = 7;
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(0, wrongs(self));
	EXPECT_EQ(251 - 7, self->result.probes);
}

TEST_F(search, primary_on_an_empty_wire)
{
	EXPECT_EQ(0, meterbus_search_primary(&self->search, &self->result,
					     &self->err));
	EXPECT_EQ(0, self->log->count);
	EXPECT_EQ(251, self->wire->transmissions);
	EXPECT_EQ(1, self->log->findings[METERBUS_FINDING_NOBODY]);
}

TEST_HARNESS_MAIN
