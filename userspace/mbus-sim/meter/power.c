// SPDX-License-Identifier: GPL-2.0-or-later
#include "power.h"

/* Does the run of equal bytes before the telegram wake the model? */
static bool is_woken_by_run(const struct model *model, const struct telegram *t)
{
	const struct byte_run *run = &t->before;

	return run->count && run->byte == model->wake_byte &&
	       run->count >= model->wake_count &&
	       run->end - run->start >= span_ns(&model->wake_run, t->baud) &&
	       t->start - run->end >= span_ns(&model->wake_pause, t->baud);
}

/* Sets how long it stays awake; returns true if it is awake. */
static bool is_awake(struct meter *m, const struct telegram *t, bool is_for,
		     int64_t now)
{
	const struct model *model = m->model;
	bool awake = now < m->awake_until;

	if (model->wakes_on == WAKE_OWN && !is_for)
		return awake;
	if (model->wakes_on == WAKE_RUN && !awake) {
		awake = is_woken_by_run(model, t);
		if (!awake)
			return false;
	}
	if (!awake)
		m->deaf_until = now + span_ns(&model->wake_time, t->baud);
	m->awake_until = now + span_ns(&model->sleep, t->baud);
	return awake;
}

static bool sleeps(const struct model *model)
{
	return model->sleep.ns || model->sleep.millibits;
}

bool power_hears(struct meter *m, const struct telegram *t, bool is_for,
		 int64_t now)
{
	const struct model *model = m->model;

	if (model->dead || m->answering || now < m->no_power_until ||
	    now < m->deaf_until)
		return false;
	if (sleeps(model) && !is_awake(m, t, is_for, now))
		return false;
	return !is_for || ++m->telegrams % model->hears_every == 0;
}
