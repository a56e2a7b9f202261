// SPDX-License-Identifier: GPL-2.0-only
#include "judge.h"
#include "impairment.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <meterbus/search.h>

#include "../libmeterbus/sim_wire.h"

/* More than these nobody waits for: each site has its own share. */
#define SENT_AT_LEAST  2000
#define SENT_PER_METER 150
#define HOURS_MAX      6

/* Finds that are not confirmed, beyond one for each meter. */
#define DOUBTFUL_MAX 20

#define NS_PER_HOUR (3600ULL * NSEC_PER_SEC)

/* An exchange in which meters sent and bytes came. */
struct heard {
	uint64_t senders; /* a bit each */
	bool clean; /* as one meter alone answers */
};

struct run {
	const struct site *site;
	struct verdict *verdict;
	struct sim_wire sim;
	struct meterbus_master *master;
	FILE *trace;
	unsigned int finds[SITE_METERS_MAX];
	unsigned int sent[SITE_METERS_MAX]; /* up to the last exchange */
	uint64_t bytes; /* received up to then */
	uint64_t late; /* senders in the last exchange, if no byte came in it */
	struct heard *heard;
	size_t nr_heard, room;
	bool overdue;
	bool warned; /* a finding says that meters may be missing */
	bool named; /* a text has the cause in it */
};

const char *rule_name(enum rule rule)
{
	static const char *const names[NR_RULES] = {
		"builds", "invented", "lost", "ends", "flood", "cause",
	};

	return names[rule];
}

__attribute__((format(printf, 3, 4))) static void
broken(struct verdict *v, enum rule rule, const char *format, ...)
{
	size_t len = strlen(v->why);
	va_list args;

	v->broken |= 1U << rule;
	len += snprintf(v->why + len, sizeof(v->why) - len,
			"%s%s: ", len ? "; " : "", rule_name(rule));
	if (len >= sizeof(v->why))
		return;
	va_start(args, format);
	vsnprintf(v->why + len, sizeof(v->why) - len, format, args);
	va_end(args);
}

/* --- what is right --- */

static const struct meter *meters(const struct run *run)
{
	return run->sim.scenario.meters;
}

static bool is_meter(const struct run *run, size_t i,
		     const struct meterbus_address *address)
{
	return !memcmp(&meters(run)[i].identity, address->bytes, 8);
}

static bool mixes_addresses(const struct site *site)
{
	for (size_t i = 0; i < site->nr_impairments; i++)
		if (site->impairments[i]->mixes_addresses)
			return true;
	return false;
}

/* @primary: where it was found; -1: by its secondary address. */
static void take_meter(struct run *run, const struct meterbus_address *address,
		       int primary)
{
	struct verdict *v = run->verdict;

	for (size_t i = 0; i < run->site->nr_meters; i++) {
		if (!is_meter(run, i, address))
			continue;
		if (primary >= 0 && primary != meters(run)[i].address &&
		    !mixes_addresses(run->site))
			break;
		run->finds[i]++;
		return;
	}
	v->invented++;
}

/* @words: alternatives, with a bar between them. */
static bool has_any(const char *text, const char *words)
{
	char copy[100], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, "|")))
		if (strstr(text, word))
			return true;
	return false;
}

static void look_for_cause(struct run *run, const char *text)
{
	for (size_t i = 0; i < run->site->nr_impairments; i++) {
		const char *cause = run->site->impairments[i]->cause;

		run->named |= cause && has_any(text, cause);
	}
}

/* A finding of this kind says that something there may be missing. */
static bool says_so(enum meterbus_finding_kind kind)
{
	return kind == METERBUS_FINDING_REQUESTS_LOST ||
	       kind == METERBUS_FINDING_DOUBTFUL ||
	       kind == METERBUS_FINDING_NOBODY ||
	       kind == METERBUS_FINDING_MISSING;
}

/* --- what is printed --- */

static void trace_bytes(FILE *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02X", bytes[i]);
}

static void trace_exchange(struct run *run, const struct meterbus_exchange *x,
			   const uint8_t *request, size_t request_len)
{
	trace_bytes(run->trace, request, request_len);
	fprintf(run->trace, " at %.1f ms, %u tries: %s %s after %.1f ms%s%s%s ",
		x->sent_ns / 1e6, x->tries, meterbus_outcome_name(x->outcome),
		meterbus_reason_name(x->reason),
		x->answer_len ? ((double)x->first_ns - x->sent_end_ns) / 1e6 :
				0.0,
		x->flags & METERBUS_FLAG_DOUBTFUL ? " doubtful" : "",
		x->flags & METERBUS_FLAG_LATE ? " late" : "",
		x->flags & METERBUS_FLAG_JUNK ? " junk" : "");
	trace_bytes(run->trace, x->answer, x->answer_len);
	fprintf(run->trace, "\n");
}

/* --- what was heard --- */

/* Of the bytes that came back, those of an echo that is whole. */
static unsigned int echo_of(const struct run *run,
			    const struct meterbus_exchange *x, size_t len)
{
	const struct echo *echo = &run->sim.scenario.converter.echo;

	if (!(x->flags & METERBUS_FLAG_ECHO) || echo->skip || echo->first ||
	    echo->last)
		return 0;
	return x->tries * len;
}

static void note_senders(struct run *run, const struct meterbus_exchange *x,
			 size_t request_len)
{
	uint64_t bytes = run->sim.line.answer.stats.bytes_received;
	uint64_t before = run->bytes + echo_of(run, x, request_len);
	uint64_t senders = 0;

	for (size_t i = 0; i < run->site->nr_meters; i++) {
		unsigned int sent = meters(run)[i].sent;

		senders |= (uint64_t)(sent != run->sent[i]) << i;
		run->sent[i] = sent;
	}
	run->bytes = bytes;
	if (bytes <= before) {
		run->late = senders;
		return;
	}
	senders |= run->late;
	run->late = 0;
	if (!senders)
		return;
	if (run->nr_heard == run->room) {
		run->room = run->room ? 2 * run->room : 256;
		run->heard =
			realloc(run->heard, run->room * sizeof(*run->heard));
		if (!run->heard) {
			perror("sites");
			exit(EXIT_FAILURE);
		}
	}
	run->heard[run->nr_heard++] = (struct heard){
		.senders = senders,
		.clean = x->outcome == METERBUS_OUTCOME_ACK ||
			 x->outcome == METERBUS_OUTCOME_FRAME,
	};
}

/* In place of the link's exchange. */
static int noted_exchange(struct meterbus_link *link,
			  struct meterbus_exchange *x,
			  struct meterbus_error *err)
{
	struct sim_wire *sim = (struct sim_wire *)link;
	struct run *run =
		(struct run *)((char *)sim - offsetof(struct run, sim));
	const uint8_t *request = x->request;
	size_t request_len = x->request_len;
	int ret = sim_exchange(link, x, err);

	note_senders(run, x, request_len);
	if (run->trace)
		trace_exchange(run, x, request, request_len);
	return ret;
}

/* --- the master's callbacks --- */

static void on_found(void *context, const struct meterbus_found *found)
{
	struct run *run = context;

	if (run->trace)
		fprintf(run->trace, "  %s: %s\n",
			meterbus_meter_state_name(found->state), found->why);
	look_for_cause(run, found->why);
	if (found->state == METERBUS_METER_CONFIRMED)
		take_meter(run, &found->address,
			   run->site->job == JOB_PRIMARY ? found->primary : -1);
	else
		run->verdict->doubtful++;
}

static void on_finding(void *context, const struct meterbus_finding *finding)
{
	struct run *run = context;

	if (run->trace)
		fprintf(run->trace, "  %s: %s\n",
			meterbus_finding_name(finding->kind), finding->text);
	run->warned |= says_so(finding->kind);
	look_for_cause(run, finding->text);
}

static bool is_overdue(void *context)
{
	struct run *run = context;
	unsigned long most =
		SENT_AT_LEAST + SENT_PER_METER * run->site->nr_meters;

	if (meterbus_master_transmissions(run->master) > most ||
	    run->sim.now > HOURS_MAX * NS_PER_HOUR)
		run->overdue = true;
	return run->overdue;
}

/* --- its jobs --- */

/* As the exit status of a program: 0 promises that all were found. */
static int search_status(const struct meterbus_search_result *result)
{
	if (result->cancelled)
		return -1;
	for (int i = 0; i < METERBUS_METER_STATES; i++)
		if (i != METERBUS_METER_CONFIRMED && result->count[i])
			return -1;
	return result->count[METERBUS_METER_CONFIRMED] && !result->missing &&
			       !result->strays ?
		       0 :
		       -1;
}

static void take_error(struct run *run, const struct meterbus_error *err)
{
	if (run->trace)
		fprintf(run->trace, "  failed: %s\n", err->text);
	look_for_cause(run, err->text);
}

static int search(struct run *run)
{
	struct meterbus_address mask = {.secondary = true};
	struct meterbus_search_result result;
	struct meterbus_search search = {
		.master = run->master,
		.found = on_found,
		.context = run,
	};
	struct meterbus_error err;
	int ret;

	memset(mask.bytes, 0xFF, sizeof(mask.bytes));
	if (run->site->job == JOB_PRIMARY)
		ret = meterbus_search_primary(&search, &result, &err);
	else
		ret = meterbus_search_secondary(&search, &mask, &result, &err);
	if (ret < 0)
		take_error(run, &err);
	return ret < 0 ? ret : search_status(&result);
}

static int read_one(struct run *run, size_t i, struct meterbus_readout *readout)
{
	const struct meter *m = &meters(run)[i];
	struct meterbus_address address = {
		.secondary = run->site->job == JOB_READ_SECONDARY,
		.primary = m->address,
	};
	struct meterbus_error err = {0};

	if (address.secondary)
		memcpy(address.bytes, &m->identity, 8);
	if (meterbus_read(run->master, &address, readout, &err) < 0) {
		take_error(run, &err);
		return -1;
	}
	if (readout->identified && !is_meter(run, i, &readout->meter))
		run->verdict->invented++;
	else
		run->finds[i]++;
	return 0;
}

/* A meter that is not read is reported, whatever the reason. */
static int read_all(struct run *run)
{
	struct meterbus_readout *readout = malloc(sizeof(*readout));
	int status = 0;

	for (size_t i = 0; readout && i < run->site->nr_meters; i++)
		if (!is_overdue(run) && read_one(run, i, readout) < 0)
			status = -1;
	free(readout);
	return status;
}

/* --- the rules --- */

/*
 * Whether something came of the missing meter @i that those found do not
 * explain: one of them alone explains what came clean, two a collision.
 */
static bool was_heard(const struct run *run, size_t i)
{
	for (size_t nr = 0; nr < run->nr_heard; nr++) {
		const struct heard *heard = &run->heard[nr];
		unsigned int found = 0;

		if (!(heard->senders >> i & 1))
			continue;
		for (size_t j = 0; j < run->site->nr_meters; j++)
			found += heard->senders >> j & 1 && run->finds[j];
		if (found < (heard->clean ? 1 : 2))
			return true;
	}
	return false;
}

static void add_missing(struct run *run, size_t i)
{
	struct verdict *v = run->verdict;
	bool heard = was_heard(run, i);
	size_t len = strlen(v->missing);
	char name[METER_NAME_SIZE];

	snprintf(v->missing + len, sizeof(v->missing) - len, " %s%s",
		 meter_name(&meters(run)[i], name),
		 heard ? "" : " (never heard)");
	v->lost += heard;
	v->unheard += !heard;
}

static void check(struct run *run)
{
	struct verdict *v = run->verdict;
	bool twice = false;

	for (size_t i = 0; i < run->site->nr_meters; i++) {
		if (run->finds[i])
			v->right++;
		else
			add_missing(run, i);
		twice |= run->finds[i] > 1;
	}
	if (v->invented)
		broken(v, RULE_INVENTED, "%u meters that are not there",
		       v->invented);
	if (twice)
		broken(v, RULE_INVENTED, "a meter was found more than once");
	if (v->lost && !v->status && !run->warned)
		broken(v, RULE_LOST, "%u of %u meters, with status 0", v->lost,
		       v->meters);
	if (run->overdue)
		broken(v, RULE_ENDS, "stopped after %lu telegrams and %lu s",
		       v->transmissions, v->seconds);
	if (v->doubtful > v->meters + DOUBTFUL_MAX)
		broken(v, RULE_FLOOD, "%u doubtful finds for %u meters",
		       v->doubtful, v->meters);
	/* Of what leaves no trace nothing is to be said. */
	if (run->site->nr_impairments == 1 &&
	    run->site->impairments[0]->cause && !run->named &&
	    (v->lost || v->status))
		broken(v, RULE_CAUSE, "nothing says '%s'",
		       run->site->impairments[0]->cause);
}

/* The site as a file: @path, as long as the descriptor is open. */
static int open_text(const struct site *site, char *path, size_t size)
{
	int fd = memfd_create("site", MFD_CLOEXEC);

	if (fd < 0 ||
	    write(fd, site->text, site->text_len) != (ssize_t)site->text_len) {
		perror("sites");
		exit(EXIT_FAILURE);
	}
	snprintf(path, size, "/proc/self/fd/%d", fd);
	return fd;
}

void judge(const struct site *site, struct verdict *verdict, FILE *trace)
{
	struct run *run = calloc(1, sizeof(*run));
	char path[32];
	int fd = open_text(site, path, sizeof(path));

	*verdict = (struct verdict){.meters = site->nr_meters};
	if (!run) {
		perror("sites");
		exit(EXIT_FAILURE);
	}
	run->site = site;
	run->verdict = verdict;
	run->trace = trace;
	if (!sim_open(&run->sim, path, NULL) ||
	    run->sim.scenario.nr_meters != site->nr_meters) {
		broken(verdict, RULE_BUILDS, "it is no scenario");
	} else {
		run->sim.link.exchange = noted_exchange;
		run->master = meterbus_master_new(&run->sim.link, NULL);
		meterbus_master_set_callbacks(run->master, on_finding,
					      is_overdue, run);
		verdict->status = site->job < JOB_READ_SECONDARY ?
					  search(run) :
					  read_all(run);
		verdict->transmissions =
			meterbus_master_transmissions(run->master);
		meterbus_master_free(run->master);
		verdict->seconds = run->sim.now / NSEC_PER_SEC;
		check(run);
	}
	sim_close(&run->sim);
	close(fd);
	free(run->heard);
	free(run);
}
