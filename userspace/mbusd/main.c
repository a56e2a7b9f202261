// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusd: options, signals, and the line to systemd.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "log.h"

#define VERSION "0.1"
#define CONFIG_DEFAULT "/etc/mbus/mbusd.conf"

/* As mbusctl(8) has them. */
enum {
	EXIT_USAGE = 2,
};

static const char usage_text[] =
	"usage: mbusd [-c FILE] [--check] [-v]\n"
	"\n"
	"  -c, --config FILE  configuration, default " CONFIG_DEFAULT "\n"
	"      --check        tell all faults of the configuration and end\n"
	"  -v, --verbose      say more\n"
	"  -h, --help         this text\n"
	"      --version      the version\n"
	"\n"
	"See mbusd(8) and mbusd.conf(5).\n";

struct options {
	const char *config;
	bool check;
};

static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'C' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:vh", known, NULL)) >= 0) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'C':
			options->check = true;
			break;
		case 'v':
			log_verbose();
			break;
		case 'h':
			fputs(usage_text, stdout);
			exit(EXIT_SUCCESS);
		case 'V':
			puts("mbusd " VERSION);
			exit(EXIT_SUCCESS);
		default:
			return -1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "mbusd: '%s' is one word too many\n",
			argv[optind]);
		return -1;
	}
	return 0;
}

static void print_fault(void *context, const char *file, int line,
			const char *text)
{
	(void)context;
	if (line)
		log_error("%s:%d: %s", file, line, text);
	else
		log_error("%s: %s", file, text);
}

int main(int argc, char **argv)
{
	struct options options = { .config = CONFIG_DEFAULT };
	struct config *config;

	if (parse_options(&options, argc, argv) < 0) {
		fputs("mbusd: try 'mbusd --help'\n", stderr);
		return EXIT_USAGE;
	}
	config = config_load(options.config, print_fault, NULL);
	if (!config)
		return EXIT_USAGE;
	config_put(config);
	return EXIT_SUCCESS;
}
