// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "api/findings.h"
#include "api/journal.h"
#include "api/scan_log.h"
#include "common/clock.h"

/* Some minutes of a large site, and an hour of a small one. */
#define EVENTS_MAX	1024
#define BYTES_MAX	(2 << 20)

struct entry {
	const struct event *item;
	uint64_t number;
	size_t len;
};

struct journal {
	pthread_t thread;
	struct subscription *subscription;
	int stop_fd;
	/* Protects all below. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	struct entry ring[EVENTS_MAX];
	unsigned int oldest, count;
	size_t bytes;
	uint64_t newest;
	struct scan_logs *scans;
	struct findings *findings;
};

static struct entry *nth(struct journal *journal, unsigned int n)
{
	return &journal->ring[(journal->oldest + n) % EVENTS_MAX];
}

static void drop_oldest(struct journal *journal)
{
	struct entry *entry = nth(journal, 0);

	event_put(entry->item);
	journal->bytes -= entry->len;
	journal->oldest = (journal->oldest + 1) % EVENTS_MAX;
	journal->count--;
}

/* Parses only events of searches and findings. */
static void sort_in(struct journal *journal, const struct event *item)
{
	struct json_object *object;

	if (strcmp(item->event, "meter") && strcmp(item->event, "finding") &&
	    strcmp(item->event, "progress") && strcmp(item->event, "summary"))
		return;
	object = json_tokener_parse(item->json);
	if (!object)
		return;
	scan_logs_add(journal->scans, item, object);
	if (!strcmp(item->event, "finding"))
		findings_add(journal->findings, object);
	json_object_put(object);
}

/* @lost events get numbers, too, so that readers notice them. */
static void add(struct journal *journal, const struct event *item,
		unsigned int lost)
{
	size_t len = strlen(item->json);

	pthread_mutex_lock(&journal->lock);
	while (journal->count &&
	       (journal->count == EVENTS_MAX ||
		journal->bytes + len > BYTES_MAX))
		drop_oldest(journal);
	journal->newest += lost + 1;
	*nth(journal, journal->count++) = (struct entry){
		.item = item, .number = journal->newest, .len = len,
	};
	journal->bytes += len;
	sort_in(journal, item);
	pthread_cond_broadcast(&journal->changed);
	pthread_mutex_unlock(&journal->lock);
}

static void *collect(void *context)
{
	struct journal *journal = context;
	struct pollfd fds[] = {
		{ .fd = events_fd(journal->subscription), .events = POLLIN },
		{ .fd = journal->stop_fd, .events = POLLIN },
	};
	const struct event *item;
	unsigned int lost;

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[1].revents)
			break;
		while ((item = events_next(journal->subscription, &lost)))
			add(journal, item, lost);
	}
	return NULL;
}

static int start_thread(struct journal *journal, struct events *events)
{
	journal->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (journal->stop_fd < 0)
		return -1;
	journal->subscription = events_subscribe(events);
	if (!journal->subscription)
		goto close_fd;
	if (pthread_create(&journal->thread, NULL, collect, journal) == 0)
		return 0;
	events_unsubscribe(journal->subscription);
close_fd:
	close(journal->stop_fd);
	return -1;
}

static void free_memory(struct journal *journal)
{
	while (journal->count)
		drop_oldest(journal);
	scan_logs_free(journal->scans);
	findings_free(journal->findings);
	pthread_cond_destroy(&journal->changed);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}

struct journal *journal_start(struct events *events)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	pthread_condattr_t monotonic;

	if (!journal)
		return NULL;
	pthread_mutex_init(&journal->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&journal->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	journal->scans = scan_logs_new();
	journal->findings = findings_new();
	if (journal->scans && journal->findings &&
	    start_thread(journal, events) == 0)
		return journal;
	free_memory(journal);
	return NULL;
}

void journal_stop(struct journal *journal)
{
	uint64_t one = 1;

	pthread_mutex_lock(&journal->lock);
	journal->stopping = true;
	pthread_cond_broadcast(&journal->changed);
	pthread_mutex_unlock(&journal->lock);
	if (write(journal->stop_fd, &one, sizeof(one)) < 0)
		return;
	pthread_join(journal->thread, NULL);
	events_unsubscribe(journal->subscription);
	close(journal->stop_fd);
}

void journal_free(struct journal *journal)
{
	free_memory(journal);
}

uint64_t journal_newest(struct journal *journal)
{
	uint64_t newest;

	pthread_mutex_lock(&journal->lock);
	newest = journal->newest;
	pthread_mutex_unlock(&journal->lock);
	return newest;
}

/* Called with the lock held; false on timeout. */
static bool wait_until(struct journal *journal, const struct timespec *until)
{
	return pthread_cond_timedwait(&journal->changed, &journal->lock,
				      until) != ETIMEDOUT;
}

static enum journal_result take_next(struct journal *journal, uint64_t *after,
				     const struct event **item,
				     uint64_t *number)
{
	struct entry *entry;
	unsigned int n = 0;

	while (n < journal->count && nth(journal, n)->number <= *after)
		n++;
	if (n == journal->count)
		return JOURNAL_QUIET;
	entry = nth(journal, n);
	if (entry->number > *after + 1) {
		*number = entry->number - *after - 1;
		*after = entry->number - 1;
		return JOURNAL_LOST;
	}
	*after = *number = entry->number;
	*item = event_get(entry->item);
	return JOURNAL_EVENT;
}

enum journal_result journal_read(struct journal *journal, uint64_t *after,
				 unsigned int seconds,
				 const struct event **item,
				 uint64_t *number)
{
	struct timespec until = timespec_of_ms(now_ms() + seconds * 1000LL);
	enum journal_result result = JOURNAL_QUIET;

	pthread_mutex_lock(&journal->lock);
	/* A number of an earlier mbusd. */
	if (*after > journal->newest)
		*after = journal->count ? nth(journal, 0)->number - 1 :
					  journal->newest;
	do {
		if (journal->stopping)
			result = JOURNAL_END;
		else
			result = take_next(journal, after, item, number);
	} while (result == JOURNAL_QUIET && wait_until(journal, &until));
	pthread_mutex_unlock(&journal->lock);
	return result;
}

void journal_scan_begin(struct journal *journal, const char *bus,
			unsigned int id)
{
	pthread_mutex_lock(&journal->lock);
	scan_logs_begin(journal->scans, bus, id);
	pthread_mutex_unlock(&journal->lock);
}

bool journal_scan_known(struct journal *journal, const char *bus,
			unsigned int id, bool *running)
{
	bool known;

	pthread_mutex_lock(&journal->lock);
	known = scan_logs_find(journal->scans, bus, id, running);
	pthread_mutex_unlock(&journal->lock);
	return known;
}

enum journal_result journal_scan_read(struct journal *journal, const char *bus,
				      unsigned int id, unsigned int *after,
				      unsigned int *progress,
				      unsigned int seconds,
				      const struct event **item)
{
	struct timespec until = timespec_of_ms(now_ms() + seconds * 1000LL);
	enum journal_result result;
	bool running = true;

	pthread_mutex_lock(&journal->lock);
	do {
		*item = scan_logs_next(journal->scans, bus, id, after,
				       progress);
		if (*item)
			result = JOURNAL_EVENT;
		else if (!scan_logs_find(journal->scans, bus, id, &running) ||
			 !running || journal->stopping)
			result = JOURNAL_END;
		else
			result = JOURNAL_QUIET;
	} while (result == JOURNAL_QUIET && wait_until(journal, &until));
	pthread_mutex_unlock(&journal->lock);
	return result;
}

struct json_object *journal_findings(struct journal *journal, const char *bus)
{
	struct json_object *list;

	pthread_mutex_lock(&journal->lock);
	list = findings_list(journal->findings, bus);
	pthread_mutex_unlock(&journal->lock);
	return list;
}
