#include "cmd/firstnix.h"

#include "cmd/flake.h"
#include "cmd/graft.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "format/storepath.h"
#include "store/layout.h"
#include "sys/fs.h"
#include "sys/proc.h"

/* Nix 2.31.2, as nixpkgs built it and cache.nixos.org has it. */
static const struct {
	const char *system, *path;
} KNOWN[] = {
	{ "x86_64-linux", "x30lnlgk1s16rynrfslbf8phr6h6rqf2-nix-2.31.2" },
	{ "aarch64-linux", "xnybj9lk0kwvmr2va253avanq7m3cpyg-nix-2.31.2" },
};

static int choose_path(struct firstnix *n, struct fault *f)
{
	struct text given = call_text(n->call, "nix", NULL), system = proc_system(&n->call->arena);
	n->path = storepath_base(given);
	if (given.at && !n->path.len)
		return fault_set(f, FAULT_USAGE, "--nix: '" TEXT_F "' must be a store path " STORE_PREFIX "<hash>-<name>", TEXT_A(given));
	for (size_t i = 0; !given.at && i < sizeof KNOWN / sizeof *KNOWN; i++)
		if (text_equal(system, text_of(KNOWN[i].system)))
			n->path = text_of(KNOWN[i].path);
	if (!n->path.len)
		return fault_set(f, FAULT_USAGE, "there is no Nix here, and none is known for " TEXT_F ": name one with --nix " STORE_PREFIX
						 "..., or give --without-nix", TEXT_A(system));
	return 0;
}

static int check_machine(struct firstnix *n, struct fault *f)
{
	FD_AUTO root = -1;
	int code = fs_root_open("/", &root, f);
	n->linked = code == 0 && fs_may_write(root, "/usr/local/bin");
	if (code == 0)
		code = layout_check(root, f);
	if (code == 0 && layout_may_make(root, f) < 0)
		code = fault_wrap(f, "there is no Nix here to evaluate the flake with; install one, give --without-nix to write the files only, "
				     "or let nixgraft install one");
	return code;
}

/* A lock that is there is not written over: it may be the one that an earlier init has left. */
static int look_at_lock(struct firstnix *n, struct fault *f)
{
	struct text system = proc_system(&n->call->arena);
	const struct lock_system *has = n->locking.exists ? lock_system_find(&n->locking.before, system) : NULL;
	n->locked = has && has->nix.len && (!call_flag(n->call, "nix") || text_equal(has->nix, n->path));
	if (n->locking.exists && !n->locked)
		return fault_set(f, FAULT_USAGE, "%s is there already, and has %s for " TEXT_F ": move it away, or give --without-nix or --only-nix", n->locking.file,
				 has && has->nix.len ? "another Nix" : "no Nix", TEXT_A(system));
	if (n->locked)
		n->path = has->nix;
	return 0;
}

static int open_lock(struct firstnix *n, struct fault *f)
{
	static const char *const passed[] = { "cache", "trusted-key" };
	struct call *c = &n->lock_call;
	*c = (struct call){ .command = &cmd_lock, .quiet = n->call->quiet };
	call_give(c, "lock", n->lock_name);
	call_give(c, "nix", arena_printf(&c->arena, STORE_PREFIX TEXT_F, TEXT_A(n->path)));
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
		struct texts given = call_texts(n->call, passed[i]);
		for (size_t k = 0; k < given.count; k++)
			call_give(c, passed[i], given.at[k]);
	}
	return locking_open(&n->locking, c, f);
}

int firstnix_plan(struct firstnix *n, struct call *call, struct text lock_name, struct fault *f)
{
	*n = (struct firstnix){ .call = call, .lock_name = lock_name, .program = flake_find_nix(&call->arena) };
	bool without = call_flag(call, "without-nix");
	if (without && (call_flag(call, "nix") || call_flag(call, "only-nix")))
		return fault_set(f, FAULT_USAGE, "--without-nix excludes --nix and --only-nix");
	n->wanted = !without && (call_flag(call, "nix") || !n->program.len);
	if (!n->wanted)
		return 0;
	int code = choose_path(n, f);
	if (code == 0)
		code = check_machine(n, f);
	if (code == 0)
		code = open_lock(n, f);
	return code == 0 ? look_at_lock(n, f) : code;
}

void firstnix_close(struct firstnix *n)
{
	locking_close(&n->locking);
	arena_drop(&n->lock_call.arena);
}

int firstnix_lock(struct firstnix *n, struct fault *f)
{
	if (!n->wanted || n->locked)
		return 0;
	int code = inputs_read(&n->lock_call, NULL, &n->locking.inputs, f);
	if (code == 0)
		code = locking_walk(&n->locking, f);
	return code < 0 ? fault_wrap(f, "nothing was written, since the Nix to evaluate the flake with cannot be had (--without-nix writes the "
					"files alone)") : 0;
}

static int follow(struct graft *g, struct call *call, struct fault *f)
{
	bool unchanged;
	int code = graft_open(g, call, f);
	if (code == 0)
		code = graft_unchanged(g, &unchanged, f);
	if (code < 0 || unchanged)
		return code;
	code = graft_plan(g, f);
	return code == 0 ? graft_carry_out(g, f) : code;
}

static int apply(struct firstnix *n, struct fault *f)
{
	struct call c = { .command = &cmd_apply, .quiet = n->call->quiet };
	struct text user = call_text(n->call, "user", NULL);
	struct graft graft;
	call_give(&c, "lock", n->lock_name);
	if (user.at)
		call_give(&c, "user", user);
	call_give(&c, "with-nix", (struct text){ 0 }); /* whatever was chosen for another lock */
	if (!n->linked)
		call_give(&c, "expose", TEXT("none")); /* which later applies keep to */
	int code = follow(&graft, &c, f);
	n->generation = graft.generation;
	n->fetched_bytes = graft.fetch_bytes;
	n->unpacked_bytes = graft.unpack_bytes;
	if (code == 0 && graft.wires.obsolete.count)
		say_note(n->call, "%zu link%s of the lock that was followed before went; `nixgraft apply` of that lock brings its tools again",
			 graft.wires.obsolete.count, text_plural(graft.wires.obsolete.count));
	graft_close(&graft);
	arena_drop(&c.arena);
	return code;
}

int firstnix_apply(struct firstnix *n, struct fault *f)
{
	if (!n->wanted)
		return 0;
	int code = n->locked ? 0 : locking_write(&n->locking, false, f);
	if (code == 0 && apply(n, f) < 0)
		code = fault_wrap(f, "%s is written and pins Nix, but it is not in place; `nixgraft apply` completes that", n->locking.file);
	return code;
}
