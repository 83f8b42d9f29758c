/* removal: locks, rows before objects, and the state that goes last; what others have there stays. */
#include "objects.h"

#include <sys/file.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "store/receipt.h"
#include "store/registry.h"
#include "store/removal.h"

static void fail_to_wait(const void *context, const char *whom)
{
	(void)context;
	fail_msg("waits for %s", whom);
}

static const struct waiter NOBODY = { fail_to_wait, NULL };

/* A store with a row and an object each: leaf, tool -> leaf and itself. */
struct stocked {
	struct object leaf, tool;
	struct removal removal;
};

static void stock(struct household *h, struct stocked *s)
{
	*s = (struct stocked){ .leaf = OBJECT(h, "leaf", NO_TEXTS, { "bin/leaf", 'x', "leaf" }) };
	s->tool = OBJECT(h, "tool", object_list(h, 2, object_base(h, "tool"), s->leaf.path.path), { "", 'f', "tool" });
	struct registry_news news = { (const struct lock_path *const[]){ &s->leaf.path, &s->tool.path }, 2, 1 };
	struct receipt receipt = { .made_by = TEXT("0"), .system = TEXT("s"), .user = TEXT("u"), .environment = TEXT("e") };
	WORKS(layout_make(h->root.fd, "ada", &h->f));
	object_install(h, &s->leaf);
	object_install(h, &s->tool);
	WORKS(registry_write(&h->root, &news, &h->f));
	WORKS(receipt_write(h->root.fd, &receipt, &h->f));
	WORKS(removal_begin(&s->removal, &h->root, &NOBODY, &h->f));
}

static const char *rows(struct household *h)
{
	struct registry r;
	const char *text = "";
	WORKS(registry_read(&h->root, true, &h->arena, &r, &h->f));
	for (size_t i = 0; i < r.count; i++)
		text = house_say(h, "%s" TEXT_F "(%zu) ", text, TEXT_A(storepath_name(r.rows[i].path)), r.rows[i].references.count);
	return text;
}

static void rows_go_without_leaving_references(void **state)
{
	struct household *h = *state;
	struct stocked s;
	stock(h, &s);
	WORKS(removal_forget(&s.removal, NO_TEXTS, &h->f));
	/* In the order of the list, whoever refers to whom; what has no row is passed over. */
	WORKS(removal_forget(&s.removal, object_list(h, 2, object_base(h, "none"), s.tool.path.path), &h->f));
	assert_string_equal(rows(h), "leaf(0) ");
	WORKS(removal_forget(&s.removal, object_list(h, 1, s.leaf.path.path), &h->f));
	assert_string_equal(rows(h), "");
	assert_string_equal(house_names(h, h->root.fd, NIX_STATE "/db"), "big-lock db.sqlite schema");
	assert_true(house_has(h, object_at(h, &s.tool, "")));
	removal_end(&s.removal);
}

static void rows_go_in_any_order(void **state)
{
	struct household *h = *state;
	struct stocked s;
	stock(h, &s);
	struct text leaf_first[] = { s.leaf.path.path, s.tool.path.path };
	WORKS(removal_forget(&s.removal, (struct texts){ leaf_first, 2 }, &h->f));
	assert_string_equal(rows(h), "");
	removal_end(&s.removal);
}

static void a_row_that_others_need_is_not_deleted_and_nothing_is(void **state)
{
	struct household *h = *state;
	struct stocked s;
	struct object more = OBJECT(h, "more", NO_TEXTS, { "", 'f', "more" });
	struct registry_news news = { (const struct lock_path *const[]){ &more.path }, 1, 1 };
	stock(h, &s);
	WORKS(registry_write(&h->root, &news, &h->f));
	FAILS(FAULT_SYSTEM, "deleting rows of " NIX_DB,
	      removal_forget(&s.removal, object_list(h, 2, more.path.path, s.leaf.path.path), &h->f));
	assert_non_null(strstr(rows(h), "more(0)"));
	assert_non_null(strstr(rows(h), "tool(2)"));
	removal_end(&s.removal);
}

static void objects_go_and_what_they_lead_to_stays(void **state)
{
	struct household *h = *state;
	struct stocked s;
	struct object link = OBJECT(h, "link", NO_TEXTS, { "out", 'l', "/etc" });
	stock(h, &s);
	object_install(h, &link);
	house_put(h, "/etc/hostname", "box");
	WORKS(removal_delete(&s.removal, object_list(h, 3, link.path.path, s.leaf.path.path, object_base(h, "none")), &h->f));
	assert_string_equal(house_names(h, h->root.fd, STORE_DIR), house_say(h, ".links " TEXT_F, TEXT_A(s.tool.path.path)));
	assert_string_equal(house_names(h, h->root.fd, "/etc"), "hostname");
	removal_end(&s.removal);
}

static void at_the_end_all_of_nix_is_gone(void **state)
{
	struct household *h = *state;
	struct stocked s;
	bool left = true;
	stock(h, &s);
	house_put(h, "/nix/var/log/nix/drvs/ab/c", "");
	house_put(h, "/etc/hostname", "box");
	WORKS(removal_forget_all(&s.removal, &h->f));
	assert_string_equal(house_names(h, h->root.fd, NIX_STATE "/db"), "big-lock");
	WORKS(removal_delete(&s.removal, object_list(h, 2, s.leaf.path.path, s.tool.path.path), &h->f));
	WORKS(removal_drop_nix(&s.removal, &h->f));
	assert_string_equal(house_names(h, h->root.fd, "/nix"), "var");
	assert_true(house_has(h, GRAFT_RECEIPT));
	WORKS(removal_drop_graft(&s.removal, true, &left, &h->f));
	assert_false(left);
	assert_string_equal(house_names(h, h->root.fd, "/"), "etc");
	removal_end(&s.removal);
}

static void a_nix_that_was_there_before_stays_with_what_is_in_it(void **state)
{
	struct household *h = *state;
	struct stocked s;
	bool left = true;
	stock(h, &s);
	house_put(h, "/nix/notes", "mine");
	WORKS(removal_delete(&s.removal, object_list(h, 2, s.leaf.path.path, s.tool.path.path), &h->f));
	WORKS(removal_drop_nix(&s.removal, &h->f));
	WORKS(removal_drop_graft(&s.removal, false, &left, &h->f));
	assert_false(left);
	assert_string_equal(house_names(h, h->root.fd, "/nix"), "notes");
	removal_end(&s.removal);
}

static void what_others_put_into_our_nix_stays_and_is_told(void **state)
{
	struct household *h = *state;
	struct stocked s;
	bool left = false;
	stock(h, &s);
	house_put(h, "/nix/notes", "mine");
	house_put(h, "/nix/var/log/mine", "mine");
	WORKS(removal_drop_nix(&s.removal, &h->f));
	WORKS(removal_drop_graft(&s.removal, true, &left, &h->f));
	assert_true(left);
	assert_string_equal(house_names(h, h->root.fd, "/nix"), "notes store var");
	assert_string_equal(house_names(h, h->root.fd, "/nix/var"), "log");
	assert_string_equal(house_names(h, h->root.fd, "/nix/var/log"), "mine");
	removal_end(&s.removal);
}

/* Killed between the receipt and the end. */
static void what_a_killed_removal_left_is_completed(void **state)
{
	struct household *h = *state;
	WORKS(removal_complete(&h->root, &h->f));
	house_put(h, GRAFT_LOCK, "");
	house_put(h, "/.nixgraft-nix/var/nixgraft/receipt.json", "{}");
	WORKS(removal_complete(&h->root, &h->f));
	assert_string_equal(house_names(h, h->root.fd, "/"), "nix");
	assert_string_equal(house_names(h, h->root.fd, "/nix"), "");
	/* But not what is at work, or is a receipt. */
	house_put(h, GRAFT_LOCK, "");
	FD_AUTO lock = fs_open(h->root.fd, GRAFT_LOCK, O_RDWR);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	WORKS(removal_complete(&h->root, &h->f));
	assert_true(house_has(h, GRAFT_LOCK));
	fs_close(&lock);
	house_put(h, GRAFT_RECEIPT, "{}");
	WORKS(removal_complete(&h->root, &h->f));
	assert_true(house_has(h, GRAFT_RECEIPT));
}

static void tell_and_leave(const void *context, const char *whom)
{
	(void)context;
	_exit(strcmp(whom, "a Nix") == 0 ? 17 : strcmp(whom, "another nixgraft") == 0 ? 18 : 19);
}

/* For whom does it wait while `path` is locked? By a child, that need not wait. */
static int waits_for(struct household *h, const char *path, int operation)
{
	struct removal r;
	struct waiter leaves = { tell_and_leave, NULL };
	int status;
	FD_AUTO held = fs_open(h->root.fd, path, O_RDWR | O_CREAT);
	assert_int_equal(flock(held, operation), 0);
	pid_t child = fork();
	if (child == 0)
		_exit(removal_begin(&r, &h->root, &leaves, &h->f) == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void it_waits_for_others(void **state)
{
	struct household *h = *state;
	struct removal zeroed = { 0 };
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	assert_int_equal(waits_for(h, GRAFT_LOCK, LOCK_EX), 18);
	assert_int_equal(waits_for(h, NIX_BIG_LOCK, LOCK_SH), 17);
	assert_int_equal(waits_for(h, NIX_GC_LOCK, LOCK_EX), 19);
	removal_end(&zeroed);
	size_t before = house_open_files();
	WORKS(removal_begin(&zeroed, &h->root, &NOBODY, &h->f));
	removal_end(&zeroed);
	assert_int_equal(house_open_files(), before);
}

static void without_folders_there_is_nobody_to_wait_for(void **state)
{
	struct household *h = *state;
	struct removal r;
	WORKS(removal_begin(&r, &h->root, &NOBODY, &h->f));
	removal_end(&r);
	assert_string_equal(house_names(h, h->root.fd, "/"), "");
	WORKS(fs_link(h->root.fd, "/nix", "/srv", &h->f));
	FAILS(FAULT_SYSTEM, "/nix is not a directory", removal_begin(&r, &h->root, &NOBODY, &h->f));
	removal_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(rows_go_without_leaving_references),
		HOUSE_TEST(rows_go_in_any_order),
		HOUSE_TEST(a_row_that_others_need_is_not_deleted_and_nothing_is),
		HOUSE_TEST(objects_go_and_what_they_lead_to_stays),
		HOUSE_TEST(at_the_end_all_of_nix_is_gone),
		HOUSE_TEST(a_nix_that_was_there_before_stays_with_what_is_in_it),
		HOUSE_TEST(what_others_put_into_our_nix_stays_and_is_told),
		HOUSE_TEST(what_a_killed_removal_left_is_completed),
		HOUSE_TEST(it_waits_for_others),
		HOUSE_TEST(without_folders_there_is_nobody_to_wait_for),
	};
	return cmocka_run_group_tests_name("removal", tests, NULL, NULL);
}
