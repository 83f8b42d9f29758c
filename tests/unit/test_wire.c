/* wire: links and files outside the store: what is ours, what is somebody else's, and what becomes of each. */
#include "household.h"

#include "store/wire.h"
#include "store/wiring.h"

#define GIT "/usr/local/bin/git"
#define GIT_TARGET GRAFT_PROFILE "/bin/git"
#define PIECE "/etc/profile.d/nixgraft.sh"
#define ASIDE ".before-nixgraft"

/* One tool with two commands, and perhaps a Nix. */
struct wiring {
	struct text commands[2], nix_commands[1];
	struct lock_tool tool;
	struct lock_system system;
	struct lock lock;
	struct account account;
	struct receipt receipt;
	struct wire_want want;
	struct wire_plan plan;
};

static struct wiring *make(struct household *h, bool nix)
{
	struct wiring *w = arena_alloc(&h->arena, 1, sizeof *w);
	w->commands[0] = TEXT("git");
	w->commands[1] = TEXT("git-lfs");
	w->nix_commands[0] = TEXT("nix");
	w->tool = (struct lock_tool){ .commands = { w->commands, 2 } };
	w->system = (struct lock_system){ .tools = &w->tool, .tool_count = 1 };
	if (nix) {
		w->system.nix = TEXT("00bgd045z0d4icpbc2yyz4gx48ak44la-nix-2.31.2");
		w->system.nix_commands = (struct texts){ w->nix_commands, 1 };
	}
	w->account = (struct account){ .name = TEXT("ada"), .home = TEXT("/home/ada") };
	w->want = (struct wire_want){ &w->lock, &w->system, &w->account, NULL, false };
	return w;
}

static void plan(struct household *h, struct wiring *w)
{
	WORKS(wire_plan_make(h->root.fd, &w->want, &h->arena, &w->plan, &h->f));
}

/* Carries the plan out, makes it the last apply's, and plans anew. */
static void apply(struct household *h, struct wiring *w, bool force)
{
	WORKS(wire_plan_apply(h->root.fd, &w->plan, force, &h->arena, &h->f));
	wire_plan_record(&w->plan, force, &h->arena, &w->receipt);
	w->want.receipt = &w->receipt;
	plan(h, w);
}

static int check(struct household *h, struct wiring *w, bool force)
{
	return wire_plan_check(h->root.fd, &w->plan, force, &h->arena, &h->f);
}

static enum wire_state state_of(const struct wiring *w, const char *path)
{
	for (size_t i = 0; i < w->plan.wires.count; i++)
		if (text_equal(w->plan.wires.at[i].path, text_of(path)))
			return w->plan.wires.at[i].state;
	fail_msg("%s is not planned", path);
	return WIRE_ABSENT;
}

static void a_bare_root_gets_everything(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	plan(h, w);
	assert_int_equal(w->plan.wires.count, 3);
	assert_int_equal(state_of(w, GIT), WIRE_ABSENT);
	assert_string_equal(house_names(h, h->root.fd, "/"), "");
	WORKS(check(h, w, false));
	mode_t mask = umask(0077);
	apply(h, w, false);
	umask(mask);
	assert_string_equal(house_link(h, GIT), GIT_TARGET);
	assert_string_equal(house_link(h, "/usr/local/bin/git-lfs"), GRAFT_PROFILE "/bin/git-lfs");
	assert_string_equal(house_file(h, h->root.fd, PIECE), wiring_profile_d(&w->system, &h->arena).at);
	assert_int_equal(house_mode(h, PIECE), 0644);
	assert_int_equal(house_mode(h, "/etc/profile.d"), 0755);
	assert_string_equal(house_names(h, h->root.fd, "/etc"), "profile.d");
	for (size_t i = 0; i < w->plan.wires.count; i++)
		assert_int_equal(w->plan.wires.at[i].state, WIRE_RIGHT);
	assert_int_equal(w->receipt.wire_count, 3);
	assert_null(wire_broken(h->root.fd, &w->receipt));
}

static void a_nix_gets_its_files(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true);
	plan(h, w);
	assert_int_equal(w->plan.wires.count, 6);
	WORKS(fs_make_dirs(h->root.fd, "/home/ada", 0755, &h->f));
	plan(h, w);
	apply(h, w, false);
	assert_int_equal(w->receipt.wire_count, 7);
	assert_string_equal(house_link(h, "/home/ada/.nix-profile"), "/nix/var/nix/profiles/per-user/ada/profile");
	assert_string_equal(house_link(h, "/usr/local/bin/nix"), GRAFT_PROFILE "/bin/nix");
	assert_string_equal(house_file(h, h->root.fd, NIX_CONF), wiring_nix_conf(&w->lock, false, &h->arena).at);
	assert_string_equal(house_file(h, h->root.fd, NIX_REGISTRY), wiring_registry(&w->lock, &h->arena).at);
	w->want.emulated = true;
	plan(h, w);
	assert_int_equal(state_of(w, NIX_CONF), WIRE_RIGHT);
}

static void ours_that_is_stale_is_replaced(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	house_put(h, GIT, "");
	WORKS(fs_link(h->root.fd, GIT, GRAFT_PROFILE "/bin/other", &h->f));
	house_put(h, PIECE, "written by an older one");
	struct receipt_wire known = { .path = TEXT(PIECE), .digest = crypto_sha256(TEXT("written by an older one")) };
	w->receipt = (struct receipt){ .wires = &known, .wire_count = 1 };
	plan(h, w);
	assert_int_equal(state_of(w, GIT), WIRE_STALE);
	assert_int_equal(state_of(w, PIECE), WIRE_FOREIGN);
	w->want.receipt = &w->receipt;
	plan(h, w);
	assert_int_equal(state_of(w, PIECE), WIRE_STALE);
	apply(h, w, false);
	assert_string_equal(house_link(h, GIT), GIT_TARGET);
	assert_int_equal(state_of(w, PIECE), WIRE_RIGHT);
}

static void what_the_receipt_tells_of_a_link_is_ours(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	struct receipt_wire known = { .path = TEXT(GIT), .target = TEXT("/older/place") };
	w->receipt = (struct receipt){ .wires = &known, .wire_count = 1 };
	house_put(h, GIT, "");
	WORKS(fs_link(h->root.fd, GIT, "/older/place", &h->f));
	plan(h, w);
	assert_int_equal(state_of(w, GIT), WIRE_FOREIGN);
	w->want.receipt = &w->receipt;
	plan(h, w);
	assert_int_equal(state_of(w, GIT), WIRE_STALE);
}

/* Puts something of somebody else's at the place. */
static void put_foreign(struct household *h, const char *path, int kind)
{
	char name[FS_NAME_SIZE];
	house_put(h, path, "foreign");
	FD_AUTO dir = fs_open_parent(h->root.fd, path, name);
	if (kind == 1)
		WORKS(fs_link(h->root.fd, path, "/usr/bin/foreign", &h->f));
	if (kind > 1)
		assert_int_equal(unlinkat(dir, name, 0), 0);
	if (kind == 2)
		house_put(h, house_say(h, "%s/inside", path), "foreign");
	if (kind == 3)
		assert_int_equal(mkfifoat(dir, name, 0644), 0);
	if (kind == 4)
		WORKS(fs_link(h->root.fd, path, GRAFT_PROFILE "x/bin/git", &h->f));
}

static void what_is_foreign_stays(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	for (int kind = 0; kind < 5; kind++) {
		put_foreign(h, GIT, kind);
		plan(h, w);
		assert_int_equal(state_of(w, GIT), WIRE_FOREIGN);
		FAILS(FAULT_SYSTEM,
		      GIT
		      " is in the way: nixgraft did not make it and will not overwrite it; move it away, or let --force "
		      "move it to " GIT ASIDE,
		      check(h, w, false));
		WORKS(wire_plan_apply(h->root.fd, &w->plan, false, &h->arena, &h->f));
		plan(h, w);
		assert_int_equal(state_of(w, GIT), WIRE_FOREIGN);
		wire_plan_record(&w->plan, false, &h->arena, &w->receipt);
		assert_null(receipt_find(&w->receipt, TEXT(GIT)));
		WORKS(fs_remove_tree(h->root.fd, "usr", &h->f));
	}
	put_foreign(h, GIT, 0);
	put_foreign(h, PIECE, 1);
	plan(h, w);
	FAILS(FAULT_SYSTEM, GIT " is in the way (and others)", check(h, w, false));
}

static void somebody_elses_nix_conf_is_kept(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true);
	put_foreign(h, NIX_CONF, 0);
	put_foreign(h, "/home/ada/.nix-profile", 1);
	plan(h, w);
	WORKS(check(h, w, false));
	apply(h, w, false);
	assert_string_equal(house_file(h, h->root.fd, NIX_CONF), "foreign");
	assert_string_equal(house_link(h, "/home/ada/.nix-profile"), "/usr/bin/foreign");
	assert_int_equal(w->receipt.wire_count, 5);
	assert_null(wire_broken(h->root.fd, &w->receipt));
}

static void force_moves_aside(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true);
	put_foreign(h, GIT, 0);
	put_foreign(h, "/usr/local/bin/git-lfs", 2);
	put_foreign(h, NIX_CONF, 0);
	plan(h, w);
	WORKS(check(h, w, true));
	apply(h, w, true);
	assert_string_equal(house_link(h, GIT), GIT_TARGET);
	assert_string_equal(house_file(h, h->root.fd, GIT ASIDE), "foreign");
	assert_string_equal(house_file(h, h->root.fd, "/usr/local/bin/git-lfs" ASIDE "/inside"), "foreign");
	assert_string_equal(house_file(h, h->root.fd, NIX_CONF ASIDE), "foreign");
	assert_non_null(receipt_find(&w->receipt, TEXT(GIT)));
	assert_int_equal(state_of(w, NIX_CONF), WIRE_RIGHT);
}

static void force_overwrites_nothing_that_was_moved_aside(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	put_foreign(h, GIT, 0);
	house_put(h, GIT ASIDE, "the first one");
	plan(h, w);
	FAILS(FAULT_SYSTEM, GIT " cannot be moved aside: there is a " GIT ASIDE " already; move that away",
	      check(h, w, true));
	assert_string_equal(house_file(h, h->root.fd, GIT), "foreign");
	assert_string_equal(house_file(h, h->root.fd, GIT ASIDE), "the first one");
}

static void without_rights_it_is_told_before_anything_changes(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	if (geteuid() != 0)
		skip();
	WORKS(fs_make_dirs(h->root.fd, "/usr/local/bin", 0777, &h->f));
	plan(h, w);
	assert_int_equal(seteuid(65534), 0);
	int code = check(h, w, false);
	assert_int_equal(seteuid(0), 0);
	FAILS(FAULT_SYSTEM, PIECE " cannot be made (run as root, on a writable file system): Permission denied", code);
	WORKS(check(h, w, false));
}

/* ---- what is no longer wanted ---- */

static void what_is_no_longer_wanted_goes(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true);
	plan(h, w);
	apply(h, w, false);
	assert_int_equal(w->plan.obsolete.count, 0);
	struct wiring *less = make(h, false);
	less->tool.commands.count = 1;
	less->want.receipt = &w->receipt;
	plan(h, less);
	assert_int_equal(less->plan.obsolete.count, 4);
	apply(h, less, false);
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/bin"), "git");
	assert_string_equal(house_names(h, h->root.fd, "/etc/nix"), "");
	assert_int_equal(less->plan.obsolete.count, 0);
}

static void what_was_changed_meanwhile_is_not_ours_to_take(void **state)
{
	static const char *const changed[] = { "changed by hand", "" };
	struct household *h = *state;
	for (size_t i = 0; i < COUNT_OF(changed); i++) {
		struct wiring *w = make(h, true), *less = make(h, false);
		plan(h, w);
		apply(h, w, true);
		house_put(h, NIX_CONF, changed[i]);
		WORKS(fs_link(h->root.fd, "/usr/local/bin/nix", "/opt/nix", &h->f));
		less->want.receipt = &w->receipt;
		plan(h, less);
		apply(h, less, false);
		assert_string_equal(house_names(h, h->root.fd, "/etc/nix"), "nix.conf");
		assert_string_equal(house_file(h, h->root.fd, NIX_CONF), changed[i]);
		assert_string_equal(house_link(h, "/usr/local/bin/nix"), "/opt/nix");
		WORKS(fs_remove_tree(h->root.fd, "etc", &h->f));
		WORKS(fs_remove_tree(h->root.fd, "usr", &h->f));
	}
}

static void what_is_gone_needs_no_taking_back(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true), *less = make(h, false);
	plan(h, w);
	apply(h, w, false);
	less->want.receipt = &w->receipt;
	plan(h, less);
	WORKS(fs_remove_tree(h->root.fd, "usr", &h->f));
	plan(h, less);
	assert_int_equal(less->plan.obsolete.count, 2);
	apply(h, less, false);
	assert_string_equal(house_link(h, GIT), GIT_TARGET);
}

/* ---- what stands ---- */

static void broken_wires_are_named(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	plan(h, w);
	apply(h, w, false);
	house_put(h, PIECE, "changed");
	assert_string_equal(wire_broken(h->root.fd, &w->receipt), PIECE);
	WORKS(fs_link(h->root.fd, GIT, "/elsewhere", &h->f));
	assert_string_equal(wire_broken(h->root.fd, &w->receipt), GIT);
	plan(h, w);
	apply(h, w, true);
	assert_null(wire_broken(h->root.fd, &w->receipt));
	WORKS(fs_remove_tree(h->root.fd, "etc", &h->f));
	assert_string_equal(wire_broken(h->root.fd, &w->receipt), PIECE);
}

static void commands_of_the_base_are_noted(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	house_put(h, "/usr/bin/git", "");
	house_put(h, "/bin/git", "");
	plan(h, w);
	assert_int_equal(w->plan.shadowed.count, 1);
	IS(w->plan.shadowed.at[0], "/usr/bin/git");
}

static void links_above_stay_beneath_the_root(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	WORKS(fs_make_dirs(h->root.fd, "/etc", 0755, &h->f));
	WORKS(fs_make_dirs(h->root.fd, "/usr", 0755, &h->f));
	WORKS(fs_make_dirs(h->root.fd, "/real", 0755, &h->f));
	WORKS(fs_link(h->root.fd, "/usr/local", "/real", &h->f));
	WORKS(fs_link(h->root.fd, "/etc/profile.d", "../../../../real", &h->f));
	plan(h, w);
	apply(h, w, false);
	assert_string_equal(house_names(h, h->root.fd, "/real"), "bin nixgraft.sh");
	assert_string_equal(house_names(h, h->host, "/"), "cache cache2 root");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_bare_root_gets_everything),
		HOUSE_TEST(a_nix_gets_its_files),
		HOUSE_TEST(ours_that_is_stale_is_replaced),
		HOUSE_TEST(what_the_receipt_tells_of_a_link_is_ours),
		HOUSE_TEST(what_is_foreign_stays),
		HOUSE_TEST(somebody_elses_nix_conf_is_kept),
		HOUSE_TEST(force_moves_aside),
		HOUSE_TEST(force_overwrites_nothing_that_was_moved_aside),
		HOUSE_TEST(without_rights_it_is_told_before_anything_changes),
		HOUSE_TEST(what_is_no_longer_wanted_goes),
		HOUSE_TEST(what_was_changed_meanwhile_is_not_ours_to_take),
		HOUSE_TEST(what_is_gone_needs_no_taking_back),
		HOUSE_TEST(broken_wires_are_named),
		HOUSE_TEST(commands_of_the_base_are_noted),
		HOUSE_TEST(links_above_stay_beneath_the_root),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
