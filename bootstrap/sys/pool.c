#include "sys/pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bounds.h"

/* Threads around a ring of jobs; the lock guards all that is below it but what pool_open alone writes. */
struct pool {
	pthread_mutex_t lock;
	pthread_cond_t job_waits;     /* or the pool is closing */
	pthread_cond_t room_free;     /* a waiting job was taken */
	void **ring;                  /* the jobs that wait */
	size_t room;                  /* places in the ring */
	size_t first;                 /* index of the oldest job */
	size_t count;                 /* how many wait */
	bool closing;                 /* workers end once the ring is empty */
	struct fault fault;           /* of the first job that failed */
	pool_work *work;              /* set before the first thread starts */
	void *context;                /* the same */
	void (*tick)(void *context);  /* of pool_while_waiting, or NULL; of the thread that pushes and closes */
	unsigned workers;             /* threads that have started */
	pthread_t threads[JOBS_MAX];  /* they */
};

/* The next job, waiting for it; false when there will be none. */
static bool take_job(struct pool *p, void **job)
{
	bool found;

	pthread_mutex_lock(&p->lock);
	while (!p->count && !p->closing)
		pthread_cond_wait(&p->job_waits, &p->lock);
	found = p->count > 0;
	if (found) {
		*job = p->ring[p->first];
		p->first = (p->first + 1) % p->room;
		p->count--;
		pthread_cond_signal(&p->room_free);
	}
	pthread_mutex_unlock(&p->lock);
	return found;
}

static void keep_fault(struct pool *p, int code, const struct fault *f)
{
	pthread_mutex_lock(&p->lock);
	(void)fault_set(&p->fault, code, "%s", f->code ? f->text : "a job has failed without saying why");
	pthread_mutex_unlock(&p->lock);
}

static void *run_worker(void *argument)
{
	struct pool *p = argument;
	void *job;

	while (take_job(p, &job)) {
		struct fault f = { 0 };
		int code = p->work(p->context, job, &f);

		if (code)
			keep_fault(p, code, &f);
	}
	return NULL;
}

int pool_open(struct pool **out, const struct pool_plan *plan, struct fault *f)
{
	struct pool *p = calloc(1, sizeof *p);
	int reason = 0;

	assert(plan->workers >= 1 && plan->workers <= JOBS_MAX && plan->room >= 1);
	*out = NULL;
	if (!p || !(p->ring = calloc(plan->room, sizeof *p->ring)))
		fault_no_memory();
	p->room = plan->room;
	p->work = plan->work;
	p->context = plan->context;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->job_waits, NULL);
	pthread_cond_init(&p->room_free, NULL);
	while (!reason && p->workers < plan->workers) {
		reason = pthread_create(&p->threads[p->workers], NULL, run_worker, p);
		p->workers += !reason;
	}
	if (p->workers) {
		*out = p;
		return 0;
	}
	(void)pool_close(p, false, f);
	return fault_set(f, FAULT_SYSTEM, "cannot start a thread: %s", strerror(reason));
}

void pool_while_waiting(struct pool *p, void (*tick)(void *context))
{
	p->tick = tick;
}

static struct timespec next_tick(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += TICK_MS * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* With the lock held, which is free while it waits and while the tick runs. */
static void wait_for_room(struct pool *p)
{
	struct timespec until = next_tick();

	if (!p->tick)
		pthread_cond_wait(&p->room_free, &p->lock);
	else if (pthread_cond_timedwait(&p->room_free, &p->lock, &until) == ETIMEDOUT) {
		pthread_mutex_unlock(&p->lock);
		p->tick(p->context);
		pthread_mutex_lock(&p->lock);
	}
}

static void wait_for_end(struct pool *p, pthread_t thread)
{
	struct timespec until = next_tick();

	while (p->tick && pthread_timedjoin_np(thread, NULL, &until) == ETIMEDOUT) {
		p->tick(p->context);
		until = next_tick();
	}
	if (!p->tick)
		pthread_join(thread, NULL);
}

void pool_push(struct pool *p, void *job)
{
	pthread_mutex_lock(&p->lock);
	while (p->count == p->room)
		wait_for_room(p);
	if (!p->fault.code) {
		p->ring[(p->first + p->count++) % p->room] = job;
		pthread_cond_signal(&p->job_waits);
	}
	pthread_mutex_unlock(&p->lock);
}

bool pool_failed(struct pool *p)
{
	bool failed;

	pthread_mutex_lock(&p->lock);
	failed = p->fault.code != 0;
	pthread_mutex_unlock(&p->lock);
	return failed;
}

int pool_close(struct pool *p, bool run_rest, struct fault *f)
{
	int code;

	if (!p)
		return 0;
	pthread_mutex_lock(&p->lock);
	p->closing = true;
	if (!run_rest)
		p->count = 0;
	pthread_cond_broadcast(&p->job_waits);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->workers; i++)
		wait_for_end(p, p->threads[i]);
	code = p->fault.code;
	if (code)
		(void)fault_set(f, code, "%s", p->fault.text);
	pthread_cond_destroy(&p->room_free);
	pthread_cond_destroy(&p->job_waits);
	pthread_mutex_destroy(&p->lock);
	free(p->ring);
	free(p);
	return code;
}

unsigned pool_processors(void)
{
	cpu_set_t set;
	long count;

	/* Fails on machines of more than 1024 processors. */
	if (!sched_getaffinity(0, sizeof set, &set))
		count = CPU_COUNT(&set);
	else
		count = sysconf(_SC_NPROCESSORS_ONLN);
	if (count < 1)
		return 1;
	return count > JOBS_MAX ? JOBS_MAX : (unsigned)count;
}
