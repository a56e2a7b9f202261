// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/recorder.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ui/show.h"

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

bool is_pcapng(const char *path)
{
	static const char end[] = ".pcapng";
	size_t len = strlen(path);

	return len >= strlen(end) && !strcmp(path + len - strlen(end), end);
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

/* Buffered and flushed once, so that a record is one write(). */
static int flush(struct recorder *recorder, struct meterbus_error *err)
{
	if (fflush(recorder->out) == 0 && !ferror(recorder->out))
		return 0;
	return fail_file(recorder, err);
}

static int begin(struct recorder *recorder, struct meterbus_error *err)
{
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

/* Begins the file with the present settings of the bus. */
static int begin_bus(struct recorder *recorder, struct meterbus_error *err)
{
	struct meterbus_status status;

	if (meterbus_status_get(recorder->bus, &status, err) < 0)
		return -1;
	meterbus_recording_head(&recorder->head, &status);
	return begin(recorder, err);
}

static struct recorder *recorder_new(const char *path,
				     struct meterbus_error *err)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (recorder && (recorder->path = strdup(path)) &&
	    asprintf(&recorder->old, "%s.1", path) >= 0) {
		recorder->pcapng = is_pcapng(path);
		return recorder;
	}
	meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	recorder_close(recorder, NULL);
	return NULL;
}

struct recorder *recorder_open(const char *path, unsigned long rotate,
			       unsigned int bus, struct meterbus_error *err)
{
	struct recorder *recorder = recorder_new(path, err);

	if (!recorder)
		return NULL;
	recorder->rotate = rotate;
	recorder->bus = bus;
	if (begin_bus(recorder, err) == 0)
		return recorder;
	recorder_close(recorder, NULL);
	return NULL;
}

struct recorder *recorder_copy(const char *path,
			       const struct meterbus_recording_head *head,
			       struct meterbus_error *err)
{
	struct recorder *recorder = recorder_new(path, err);

	if (!recorder)
		return NULL;
	recorder->head = *head;
	if (begin(recorder, err) == 0)
		return recorder;
	recorder_close(recorder, NULL);
	return NULL;
}

static int rotate(struct recorder *recorder, struct meterbus_error *err)
{
	FILE *full = recorder->out;

	recorder->out = NULL;
	if (fclose(full) != 0 || rename(recorder->path, recorder->old) < 0)
		return fail_file(recorder, err);
	return begin_bus(recorder, err);
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
