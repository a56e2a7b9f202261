// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl setup: the broker, and mbusd.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/setup_steps.h"
#include "daemon/daemon.h"
#include "ui/command.h"
#include "ui/progress.h"

#define OUTPUT "broker"
#define PATH_SIZE 512
#define TRY_US 250000
#define TRIES 80

/* Writes an entered password to a file that mbusd may read. */
static int store_password(struct setup *setup)
{
	static char path[PATH_SIZE];
	char *password, text[300];
	int written;

	password = setup_ask_secret(setup, "--broker-password-file",
				    "Password at the broker:");
	snprintf(path, sizeof(path), "%s/" OUTPUT ".password", setup->etc);
	snprintf(text, sizeof(text), "%.256s\n", password);
	explicit_bzero(password, strlen(password));
	free(password);
	written = setup_write(path, text, 0640);
	explicit_bzero(text, sizeof(text));
	setup->broker_password_file = path;
	return written < 0 ? STATUS_SYSTEM : STATUS_OK;
}

static int ask_broker(struct setup *setup)
{
	char *user;

	if (!setup->broker)
		setup->broker = setup_ask(setup, "--broker or --no-broker",
					  "MQTT broker, mqtt://HOST or mqtts://HOST (empty: none):",
					  "");
	if (!*setup->broker)
		return STATUS_OK;
	if (strncmp(setup->broker, "mqtt://", 7) &&
	    strncmp(setup->broker, "mqtts://", 8))
		return fail(STATUS_USAGE,
			    "'%s' is not a broker; write mqtt://HOST or mqtts://HOST",
			    setup->broker);
	if (!setup->broker_user) {
		user = setup_ask(setup, "--broker-user",
				 "User at the broker (empty: none):", "");
		setup->broker_user = user;
	}
	if (setup->home_assistant < 0)
		setup->home_assistant =
			setup_ask_yes(setup, "--home-assistant",
				      "Announce the meters to Home Assistant?",
				      false);
	if (*setup->broker_user && !setup->broker_password_file)
		return store_password(setup);
	return STATUS_OK;
}

int setup_broker(struct setup *setup)
{
	char path[PATH_SIZE], text[1500];
	int status, written;

	snprintf(path, sizeof(path), "%s/conf.d/output-" OUTPUT ".conf", setup->etc);
	/* The broker was configured by an earlier run. */
	if (!setup->broker && access(path, F_OK) == 0)
		return STATUS_OK;
	status = ask_broker(setup);
	if (status != STATUS_OK || !*setup->broker)
		return status;
	snprintf(text, sizeof(text),
		 "# Written by 'mbusctl setup'; see mbusd.conf(5).\n"
		 "[output " OUTPUT "]\ntype = mqtt\nurl = %.300s\nretain = yes\n%s%.100s%s%s%.300s%s%s",
		 setup->broker, *setup->broker_user ? "user = " : "",
		 setup->broker_user, *setup->broker_user ? "\n" : "",
		 setup->broker_password_file ? "password-file = " : "",
		 setup->broker_password_file ? setup->broker_password_file : "",
		 setup->broker_password_file ? "\n" : "",
		 setup->home_assistant ? "discovery = homeassistant\n" : "");
	written = setup_write(path, text, 0640);
	if (written > 0)
		printf("%s: written\n", path);
	return written < 0 ? STATUS_SYSTEM : STATUS_OK;
}

int setup_check(const struct setup *setup)
{
	char path[PATH_SIZE];
	const char *const words[] = { "mbusd", "--check", "-c", path, NULL };
	char line[PATH_SIZE];
	int status;

	snprintf(path, sizeof(path), "%s/mbusd.conf", setup->etc);
	status = setup_run(words, line, sizeof(line));
	if (status == 127)
		return fail(STATUS_SYSTEM, "mbusd is not installed; install the package mbusd, or from a source tree: sudo make install");
	/* mbusd has printed the faults. */
	if (status != STATUS_OK)
		return status;
	printf("configuration: %s\n", line);
	if (setup->no_start)
		printf("next: start mbusd with it: mbusd -c %s\n", path);
	return STATUS_OK;
}

/* Whether the output has connected, or why not; false while mbusd has no result. */
static bool get_output(bool *connected, char *problem, size_t size)
{
	struct json_object *object = daemon_get("/v1/outputs", NULL);
	struct json_object *list = daemon_list(object, "outputs");
	bool known = false;

	for (size_t i = 0; i < daemon_list_length(list); i++) {
		struct json_object *one = daemon_list_item(list, i);
		struct json_object *state;

		if (strcmp(daemon_text(one, "output"), OUTPUT))
			continue;
		*connected = json_object_object_get_ex(one, "connected", &state) &&
			     json_object_get_boolean(state);
		snprintf(problem, size, "%s", daemon_text(one, "problem"));
		known = *connected || *problem;
	}
	json_object_put(object);
	return known;
}

/* Waits until mbusd has connected to the broker, or reports why it cannot. */
static int check_broker(const struct setup *setup)
{
	bool connected = false;
	char problem[256] = "";

	if (!setup->broker || !*setup->broker)
		return STATUS_OK;
	for (int i = 0; i < TRIES && !stop_requested(); i++) {
		if (get_output(&connected, problem, sizeof(problem)))
			break;
		usleep(TRY_US);
	}
	if (connected) {
		printf("broker: connected to %s\n", setup->broker);
		return STATUS_OK;
	}
	return fail(STATUS_FOUND,
		    "broker %s: %s; readings are stored until it is reachable; correct %s/conf.d/output-" OUTPUT ".conf, then: sudo systemctl reload mbusd",
		    setup->broker, *problem ? problem : "not connected yet",
		    setup->etc);
}

int setup_start(const struct setup *setup)
{
	static const char *const start[] = { "systemctl", "enable", "--now",
					     "mbusd", NULL };
	static const char *const reload[] = { "systemctl", "reload-or-restart",
					      "mbusd", NULL };
	int status;

	if (access("/run/systemd/system", F_OK) < 0)
		return fail(STATUS_SYSTEM,
			    "systemd is not running; start mbusd with: mbusd -c %s/mbusd.conf",
			    setup->etc);
	status = setup_run(start, NULL, 0);
	if (status == STATUS_OK)
		status = setup_run(reload, NULL, 0);
	if (status != STATUS_OK)
		return fail(STATUS_SYSTEM,
			    "mbusd does not start; 'journalctl -u mbusd' shows why");
	printf("mbusd is running\n");
	status = check_broker(setup);
	printf("next: mbusctl meters                   the meters and their last readings\n"
	       "      mbusctl history NAME             the stored readouts of a meter\n"
	       "      %s/conf.d/%s.conf    names, titles and schedules\n"
	       "      mbusctl doctor                   looks for problems\n",
	       setup->etc, setup->name);
	return status;
}
