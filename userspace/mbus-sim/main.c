// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"
#include "scenario/folder.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/version.h>

#define EXIT_USAGE 2

static const char usage[] =
	"Usage: mbus-sim [OPTION]... SCENARIO | --replay FILE\n"
	"Simulates one M-Bus wire with its meters and level converter.\n"
	"SCENARIO is a file, or the name of one of --list. With --replay requests are\n"
	"answered as they were in a recording of mbusctl monitor --write.\n"
	"\n"
	"Where the PC's end of the wire is:\n"
	"  --pty               a new pty, its path the first line printed (default)\n"
	"  --link PATH         and a symbolic link to it\n"
	"  --tty PATH          this tty, for example /dev/ttyGS2\n"
	"\n"
	"What differs from the scenario:\n"
	"  --baud N            rate of the bus\n"
	"  --turnaround MS     time the converter needs to turn the line round\n"
	"  --echo              the converter sends the PC's bytes back\n"
	"  --noise KEY=N,...   flip, drop, nul (each Nth), idle (a time)\n"
	"  --seed N            another run of the same jitter and noise\n"
	"  --set SECTION.KEY=VALUE  any key; meter.KEY is that of all meters\n"
	"\n"
	"  --log FILE          what happens on the wire, - for standard error\n"
	"  --duration S        end after this many seconds\n"
	"  --check             only check the scenario\n"
	"  --list              the scenarios known by name\n"
	"  --help, --version\n"
	"\n"
	"Ends with status 0 on SIGINT, SIGTERM and SIGHUP, and when the tty is hung\n"
	"up; SIGUSR1 is the adapter being unplugged. 1: it failed, 2: usage.\n";

struct options {
	const char *tty, *link, *log, *scenario, *replay;
	char **sets; /* SECTION.KEY=VALUE, in their order */
	size_t nr_sets;
	int64_t until;
	bool check, list;
};

__attribute__((format(printf, 1, 2), noreturn)) static void
usage_error(const char *why, ...)
{
	va_list args;

	fputs("mbus-sim: ", stderr);
	va_start(args, why);
	vfprintf(stderr, why, args);
	va_end(args);
	fputs("; see mbus-sim --help\n", stderr);
	exit(EXIT_USAGE);
}

/* Takes @assignment over. */
static void set(struct options *o, char *assignment)
{
	o->sets = grow(o->sets, o->nr_sets, sizeof(*o->sets));
	o->sets[o->nr_sets++] = assignment;
}

static void set_key(struct options *o, const char *key, const char *value)
{
	char *assignment;

	if (asprintf(&assignment, "%s=%s", key, value) < 0)
		exit(EXIT_FAILURE);
	set(o, assignment);
}

static void set_noise(struct options *o, const char *list)
{
	char *copy = copy_text(list), *rest = copy, *item;

	while ((item = strsep(&rest, ","))) {
		char *key;

		if (!strchr(item, '='))
			usage_error("--noise %s: is not KEY=N", item);
		if (asprintf(&key, "noise.%s", item) < 0)
			exit(EXIT_FAILURE);
		set(o, key);
	}
	free(copy);
}

static int64_t seconds(const char *text)
{
	struct span span;
	char *with_unit;
	const char *why;

	if (asprintf(&with_unit, "%ss", text) < 0)
		exit(EXIT_FAILURE);
	why = span_parse(with_unit, &span);
	free(with_unit);
	if (why)
		usage_error("--duration %s: is not a number of seconds", text);
	return span.ns;
}

enum {
	OPT_PTY = 256,
	OPT_LINK,
	OPT_TTY,
	OPT_BAUD,
	OPT_TURNAROUND,
	OPT_ECHO,
	OPT_NOISE,
	OPT_SEED,
	OPT_SET,
	OPT_LOG,
	OPT_DURATION,
	OPT_CHECK,
	OPT_LIST,
	OPT_REPLAY,
	OPT_HELP,
	OPT_VERSION
};

static const struct option long_options[] = {
	{ "pty", no_argument, NULL, OPT_PTY },
	{ "link", required_argument, NULL, OPT_LINK },
	{ "tty", required_argument, NULL, OPT_TTY },
	{ "baud", required_argument, NULL, OPT_BAUD },
	{ "turnaround", required_argument, NULL, OPT_TURNAROUND },
	{ "echo", no_argument, NULL, OPT_ECHO },
	{ "noise", required_argument, NULL, OPT_NOISE },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "set", required_argument, NULL, OPT_SET },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "replay", required_argument, NULL, OPT_REPLAY },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static void take_option(struct options *o, int option)
{
	switch (option) {
	case OPT_PTY:
		o->tty = NULL;
		break;
	case OPT_LINK:
		o->link = optarg;
		break;
	case OPT_TTY:
		o->tty = optarg;
		break;
	case OPT_BAUD:
		set_key(o, "bus.baud", optarg);
		break;
	case OPT_TURNAROUND:
		set_key(o, "converter.turnaround", optarg);
		break;
	case OPT_ECHO:
		set_key(o, "converter.echo", "yes");
		break;
	case OPT_NOISE:
		set_noise(o, optarg);
		break;
	case OPT_SEED:
		set_key(o, "scenario.seed", optarg);
		break;
	case OPT_SET:
		set(o, copy_text(optarg));
		break;
	case OPT_LOG:
		o->log = optarg;
		break;
	case OPT_DURATION:
		o->until = seconds(optarg);
		break;
	case OPT_CHECK:
		o->check = true;
		break;
	case OPT_LIST:
		o->list = true;
		break;
	case OPT_REPLAY:
		o->replay = optarg;
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	case OPT_VERSION:
		printf("mbus-sim %s\n", meterbus_version_text());
		exit(EXIT_SUCCESS);
	default:
		/* getopt has reported the fault */
		fputs("mbus-sim: see mbus-sim --help\n", stderr);
		exit(EXIT_USAGE);
	}
}

static void take_options(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){ .until = NEVER };
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
		take_option(o, option);
	if (o->list)
		return;
	if (o->tty && o->link)
		usage_error("--link goes with a pty, not with --tty");
	if (o->replay && optind < argc)
		usage_error("SCENARIO or --replay, not both");
	if (o->replay)
		return;
	if (optind == argc)
		usage_error("no SCENARIO given");
	if (argc - optind > 1)
		usage_error("more than one SCENARIO: %s", argv[optind + 1]);
	o->scenario = argv[optind];
}

static void free_options(struct options *o)
{
	while (o->nr_sets)
		free(o->sets[--o->nr_sets]);
	free(o->sets);
}

static bool load(struct scenario *sc, const struct options *o, const char *path)
{
	struct settings s = { .file = o->replay };
	bool good = !path || settings_read(&s, path);
	size_t i;

	for (i = 0; good && i < o->nr_sets; i++)
		good = settings_override(&s, o->sets[i]);
	good = good && scenario_build(sc, &s);
	settings_free(&s);
	return good;
}

static void to_port(void *context, uint8_t byte)
{
	port_put(context, byte);
}

static bool open_port(struct port *p, const struct options *o, int baud)
{
	const char *what;
	int failed;

	if (o->tty)
		failed = port_open_tty(p, o->tty, baud, &what);
	else
		failed = port_open_pty(p, baud, &what);
	if (!failed && o->link) {
		failed = port_link(p, o->link, &what);
		if (failed) {
			int error = errno;

			port_close(p);
			errno = error;
		}
	}
	if (failed)
		fprintf(stderr, "mbus-sim: %s: %s\n", what, strerror(errno));
	return !failed;
}

static int simulate(struct scenario *sc, struct replay *replay,
		    const struct options *o, const char *path)
{
	struct runner r = { .until = o->until };
	int status;

	if (o->log) {
		r.log = log_open(o->log);
		if (!r.log) {
			fprintf(stderr, "mbus-sim: %s: %s\n", o->log,
				strerror(errno));
			return EXIT_FAILURE;
		}
	}
	if (run_prepare(&r)) {
		perror("mbus-sim: signals and timer");
		return EXIT_FAILURE;
	}
	if (!open_port(&r.port, o, sc->baud))
		return EXIT_FAILURE;
	wire_init(&r.wire, sc, r.log, to_port, &r.port);
	r.wire.replay = replay;
	log_event(r.log, 0, "start", "%s, %zu meters, %d baud", path,
		  sc->nr_meters, sc->baud);
	printf("%s\n", o->tty ? o->tty : r.port.path);
	fflush(stdout);

	status = run(&r);

	port_close(&r.port);
	wire_free(&r.wire);
	log_close(r.log);
	return status;
}

/* A wire that has only the recording on it. */
static int simulate_recording(struct options *o)
{
	struct scenario sc = { 0 };
	struct replay replay;
	char baud[16];
	int status = EXIT_FAILURE;

	if (!replay_load(&replay, o->replay))
		goto free_replay;
	snprintf(baud, sizeof(baud), "%d", replay.baud);
	set_key(o, "bus.baud", baud);
	if (!load(&sc, o, NULL))
		goto free_scenario;
	if (o->check) {
		printf("%s: good, %zu requests\n", o->replay, replay.nr);
		status = EXIT_SUCCESS;
	} else {
		status = simulate(&sc, &replay, o, o->replay);
	}
free_scenario:
	scenario_free(&sc);
free_replay:
	replay_free(&replay);
	return status;
}

int main(int argc, char **argv)
{
	struct scenario sc = { 0 };
	struct options o;
	char *path;
	int status = EXIT_FAILURE;

	take_options(&o, argc, argv);
	if (o.list)
		return scenario_list() ? EXIT_SUCCESS : EXIT_FAILURE;
	if (o.replay) {
		status = simulate_recording(&o);
		free_options(&o);
		return status;
	}
	path = scenario_find(o.scenario);
	if (!path) {
		fprintf(stderr,
			"mbus-sim: %s: neither a file nor a scenario of mbus-sim --list\n",
			o.scenario);
		return EXIT_FAILURE;
	}
	if (load(&sc, &o, path)) {
		if (o.check) {
			printf("%s: good, %zu meters\n", path, sc.nr_meters);
			status = EXIT_SUCCESS;
		} else {
			status = simulate(&sc, NULL, &o, path);
		}
	}
	scenario_free(&sc);
	free_options(&o);
	free(path);
	return status;
}
