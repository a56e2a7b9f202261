// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusd: options, signals, notifications to systemd.
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <meterbus/version.h>

#include "api/api.h"
#include "config/config.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/notify.h"
#include "service.h"

#define CONFIG_DEFAULT "/etc/mbus/mbusd.conf"

#define TICK_MS 5000
#define ARENAS 2

/* The same as those of mbusctl(8). */
static int exit_status(enum meterbus_error_kind kind)
{
	switch (kind) {
	case METERBUS_OK:
		return EXIT_SUCCESS;
	case METERBUS_E_USAGE:
		return 2;
	case METERBUS_E_PERMISSION:
		return 4;
	case METERBUS_E_BUSY:
		return 11;
	default:
		return 1;
	}
}

static const char usage_text[] =
	"usage: mbusd [-c FILE] [--check] [-v]\n"
	"\n"
	"  -c, --config FILE  configuration, default " CONFIG_DEFAULT "\n"
	"      --check        report all faults of the configuration and what it does,\n"
	"                     and exit\n"
	"  -v, --verbose      also log the outcome of each readout\n"
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
			printf("mbusd %s\n", meterbus_version_text());
			exit(EXIT_SUCCESS);
		default:
			return -1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "mbusd: unexpected argument '%s'\n",
			argv[optind]);
		return -1;
	}
	return 0;
}

static void print_fault(void *context, bool warning, const char *file, int line,
			const char *text)
{
	char where[16] = "";

	(void)context;
	if (line)
		snprintf(where, sizeof(where), ":%d", line);
	if (warning)
		log_warning("%s%s: warning: %s", file, where, text);
	else
		log_error("%s%s: %s", file, where, text);
}

static struct config *load(const char *path)
{
	return service_load(path, print_fault, NULL);
}

/* A configuration with faults changes nothing. */
static void reload(struct service *service, struct api *api,
		   const char *path)
{
	struct meterbus_error err;
	struct config *config;

	notify_reloading();
	config = load(path);
	if (!config) {
		log_error("%s is rejected; the old configuration stays in use",
			  path);
	} else if (service_reload(service, config, &err) < 0) {
		log_error("%s: %s; the old configuration stays in use", path,
			  err.text);
	} else {
		api_reload(api);
		log_notice("%s is in use now", path);
	}
	notify_ready("running");
}

/* Returns when a signal says to end. */
static void run(struct service *service, struct api *api, const char *path,
		int signals)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;

	for (;;) {
		if (poll(&fd, 1, TICK_MS) > 0 &&
		    read(signals, &info, sizeof(info)) == sizeof(info)) {
			if (info.ssi_signo != SIGHUP)
				return;
			reload(service, api, path);
		}
		api_tick(api);
		service_tick(service);
		notify_watchdog();
	}
}

/* Before the first thread, which inherits the mask. */
static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* Both are also errors of write(), which callers handle. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int serve(struct config *config, const char *path)
{
	struct meterbus_error err;
	struct service *service;
	struct api *api;
	int status = EXIT_SUCCESS;
	int signals;

	limits_raise();
	/* Many threads allocate little: a heap for each would waste memory. */
	mallopt(M_ARENA_MAX, ARENAS);
	signals = take_signals();
	if (signals < 0) {
		log_error("cannot watch for signals: %s", strerror(errno));
		config_put(config);
		return exit_status(METERBUS_E_SYSTEM);
	}
	service = service_start(config, &err);
	if (!service) {
		log_error("%s", err.text);
		close(signals);
		return exit_status(err.kind);
	}
	api = api_start(service, NULL, &err);
	if (api) {
		notify_ready("running");
		log_notice("version %s runs with %s", meterbus_version_text(),
			   path);
		run(service, api, path, signals);
		notify_stopping();
	} else {
		log_error("%s", err.text);
		status = exit_status(err.kind);
	}
	service_end(service);
	api_stop(api);
	service_stop(service);
	log_notice("ended");
	close(signals);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = { .config = CONFIG_DEFAULT };
	char summary[CONFIG_SUMMARY_SIZE];
	struct config *config;

	if (parse_options(&options, argc, argv) < 0) {
		fputs("mbusd: try 'mbusd --help'\n", stderr);
		return exit_status(METERBUS_E_USAGE);
	}
	config = load(options.config);
	if (!config)
		return exit_status(METERBUS_E_USAGE);
	if (!options.check)
		return serve(config, options.config);
	puts(config_summary(config, summary));
	config_put(config);
	return EXIT_SUCCESS;
}
