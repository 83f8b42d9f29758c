/* store: the store directory while it is changed: locks, staging, objects put in place. */
#include "objects.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "store/dump.h"
#include "store/store.h"

static int add(struct household *h, struct store *s, const struct object *o)
{
	struct stream_memory from;
	stream_memory_open(&from, o->nar);
	return store_add(s, &o->path, &from.stream, &h->f);
}

static struct object tool(struct household *h, const char *name)
{
	return OBJECT(h, name, NO_TEXTS, { "bin/tool", 'x', name });
}

static void begin(struct household *h, struct store *s)
{
	WORKS(store_begin(s, &h->root, NULL, NULL, &h->f));
}

/* With a database there is a Nix that may be running. */
static void make_live(struct household *h)
{
	house_put(h, NIX_DB, "");
}

/* Could somebody else lock the file that way now? */
static bool could_lock(struct household *h, const char *path, int operation)
{
	FD_AUTO fd = fs_open(h->root.fd, path, O_RDWR);
	assert_true(fd >= 0);
	return flock(fd, operation | LOCK_NB) == 0;
}

static bool is_right(struct household *h, const struct object *o)
{
	FD_AUTO dir = house_dir(h, STORE_DIR);
	struct fault f = { 0 };
	return dump_check(dir, &o->path, &f) == 0;
}

static void begin_makes_the_layout_and_locks_nix_out(void **state)
{
	struct household *h = *state;
	struct store s;
	WORKS(store_begin(&s, &h->root, "ada", NULL, &h->f));
	assert_int_equal(house_mode(h, "/nix/var/nix/profiles/per-user/ada"), 0755);
	assert_false(s.live);
	assert_false(could_lock(h, GRAFT_LOCK, LOCK_SH));
	assert_false(could_lock(h, NIX_BIG_LOCK, LOCK_SH));
	assert_true(could_lock(h, NIX_GC_LOCK, LOCK_SH));
	assert_false(could_lock(h, NIX_GC_LOCK, LOCK_EX));
	store_end(&s);
	store_end(&s);
	assert_true(could_lock(h, GRAFT_LOCK, LOCK_EX));
	assert_true(could_lock(h, NIX_BIG_LOCK, LOCK_EX));
	assert_true(could_lock(h, NIX_GC_LOCK, LOCK_EX));
}

static void beside_a_nix_its_lock_is_shared(void **state)
{
	struct household *h = *state;
	struct store s;
	make_live(h);
	begin(h, &s);
	assert_true(s.live);
	assert_true(could_lock(h, NIX_BIG_LOCK, LOCK_SH));
	assert_false(could_lock(h, NIX_BIG_LOCK, LOCK_EX));
	store_end(&s);
}

static void a_link_in_the_way_is_refused(void **state)
{
	struct household *h = *state;
	struct store s;
	WORKS(fs_make_dirs(h->root.fd, "/nix", 0755, &h->f));
	WORKS(fs_link(h->root.fd, STORE_DIR, "/", &h->f));
	FAILS(FAULT_SYSTEM, "/nix/store is not a directory", store_begin(&s, &h->root, NULL, NULL, &h->f));
	store_end(&s);
}

/* ---- two at once ---- */

static pid_t rival;
static atomic_bool rival_ends;

static void end_rival(const void *context, const char *whom)
{
	assert_null(context);
	assert_string_equal(whom, "another nixgraft");
	atomic_store(&rival_ends, true);
	assert_int_equal(kill(rival, SIGTERM), 0);
}

static const struct waiter ENDS_RIVAL = { end_rival, NULL };

/* A process that holds the file's flock until it is killed. */
static void start_rival(struct household *h, const char *path)
{
	int ready[2];
	char byte;
	assert_int_equal(pipe(ready), 0);
	atomic_store(&rival_ends, false);
	rival = fork();
	if (rival == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = fs_open(h->root.fd, path, O_RDWR | O_CREAT);
		if (fd < 0 || flock(fd, LOCK_EX) < 0 || write(ready[1], "r", 1) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static void a_second_apply_waits(void **state)
{
	struct household *h = *state;
	struct store s;
	int status;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	start_rival(h, GRAFT_LOCK);
	WORKS(store_begin(&s, &h->root, NULL, &ENDS_RIVAL, &h->f));
	assert_int_equal(waitpid(rival, &status, 0), rival);
	assert_true(WIFSIGNALED(status));
	store_end(&s);
}

static void a_first_apply_does_not_wait(void **state)
{
	struct household *h = *state;
	struct store s;
	rival = 1 << 30; /* no such process: waiting would fail */
	WORKS(store_begin(&s, &h->root, NULL, &ENDS_RIVAL, &h->f));
	store_end(&s);
}

#define OF "0a1b2c3d4f5g6h7i8j9k0l1m2n3p4q5r-" /* a lock file is named after a store path */

static void dead_locks_go_and_others_stay(void **state)
{
	static const char *const stay[] = { OF "held.lock", OF "object.lock", OF "told.lock" };
	struct household *h = *state;
	struct store s;
	struct stat st;
	char byte = 0;
	house_put(h, STORE_PREFIX OF "object.lock", ""); /* a store object of that name, as Nix makes it */
	FD_AUTO dir = house_dir(h, STORE_DIR);
	assert_int_equal(fchmodat(dir, OF "object.lock", 0444, 0), 0);
	WORKS(fs_write(h->root.fd, STORE_PREFIX OF "told.lock", 0600, TEXT("d"), &h->f));
	WORKS(fs_write(h->root.fd, STORE_PREFIX OF "dead.lock", 0600, TEXT(""), &h->f));
	WORKS(fs_write(h->root.fd, STORE_PREFIX OF "held.lock", 0600, TEXT(""), &h->f));
	FD_AUTO waiting = fs_open(h->root.fd, STORE_PREFIX OF "dead.lock", O_RDONLY);
	start_rival(h, STORE_PREFIX OF "held.lock");
	begin(h, &s);
	assert_false(house_has(h, STORE_PREFIX OF "dead.lock"));
	assert_int_equal(pread(waiting, &byte, 1, 0), 1);
	for (size_t i = 0; i < COUNT_OF(stay); i++)
		assert_true(house_has(h, house_say(h, STORE_PREFIX "%s", stay[i])));
	assert_int_equal(fs_stat(h->root.fd, STORE_PREFIX OF "held.lock", &st), 0);
	assert_int_equal(st.st_size, 0);
	store_end(&s);
	end_rival(NULL, "another nixgraft");
	assert_int_equal(waitpid(rival, NULL, 0), rival);
}

/* ---- objects ---- */

static void what_a_killed_run_left_is_swept(void **state)
{
	struct household *h = *state;
	struct store s;
	house_put(h, STORE_DIR "/" GRAFT_STAGE_PREFIX "dead/a/b", "");
	house_put(h, STORE_DIR "/" GRAFT_STAGE_PREFIX "old-dead", "");
	house_put(h, STORE_DIR "/other", "");
	begin(h, &s);
	assert_string_equal(house_names(h, h->root.fd, STORE_DIR), ".links other");
	store_end(&s);
}

static void an_object_is_added(void **state)
{
	struct household *h = *state;
	struct object o = tool(h, "tool-1");
	struct store s;
	begin(h, &s);
	WORKS(add(h, &s, &o));
	assert_true(is_right(h, &o));
	assert_int_equal(s.added.count, 1);
	store_end(&s);
	assert_string_equal(house_names(h, h->root.fd, STORE_DIR), house_say(h, ".links %s", o.path.path.at));
}

static void what_stands_there_wrongly_is_replaced(void **state)
{
	struct household *h = *state;
	struct object o = tool(h, "tool-1");
	struct store s;
	begin(h, &s);
	house_put(h, object_at(h, &o, "/bin/other"), "wrong");
	WORKS(add(h, &s, &o));
	assert_true(is_right(h, &o));
	WORKS(fs_remove_tree(s.dir, o.path.path.at, &h->f));
	house_put(h, object_at(h, &o, ""), "a file");
	WORKS(add(h, &s, &o));
	assert_true(is_right(h, &o));
	assert_string_equal(house_names(h, h->root.fd, STORE_DIR), house_say(h, ".links %s", o.path.path.at));
	store_end(&s);
}

static void a_fault_leaves_nothing_and_the_old_one(void **state)
{
	struct household *h = *state;
	struct object o = tool(h, "tool-1"), other = tool(h, "tool-2");
	struct store s;
	begin(h, &s);
	house_put(h, object_at(h, &o, "/old"), "old");
	struct object bad = o;
	bad.nar = other.nar;
	FAILS(FAULT_VERIFY, "NAR: has digest sha256-", add(h, &s, &bad));
	bad = o;
	bad.path.nar_size--;
	FAILS(FAULT_VERIFY, "NAR: ", add(h, &s, &bad));
	bad.path.nar_size += 2;
	FAILS(FAULT_VERIFY, "NAR: ends after", add(h, &s, &bad));
	bad.nar = TEXT("no archive at all");
	FAILS(FAULT_VERIFY, "NAR, byte", add(h, &s, &bad));
	assert_string_equal(house_names(h, h->root.fd, STORE_DIR), house_say(h, ".links %s", o.path.path.at));
	assert_string_equal(house_file(h, h->root.fd, object_at(h, &o, "/old")), "old");
	assert_int_equal(s.added.count, 0);
	store_end(&s);
}

static void undo_takes_back_what_was_not_kept(void **state)
{
	struct household *h = *state;
	struct object kept = tool(h, "kept"), a = tool(h, "a"), b = tool(h, "b");
	struct store s;
	begin(h, &s);
	WORKS(add(h, &s, &kept));
	store_keep(&s);
	WORKS(add(h, &s, &a));
	WORKS(add(h, &s, &b));
	store_undo(&s);
	store_undo(&s);
	assert_true(is_right(h, &kept));
	assert_false(house_has(h, object_at(h, &a, "")));
	assert_false(house_has(h, object_at(h, &b, "")));
	store_end(&s);
}

static void adopting_looks_and_changes_nothing(void **state)
{
	struct household *h = *state;
	struct object o = tool(h, "tool-1");
	struct store s;
	bool right = true;
	begin(h, &s);
	WORKS(store_adopt(&s, &o.path, &right, &h->f));
	assert_false(right);
	object_install(h, &o);
	WORKS(store_adopt(&s, &o.path, &right, &h->f));
	assert_true(right);
	house_put(h, object_at(h, &o, "/bin/more"), "");
	WORKS(store_adopt(&s, &o.path, &right, &h->f));
	assert_false(right);
	assert_true(house_has(h, object_at(h, &o, "/bin/more")));
	store_end(&s);
}

/* ---- Nix's locks of paths ---- */

static void a_path_is_locked_until_the_end(void **state)
{
	struct household *h = *state;
	struct object o = tool(h, "tool-1");
	struct store s;
	const char *lock = object_at(h, &o, ".lock");
	make_live(h);
	begin(h, &s);
	WORKS(add(h, &s, &o));
	assert_false(could_lock(h, lock, LOCK_SH));
	FD_AUTO waiting = fs_open(h->root.fd, lock, O_RDONLY);
	WORKS(add(h, &s, &o));
	assert_int_equal(s.held.count, 1);
	store_keep(&s);
	assert_false(could_lock(h, lock, LOCK_SH));
	store_end(&s);
	char byte = 0;
	assert_false(house_has(h, lock));
	assert_int_equal(flock(waiting, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(read(waiting, &byte, 1), 1);
	assert_int_equal(byte, 'd');
}

static void without_a_nix_there_are_no_lock_files(void **state)
{
	struct household *h = *state;
	struct object o = tool(h, "tool-1");
	struct store s;
	begin(h, &s);
	WORKS(add(h, &s, &o));
	assert_false(house_has(h, object_at(h, &o, ".lock")));
	store_end(&s);
}

static void *end_rival_soon(void *unused)
{
	usleep(100000);
	end_rival(NULL, "another nixgraft");
	return unused;
}

static void a_lock_of_nix_is_waited_for(void **state)
{
	struct household *h = *state;
	struct object o = tool(h, "tool-1");
	struct store s;
	pthread_t thread;
	bool right;
	make_live(h);
	object_install(h, &o);
	begin(h, &s);
	start_rival(h, object_at(h, &o, ".lock"));
	assert_int_equal(pthread_create(&thread, NULL, end_rival_soon, NULL), 0);
	WORKS(store_adopt(&s, &o.path, &right, &h->f));
	assert_true(atomic_load(&rival_ends));
	assert_true(right);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(waitpid(rival, NULL, 0), rival);
	store_end(&s);
}

/* Whoever waited for the old file gets a lock that locks nobody out: it has a byte in it and no name. */
struct stale {
	struct household *h;
	const char *path;
	int fd;
};

static void *release_as_nix_does(void *context)
{
	struct stale *stale = context;
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(stale->h->root.fd, stale->path, name);
	usleep(100000);
	unlinkat(dir, name, 0);
	assert_int_equal(write(stale->fd, "d", 1), 1);
	close(stale->fd);
	return NULL;
}

static void a_stale_lock_is_taken_anew(void **state)
{
	struct household *h = *state;
	struct object o = tool(h, "tool-1");
	struct store s;
	pthread_t thread;
	make_live(h);
	begin(h, &s);
	struct stale stale = { h, object_at(h, &o, ".lock"), -1 };
	stale.fd = fs_open(h->root.fd, stale.path, O_RDWR | O_CREAT);
	assert_int_equal(flock(stale.fd, LOCK_EX), 0);
	assert_int_equal(pthread_create(&thread, NULL, release_as_nix_does, &stale), 0);
	WORKS(add(h, &s, &o));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(house_has(h, stale.path));
	assert_false(could_lock(h, stale.path, LOCK_SH));
	store_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(begin_makes_the_layout_and_locks_nix_out),
		HOUSE_TEST(beside_a_nix_its_lock_is_shared),
		HOUSE_TEST(a_link_in_the_way_is_refused),
		HOUSE_TEST(a_second_apply_waits),
		HOUSE_TEST(a_first_apply_does_not_wait),
		HOUSE_TEST(what_a_killed_run_left_is_swept),
		HOUSE_TEST(dead_locks_go_and_others_stay),
		HOUSE_TEST(an_object_is_added),
		HOUSE_TEST(what_stands_there_wrongly_is_replaced),
		HOUSE_TEST(a_fault_leaves_nothing_and_the_old_one),
		HOUSE_TEST(undo_takes_back_what_was_not_kept),
		HOUSE_TEST(adopting_looks_and_changes_nothing),
		HOUSE_TEST(a_path_is_locked_until_the_end),
		HOUSE_TEST(without_a_nix_there_are_no_lock_files),
		HOUSE_TEST(a_lock_of_nix_is_waited_for),
		HOUSE_TEST(a_stale_lock_is_taken_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
