// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "store/space.h"

#define PERIOD_MS	5000
#define SAMPLE_MS	3600000LL
#define DAY_MS		86400000LL

bool space_is_due(const struct space *space, int64_t now_ms)
{
	return !space->measured_ms || now_ms >= space->measured_ms + PERIOD_MS;
}

static uint64_t size_of(const char *path, const char *end)
{
	char name[PATH_MAX];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, end);
	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void sample(struct space *space, int64_t now_ms)
{
	unsigned int newest = (space->next + SPACE_SAMPLES - 1) % SPACE_SAMPLES;

	if (space->count && now_ms < space->samples[newest].ms + SAMPLE_MS)
		return;
	space->samples[space->next].bytes = space->bytes;
	space->samples[space->next].ms = now_ms;
	space->next = (space->next + 1) % SPACE_SAMPLES;
	if (space->count < SPACE_SAMPLES)
		space->count++;
}

/* Since the oldest sample; 0 within the first hour. */
static int64_t growth(const struct space *space, int64_t now_ms)
{
	unsigned int oldest = space->count < SPACE_SAMPLES ? 0 : space->next;
	int64_t ms = now_ms - space->samples[oldest].ms;
	int64_t more = (int64_t)space->bytes -
		       (int64_t)space->samples[oldest].bytes;

	return ms < SAMPLE_MS ? 0 : more / (ms / 1000) * (DAY_MS / 1000);
}

void space_measure(struct space *space, const char *path, int64_t now_ms)
{
	struct statvfs fs;

	space->measured_ms = now_ms;
	space->bytes = size_of(path, "") + size_of(path, "-wal");
	space->free_bytes = statvfs(path, &fs) == 0 ?
				    (uint64_t)fs.f_bavail * fs.f_frsize : 0;
	sample(space, now_ms);
	space->growth = growth(space, now_ms);
}
