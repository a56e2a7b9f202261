/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of mbusd, an INI file (mbusd.conf(5)). It is read and checked
 * as a whole and immutable afterwards; its users hold references.
 */
#ifndef MBUSD_CONFIG_H
#define MBUSD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/address.h>
#include <meterbus/decoder.h>
#include <meterbus/error.h>
#include <meterbus/quirks.h>

#include "base/index.h"
#include "base/schedule.h"

/* Names: a letter or digit, then those and . _ - */
#define CONFIG_NAME_MAX 64

struct config_label {
	char *name;
	char *value;
};

enum config_connection {
	CONFIG_BUS,		/* attached by another program */
	CONFIG_TTY,		/* a path */
	CONFIG_USB,		/* an adapter by its identity */
	CONFIG_TCP,		/* a gateway, raw TCP */
	CONFIG_RFC2217,	/* a gateway with RFC 2217 */
};

/* [bus NAME] */
struct config_bus {
	char *name;
	enum config_connection connection;
	char *path;		/* BUS: "mbus0"; TTY: "/dev/..." */
	char *vid, *pid;	/* USB: four hexadecimal digits each */
	char *serial;		/* USB: NULL for any */
	int port;		/* USB: counted from 0; -1: the only one */
	char *host;		/* TCP, RFC2217: HOST:PORT */
	unsigned int baud;
	int guard_ms;		/* -1: default of the driver */
	int echo;		/* enum meterbus_echo; -1: default of the driver */
	size_t meter_count;	/* meters on it */
	int line;		/* in the file, for messages */
};

/* [meter NAME] */
struct config_meter {
	char *name;
	struct config_bus *bus;
	struct meterbus_address address;
	bool has_address;		/* always, after config_load() */
	struct schedule schedule;
	bool has_schedule;		/* of its own */
	unsigned int reads_per_day;	/* battery budget; 0: no limit */
	/* Configured, or known for its address; NULL: none. */
	const struct meterbus_quirks *quirks;
	bool has_key;
	uint8_t key[METERBUS_KEY_LEN];
	char *title;			/* what people call it; NULL: its name */
	struct config_label *labels;
	size_t label_count;
	int line;
};

/* Keys of a kind of output, see config/output.h. */
struct config_output_kind;

/* [output NAME] */
struct config_output {
	char *name;
	const struct config_output_kind *kind;
	unsigned int timeout_s;
	/* A readout that fails is parked after both; park_after_s 0: never. */
	unsigned int park_tries;
	uint64_t park_after_s;
	void *settings;		/* the kind's own */
	int line;
};

/* [api] */
struct config_api {
	char *socket;		/* default /run/mbusd/api.sock; "" for none */
	char *group;		/* may use it; NULL: only root and mbusd's user */
	char *listen;		/* ADDRESS:PORT for TCP; NULL: none */
	char *read_group;	/* may only read; NULL: none */
	/* Read from files, of the roles admin, operate and read; or NULL. */
	char *token, *operate_token, *read_token;
	char *cert_file, *key_file; /* TLS, needed with listen */
	char *metrics_listen;	/* loopback ADDRESS:PORT; NULL: none */
};

struct config {
	char *path;		/* the file itself */
	char *site;		/* [mbusd] site; default: the host's name */
	char *store;		/* default /var/lib/mbusd/readings.db */
	uint64_t retention_s;	/* older readouts are deleted; 0: none */

	struct meterbus_quirks *quirks;	/* of [mbusd] quirks-file */
	size_t quirks_count;

	struct config_bus **buses;
	size_t bus_count;
	struct config_meter **meters;
	size_t meter_count;
	struct config_output **outputs;
	size_t output_count;
	struct index bus_index, meter_index; /* by name */
	struct config_api api;
};

/*
 * Called for each fault, and for each warning of what works and is probably not
 * what was meant, with one line of text, without a full stop: what is wrong and
 * what to do. @line is 0 if there is none.
 */
typedef void config_fault_fn(void *context, bool warning, const char *file,
			     int line, const char *text);

/*
 * Reads and checks @path. All faults are reported, not just the first.
 * @kinds, up to a NULL, are those that outputs may have; they live as long as
 * the configuration. Returns a configuration with one reference, or NULL after
 * at least one fault.
 */
struct config *config_load(const char *path,
			   const struct config_output_kind *const *kinds,
			   config_fault_fn *fault, void *context);

/* From any thread; the last config_put() frees. */
struct config *config_get(struct config *config);
void config_put(struct config *config);

/* Same connection and settings? */
bool config_same_bus(const struct config_bus *a, const struct config_bus *b);
/* Same receiver and settings, whatever the name? */
bool config_same_output(const struct config_output *a,
			const struct config_output *b);

/*
 * What it makes mbusd do, in one line: "1 bus, 15 meters, read every 15 min, 1
 * output: mqtt://broker.example". Returns @out.
 */
#define CONFIG_SUMMARY_SIZE 512
char *config_summary(const struct config *config, char out[CONFIG_SUMMARY_SIZE]);

/* NULL if there is none of that name. */
const struct config_bus *config_find_bus(const struct config *config,
					 const char *name);
const struct config_meter *config_find_meter(const struct config *config,
					     const char *name);
const struct config_output *config_find_output(const struct config *config,
					       const char *name);

#endif
