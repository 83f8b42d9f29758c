#include "samples.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/bounds.h"
#include "sys/pool.h"

/* What the workers of a test share. */
struct shared {
	atomic_int ran;      /* jobs that were run */
	atomic_int at_once;  /* under way now */
	atomic_int at_most;  /* most of that */
	atomic_bool released; /* work_gate lets go */
};

static void nap(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static int work_count(void *context, void *job, struct fault *f)
{
	struct shared *s = context;

	(void)f;
	*(int *)job += 1;
	atomic_fetch_add(&s->ran, 1);
	return 0;
}

/* Fails where the job is below 0, with the number as code. */
static int work_fail(void *context, void *job, struct fault *f)
{
	struct shared *s = context;
	int code = *(int *)job;

	atomic_fetch_add(&s->ran, 1);
	return code < 0 ? fault_set(f, code, "job failed with %d", code) : 0;
}

static int work_gate(void *context, void *job, struct fault *f)
{
	struct shared *s = context;
	int now = atomic_fetch_add(&s->at_once, 1) + 1, most = atomic_load(&s->at_most);

	while (now > most && !atomic_compare_exchange_weak(&s->at_most, &most, now))
		;
	while (!atomic_load(&s->released))
		nap(1);
	atomic_fetch_sub(&s->at_once, 1);
	return work_fail(context, job, f);
}

static void every_job_is_run_once(void **state)
{
	enum { JOBS = 2000 };
	static const unsigned workers[] = { 1, 2, 7, JOBS_MAX };
	static const size_t rooms[] = { 1, 3, 4000 };

	(void)state;
	for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
		for (size_t k = 0; k < sizeof rooms / sizeof *rooms; k++) {
			struct shared s = { 0 };
			struct fault f = { 0 };
			int jobs[JOBS] = { 0 };
			struct pool *p;

			assert_int_equal(pool_open(&p, &(struct pool_plan){ workers[i], rooms[k], work_count, &s }, &f), 0);
			for (int j = 0; j < JOBS; j++)
				pool_push(p, &jobs[j]);
			assert_false(pool_failed(p));
			assert_int_equal(pool_close(p, true, &f), 0);
			assert_int_equal(atomic_load(&s.ran), JOBS);
			for (int j = 0; j < JOBS; j++)
				assert_int_equal(jobs[j], 1);
		}
	}
}

static void as_many_jobs_as_workers_run_at_once(void **state)
{
	struct shared s = { 0 };
	struct fault f = { 0 };
	int jobs[12] = { 0 };
	struct pool *p;

	(void)state;
	assert_int_equal(pool_open(&p, &(struct pool_plan){ 4, 12, work_gate, &s }, &f), 0);
	for (int j = 0; j < 12; j++)
		pool_push(p, &jobs[j]);
	while (atomic_load(&s.at_once) < 4)
		nap(1);
	atomic_store(&s.released, true);
	assert_int_equal(pool_close(p, true, &f), 0);
	assert_int_equal(atomic_load(&s.at_most), 4);
	assert_int_equal(atomic_load(&s.ran), 12);
}

static void first_fault_is_kept_and_later_jobs_are_not_run(void **state)
{
	struct shared s = { 0 };
	struct fault f = { 0 };
	int good = 0, bad = FAULT_VERIFY, worse = FAULT_SYSTEM;
	struct pool *p;

	(void)state;
	assert_int_equal(pool_open(&p, &(struct pool_plan){ 1, 8, work_fail, &s }, &f), 0);
	pool_push(p, &good);
	pool_push(p, &bad);
	while (!pool_failed(p))
		nap(1);
	for (int i = 0; i < 100; i++)
		pool_push(p, i % 2 ? &good : &worse);
	assert_int_equal(pool_close(p, true, &f), FAULT_VERIFY);
	assert_int_equal(f.code, FAULT_VERIFY);
	assert_string_equal(f.text, "job failed with -4");
	assert_int_equal(atomic_load(&s.ran), 2);
}

static void *release_later(void *context)
{
	struct shared *s = context;

	nap(300);
	atomic_store(&s->released, true);
	return NULL;
}

static atomic_int ticks;

static void count_tick(void *context)
{
	atomic_fetch_add(&ticks, ((struct shared *)context)->at_most); /* 0 with another context than the plan's */
}

/* Held for 300 ms: a push that waits for room, then a close. */
static void who_waits_is_told_that_time_passes(void **state)
{
	struct shared s = { .at_most = 1 };
	struct fault f = { 0 };
	int job = 0;
	pthread_t thread;
	struct pool *p;

	(void)state;
	for (int closing = 0; closing < 2; closing++) {
		atomic_store(&ticks, 0);
		atomic_store(&s.released, false);
		assert_int_equal(pool_open(&p, &(struct pool_plan){ 1, 1, work_gate, &s }, &f), 0);
		pool_while_waiting(p, count_tick);
		pool_push(p, &job);
		assert_int_equal(pthread_create(&thread, NULL, release_later, &s), 0);
		for (int i = 0; !closing && i < 2; i++)
			pool_push(p, &job);
		if (!closing)
			assert_in_range(atomic_load(&ticks), 1, 3);
		assert_int_equal(pool_close(p, true, &f), 0);
		assert_in_range(atomic_load(&ticks), 1, 3);
		pthread_join(thread, NULL);
	}
}

/* One worker, held until long after the pool has begun to close: what waits then is skipped. */
static void rest_is_skipped_on_demand(void **state)
{
	struct shared s = { 0 };
	struct fault f = { 0 };
	int job = 0;
	pthread_t thread;
	struct pool *p;

	(void)state;
	assert_int_equal(pool_open(&p, &(struct pool_plan){ 1, 8, work_gate, &s }, &f), 0);
	for (int i = 0; i < 9; i++)
		pool_push(p, &job);
	assert_int_equal(pthread_create(&thread, NULL, release_later, &s), 0);
	assert_int_equal(pool_close(p, false, &f), 0);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&s.ran), 1);
	s = (struct shared){ 0 };
	assert_int_equal(pool_open(&p, &(struct pool_plan){ 2, 8, work_count, &s }, &f), 0);
	assert_int_equal(pool_close(p, false, &f), 0);
	assert_int_equal(atomic_load(&s.ran), 0);
}

/* A push that waits for room must not wait for ever when every job fails. */
static void failure_leaves_no_push_waiting(void **state)
{
	struct shared s = { .released = true };
	int bad = FAULT_NETWORK;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct fault f = { 0 };
		struct pool *p;

		assert_int_equal(pool_open(&p, &(struct pool_plan){ 2, 1, work_gate, &s }, &f), 0);
		for (int i = 0; i < 20; i++)
			pool_push(p, &bad);
		assert_int_equal(pool_close(p, false, &f), FAULT_NETWORK);
		assert_string_equal(f.text, "job failed with -3");
	}
}

static int work_mute(void *context, void *job, struct fault *f)
{
	(void)context, (void)job, (void)f;
	return FAULT_INPUT;
}

static void closing_never_loses_a_code(void **state)
{
	struct fault f = { 0 };
	struct pool *p;

	(void)state;
	assert_int_equal(pool_open(&p, &(struct pool_plan){ 3, 1, work_mute, NULL }, &f), 0);
	pool_push(p, &f);
	assert_int_equal(pool_close(p, true, &f), FAULT_INPUT);
	assert_true(strlen(f.text) > 0);
	assert_int_equal(pool_close(NULL, true, &f), 0);
}

static void processors_are_in_range(void **state)
{
	(void)state;
	assert_in_range(pool_processors(), 1, JOBS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_is_run_once),
		cmocka_unit_test(as_many_jobs_as_workers_run_at_once),
		cmocka_unit_test(first_fault_is_kept_and_later_jobs_are_not_run),
		cmocka_unit_test(who_waits_is_told_that_time_passes),
		cmocka_unit_test(rest_is_skipped_on_demand),
		cmocka_unit_test(failure_leaves_no_push_waiting),
		cmocka_unit_test(closing_never_loses_a_code),
		cmocka_unit_test(processors_are_in_range),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
