// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress [-s SECONDS] [-r SEED] [PART...]
 *
 * Runs the parts for so many seconds in all, each in a process of its own:
 * one that dies, hangs or finds something is 'not ok'. The random numbers
 * follow from SEED, which is printed. What the kernel has to say about it
 * (KASAN, lockdep, ODEBUG, hung tasks) the lane sees.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "stress.h"

/* Longer than anything waits that a part may have begun. */
#define PATIENCE_S	60

static const struct part {
	const char *name;
	int (*run)(struct stress *stress);
	unsigned int share;	/* of the time */
	const char *what;
} parts[] = {
	{ "races", stress_races, 6,
	  "everything against everything" },
	{ "flush", stress_flush, 2,
	  "the discipline comes and goes under flush and hangup" },
	{ "data", stress_data, 2,
	  "data flow while an end is closed" },
	{ "unload", stress_unload, 2,
	  "the module is loaded and unloaded under its users" },
	{ "fuzz", stress_fuzz, 4,
	  "calls nobody would make" },
	{ "faults", stress_faults, 0,
	  "each allocation of each call fails" },
	{ "busy", stress_busy, 1,
	  "users of buses that others attach" },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static void run_part(const struct part *part, uint64_t seed, double seconds)
{
	struct stress stress = { .seed = seed };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	stress.stop_ns = now_ns() + seconds * 1e9;
	/* It stops by itself; what does not is stuck. */
	alarm(seconds + PATIENCE_S);
	if (part->run(&stress))
		_exit(1);
	fprintf(stderr, "# %s: %lu\n", part->name, stress.done);
	_exit(stress.done ? 0 : 2);
}

static bool wanted(const struct part *part, char **names)
{
	if (!*names)
		return part->run != stress_busy;
	for (; *names; names++) {
		if (!strcmp(*names, part->name))
			return true;
	}
	return false;
}

static bool passes(const struct part *part, uint64_t seed, double seconds)
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		run_part(part, seed, seconds);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFSIGNALED(status))
		fprintf(stderr, "%s: %s\n", part->name,
			WTERMSIG(status) == SIGALRM ? "stuck" :
			strsignal(WTERMSIG(status)));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	uint64_t seed = now_ns();
	unsigned int i, shares = 0, tests = 0, failed = 0;
	double seconds = 6;
	int option;

	while ((option = getopt(argc, argv, "s:r:")) != -1) {
		if (option == 's')
			seconds = atof(optarg);
		else if (option == 'r')
			seed = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	printf("# seed %llu\n", (unsigned long long)seed);
	for (i = 0; i < PARTS; i++) {
		if (wanted(&parts[i], argv + optind))
			shares += parts[i].share;
	}
	for (i = 0; i < PARTS; i++) {
		if (!wanted(&parts[i], argv + optind))
			continue;
		fflush(stdout);
		tests++;
		if (!passes(&parts[i], seed, shares ?
			    seconds * parts[i].share / shares : 0)) {
			printf("not ");
			failed++;
		}
		printf("ok %u - %s: %s\n", tests, parts[i].name,
		       parts[i].what);
	}
	printf("1..%u\n", tests);
	return failed || !tests;
}
