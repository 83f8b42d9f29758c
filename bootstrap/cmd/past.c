#include "cmd/past.h"

#include <stdio.h>

#include "cmd/say.h"
#include "cmd/target.h"
#include "plan/closure.h"
#include "store/environment.h"
#include "store/history.h"
#include "store/wire.h"
#include "sys/fs.h"

int past_open(struct past *p, struct call *call, struct fault *f)
{
	struct receipt receipt;
	struct profile profile;
	bool found;
	*p = (struct past){ .root.fd = -1 };
	int code = target_root(&p->root, call, f);
	if (code == 0)
		code = profile_list(p->root.fd, &call->arena, &p->all, f);
	if (code == 0)
		code = profile_read(p->root.fd, &call->arena, &profile, f);
	if (code == 0)
		code = receipt_read(p->root.fd, &call->arena, &receipt, &found, f);
	if (code < 0)
		return code;
	p->current = profile.current;
	p->system = receipt.system;
	p->choice = receipt.choice;
	return 0;
}

void past_close(struct past *p)
{
	fs_close(&p->root.fd);
}

/* The generation of that number, or NULL. */
static const struct profile_generation *find(const struct past *p, uint64_t number)
{
	for (size_t i = 0; i < p->all.count; i++)
		if (p->all.at[i].number == number)
			return &p->all.at[i];
	return NULL;
}

int past_number(const struct past *p, struct text word, uint64_t *number, struct fault *f)
{
	if (text_u64(word, UINT64_MAX, number) && find(p, *number))
		return 0;
	return fault_set(f, FAULT_USAGE, "'" TEXT_F "' is the number of no generation; `nixgraft generations` lists them", TEXT_A(word));
}

int past_lock(const struct past *p, uint64_t number, struct arena *a, const struct lock_system **system, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct lock *lock = arena_alloc(a, 1, sizeof *lock);
	const char *name = arena_printf(a, "the lock of generation %llu", (unsigned long long)number).at;
	*system = NULL;
	int code = history_read(p->root.fd, number, &bytes, f);
	if (code == FS_ABSENT)
		return 0;
	if (code == 0)
		code = lock_parse(arena_copy(a, buffer_view(&bytes)), name, a, lock, f);
	if (code == 0)
		*system = lock_system_find(lock, p->system);
	const struct profile_generation *made = find(p, number);
	if (*system && (*system)->nix.len && made && !environment_has_root(p->root.fd, made->path, (*system)->nix)) {
		struct lock_system *tools = arena_alloc(a, 1, sizeof *tools);
		closure_subset(*system, a, tools);
		*system = tools;
	}
	return code;
}

static void keep_linked(const struct past *p, struct texts *commands)
{
	size_t kept = 0;
	for (size_t i = 0; i < commands->count; i++)
		if (wire_exposes(&p->choice, commands->at[i]))
			commands->at[kept++] = commands->at[i];
	commands->count = kept;
}

void past_changes(const struct past *p, const struct lock_system *from, const struct lock_system *to, struct arena *a,
		  struct changes *out)
{
	changes_make(from, to, a, out);
	keep_linked(p, &out->vanished);
	keep_linked(p, &out->appeared);
}

void past_put(struct json_out *o, const struct changes *c)
{
	json_key(o, "tools");
	json_open(o, '[', false);
	for (size_t i = 0; i < c->tools.count; i++) {
		json_open(o, '{', true);
		json_pair(o, "name", c->tools.at[i].name);
		json_pair(o, "change", text_of(change_kind_name(c->tools.at[i].kind)));
		json_pair(o, "from", c->tools.at[i].from);
		json_pair(o, "to", c->tools.at[i].to);
		json_close(o, '}');
	}
	json_close(o, ']');
	json_pair_texts(o, "vanished", c->vanished);
	json_pair_texts(o, "appeared", c->appeared);
}

void past_print(const struct changes *changes)
{
	for (size_t i = 0; i < changes->tools.count; i++) {
		const struct change *c = &changes->tools.at[i];
		bool commands = c->kind == CHANGE_COMMANDS;
		printf("  %-8s " TEXT_F, change_kind_name(commands ? CHANGE_VERSION : c->kind), TEXT_A(c->name));
		if (c->from.len && c->to.len && !text_equal(c->from, c->to))
			printf(" " TEXT_F " -> " TEXT_F "\n", TEXT_A(c->from), TEXT_A(c->to));
		else
			printf(" " TEXT_F "%s\n", TEXT_A(c->from.len ? c->from : c->to), commands ? " (only which commands it exposes)" : "");
	}
	say_words("commands that vanish", changes->vanished);
	say_words("commands that appear", changes->appeared);
}
