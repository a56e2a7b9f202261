// SPDX-License-Identifier: GPL-2.0-or-later
#include "recorder.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

struct recorder {
	char *path;
	char *old;		/* path.1 */
	unsigned long rotate;
	unsigned int bus;
	bool pcapng;
	FILE *out;
	struct meterbus_recording_head head;
};

static int fail_file(const struct recorder *recorder,
		     struct meterbus_error *err)
{
	return meterbus_fail(err, METERBUS_E_SYSTEM, "cannot write %s: %s",
			     recorder->path, strerror(errno));
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text);
	size_t end_len = strlen(end);

	return len >= end_len && !strcmp(text + len - end_len, end);
}

static void write_line(FILE *out, struct json_object *object)
{
	fputs(json_object_to_json_string_ext(object,
					     JSON_C_TO_STRING_PLAIN |
					     JSON_C_TO_STRING_NOSLASHESCAPE),
	      out);
	putc('\n', out);
	json_object_put(object);
}

/* One write() for what belongs together: a buffer that is flushed each time. */
static int flush(struct recorder *recorder, struct meterbus_error *err)
{
	if (fflush(recorder->out) == 0 && !ferror(recorder->out))
		return 0;
	return fail_file(recorder, err);
}

static int begin(struct recorder *recorder, struct meterbus_error *err)
{
	struct meterbus_status status;

	if (meterbus_status_get(recorder->bus, &status, err) < 0)
		return -1;
	meterbus_recording_head(&recorder->head, &status);
	recorder->out = fopen(recorder->path, "we");
	if (!recorder->out)
		return fail_file(recorder, err);
	if (recorder->pcapng)
		pcapng_head(recorder->out, &recorder->head);
	else
		write_line(recorder->out,
			   meterbus_recording_head_json(&recorder->head));
	return flush(recorder, err);
}

struct recorder *recorder_open(const char *path, unsigned long rotate,
			       unsigned int bus, struct meterbus_error *err)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder || !(recorder->path = strdup(path)) ||
	    asprintf(&recorder->old, "%s.1", path) < 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		goto fail;
	}
	recorder->rotate = rotate;
	recorder->bus = bus;
	recorder->pcapng = ends_in(path, ".pcapng");
	if (begin(recorder, err) == 0)
		return recorder;
fail:
	recorder_close(recorder, NULL);
	return NULL;
}

static int rotate(struct recorder *recorder, struct meterbus_error *err)
{
	FILE *full = recorder->out;

	recorder->out = NULL;
	if (fclose(full) != 0 || rename(recorder->path, recorder->old) < 0)
		return fail_file(recorder, err);
	return begin(recorder, err);
}

int recorder_write(struct recorder *recorder,
		   const struct meterbus_record *record,
		   int64_t wall_offset_ns, struct meterbus_error *err)
{
	if (recorder->rotate &&
	    ftell(recorder->out) >= (long)recorder->rotate &&
	    rotate(recorder, err) < 0)
		return -1;
	if (recorder->pcapng)
		pcapng_record(recorder->out, record, wall_offset_ns);
	else
		write_line(recorder->out,
			   meterbus_record_json(record, recorder->head.bus,
						wall_offset_ns));
	return flush(recorder, err);
}

int recorder_close(struct recorder *recorder, struct meterbus_error *err)
{
	int ret = 0;

	if (!recorder)
		return 0;
	if (recorder->out && fclose(recorder->out) != 0)
		ret = fail_file(recorder, err);
	free(recorder->old);
	free(recorder->path);
	free(recorder);
	return ret;
}
