/* wirework: what is taken back of what a receipt tells, what is left because others changed it, and what no receipt can claim. */
#include "household.h"

#include "store/wire.h"
#include "store/wiring.h"
#include "sys/crypto.h"

#define JQ "/usr/local/bin/jq"
#define JQ_TARGET GRAFT_PROFILE "/bin/jq"
#define PAGE "/usr/local/share/man/man1/jq.1"
#define PAGE_TARGET GRAFT_PROFILE "/share/man/man1/jq.1"
#define PIECE "/etc/profile.d/nixgraft.sh"
#define WIRES_MAX 16

/* A receipt in the making, with the root's state that it tells. */
struct made {
	struct receipt receipt;
	struct receipt_wire wires[WIRES_MAX];
	struct wire_undo undo;
};

static struct made *make(struct household *h)
{
	struct made *m = arena_alloc(&h->arena, 1, sizeof *m);
	m->receipt.wires = m->wires;
	return m;
}

static struct texts texts_of_words(struct arena *a, const char *words)
{
	struct text rest = text_of(words), word;
	LIST(struct text) list = { 0 };
	while (text_cut(&rest, ' ', &word))
		LIST_PUSH(&list, a, arena_copy(a, word));
	struct texts sorted = LIST_TEXTS(list);
	texts_sort_unique(&sorted);
	return sorted;
}

static void tell_link(struct made *m, const char *path, const char *target)
{
	m->wires[m->receipt.wire_count++] = (struct receipt_wire){ .path = text_of(path), .target = text_of(target) };
}

static void tell_file(struct made *m, const char *path, const char *bytes)
{
	m->wires[m->receipt.wire_count++] = (struct receipt_wire){ .path = text_of(path), .digest = crypto_sha256(text_of(bytes)) };
}

static void put_link(struct household *h, const char *path, const char *target)
{
	house_put(h, path, "");
	WORKS(fs_link(h->root.fd, path, target, &h->f));
}

static void look(struct household *h, struct made *m)
{
	WORKS(wire_undo_make(h->root.fd, &m->receipt, &h->arena, &m->undo, &h->f));
}

static void take_back(struct household *h, struct made *m)
{
	look(h, m);
	WORKS(wire_take_back(h->root.fd, &m->receipt, &m->undo, &h->arena, &h->f));
}

static const char *joined(struct household *h, struct texts list)
{
	const char *all = "";
	for (size_t i = 0; i < list.count; i++)
		all = house_say(h, "%s%s" TEXT_F, all, i ? " " : "", TEXT_A(list.at[i]));
	return all;
}

static void what_stands_as_told_goes_and_empty_folders_with_it(void **state)
{
	struct household *h = *state;
	struct made *m = make(h);
	house_put(h, "/etc/hostname", "box");
	put_link(h, JQ, JQ_TARGET);
	put_link(h, PAGE, PAGE_TARGET);
	house_put(h, PIECE, "# Made by nixgraft: piece");
	tell_link(m, JQ, JQ_TARGET);
	tell_file(m, PIECE, "# Made by nixgraft: piece");
	tell_link(m, PAGE, PAGE_TARGET);
	m->receipt.folders = texts_of_words(&h->arena, "/etc/profile.d /nix /usr /usr/local /usr/local/bin /usr/local/share "
						       "/usr/local/share/man /usr/local/share/man/man1");
	look(h, m);
	assert_string_equal(joined(h, LIST_TEXTS(m->undo.gone)), JQ " " PIECE " " PAGE);
	assert_true(house_has(h, JQ));
	take_back(h, m);
	assert_string_equal(house_names(h, h->root.fd, "/"), "etc");
	assert_string_equal(house_names(h, h->root.fd, "/etc"), "hostname");
	assert_int_equal(m->undo.left.count, 0);
	take_back(h, m); /* again: there is nothing left to do */
	assert_int_equal(m->undo.gone.count + m->undo.left.count + m->undo.back.count, 0);
}

static void folders_that_others_use_or_made_stay(void **state)
{
	struct household *h = *state;
	struct made *m = make(h);
	put_link(h, JQ, JQ_TARGET);
	put_link(h, PAGE, PAGE_TARGET);
	house_put(h, "/usr/local/share/man/man1/mine.1", "mine");
	tell_link(m, JQ, JQ_TARGET);
	tell_link(m, PAGE, PAGE_TARGET);
	m->receipt.folders = texts_of_words(&h->arena, "/usr/local/share /usr/local/share/man /usr/local/share/man/man1");
	take_back(h, m);
	assert_string_equal(house_names(h, h->root.fd, "/usr/local"), "bin share");
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/bin"), "");
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/share/man/man1"), "mine.1");
}

static void what_others_changed_is_left_and_told(void **state)
{
	struct household *h = *state;
	struct made *m = make(h);
	put_link(h, JQ, "/opt/jq");
	house_put(h, PIECE, "piece, edited");
	house_put(h, "/usr/local/bin/just", "a file now");
	WORKS(fs_make_dirs(h->root.fd, "/usr/local/bin/git", 0755, &h->f));
	tell_link(m, JQ, JQ_TARGET);
	tell_file(m, PIECE, "# Made by nixgraft: piece");
	tell_link(m, "/usr/local/bin/just", GRAFT_PROFILE "/bin/just");
	tell_link(m, "/usr/local/bin/git", GRAFT_PROFILE "/bin/git");
	tell_link(m, "/usr/local/bin/absent", GRAFT_PROFILE "/bin/absent");
	take_back(h, m);
	assert_string_equal(joined(h, LIST_TEXTS(m->undo.left)), JQ " " PIECE " /usr/local/bin/just /usr/local/bin/git");
	assert_int_equal(m->undo.gone.count, 0);
	assert_string_equal(house_link(h, JQ), "/opt/jq");
	assert_string_equal(house_file(h, h->root.fd, PIECE), "piece, edited");
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/bin"), "git jq just");
}

static void links_into_the_profile_go_whoever_tells_of_them(void **state)
{
	struct household *h = *state;
	struct made *m = make(h);
	put_link(h, JQ, JQ_TARGET);
	put_link(h, "/usr/local/bin/other", GRAFT_PROFILE "-not/bin/other");
	house_put(h, "/usr/local/bin/.nixgraft-just", "half made by a killed run");
	tell_link(m, "/usr/local/bin/just", GRAFT_PROFILE "/bin/just");
	take_back(h, m);
	assert_string_equal(joined(h, LIST_TEXTS(m->undo.gone)), JQ);
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/bin"), "other");
}

static void what_was_moved_aside_returns(void **state)
{
	struct household *h = *state;
	struct made *m = make(h);
	put_link(h, JQ, JQ_TARGET);
	house_put(h, JQ ASIDE, "theirs");
	house_put(h, NIX_CONF, "theirs since");
	house_put(h, NIX_CONF ASIDE, "theirs before");
	tell_link(m, JQ, JQ_TARGET);
	tell_file(m, NIX_CONF, "ours");
	m->receipt.aside = texts_of_words(&h->arena, NIX_CONF " " JQ " /usr/local/bin/lost");
	take_back(h, m);
	assert_string_equal(joined(h, LIST_TEXTS(m->undo.back)), JQ);
	assert_string_equal(joined(h, LIST_TEXTS(m->undo.left)), NIX_CONF " " NIX_CONF ASIDE);
	assert_string_equal(house_file(h, h->root.fd, JQ), "theirs");
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/bin"), "jq");
	assert_string_equal(house_file(h, h->root.fd, NIX_CONF), "theirs since");
	assert_string_equal(house_file(h, h->root.fd, NIX_CONF ASIDE), "theirs before");
}

static void what_was_moved_aside_returns_when_its_place_is_free(void **state)
{
	struct household *h = *state;
	struct made *m = make(h);
	struct texts back;
	put_link(h, "/usr/local/bin/nix", GRAFT_PROFILE "/bin/nix");
	house_put(h, "/usr/local/bin/nix" ASIDE, "their nix");
	house_put(h, JQ ASIDE, "their jq");
	m->receipt.aside = texts_of_words(&h->arena, JQ " /usr/local/bin/lost /usr/local/bin/nix");
	WORKS(wire_give_back(h->root.fd, &m->receipt, &h->arena, &back, &h->f));
	assert_string_equal(joined(h, back), JQ);
	assert_string_equal(joined(h, m->receipt.aside), "/usr/local/bin/nix");
	assert_string_equal(house_file(h, h->root.fd, JQ), "their jq");
	assert_string_equal(house_link(h, "/usr/local/bin/nix"), GRAFT_PROFILE "/bin/nix");
}

/* Whoever owns the store can write the receipt that root believes. */
static void a_receipt_cannot_claim_what_is_others(void **state)
{
	static const char *const files[] = { "/etc/passwd", "/etc/nix/../passwd", "/usr/local/share/../../../etc/passwd", "/etc/nix/netrc" };
	struct household *h = *state;
	struct made *m = make(h);
	WORKS(fs_make_dirs(h->root.fd, "/usr/local/share", 0755, &h->f));
	WORKS(fs_make_dirs(h->root.fd, "/srv/empty", 0755, &h->f));
	WORKS(fs_make_dirs(h->root.fd, "/usr/lib", 0755, &h->f));
	house_put(h, "/etc/passwd", "all");
	house_put(h, "/etc/nix/netrc", "all");
	house_put(h, "/etc/shadow" ASIDE, "planted");
	put_link(h, "/etc/alternatives/vi", "/usr/bin/vim");
	put_link(h, "/root/.nix-profile", "/opt/elsewhere");
	for (size_t i = 0; i < COUNT_OF(files); i++)
		tell_file(m, files[i], "all");
	tell_link(m, "/etc/alternatives/vi", "/usr/bin/vim");
	tell_link(m, "/root/.nix-profile", "/opt/elsewhere");
	m->receipt.aside = texts_of_words(&h->arena, "/etc/shadow /usr/local/share/../../../etc/shadow");
	m->receipt.folders = texts_of_words(&h->arena, "/srv /srv/empty /usr/lib /usr/local/share/../../lib /usr/local/share/../../../srv/empty");
	take_back(h, m);
	assert_int_equal(m->undo.gone.count + m->undo.back.count, 0);
	assert_string_equal(house_file(h, h->root.fd, "/etc/passwd"), "all");
	assert_string_equal(house_file(h, h->root.fd, "/etc/nix/netrc"), "all");
	assert_string_equal(house_names(h, h->root.fd, "/etc"), "alternatives nix passwd shadow" ASIDE);
	assert_string_equal(house_link(h, "/etc/alternatives/vi"), "/usr/bin/vim");
	assert_string_equal(house_link(h, "/root/.nix-profile"), "/opt/elsewhere");
	assert_string_equal(house_names(h, h->root.fd, "/srv"), "empty");
	assert_string_equal(house_names(h, h->root.fd, "/usr"), "lib local");
}

static void where_we_may_not_write_nothing_is_begun(void **state)
{
	struct household *h = *state;
	struct made *m = make(h);
	put_link(h, JQ, JQ_TARGET);
	tell_link(m, JQ, JQ_TARGET);
	FD_AUTO dir = house_dir(h, "/usr/local/bin");
	assert_int_equal(fchmod(dir, 0555), 0);
	uid_t who = geteuid();
	if (who == 0)
		assert_int_equal(seteuid(65534), 0); /* root may write anywhere */
	int code = wire_undo_make(h->root.fd, &m->receipt, &h->arena, &m->undo, &h->f);
	if (who == 0)
		assert_int_equal(seteuid(0), 0);
	FAILS(FAULT_SYSTEM, JQ " cannot be taken back (run as root", code);
	assert_int_equal(fchmod(dir, 0755), 0);
	assert_true(house_has(h, JQ));
}

/* An apply that is killed before it took the obsolete ones back: they are still ours. */
static void an_unfinished_receipt_tells_the_obsolete_too(void **state)
{
	struct household *h = *state;
	struct made *before = make(h);
	struct wire_plan plan = { 0 };
	struct receipt now = { .unfinished = true };
	tell_link(before, PAGE, PAGE_TARGET);
	tell_file(before, NIX_CONF, "ours");
	LIST_PUSH(&plan.obsolete, &h->arena, TEXT(NIX_CONF));
	LIST_PUSH(&plan.obsolete, &h->arena, TEXT("/usr/local/bin/orphan"));
	wire_plan_record(&plan, false, &before->receipt, &h->arena, &now);
	assert_int_equal(now.wire_count, 1);
	assert_non_null(receipt_find(&now, TEXT(NIX_CONF)));
	now.unfinished = false;
	wire_plan_record(&plan, false, &before->receipt, &h->arena, &now);
	assert_int_equal(now.wire_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(what_stands_as_told_goes_and_empty_folders_with_it),
		HOUSE_TEST(folders_that_others_use_or_made_stay),
		HOUSE_TEST(what_others_changed_is_left_and_told),
		HOUSE_TEST(links_into_the_profile_go_whoever_tells_of_them),
		HOUSE_TEST(what_was_moved_aside_returns),
		HOUSE_TEST(what_was_moved_aside_returns_when_its_place_is_free),
		HOUSE_TEST(a_receipt_cannot_claim_what_is_others),
		HOUSE_TEST(where_we_may_not_write_nothing_is_begun),
		HOUSE_TEST(an_unfinished_receipt_tells_the_obsolete_too),
	};
	return cmocka_run_group_tests_name("wirework", tests, NULL, NULL);
}
