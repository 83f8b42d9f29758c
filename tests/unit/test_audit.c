/* audit: everything that differs from the lock is named, nothing is touched. */
#include "objects.h"

#include "store/audit.h"
#include "store/environment.h"
#include "store/profile.h"
#include "store/wiring.h"
#include "store/registry.h"

#define LINK "/usr/local/bin/tool"
#define PIECE "/etc/profile.d/nixgraft.sh"

/* An installed tool with a library, all as an apply leaves it. */
struct scene {
	struct object lib, tool, environment;
	struct lock_path paths[2];
	struct lock_output output;
	struct text command;
	struct lock_tool tools[1];
	struct lock_system system;
	struct lock lock;
	struct account account;
	struct receipt receipt;
	struct audit_want want;
	struct audit audit;
};

static void install_environment(struct household *h, struct scene *s)
{
	struct environment e;
	WORKS(environment_make(h->root.fd, &s->system, &h->arena, &e, &h->f));
	s->environment = (struct object){ e.path, arena_copy(&h->arena, buffer_view(&e.nar)) };
	buffer_drop(&e.nar);
	object_install(h, &s->environment);
}

static void register_all(struct household *h, struct scene *s)
{
	const struct lock_path *news[] = { &s->lib.path, &s->tool.path, &s->environment.path };
	struct registry_news all = { news, 3, 1 };
	WORKS(registry_write(&h->root, &all, &h->f));
}

static void expose(struct household *h, struct scene *s)
{
	struct wire_plan plan;
	uint64_t generation;
	s->want = (struct audit_want){ &h->root, { .lock = &s->lock, .system = &s->system, .account = &s->account }, 2 };
	WORKS(profile_commit(h->root.fd, s->environment.path.path, &generation, &h->f));
	WORKS(wire_plan_make(h->root.fd, &s->want.truth, &h->arena, &plan, &h->f));
	WORKS(wire_plan_apply(h->root.fd, &plan, false, &h->arena, &h->f));
	wire_plan_record(&plan, false, NULL, &h->arena, &s->receipt);
	s->want.truth.receipt = &s->receipt;
}

static struct scene *make(struct household *h)
{
	struct scene *s = arena_alloc(&h->arena, 1, sizeof *s);
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	s->lib = OBJECT(h, "lib", NO_TEXTS, { "lib/x", 'f', "x" });
	s->tool = OBJECT(h, "tool", object_list(h, 1, s->lib.path.path), { "bin/tool", 'x', "#!" });
	object_install(h, &s->lib);
	object_install(h, &s->tool);
	bool first = text_compare(s->lib.path.path, s->tool.path.path) < 0;
	s->paths[!first] = s->lib.path;
	s->paths[first] = s->tool.path;
	s->output = (struct lock_output){ TEXT("out"), s->tool.path.path };
	s->command = TEXT("tool");
	s->tools[0] = (struct lock_tool){ .name = TEXT("tool"),
					  .path = s->tool.path.path,
					  .outputs = &s->output,
					  .output_count = 1,
					  .commands = { &s->command, 1 } };
	s->system = (struct lock_system){ .tools = s->tools, .tool_count = 1, .paths = s->paths, .path_count = 2 };
	install_environment(h, s);
	register_all(h, s);
	expose(h, s);
	return s;
}

static void audit(struct household *h, struct scene *s)
{
	WORKS(audit_run(&s->want, &h->arena, &s->audit, &h->f));
}

/* One finding, and no other. */
static void finds(struct household *h, struct scene *s, enum audit_kind kind, const char *subject, const char *reason)
{
	audit(h, s);
	if (s->audit.findings.count != 1)
		fail_msg("%zu findings, expected: %s %s", s->audit.findings.count, subject, reason);
	const struct audit_finding *finding = &s->audit.findings.at[0];
	assert_int_equal(finding->kind, kind);
	assert_string_equal(house_say(h, TEXT_F, TEXT_A(finding->subject)), subject);
	if (!strstr(house_say(h, TEXT_F, TEXT_A(finding->reason)), reason))
		fail_msg("expected '%s': " TEXT_F, reason, TEXT_A(finding->reason));
}

static void names_of_kinds(void **state)
{
	(void)state;
	assert_string_equal(audit_kind_name(AUDIT_OBJECT), "object");
	assert_string_equal(audit_kind_name(AUDIT_ROW), "row");
	assert_string_equal(audit_kind_name(AUDIT_PROFILE), "profile");
	assert_string_equal(audit_kind_name(AUDIT_FILE), "file");
}

static void all_is_right(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	const char *before = house_names(h, h->root.fd, NIX_STATE "/db");
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 0);
	assert_int_equal(s->audit.broken.count, 0);
	assert_int_equal(s->audit.objects, 3);
	assert_int_equal(s->audit.bytes, s->lib.nar.len + s->tool.nar.len + s->environment.nar.len);
	assert_int_equal(s->audit.files, 2);
	assert_string_equal(house_names(h, h->root.fd, NIX_STATE "/db"), before);
}

static void an_object_that_was_changed(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	const char *path = object_at(h, &s->lib, "");
	house_put(h, object_at(h, &s->lib, "/lib/x"), "y");
	finds(h, s, AUDIT_OBJECT, path, "has the modification time");
	assert_int_equal(s->audit.broken.count, 1);
	assert_int_equal(s->audit.damaged.count, 1);
	assert_true(text_equal(s->paths[s->audit.broken.at[0]].path, s->lib.path.path));
	FD_AUTO store = house_dir(h, STORE_DIR);
	WORKS(fs_remove_tree(store, s->lib.path.path.at, &h->f));
	finds(h, s, AUDIT_OBJECT, path, "is missing");
}

static void rows_that_say_otherwise(void **state)
{
	static const char *const reasons[] = {
		"is registered with another hash",
		"is registered with another size",
		"is registered with other references",
		"is registered without the signatures of the lock",
		"is registered with another content address",
	};
	struct household *h = *state;
	struct scene *s = make(h);
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		struct lock_path changed = s->tool.path;
		const struct lock_path *news = &changed;
		struct registry_news all = { &news, 1, 1 };
		changed.nar_digest.bytes[0] ^= i == 0;
		changed.nar_size += i == 1;
		changed.references.count -= i == 2;
		if (i == 3)
			changed.signatures = object_list(h, 1, TEXT("other:AAAA"));
		if (i == 4)
			changed.ca = TEXT("fixed:r:sha256:x");
		WORKS(registry_write(&h->root, &all, &h->f));
		finds(h, s, AUDIT_ROW, object_at(h, &s->tool, ""), reasons[i]);
		assert_int_equal(s->audit.broken.count, 1);
		assert_int_equal(s->audit.damaged.count, 0);
	}
	struct lock_path more = s->tool.path;
	const struct lock_path *news = &more;
	struct registry_news all = { &news, 1, 1 };
	more.signatures = object_list(h, 2, TEXT("a:AAAA"), s->tool.path.signatures.at[0]);
	WORKS(registry_write(&h->root, &all, &h->f));
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 0);
}

static void rows_that_are_missing(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	FD_AUTO db = house_dir(h, NIX_STATE "/db");
	assert_int_equal(unlinkat(db, "db.sqlite", 0), 0);
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 3);
	assert_int_equal(s->audit.broken.count, 2);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(s->audit.findings.at[i].kind, AUDIT_ROW);
		IS(s->audit.findings.at[i].reason, "is not registered in " NIX_DB);
	}
}

static void the_environment_is_looked_at_too(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	const char *path = object_at(h, &s->environment, "");
	house_put(h, object_at(h, &s->environment, "/bin/more"), "");
	finds(h, s, AUDIT_OBJECT, path, "has the modification time");
	FD_AUTO store = house_dir(h, STORE_DIR);
	WORKS(fs_remove_tree(store, s->environment.path.path.at, &h->f));
	object_install(h, &s->environment);
	s->environment.path.ca = TEXT("fixed:r:sha256:x");
	register_all(h, s);
	finds(h, s, AUDIT_ROW, path, "is registered with another content address");
	assert_int_equal(s->audit.broken.count, 0);
}

static void a_profile_that_leads_elsewhere(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	uint64_t generation;
	WORKS(profile_commit(h->root.fd, object_base(h, "other"), &generation, &h->f));
	finds(h, s, AUDIT_PROFILE, GRAFT_PROFILE, "leads to another environment than the lock's");
	FD_AUTO profiles = house_dir(h, NIX_PROFILES);
	assert_int_equal(unlinkat(profiles, GRAFT_PROFILE_NAME, 0), 0);
	finds(h, s, AUDIT_PROFILE, GRAFT_PROFILE, "does not lead to a generation");
}

static void a_lock_that_asks_for_something_else(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	s->tools[0].commands.count = 0;
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 2);
	IS(s->audit.findings.at[0].reason, "leads to another environment than the lock's");
	IS(s->audit.findings.at[1].subject, LINK);
	IS(s->audit.findings.at[1].reason, "is not asked for by the lock");
}

static void a_receipt_that_is_missing(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	s->want.truth.receipt = NULL;
	finds(h, s, AUDIT_PROFILE, GRAFT_RECEIPT, "is missing: no apply has been completed here");
}

static void wires_that_are_broken(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	FD_AUTO bin = house_dir(h, "/usr/local/bin");
	WORKS(fs_link(h->root.fd, LINK, "/elsewhere", &h->f));
	finds(h, s, AUDIT_FILE, LINK, "is not what nixgraft made: it was changed, or is somebody else's");
	WORKS(fs_link(h->root.fd, LINK, GRAFT_PROFILE "/bin/other", &h->f));
	finds(h, s, AUDIT_FILE, LINK, "is not what the lock asks for");
	assert_int_equal(unlinkat(bin, "tool", 0), 0);
	finds(h, s, AUDIT_FILE, LINK, "is missing");
	WORKS(fs_link(h->root.fd, LINK, GRAFT_PROFILE "/bin/tool", &h->f));
	house_put(h, PIECE, "changed");
	finds(h, s, AUDIT_FILE, PIECE, "is not what nixgraft made");
}

/* Somebody else's nix.conf is no finding, unless it stands where ours was. */
static void optional_wires_of_others_are_fine(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	s->system.nix = s->tool.path.path;
	WORKS(fs_write(h->root.fd, PIECE, 0644, wiring_profile_d(&s->system, true, &h->arena), &h->f));
	house_put(h, NIX_CONF, "foreign");
	expose(h, s);
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 0);
	house_put(h, NIX_REGISTRY, "changed");
	finds(h, s, AUDIT_FILE, NIX_REGISTRY, "is not what nixgraft made");
}

static void everything_wrong_is_named_at_once(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	FD_AUTO store = house_dir(h, STORE_DIR);
	WORKS(fs_remove_tree(store, s->lib.path.path.at, &h->f));
	WORKS(fs_remove_tree(store, s->tool.path.path.at, &h->f));
	WORKS(fs_link(h->root.fd, LINK, "/elsewhere", &h->f));
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 3);
	assert_int_equal(s->audit.broken.count, 2);
}

static void without_a_store_there_is_nothing_to_look_at(void **state)
{
	struct household *h = *state;
	struct scene *s = arena_alloc(&h->arena, 1, sizeof *s);
	s->want = (struct audit_want){ &h->root, { .lock = &s->lock, .system = &s->system, .account = &s->account }, 1 };
	FAILS(FAULT_VERIFY, "/nix/store is missing; run `nixgraft apply` first",
	      audit_run(&s->want, &h->arena, &s->audit, &h->f));
}

static void a_database_that_cannot_be_read_is_a_finding(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	house_put(h, NIX_SCHEMA, "9");
	audit(h, s);
	assert_true(text_equal(s->audit.findings.at[0].subject, TEXT(NIX_DB)));
	assert_non_null(strstr(s->audit.findings.at[0].reason.at, "says '9'"));
}

/* Then nobody registers, and nothing is missed. */
static void tools_alone_have_no_rows(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	FD_AUTO state_dir = house_dir(h, NIX_STATE);
	WORKS(fs_remove_tree(state_dir, "db", &h->f));
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(s->audit.findings.at[i].kind, AUDIT_ROW);
	s->want.truth.choice.tools_only = true;
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 0);
	assert_int_equal(s->audit.objects, 3);
	/* But objects are looked at, the environment too. */
	FD_AUTO store = house_dir(h, STORE_DIR);
	WORKS(fs_remove_tree(store, s->environment.path.path.at, &h->f));
	WORKS(fs_remove_tree(store, s->lib.path.path.at, &h->f));
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 2);
	assert_int_equal(s->audit.findings.at[0].kind, AUDIT_OBJECT);
	assert_int_equal(s->audit.findings.at[1].kind, AUDIT_OBJECT);
}

static void only_chosen_commands_are_missed(void **state)
{
	struct household *h = *state;
	struct scene *s = make(h);
	FD_AUTO links = house_dir(h, "/usr/local/bin");
	assert_int_equal(unlinkat(links, "tool", 0), 0);
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 1);
	s->want.truth.choice.some = true;
	audit(h, s);
	assert_int_equal(s->audit.findings.count, 1); /* the piece for shells leads them elsewhere now */
	IS(s->audit.findings.at[0].subject, PIECE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_kinds),
		HOUSE_TEST(all_is_right),
		HOUSE_TEST(an_object_that_was_changed),
		HOUSE_TEST(rows_that_say_otherwise),
		HOUSE_TEST(rows_that_are_missing),
		HOUSE_TEST(the_environment_is_looked_at_too),
		HOUSE_TEST(a_profile_that_leads_elsewhere),
		HOUSE_TEST(a_lock_that_asks_for_something_else),
		HOUSE_TEST(a_receipt_that_is_missing),
		HOUSE_TEST(wires_that_are_broken),
		HOUSE_TEST(optional_wires_of_others_are_fine),
		HOUSE_TEST(everything_wrong_is_named_at_once),
		HOUSE_TEST(without_a_store_there_is_nothing_to_look_at),
		HOUSE_TEST(tools_alone_have_no_rows),
		HOUSE_TEST(only_chosen_commands_are_missed),
		HOUSE_TEST(a_database_that_cannot_be_read_is_a_finding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
