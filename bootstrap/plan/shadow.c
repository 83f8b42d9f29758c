#include "plan/shadow.h"

struct text shadow_command(struct text path)
{
	size_t at = path.len;
	while (at && path.at[at - 1] != '/')
		at--;
	return text_skip(path, at);
}

/* Index of the package among those that are there; they are few. */
static size_t find(const struct shadow *shadows, size_t count, const struct dpkg_package *package)
{
	size_t i = 0;
	while (i < count && shadows[i].package != package)
		i++;
	return i;
}

static bool goes(const struct purge_verdict *v, const struct dpkg_package *package)
{
	bool found = v->package == package;
	for (size_t i = 0; !found && i < v->going.count; i++)
		found = v->going.at[i] == package;
	return found;
}

static void fill(struct shadow *s, struct shadow_programs programs, struct texts commands, struct arena *a)
{
	LIST(struct text) covered = { 0 }, lost = { 0 };
	for (size_t i = 0; i < programs.count; i++) {
		const struct shadow_program *p = &programs.at[i];
		bool replaced = texts_find(commands, shadow_command(p->path)) >= 0;
		if (replaced && p->package == s->package)
			LIST_PUSH(&covered, a, p->path);
		else if (!replaced && p->package && goes(&s->verdict, p->package))
			LIST_PUSH(&lost, a, p->path);
	}
	s->covered = LIST_TEXTS(covered);
	s->lost = LIST_TEXTS(lost);
	if (s->package)
		s->installed_kib = s->package->installed_size_kib;
	for (size_t i = 0; i < s->verdict.going.count; i++)
		s->installed_kib += s->verdict.going.at[i]->installed_size_kib;
}

static void judge(const struct dpkg *db, const struct shadows *s, struct arena *a)
{
	struct texts names = { arena_alloc(a, s->count, sizeof *names.at), s->count };
	for (size_t i = 0; i < s->count; i++) {
		const struct dpkg_package *p = s->at[i].package;
		names.at[i] = p ? arena_printf(a, TEXT_F ":" TEXT_F, TEXT_A(p->name), TEXT_A(p->architecture)) : TEXT("");
	}
	struct purge_verdict *verdicts = purge_judge(db, names, a);
	for (size_t i = 0; i < s->count; i++)
		s->at[i].verdict = verdicts[i];
}

void shadows_make(const struct dpkg *db, struct shadow_programs programs, struct texts commands, struct arena *a, struct shadows *out)
{
	LIST(struct shadow) list = { 0 };
	for (size_t i = 0; i < programs.count; i++) {
		const struct dpkg_package *package = programs.at[i].package;
		if (texts_find(commands, shadow_command(programs.at[i].path)) >= 0 && find(list.at, list.count, package) == list.count)
			LIST_PUSH(&list, a, (struct shadow){ .package = package });
	}
	*out = (struct shadows){ list.at, list.count };
	if (!out->count)
		return;
	judge(db, out, a);
	for (size_t i = 0; i < out->count; i++)
		fill(&out->at[i], programs, commands, a);
}

struct texts shadow_by(const struct shadow *shadow, struct texts commands, struct arena *a)
{
	struct texts by = { arena_alloc(a, shadow->covered.count, sizeof *by.at), 0 };
	for (size_t i = 0; i < shadow->covered.count; i++)
		if (texts_find(commands, shadow_command(shadow->covered.at[i])) >= 0)
			by.at[by.count++] = shadow->covered.at[i];
	return by;
}
