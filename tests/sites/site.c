// SPDX-License-Identifier: GPL-2.0-only
#include "site.h"
#include "impairment.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* An answer has to begin within this at the latest (EN 13757-2). */
#define WINDOW_BITS 330
#define WINDOW_MS   50

#define TELEGRAM_MAX 261

unsigned int site_any(struct site *site, unsigned int below)
{
	uint64_t x;

	site->random =
		site->random * 6364136223846793005ULL + 1442695040888963407ULL;
	x = site->random;
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 29;
	return x % below;
}

void site_put(struct site *site, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(site->out, format, args);
	va_end(args);
}

const char *site_job_name(enum site_job job)
{
	static const char *const names[NR_JOBS] = {
		"search by secondary address",
		"search by primary address",
		"read each by secondary address",
		"read each by primary address",
	};

	return names[job];
}

/* --- what is there --- */

static void set_id(uint8_t *bytes, unsigned int id)
{
	for (unsigned int i = 0; i < 4; i++, id /= 100)
		bytes[i] = id % 10 | id / 10 % 10 << 4;
}

static bool is_taken(const struct site *site, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (!memcmp(site->ids[j], site->ids[i], 4))
			return true;
	return false;
}

/* One delivery, one with gaps, several, or from anywhere. */
static void choose_ids(struct site *site)
{
	unsigned int kind = site_any(site, 4);
	unsigned int id = 0;

	for (size_t i = 0; i < site->nr_meters; i++) {
		do {
			if (!i || kind == 3 || (kind == 2 && i % 6 == 0))
				id = site_any(site, 100000000);
			else
				id = (id + 1 +
				      (kind == 1 && !site_any(site, 3))) %
				     100000000;
			set_id(site->ids[i], id);
		} while (is_taken(site, i));
	}
}

/* All as they left the factory, or each with one of its own. */
static void choose_addresses(struct site *site)
{
	bool own = site->job == JOB_PRIMARY || site->job == JOB_READ_PRIMARY ||
		   site_any(site, 2);
	uint8_t all[250];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = i + 1;
	for (size_t i = 0; i < site->nr_meters && own; i++) {
		size_t j = i + site_any(site, sizeof(all) - i);
		uint8_t address = all[j];

		all[j] = all[i];
		all[i] = address;
		site->addresses[i] = address;
	}
}

/* Few are as usual as many. */
static size_t choose_meters(struct site *site)
{
	return 1 + site_any(site, 1 + site_any(site, SITE_METERS_MAX));
}

static int choose_baud(struct site *site)
{
	unsigned int kind = site_any(site, 10);

	return kind ? kind < 8 ? 2400 : 9600 : 300;
}

static enum site_job choose_job(struct site *site)
{
	unsigned int kind = site_any(site, 10);

	if (kind < 5)
		return JOB_SECONDARY;
	if (kind < 7)
		return JOB_PRIMARY;
	return kind < 9 ? JOB_READ_SECONDARY : JOB_READ_PRIMARY;
}

/* --- what is written --- */

static void put_scenario(struct site *site)
{
	site_put(site,
		 "[scenario]\ndescription = site %llu, %s; wrong with it:",
		 (unsigned long long)site->seed, site_job_name(site->job));
	for (size_t i = 0; i < site->nr_impairments; i++)
		site_put(site, " %s", site->impairments[i]->name);
	site_put(site, "\nseed = %llu\n\n[bus]\nbaud = %d\n\n",
		 (unsigned long long)site->seed, site->baud);
}

/* Turns round or not, signals a collision of two, of three, or never. */
static void put_converter(struct site *site)
{
	static const unsigned int turnarounds[] = {0, 37, 50};
	static const unsigned int currents[] = {30, 30, 45, 0};
	static const unsigned int latencies[] = {0, 1, 16};

	site_put(site,
		 "[converter]\nturnaround = %ums\ncollision-current = "
		 "%u\nbreak = %ums\n",
		 turnarounds[site_any(site, 3)], currents[site_any(site, 4)],
		 50 + site_any(site, 31));
	site->has_echo = !site_any(site, 5);
	if (site->has_echo)
		site_put(site, "echo = yes\n");
	for (size_t i = 0; i < site->nr_impairments; i++)
		if (site->impairments[i]->converter)
			site->impairments[i]->converter(site);
	site_put(site, "break = %ums\nlatency = %ums\n\n",
		 50 + site_any(site, 31), latencies[site_any(site, 3)]);
}

/* A section that only an impairment makes. */
static void put_section(struct site *site, const char *name, size_t offset)
{
	bool begun = false;

	for (size_t i = 0; i < site->nr_impairments; i++) {
		void (*put)(struct site * site);

		memcpy(&put, (const char *)site->impairments[i] + offset,
		       sizeof(put));
		if (!put)
			continue;
		if (!begun)
			site_put(site, "[%s]\n", name);
		begun = true;
		put(site);
	}
	if (begun)
		site_put(site, "\n");
}

struct maker {
	uint8_t manufacturer[2];
	uint8_t version, medium;
};

static struct maker any_maker(struct site *site)
{
	static const struct maker makers[] = {
		{{0x24, 0x23}, 0x28, 0x04}, {{0x2d, 0x2c}, 0x19, 0x04},
		{{0xa7, 0x32}, 0x08, 0x04}, {{0x93, 0x15}, 0x33, 0x07},
		{{0x24, 0x40}, 0x01, 0x07}, {{0x01, 0x06}, 0x10, 0x02},
	};

	return makers[site_any(site, 6)];
}

static void put_hex(struct site *site, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		site_put(site, "%s%02X", i % 24 ? " " : "\n\t", bytes[i]);
	site_put(site, "\n");
}

static void reverse(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		uint8_t byte = bytes[i];

		bytes[i] = bytes[len - 1 - i];
		bytes[len - 1 - i] = byte;
	}
}

/* A volume, and data of the maker's own of any length; @more: to be continued.
 */
static void put_telegram(struct site *site, size_t meter, struct maker maker,
			 bool mode2, unsigned int number, bool more)
{
	uint8_t t[TELEGRAM_MAX] = {0x68, 0, 0, 0x68, 0x08};
	size_t len = 19, filler = site_any(site, 4) ? site_any(site, 60) :
						      site_any(site, 220);
	uint8_t sum = 0;

	t[5] = site->addresses[meter];
	t[6] = mode2 ? 0x76 : 0x72;
	memcpy(t + 7, site->ids[meter], 4);
	memcpy(t + 11, maker.manufacturer, 2);
	if (mode2) {
		reverse(t + 7, 4);
		reverse(t + 11, 2);
	}
	t[13] = maker.version;
	t[14] = maker.medium;
	t[len++] = 0x0c;
	t[len++] = 0x13;
	for (unsigned int i = 0; i < 4; i++)
		t[len++] = site_any(site, 10) << 4 | site_any(site, 10);
	t[len++] = more ? 0x1f : 0x0f;
	while (filler--)
		t[len++] = site_any(site, 256);
	t[1] = t[2] = len - 4;
	for (size_t i = 4; i < len; i++)
		sum += t[i];
	t[len++] = sum;
	t[len++] = 0x16;
	if (number > 1)
		site_put(site, "telegram%u =", number);
	else
		site_put(site, "telegram =");
	put_hex(site, t, len);
}

/* Habits that the standard allows. */
static void put_habits(struct site *site)
{
	static const char *const fcb[] = {"normal", "normal", "normal",
					  "strict", "ignore"};

	site_put(site, "fcb = %s\ncurrent = %u\njitter = %ums\ndelay = %ums\n",
		 fcb[site_any(site, 5)], 11 + site_any(site, 5),
		 site_any(site, 4), site->delay_ms + site_any(site, 20));
}

/* Most are quick, some take all the time they have. */
unsigned int site_any_delay(struct site *site)
{
	unsigned int least = 11 * 1000 / site->baud + 1;
	unsigned int most = WINDOW_BITS * 1000 / site->baud + WINDOW_MS;

	if (site_any(site, 4))
		most = least + 60;
	return least + site_any(site, most - least - 24);
}

static void put_meter(struct site *site, size_t meter, const size_t *victims,
		      struct maker maker)
{
	bool mode2 = false;

	site_put(site, "\n[meter %zu]\naddress = %u\n", meter + 1,
		 site->addresses[meter]);
	for (size_t i = 0; i < site->nr_impairments; i++) {
		const struct impairment *imp = site->impairments[i];

		if (!imp->meter || (imp->of == OF_ONE && victims[i] != meter))
			continue;
		imp->meter(site);
		mode2 |= imp->mode2;
	}
	put_habits(site);
	if (!site_any(site, 8)) {
		put_telegram(site, meter, maker, mode2, 1, true);
		put_telegram(site, meter, maker, mode2, 2, false);
	} else {
		put_telegram(site, meter, maker, mode2, 1, false);
	}
}

static void put_meters(struct site *site)
{
	bool one_maker = site_any(site, 2);
	struct maker maker = any_maker(site);
	size_t victims[SITE_IMPAIRMENTS_MAX];

	for (size_t i = 0; i < SITE_IMPAIRMENTS_MAX; i++)
		victims[i] = site_any(site, site->nr_meters);
	for (size_t i = 0; i < site->nr_meters; i++)
		put_meter(site, i, victims,
			  one_maker ? maker : any_maker(site));
}

/* --- the whole --- */

/* A line from @text to @end begins with the @len bytes of @key. */
static bool is_written(const char *text, const char *end, const char *key,
		       size_t len)
{
	for (; text < end; text = (char *)memchr(text, '\n', end - text) + 1)
		if ((size_t)(end - text) > len && !strncmp(text, key, len) &&
		    text[len] == ' ')
			return true;
	return false;
}

/*
 * Of a key that was written twice in a section the first stays: impairments
 * write before what is usual.
 */
static void drop_second_keys(struct site *site)
{
	char *section = site->text, *to = site->text;
	const char *line = site->text, *next;
	bool dropped = false;

	for (; *line; line = next) {
		size_t len = strchr(line, '\n') + 1 - line;
		size_t key = strcspn(line, " \n");

		next = line + len;
		if (*line == '[')
			section = to;
		if (*line != '\t')
			dropped = line[key] == ' ' && *line != '[' &&
				  *line != '\n' &&
				  is_written(section, to, line, key);
		if (dropped)
			continue;
		memmove(to, line, len);
		to += len;
	}
	*to = '\0';
	site->text_len = to - site->text;
}

void site_make(struct site *site, uint64_t seed,
	       const struct impairment *const *chosen, size_t nr)
{
	*site = (struct site){.seed = seed, .random = seed};
	for (size_t i = 0; i < nr; i++)
		site->impairments[site->nr_impairments++] = chosen[i];
	site->out = open_memstream(&site->text, &site->text_len);
	if (!site->out) {
		perror("sites");
		exit(EXIT_FAILURE);
	}
	site->job = choose_job(site);
	site->nr_meters = choose_meters(site);
	site->baud = choose_baud(site);
	site->delay_ms = site_any_delay(site);
	choose_ids(site);
	choose_addresses(site);
	put_scenario(site);
	put_converter(site);
	put_section(site, "noise", offsetof(struct impairment, noise));
	put_section(site, "tty", offsetof(struct impairment, tty));
	put_section(site, "other-master",
		    offsetof(struct impairment, other_master));
	put_meters(site);
	fclose(site->out);
	drop_second_keys(site);
}

void site_free(struct site *site)
{
	free(site->text);
}
