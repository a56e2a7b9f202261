// SPDX-License-Identifier: GPL-2.0-only
/*
 * sites [--two] [--only NAME] [--from SEED] [COUNT]
 * sites --show SEED NAME [NAME]
 * sites --trace SEED NAME [NAME]
 * sites --list
 *
 * Judges COUNT made-up sites, from SEED on: with each impairment in turn, with
 * two of them, or with one only. Prints for each impairment how many sites
 * had every meter found and status 0, which part of all meters that makes, on
 * how many a meter is missing with status 0 of which nothing was heard that
 * others do not explain, and how many break which rule; and the seeds of these.
 * --show prints one site's scenario and judges it; --trace prints each exchange
 * as well. Exit status 1 if any rule is broken.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impairment.h"
#include "judge.h"

#define SEEDS_SHOWN 5

/* What became of the sites with one impairment. */
struct tally {
	unsigned long sites, whole, meters, right;
	unsigned long
		unheard; /* sites with status 0 and a meter not heard */
	unsigned long broken[NR_RULES];
	unsigned long long seeds[NR_RULES][SEEDS_SHOWN];
	const struct impairment *others[NR_RULES][SEEDS_SHOWN];
};

static void add(struct tally *t, const struct site *site,
		const struct verdict *v)
{
	t->sites++;
	t->whole += v->right == v->meters && !v->status;
	t->meters += v->meters;
	t->right += v->right;
	t->unheard += v->unheard && !v->status;
	for (int rule = 0; rule < NR_RULES; rule++) {
		unsigned long nr = t->broken[rule];

		if (!(v->broken & 1U << rule))
			continue;
		if (nr < SEEDS_SHOWN) {
			t->seeds[rule][nr] = site->seed;
			t->others[rule][nr] = site->impairments[1];
		}
		t->broken[rule]++;
	}
}

static void print_seeds(const char *name, const struct tally *t)
{
	for (int rule = 0; rule < NR_RULES; rule++) {
		if (!t->broken[rule])
			continue;
		printf("%s %s:", rule_name(rule), name);
		for (unsigned int i = 0; i < SEEDS_SHOWN && i < t->broken[rule];
		     i++)
			printf(" %llu%s%s", t->seeds[rule][i],
			       t->others[rule][i] ? " with " : "",
			       t->others[rule][i] ? t->others[rule][i]->name :
						    "");
		printf("%s\n", t->broken[rule] > SEEDS_SHOWN ? " ..." : "");
	}
}

static void print_head(void)
{
	printf("%-18s %6s %6s %8s %8s", "", "sites", "whole", "meters",
	       "unheard");
	for (int rule = 0; rule < NR_RULES; rule++)
		printf(" %8s", rule_name(rule));
	printf("\n");
}

static void print_count(unsigned long count)
{
	if (count)
		printf(" %8lu", count);
	else
		printf(" %8s", "-");
}

/* Returns whether all rules held. */
static bool print_tallies(const struct tally *tallies)
{
	bool good = true;

	print_head();
	for (size_t i = 0; i < nr_impairments; i++) {
		const struct tally *t = &tallies[i];

		if (!t->sites)
			continue;
		printf("%-18s %6lu %5lu%% %7.1f%%", impairments[i].name,
		       t->sites, 100 * t->whole / t->sites,
		       100.0 * t->right / t->meters);
		print_count(t->unheard);
		for (int rule = 0; rule < NR_RULES; rule++) {
			good &= !t->broken[rule];
			print_count(t->broken[rule]);
		}
		printf("\n");
	}
	printf("\n");
	for (size_t i = 0; i < nr_impairments; i++)
		print_seeds(impairments[i].name, &tallies[i]);
	return good;
}

/* The impairments of a site; false if the two contradict each other. */
static bool choose(const struct impairment **chosen, uint64_t seed, bool two,
		   const struct impairment *only)
{
	chosen[0] = only ? only : &impairments[seed % nr_impairments];
	chosen[1] = &impairments[(only ? seed : seed / nr_impairments) %
				 nr_impairments];
	return !two || (chosen[0] != chosen[1] &&
			!(chosen[0]->group && chosen[1]->group &&
			  !strcmp(chosen[0]->group, chosen[1]->group)));
}

static int run(uint64_t from, unsigned long count, bool two,
	       const struct impairment *only)
{
	struct tally *tallies = calloc(nr_impairments, sizeof(*tallies));
	unsigned long done = 0;
	bool good;

	if (!tallies)
		return EXIT_FAILURE;
	for (uint64_t seed = from; done < count; seed++) {
		const struct impairment *chosen[2];
		struct verdict verdict;
		struct site site;

		if (!choose(chosen, seed, two, only))
			continue;
		site_make(&site, seed, chosen, two ? 2 : 1);
		judge(&site, &verdict, NULL);
		add(&tallies[chosen[0] - impairments], &site, &verdict);
		site_free(&site);
		done++;
		if (isatty(STDERR_FILENO) || done % 1000 == 0)
			fprintf(stderr, "\r%lu of %lu sites%s", done, count,
				done == count || !isatty(STDERR_FILENO) ? "\n" :
									  "");
	}
	good = print_tallies(tallies);
	if (!good)
		printf("\nsites --show SEED NAME [NAME] prints one as a "
		       "scenario for mbus-sim.\n");
	free(tallies);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const struct impairment *find(const char *name)
{
	const struct impairment *found = impairment_find(name);

	if (!found) {
		fprintf(stderr, "sites: %s: no impairment of sites --list\n",
			name);
		exit(2);
	}
	return found;
}

static int show(int argc, char **argv, FILE *trace)
{
	const struct impairment *chosen[SITE_IMPAIRMENTS_MAX];
	struct verdict v;
	struct site site;
	int nr = argc - 1;

	if (nr < 1 || nr > SITE_IMPAIRMENTS_MAX) {
		fputs("sites: --show SEED NAME [NAME]\n", stderr);
		return 2;
	}
	for (int i = 0; i < nr; i++)
		chosen[i] = find(argv[i + 1]);
	site_make(&site, strtoull(argv[0], NULL, 10), chosen, nr);
	fputs(site.text, stdout);
	judge(&site, &v, trace);
	printf("\n; %s: %u of %u right, %u invented, %u doubtful, status %d, "
	       "%lu telegrams, %lu s\n; %s\n",
	       site_job_name(site.job), v.right, v.meters, v.invented,
	       v.doubtful, v.status, v.transmissions, v.seconds,
	       v.broken ? v.why : "no rule broken");
	if (v.lost || v.unheard)
		printf("; missing:%s\n", v.missing);
	site_free(&site);
	return v.broken ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"two", no_argument, NULL, 't'},
		{"only", required_argument, NULL, 'o'},
		{"from", required_argument, NULL, 'f'},
		{"show", no_argument, NULL, 's'},
		{"trace", no_argument, NULL, 'r'},
		{"list", no_argument, NULL, 'l'},
		{0}};
	const struct impairment *only = NULL;
	uint64_t from = 0;
	bool two = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 't':
			two = true;
			break;
		case 'o':
			only = find(optarg);
			break;
		case 'f':
			from = strtoull(optarg, NULL, 10);
			break;
		case 's':
			return show(argc - optind, argv + optind, NULL);
		case 'r':
			return show(argc - optind, argv + optind, stdout);
		case 'l':
			for (size_t i = 0; i < nr_impairments; i++)
				printf("%s%s\n", impairments[i].name,
				       impairments[i].in_check ?
					       " (in make check)" :
					       "");
			return EXIT_SUCCESS;
		default:
			return 2;
		}
	}
	return run(from, optind < argc ? strtoul(argv[optind], NULL, 10) : 1000,
		   two, only);
}
