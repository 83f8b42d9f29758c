#include "cmd/standing.h"

#include <fcntl.h>

#include "base/bounds.h"
#include "format/storepath.h"
#include "plan/change.h"
#include "store/programs.h"
#include "store/wire.h"
#include "store/wiring.h"
#include "sys/fs.h"

const char *standing_state_name(enum standing_state state)
{
	static const char *const names[] = {
		[STANDING_LINKED] = "linked", [STANDING_UNLINKED] = "unlinked", [STANDING_MISSING] = "missing",
		[STANDING_BROKEN] = "broken", [STANDING_FOREIGN] = "foreign",
	};
	return names[state];
}

struct text standing_package_name(const struct standing *s, const struct dpkg_package *p, struct arena *a)
{
	return dpkg_architecture_equal(&s->debian, p->architecture, s->debian.native) ?
		       p->name : arena_printf(a, TEXT_F ":" TEXT_F, TEXT_A(p->name), TEXT_A(p->architecture));
}

/* ---- what the root follows ---- */

static const char *root_name(const struct root *root)
{
	return *root->path ? root->path : "/";
}

static int check_applied(struct call *call, struct receipt *receipt, struct fault *f)
{
	struct root root = { .fd = -1 };
	bool found = false;
	int code = target_root(&root, call, f);
	if (code == 0)
		code = receipt_read(root.fd, &call->arena, receipt, &found, f);
	if (code == 0 && !found)
		code = fault_set(f, FAULT_DIFFERS, "%s follows no lock: nothing was applied there; see `nixgraft apply --help`", root_name(&root));
	else if (code == 0 && receipt->unfinished)
		code = fault_set(f, FAULT_DIFFERS, "%s follows no lock yet: the last apply was not completed; run it again", root_name(&root));
	fs_close(&root.fd);
	return code;
}

/* Whoever switched the profile without nixgraft left links and receipt behind: then the generation in force is what counts. */
static int open_lock(struct standing *s, struct call *call, struct fault *f)
{
	struct target *t = &s->target;
	int code = target_open_own(t, call, f);
	if (code == 0)
		code = profile_read(t->root.fd, &call->arena, &s->profile, f);
	if (code == 0 && s->profile.current == s->receipt.generation && !digest_equal(&t->digest, &s->receipt.lock))
		code = fault_set(f, FAULT_DIFFERS, "%s does not follow %s, but another lock, which generation %llu has", root_name(&t->root),
				 t->lock_name.at, (unsigned long long)s->receipt.generation);
	if (code == 0)
		code = target_parse(t, call, f);
	if (code < 0)
		return code;
	s->system = *t->want;
	if (s->receipt.choice.tools_only)
		closure_subset(t->want, &call->arena, &s->system);
	return 0;
}

/* ---- tools ---- */

static enum standing_state look(const struct standing *s, struct text command, struct arena *a)
{
	struct stat st;
	struct text path = arena_printf(a, WIRING_LINKS "/" TEXT_F, TEXT_A(command));
	struct text wanted = arena_printf(a, GRAFT_PROFILE "/bin/" TEXT_F, TEXT_A(command));
	if (!wire_exposes(&s->receipt.choice, command))
		return STANDING_UNLINKED;
	if (fs_stat(s->target.root.fd, path.at, &st) < 0)
		return STANDING_MISSING;
	struct text target = fs_read_link(s->target.root.fd, path.at, a);
	if (!text_starts(target, TEXT(GRAFT_PROFILE "/")))
		return STANDING_FOREIGN;
	FD_AUTO leads = fs_open(s->target.root.fd, path.at, O_PATH);
	return leads >= 0 && text_equal(target, wanted) ? STANDING_LINKED : STANDING_BROKEN;
}

static void look_at_commands(const struct standing *s, struct standing_tool *tool, struct arena *a)
{
	tool->commands = arena_alloc(a, tool->names.count, sizeof *tool->commands);
	tool->linked.at = arena_alloc(a, tool->names.count, sizeof *tool->linked.at);
	for (size_t i = 0; i < tool->names.count; i++) {
		struct text name = tool->names.at[i];
		tool->commands[i] = (struct standing_command){ name, look(s, name, a) };
		if (tool->commands[i].state == STANDING_LINKED)
			tool->linked.at[tool->linked.count++] = name;
	}
}

static struct standing_tool nix_tool(const struct lock_system *system, struct closure_size size)
{
	return (struct standing_tool){ .name = TEXT("nix"), .version = change_nix_version(system), .path = system->nix, .names = system->nix_commands,
				       .size = size };
}

static void list_tools(struct standing *s, struct arena *a)
{
	struct closure_sizes sizes;
	closure_measure(&s->system, a, &sizes);
	s->nar_bytes = sizes.nar_bytes;
	s->tool_count = s->system.tool_count;
	s->has_nix = s->system.nix.len;
	s->tools = arena_alloc(a, s->tool_count + 1, sizeof *s->tools);
	for (size_t i = 0; i < s->tool_count; i++) {
		const struct lock_tool *t = &s->system.tools[i];
		s->tools[i] = (struct standing_tool){ .name = t->name, .version = t->version, .path = t->path, .names = t->commands,
						      .size = sizes.tools[i] };
	}
	if (s->has_nix)
		s->tools[s->tool_count] = nix_tool(&s->system, sizes.nix);
	for (size_t i = 0; i < s->tool_count + s->has_nix; i++)
		look_at_commands(s, &s->tools[i], a);
}

static int count_objects(struct standing *s, struct arena *a, struct fault *f)
{
	struct texts names;
	int code = fs_list(s->target.root.fd, STORE_DIR, a, &names, f);
	for (size_t i = 0; code == 0 && i < names.count; i++)
		s->objects += storepath_valid(names.at[i]);
	return code;
}

/* ---- Debian ---- */

static struct texts linked_commands(const struct standing *s, struct arena *a)
{
	LIST(struct text) all = { 0 };
	for (size_t i = 0; i < s->tool_count + s->has_nix; i++)
		for (size_t k = 0; k < s->tools[i].linked.count; k++)
			LIST_PUSH(&all, a, s->tools[i].linked.at[k]);
	struct texts sorted = LIST_TEXTS(all);
	texts_sort_unique(&sorted);
	return sorted;
}

static int find_shadows(struct standing *s, struct arena *a, struct fault *f)
{
	struct debian_owners owners;
	int code = debian_read(s->target.root.fd, a, &s->debian, &s->has_debian, f);
	if (code == 0)
		code = programs_read(s->target.root.fd, &s->debian, a, &owners, f);
	if (code < 0)
		return code;
	struct shadow_programs programs = { arena_alloc(a, owners.count, sizeof *programs.at), owners.count };
	for (size_t i = 0; i < owners.count; i++)
		programs.at[i] = (struct shadow_program){ owners.at[i].path, owners.at[i].package };
	shadows_make(&s->debian, programs, linked_commands(s, a), a, &s->shadows);
	return 0;
}

int standing_open(struct standing *s, struct call *call, struct fault *f)
{
	*s = (struct standing){ .target.root.fd = -1 };
	int code = check_applied(call, &s->receipt, f);
	if (code == 0)
		code = open_lock(s, call, f);
	if (code < 0)
		return code;
	list_tools(s, &call->arena);
	code = count_objects(s, &call->arena, f);
	return code == 0 ? find_shadows(s, &call->arena, f) : code;
}

void standing_close(struct standing *s)
{
	target_close(&s->target);
}
