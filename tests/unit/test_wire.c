/* wire: links and files outside the store: what is ours, what is somebody else's, and what becomes of each. */
#include "household.h"

#include "store/wire.h"
#include "store/wiring.h"

#define GIT "/usr/local/bin/git"
#define GIT_TARGET GRAFT_PROFILE "/bin/git"
#define PIECE "/etc/profile.d/nixgraft.sh"

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
	w->want = (struct wire_want){ .lock = &w->lock, .system = &w->system, .account = &w->account };
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
	struct receipt made = { 0 };
	wire_plan_record(&w->plan, force, w->want.receipt, &h->arena, &made);
	w->receipt = made;
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
	assert_string_equal(house_file(h, h->root.fd, PIECE), wiring_profile_d(&w->system, true, &h->arena).at);
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
	house_put(h, PIECE, "# Made by nixgraft, an older one");
	struct receipt_wire known = { .path = TEXT(PIECE), .digest = crypto_sha256(TEXT("# Made by nixgraft, an older one")) };
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
	/* A receipt alone makes no file ours: it must say so itself. */
	house_put(h, PIECE, "an administrator's");
	known.digest = crypto_sha256(TEXT("an administrator's"));
	plan(h, w);
	assert_int_equal(state_of(w, PIECE), WIRE_FOREIGN);
}

/* The receipt of a run that was killed tells of a file twice: as it was and as it was to be. */
static void a_killed_run_s_receipt_tells_of_old_and_new(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	static const char old[] = "# Made by nixgraft, an older one";
	struct receipt_wire known = { .path = TEXT(PIECE), .digest = crypto_sha256(text_of(old)) };
	struct receipt unfinished = { .unfinished = true };
	house_put(h, PIECE, old);
	w->receipt = (struct receipt){ .wires = &known, .wire_count = 1 };
	w->want.receipt = &w->receipt;
	plan(h, w);
	wire_plan_record(&w->plan, false, &w->receipt, &h->arena, &unfinished);
	size_t told = 0;
	for (size_t i = 0; i < unfinished.wire_count; i++)
		told += text_equal(unfinished.wires[i].path, TEXT(PIECE));
	assert_int_equal(told, 2);
	w->want.receipt = &unfinished; /* killed here: the file is as it was */
	plan(h, w);
	assert_int_equal(state_of(w, PIECE), WIRE_STALE);
	apply(h, w, false);
	plan(h, w);
	assert_int_equal(state_of(w, PIECE), WIRE_RIGHT);
}

static void what_the_receipt_tells_of_a_link_is_ours(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	struct receipt_wire known = { .path = TEXT(GIT), .target = TEXT(NIX_PROFILES "/older") };
	w->receipt = (struct receipt){ .wires = &known, .wire_count = 1 };
	house_put(h, GIT, "");
	WORKS(fs_link(h->root.fd, GIT, NIX_PROFILES "/older", &h->f));
	plan(h, w);
	assert_int_equal(state_of(w, GIT), WIRE_FOREIGN);
	w->want.receipt = &w->receipt;
	plan(h, w);
	assert_int_equal(state_of(w, GIT), WIRE_STALE);
	/* But not one that leads where nixgraft makes no link to. */
	known.target = TEXT("/opt/git");
	WORKS(fs_link(h->root.fd, GIT, "/opt/git", &h->f));
	plan(h, w);
	assert_int_equal(state_of(w, GIT), WIRE_FOREIGN);
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
		      kind == 2 ? GIT " is in the way and a directory" :
				  GIT " is in the way: nixgraft did not make it and will not overwrite it; move it away, or let --force "
				      "move it to " GIT ASIDE,
		      check(h, w, false));
		WORKS(wire_plan_apply(h->root.fd, &w->plan, false, &h->arena, &h->f));
		plan(h, w);
		assert_int_equal(state_of(w, GIT), WIRE_FOREIGN);
		wire_plan_record(&w->plan, false, NULL, &h->arena, &w->receipt);
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
	put_foreign(h, "/usr/local/bin/git-lfs", 1);
	put_foreign(h, NIX_CONF, 0);
	plan(h, w);
	WORKS(check(h, w, true));
	apply(h, w, true);
	assert_string_equal(house_link(h, GIT), GIT_TARGET);
	assert_string_equal(house_file(h, h->root.fd, GIT ASIDE), "foreign");
	assert_string_equal(house_link(h, "/usr/local/bin/git-lfs" ASIDE), "/usr/bin/foreign");
	assert_string_equal(house_file(h, h->root.fd, NIX_CONF ASIDE), "foreign");
	assert_non_null(receipt_find(&w->receipt, TEXT(GIT)));
	assert_int_equal(state_of(w, NIX_CONF), WIRE_RIGHT);
}

static void force_moves_no_directory(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true);
	put_foreign(h, GIT, 0);
	put_foreign(h, "/usr/local/bin/git-lfs", 2);
	put_foreign(h, NIX_CONF, 2);
	for (int force = 0; force < 2; force++) {
		plan(h, w);
		FAILS(FAULT_SYSTEM,
		      "/usr/local/bin/git-lfs is in the way and a directory, which --force does not move: move it away by hand",
		      check(h, w, force));
	}
	WORKS(fs_remove_tree(h->root.fd, "usr", &h->f));
	plan(h, w);
	WORKS(check(h, w, false));
	FAILS(FAULT_SYSTEM, NIX_CONF " is in the way and a directory", check(h, w, true));
	assert_string_equal(house_file(h, h->root.fd, NIX_CONF "/inside"), "foreign");
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
	FAILS(FAULT_SYSTEM, PIECE " cannot be made (run as root, on a writable file system, or with --expose none): Permission denied", code);
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

/* Removes a name beneath the root. */
static void unput(struct household *h, const char *folder, const char *name)
{
	FD_AUTO dir = house_dir(h, folder);
	WORKS(fs_remove_tree(dir, name, &h->f));
}

/* ---- only some commands ---- */

static void choose(struct household *h, struct wiring *w, size_t count, ...)
{
	struct texts *commands = &w->want.choice.commands;
	va_list args;
	*commands = (struct texts){ arena_alloc(&h->arena, count, sizeof *commands->at), 0 };
	va_start(args, count);
	while (commands->count < count)
		commands->at[commands->count++] = text_of(va_arg(args, const char *));
	va_end(args);
	w->want.choice.some = true;
}

static void only_what_is_chosen_is_linked(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true);
	plan(h, w);
	apply(h, w, false);
	choose(h, w, 2, "git-lfs", "nix");
	assert_false(wire_exposes(&w->want.choice, TEXT("git")));
	assert_true(wire_exposes(&w->want.choice, TEXT("git-lfs")));
	plan(h, w);
	assert_int_equal(w->plan.obsolete.count, 1);
	IS(w->plan.obsolete.at[0], GIT);
	apply(h, w, false);
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/bin"), "git-lfs nix");
	assert_int_equal(state_of(w, PIECE), WIRE_RIGHT); /* it is the same one */
	assert_null(wire_broken(h->root.fd, &w->receipt));
	w->want.choice = (struct receipt_choice){ 0 };
	assert_true(wire_exposes(&w->want.choice, TEXT("git")));
	plan(h, w);
	apply(h, w, false);
	assert_string_equal(house_link(h, GIT), GIT_TARGET);
}

static void without_any_link_the_piece_says_so(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	house_put(h, "/usr/bin/git", "");
	plan(h, w);
	apply(h, w, false);
	choose(h, w, 0);
	plan(h, w);
	assert_int_equal(w->plan.wires.count, 1);
	assert_int_equal(state_of(w, PIECE), WIRE_STALE);
	assert_int_equal(w->plan.obsolete.count, 2);
	assert_int_equal(w->plan.shadowed.count, 0);
	apply(h, w, false);
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/bin"), "");
	assert_string_equal(house_file(h, h->root.fd, PIECE), wiring_profile_d(&w->system, false, &h->arena).at);
	/* Then nobody needs it: somebody else's stays. */
	house_put(h, PIECE, "foreign");
	plan(h, w);
	WORKS(check(h, w, false));
	apply(h, w, false);
	assert_string_equal(house_file(h, h->root.fd, PIECE), "foreign");
}

/* ---- pages and completions ---- */

#define SHARE "/usr/local/share/"

static struct text shared_files[] = {
	TEXT_INIT("share/bash-completion/completions/git"), TEXT_INIT("share/fish/vendor_completions.d/git.fish"),
	TEXT_INIT("share/man/man1/git.1.gz"),               TEXT_INIT("share/zsh/site-functions/_git"),
};
static const struct texts shared = { shared_files, COUNT_OF(shared_files) };
static const struct texts nothing_shared = { NULL, 0 };

/* Makes them in the environment that the profile leads to. */
static void put_environment(struct household *h)
{
	for (size_t i = 0; i < COUNT_OF(shared_files); i++)
		house_put(h, house_say(h, STORE_PREFIX "x/" TEXT_F, TEXT_A(shared_files[i])), "");
	WORKS(fs_make_dirs(h->root.fd, NIX_PROFILES, 0755, &h->f));
	WORKS(fs_link(h->root.fd, GRAFT_PROFILE, STORE_PREFIX "x", &h->f));
}

#define FISH "/etc/fish/completions/"

/* The planned files in the places of readers, as below SHARE, with blanks between. */
static const char *planned_shares(struct household *h, const struct wiring *w)
{
	const char *all = "";
	for (size_t i = 0; i < w->plan.wires.count; i++) {
		const struct wire *wire = &w->plan.wires.at[i];
		const char *below = wire->path.at;
		if (text_starts(wire->path, TEXT(FISH)))
			below = house_say(h, "fish/vendor_completions.d/%s", below + sizeof FISH - 1);
		else if (text_starts(wire->path, TEXT(SHARE)))
			below += sizeof SHARE - 1;
		else
			continue;
		assert_true(wire->optional);
		assert_string_equal(wire->target.at, house_say(h, GRAFT_PROFILE "/share/%s", below));
		all = house_say(h, "%s%s%s", all, *all ? " " : "", below);
	}
	return all;
}

static void shares_are_for_who_reads_them(void **state)
{
	static const char *const cases[][2] = {
		{ "/usr/bin/man", "man/man1/git.1.gz" },
		{ "/bin/man", "man/man1/git.1.gz" },
		{ "/usr/share/bash-completion/bash_completion", "bash-completion/completions/git" },
		{ "/etc/bash_completion", "bash-completion/completions/git" },
		{ "/usr/bin/zsh", "zsh/site-functions/_git" },
		{ "/bin/zsh", "zsh/site-functions/_git" },
		{ "/usr/bin/fish", "fish/vendor_completions.d/git.fish" },
		{ "/bin/fish", "fish/vendor_completions.d/git.fish" },
		{ "/usr/bin/bash", "" },
	};
	struct household *h = *state;
	struct wiring *w = make(h, false);
	w->want.shared = &shared;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char name[FS_NAME_SIZE];
		house_put(h, cases[i][0], "");
		plan(h, w);
		assert_string_equal(planned_shares(h, w), cases[i][1]);
		FD_AUTO dir = fs_open_parent(h->root.fd, cases[i][0], name);
		assert_int_equal(unlinkat(dir, name, 0), 0);
	}
	house_put(h, "/usr/bin/man", "");
	house_put(h, "/usr/bin/fish", "");
	plan(h, w);
	assert_string_equal(planned_shares(h, w), "man/man1/git.1.gz fish/vendor_completions.d/git.fish");
	apply(h, w, false);
	assert_string_equal(house_link(h, SHARE "man/man1/git.1.gz"), GRAFT_PROFILE "/share/man/man1/git.1.gz");
	assert_int_equal(w->receipt.wire_count, 5);
	assert_null(wire_broken(h->root.fd, &w->receipt));
}

static void shares_that_are_not_known_yet_are_left_alone(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	house_put(h, "/usr/bin/man", "");
	w->want.shared = &shared;
	plan(h, w);
	apply(h, w, false);
	w->want.shared = NULL;
	plan(h, w);
	assert_string_equal(planned_shares(h, w), "");
	assert_int_equal(w->plan.obsolete.count, 0);
	/* Neither has it any more, nor who reads it: then it goes. */
	w->want.shared = &nothing_shared;
	plan(h, w);
	assert_int_equal(w->plan.obsolete.count, 1);
	IS(w->plan.obsolete.at[0], SHARE "man/man1/git.1.gz");
	w->want.shared = &shared;
	unput(h, "/usr", "bin");
	plan(h, w);
	assert_int_equal(w->plan.obsolete.count, 1);
	apply(h, w, false);
	assert_string_equal(house_names(h, h->root.fd, SHARE "man/man1"), "");
	assert_null(receipt_find(&w->receipt, TEXT(SHARE "man/man1/git.1.gz")));
}

static void somebody_elses_page_is_kept(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	w->want.shared = &shared;
	house_put(h, "/usr/bin/man", "");
	house_put(h, SHARE "man/man1/git.1.gz", "foreign");
	put_environment(h);
	plan(h, w);
	WORKS(check(h, w, false));
	apply(h, w, false);
	assert_string_equal(house_file(h, h->root.fd, SHARE "man/man1/git.1.gz"), "foreign");
	assert_int_equal(w->receipt.kept.count, 1);
	IS(w->receipt.kept.at[0], SHARE "man/man1/git.1.gz");
	assert_null(wire_broken(h->root.fd, &w->receipt));
	unput(h, SHARE "man/man1", "git.1.gz");
	assert_string_equal(wire_broken(h->root.fd, &w->receipt), SHARE "man/man1/git.1.gz");
	plan(h, w);
	apply(h, w, false);
	assert_string_equal(house_link(h, SHARE "man/man1/git.1.gz"), GRAFT_PROFILE "/share/man/man1/git.1.gz");
	assert_int_equal(w->receipt.kept.count, 0);
}

static void who_comes_to_read_later_is_seen(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	w->want.shared = &shared;
	plan(h, w);
	apply(h, w, false);
	house_put(h, "/usr/bin/zsh", "");
	assert_null(wire_broken(h->root.fd, &w->receipt)); /* there is nothing for him to read */
	put_environment(h);
	assert_string_equal(wire_broken(h->root.fd, &w->receipt), SHARE "zsh/");
	plan(h, w);
	apply(h, w, false);
	assert_null(wire_broken(h->root.fd, &w->receipt));
	house_put(h, "/usr/bin/man", "");
	assert_string_equal(wire_broken(h->root.fd, &w->receipt), SHARE "man/");
	if (geteuid() != 0)
		return;
	/* He who cannot put it right has nothing to do. */
	assert_int_equal(seteuid(65534), 0);
	const char *broken = wire_broken(h->root.fd, &w->receipt);
	assert_int_equal(seteuid(0), 0);
	assert_null(broken);
}

static void a_link_that_the_receipt_does_not_tell_is_seen(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	plan(h, w);
	apply(h, w, false);
	WORKS(fs_link(h->root.fd, "/usr/local/bin/stray", GRAFT_PROFILE "/bin/stray", &h->f));
	WORKS(fs_link(h->root.fd, "/usr/local/bin/other", "/opt/other", &h->f));
	assert_string_equal(wire_broken(h->root.fd, &w->receipt), "/usr/local/bin/");
	plan(h, w);
	apply(h, w, false);
	assert_null(wire_broken(h->root.fd, &w->receipt));
	assert_string_equal(house_names(h, h->root.fd, "/usr/local/bin"), "git git-lfs other");
}

/* ---- where we may not write ---- */

/* As nobody, who owns nothing there. */
static void plan_as_nobody(struct household *h, struct wiring *w, int *checked)
{
	assert_int_equal(seteuid(65534), 0);
	int code = wire_plan_make(h->root.fd, &w->want, &h->arena, &w->plan, &h->f);
	*checked = code == 0 ? check(h, w, false) : code;
	assert_int_equal(seteuid(0), 0);
	if (code < 0)
		WORKS(code);
}

static void what_is_optional_does_without(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true);
	int checked;
	if (geteuid() != 0)
		skip();
	house_put(h, "/usr/bin/man", "");
	WORKS(fs_make_dirs(h->root.fd, "/home/ada", 0755, &h->f));
	w->want.shared = &shared;
	choose(h, w, 0);
	plan_as_nobody(h, w, &checked);
	WORKS(checked);
	assert_int_equal(w->plan.wires.count, 5);
	for (size_t i = 0; i < w->plan.wires.count; i++)
		assert_int_equal(w->plan.wires.at[i].state, WIRE_BARRED);
	assert_int_equal(w->plan.folders.count, 0);
	apply(h, w, false);
	assert_string_equal(house_names(h, h->root.fd, "/"), "home usr");
	assert_int_equal(w->receipt.wire_count, 0);
	assert_int_equal(w->receipt.kept.count, 0);
	assert_string_equal(wire_broken(h->root.fd, &w->receipt), PIECE); /* root has something to do */
	assert_int_equal(seteuid(65534), 0);
	const char *broken = wire_broken(h->root.fd, &w->receipt);
	assert_int_equal(seteuid(0), 0);
	assert_null(broken);
	/* But links on PATH are no choice. */
	w->want.choice = (struct receipt_choice){ 0 };
	plan_as_nobody(h, w, &checked);
	FAILS(FAULT_SYSTEM, GIT " cannot be made (run as root, on a writable file system, or with --expose none)", checked);
}

static void what_was_made_before_is_still_told(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, true);
	int checked;
	if (geteuid() != 0)
		skip();
	plan(h, w);
	apply(h, w, false);
	const struct receipt_wire *conf = receipt_find(&w->receipt, TEXT(NIX_CONF));
	assert_non_null(conf);
	struct lock_cache cache = { TEXT("https://second.example"), { 0 } };
	w->lock.caches = &cache;
	w->lock.cache_count = 1;
	plan_as_nobody(h, w, &checked);
	WORKS(checked);
	assert_int_equal(state_of(w, NIX_CONF), WIRE_BARRED);
	assert_int_equal(state_of(w, GIT), WIRE_RIGHT);
	struct receipt made = { 0 };
	WORKS(wire_plan_apply(h->root.fd, &w->plan, false, &h->arena, &h->f));
	wire_plan_record(&w->plan, false, &w->receipt, &h->arena, &made);
	assert_int_equal(made.wire_count, w->receipt.wire_count);
	assert_true(digest_equal(&receipt_find(&made, TEXT(NIX_CONF))->digest, &conf->digest));
	assert_int_equal(made.late.count, 1);
	assert_string_equal(wire_broken(h->root.fd, &made), NIX_CONF); /* root may make up for it */
	plan(h, w);
	assert_int_equal(state_of(w, NIX_CONF), WIRE_STALE);
}

static void what_cannot_be_taken_back_is_left_for_later(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	int checked;
	if (geteuid() != 0)
		skip();
	house_put(h, "/usr/bin/man", "");
	w->want.shared = &shared;
	plan(h, w);
	apply(h, w, false);
	w->want.shared = &nothing_shared;
	plan_as_nobody(h, w, &checked);
	WORKS(checked);
	assert_int_equal(w->plan.obsolete.count, 0);
	assert_int_equal(w->plan.left.count, 1);
	apply(h, w, false);
	assert_non_null(receipt_find(&w->receipt, TEXT(SHARE "man/man1/git.1.gz")));
	assert_string_equal(house_link(h, SHARE "man/man1/git.1.gz"), GRAFT_PROFILE "/share/man/man1/git.1.gz");
	/* As root now. */
	apply(h, w, false);
	assert_null(receipt_find(&w->receipt, TEXT(SHARE "man/man1/git.1.gz")));
	assert_string_equal(house_names(h, h->root.fd, SHARE "man/man1"), "");
	/* A link on PATH is no choice here, either. */
	w->tool.commands.count = 1;
	plan_as_nobody(h, w, &checked);
	FAILS(FAULT_SYSTEM, "/usr/local/bin/git-lfs cannot be taken back (run as root, on a writable file system)", checked);
}

/* ---- what the receipt tells besides ---- */

static const char *folders_of(struct household *h, struct texts folders)
{
	const char *all = "";
	for (size_t i = 0; i < folders.count; i++)
		all = house_say(h, "%s%s" TEXT_F, all, i ? " " : "", TEXT_A(folders.at[i]));
	return all;
}

static void folders_that_are_made_are_told(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	WORKS(fs_make_dirs(h->root.fd, "/usr", 0755, &h->f));
	plan(h, w);
	assert_string_equal(folders_of(h, w->plan.folders), "/etc /etc/profile.d /usr/local /usr/local/bin");
	apply(h, w, false);
	assert_string_equal(folders_of(h, w->receipt.folders), "/etc /etc/profile.d /usr/local /usr/local/bin");
	/* The next apply makes none of them, and some more. */
	house_put(h, "/usr/bin/man", "");
	w->want.shared = &shared;
	plan(h, w);
	apply(h, w, false);
	assert_string_equal(folders_of(h, w->receipt.folders), "/etc /etc/profile.d /usr/local /usr/local/bin /usr/local/share "
							       "/usr/local/share/man /usr/local/share/man/man1");
}

static void folders_of_others_are_not_told(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	put_foreign(h, PIECE, 0);
	WORKS(fs_make_dirs(h->root.fd, "/real", 0755, &h->f));
	WORKS(fs_make_dirs(h->root.fd, "/usr", 0755, &h->f));
	WORKS(fs_link(h->root.fd, "/usr/local", "/real", &h->f));
	plan(h, w);
	assert_string_equal(folders_of(h, w->plan.folders), "/usr/local/bin");
}

static void what_was_moved_aside_is_told_for_good(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	put_foreign(h, PIECE, 0);
	plan(h, w);
	apply(h, w, true);
	assert_string_equal(folders_of(h, w->receipt.aside), PIECE);
	unput(h, "/usr/local/bin", "git");
	put_foreign(h, GIT, 0);
	plan(h, w);
	apply(h, w, true);
	assert_string_equal(folders_of(h, w->receipt.aside), PIECE " " GIT);
	apply(h, w, false);
	assert_string_equal(folders_of(h, w->receipt.aside), PIECE " " GIT);
}

/* Whoever may write the receipt must not be able to have other files removed. */
static void a_receipt_cannot_make_other_files_obsolete(void **state)
{
	struct household *h = *state;
	struct wiring *w = make(h, false);
	struct receipt_wire known[] = {
		{ .path = TEXT("/etc/passwd"), .digest = crypto_sha256(TEXT("x")) },
		{ .path = TEXT(SHARE "../../../etc/passwd"), .digest = crypto_sha256(TEXT("x")) },
		{ .path = TEXT("/usr/local/bin/../../../etc/passwd"), .digest = crypto_sha256(TEXT("x")) },
	};
	w->receipt = (struct receipt){ .wires = known, .wire_count = COUNT_OF(known) };
	house_put(h, "/etc/passwd", "x");
	WORKS(fs_make_dirs(h->root.fd, SHARE, 0755, &h->f));
	w->want.receipt = &w->receipt;
	w->want.shared = &shared;
	plan(h, w);
	assert_int_equal(w->plan.obsolete.count, 0);
	apply(h, w, false);
	assert_string_equal(house_file(h, h->root.fd, "/etc/passwd"), "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_bare_root_gets_everything),
		HOUSE_TEST(a_nix_gets_its_files),
		HOUSE_TEST(ours_that_is_stale_is_replaced),
		HOUSE_TEST(a_killed_run_s_receipt_tells_of_old_and_new),
		HOUSE_TEST(what_the_receipt_tells_of_a_link_is_ours),
		HOUSE_TEST(what_is_foreign_stays),
		HOUSE_TEST(somebody_elses_nix_conf_is_kept),
		HOUSE_TEST(force_moves_aside),
		HOUSE_TEST(force_moves_no_directory),
		HOUSE_TEST(force_overwrites_nothing_that_was_moved_aside),
		HOUSE_TEST(without_rights_it_is_told_before_anything_changes),
		HOUSE_TEST(what_is_no_longer_wanted_goes),
		HOUSE_TEST(what_was_changed_meanwhile_is_not_ours_to_take),
		HOUSE_TEST(what_is_gone_needs_no_taking_back),
		HOUSE_TEST(broken_wires_are_named),
		HOUSE_TEST(commands_of_the_base_are_noted),
		HOUSE_TEST(links_above_stay_beneath_the_root),
		HOUSE_TEST(only_what_is_chosen_is_linked),
		HOUSE_TEST(without_any_link_the_piece_says_so),
		HOUSE_TEST(shares_are_for_who_reads_them),
		HOUSE_TEST(shares_that_are_not_known_yet_are_left_alone),
		HOUSE_TEST(somebody_elses_page_is_kept),
		HOUSE_TEST(who_comes_to_read_later_is_seen),
		HOUSE_TEST(a_link_that_the_receipt_does_not_tell_is_seen),
		HOUSE_TEST(what_is_optional_does_without),
		HOUSE_TEST(what_was_made_before_is_still_told),
		HOUSE_TEST(what_cannot_be_taken_back_is_left_for_later),
		HOUSE_TEST(folders_that_are_made_are_told),
		HOUSE_TEST(folders_of_others_are_not_told),
		HOUSE_TEST(what_was_moved_aside_is_told_for_good),
		HOUSE_TEST(a_receipt_cannot_make_other_files_obsolete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
