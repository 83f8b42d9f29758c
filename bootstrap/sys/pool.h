/* pool: a few threads that run one function over jobs as they come. */
#ifndef SYS_POOL_H
#define SYS_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

struct pool; /* the threads and their queue */

/* What a worker does with one job: 0 or a fault code, the reason in f (the worker's own). */
typedef int pool_work(void *context, void *job, struct fault *f);

/* What a pool is to be. */
struct pool_plan {
	unsigned workers; /* threads, 1..JOBS_MAX */
	size_t room;      /* jobs that may wait, at least 1; pool_push blocks beyond that */
	pool_work *work;  /* what is done with each */
	void *context;    /* given to every call of `work`; must outlive the pool */
};

/* Starts the threads on an empty queue. FAULT_SYSTEM when none starts. */
MUST_CHECK int pool_open(struct pool **p, const struct pool_plan *plan, struct fault *f);

/* From now on `tick(context)`, context the plan's, is called by the thread that waits in pool_push or pool_close, every TICK_MS. */
void pool_while_waiting(struct pool *p, void (*tick)(void *context));

/* Queues a job (the caller's memory, until the pool is closed). Jobs queued after a failure are not run. */
void pool_push(struct pool *p, void *job);

/* Has a job failed? A hint for stopping early. */
bool pool_failed(struct pool *p);

/* Waits for all jobs, ends the threads and frees. The fault of the first job that failed, or 0. `run_rest` false skips
 * the jobs that have not begun. pool_close(NULL, ...) is legal. */
int pool_close(struct pool *p, bool run_rest, struct fault *f);

/* Processors this process may use, 1..JOBS_MAX. */
unsigned pool_processors(void);

#endif
