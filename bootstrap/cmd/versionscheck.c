#include "cmd/versionscheck.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "store/resolve.h"
#include "store/wiring.h"
#include "sys/fs.h"

const char *versions_state_name(enum versions_state state)
{
	static const char *const names[] = {
		[VERSIONS_RIGHT] = "right",   [VERSIONS_MISSING] = "missing",   [VERSIONS_FOREIGN] = "foreign",
		[VERSIONS_BROKEN] = "broken", [VERSIONS_OTHER] = "other",       [VERSIONS_OFF_PATH] = "off PATH",
		[VERSIONS_SHADOWED] = "shadowed",
	};
	return names[state];
}

/* ---- looking ---- */

static bool same(struct text a, struct text b)
{
	return a.len && text_equal(a, b);
}

/* How the link stands, whatever PATH is; RIGHT: it leads where it should. */
static enum versions_state look_at_link(const struct versions_check *c, struct versions_command *command, struct arena *a)
{
	struct stat st;
	int root = c->target->root.fd;
	struct text wanted = fs_real(root, command->wanted.at, a), real = fs_real(root, command->link.at, a);
	struct text target = fs_read_link(root, command->link.at, a);
	if (fs_stat(root, command->link.at, &st) < 0)
		return VERSIONS_MISSING;
	if (same(wanted, real) && resolve_is_program(root, command->link))
		return VERSIONS_RIGHT;
	command->leads_to = real;
	if (text_equal(c->folder, TEXT(WIRING_LINKS)) && !text_starts(target, TEXT(GRAFT_PROFILE "/")))
		return VERSIONS_FOREIGN;
	return real.len && resolve_is_program(root, command->link) ? VERSIONS_OTHER : VERSIONS_BROKEN;
}

static enum versions_state look_on(const struct versions_check *c, struct versions_command *command, struct text path, struct arena *a)
{
	int root = c->target->root.fd;
	enum versions_state state;
	command->found = resolve_command(root, path, command->name, a);
	command->leads_to = command->found.len ? fs_real(root, command->found.at, a) : (struct text){ 0 };
	if (same(fs_real(root, command->wanted.at, a), command->leads_to))
		return VERSIONS_RIGHT;
	state = look_at_link(c, command, a);
	if (state != VERSIONS_RIGHT)
		return state;
	return resolve_has_folder(path, c->folder) ? VERSIONS_SHADOWED : VERSIONS_OFF_PATH;
}

static void look(struct versions_check *c, const struct expectation *tool, struct text name, struct arena *a)
{
	struct versions_command *command = &c->commands[c->count++];
	*command = (struct versions_command){
		.tool = tool, .name = name,
		.wanted = arena_printf(a, STORE_PREFIX TEXT_F "/bin/" TEXT_F, TEXT_A(tool->path), TEXT_A(name)),
		.link = arena_printf(a, TEXT_F "/" TEXT_F, TEXT_A(c->folder), TEXT_A(name)),
	};
	struct versions_command right = *command;
	for (size_t i = 0; i < c->path_count; i++) {
		command->path = i;
		command->state = look_on(c, command, c->paths[i].value, a);
		if (command->state != VERSIONS_RIGHT) {
			c->wrong++;
			return;
		}
		if (i == 0)
			right = *command;
	}
	*command = right;
}

static void add_path(struct versions_check *c, const char *word, const char *name, struct text value)
{
	for (size_t i = 0; i < c->path_count; i++)
		if (text_equal(c->paths[i].value, value))
			return;
	if (value.at)
		c->paths[c->path_count++] = (struct versions_path){ word, name, value };
}

static struct text path_of_process(const struct target *target)
{
	const char *own = *target->root.path ? NULL : getenv("PATH");
	return text_of(own && *own ? own : RESOLVE_PATH);
}

/* The PATH as it is here: what is not absolute begins in the working directory, "" is that itself. Of another root that cannot be told. */
static struct text from_here(const struct target *target, struct text path, struct arena *a)
{
	BUFFER_AUTO all = { 0 };
	char here[PATH_MAX];
	struct text folder;
	if (*target->root.path || !path.len || !getcwd(here, sizeof here))
		return path;
	for (bool first = true; text_cut(&path, ':', &folder); first = false) {
		bool absolute = text_starts(folder, TEXT("/"));
		buffer_printf(&all, "%s%s%s" TEXT_F, first ? "" : ":", absolute ? "" : here,
			      absolute || !folder.len || !here[1] ? "" : "/", TEXT_A(folder));
	}
	return arena_copy(a, buffer_view(&all));
}

void versions_check_make(struct versions_check *c, const struct receipt_choice *choice, struct text path, struct arena *a)
{
	const struct expectations *tools = &c->expect->tools;
	int root = c->target->root.fd;
	bool linked = !choice->some || choice->commands.count;
	c->folder = linked ? TEXT(WIRING_LINKS) : TEXT(GRAFT_PROFILE "/bin");
	c->commands = arena_alloc(a, tools->command_count, sizeof *c->commands);
	add_path(c, "path", "PATH", from_here(c->target, path.at ? path : path_of_process(c->target), a));
	if (!path.at) {
		add_path(c, "rootLogin", "the PATH of root's login shells", resolve_login_path(root, true, c->folder, a));
		add_path(c, "userLogin", "the PATH of users' login shells", resolve_login_path(root, false, c->folder, a));
	}
	for (size_t i = 0; i < tools->count; i++)
		for (size_t k = 0; k < tools->at[i].commands.count; k++)
			look(c, &tools->at[i], tools->at[i].commands.at[k], a);
}

/* ---- telling ---- */

/* "`nixgraft <words> --root DIR`", with the root only where it is not our own "/". */
static void add_remedy(const struct versions_check *c, const struct call *call, const char *words, struct buffer *to)
{
	struct text lock = call_text(call, "lock", NULL);
	buffer_printf(to, "`nixgraft %s", words);
	if (lock.at)
		buffer_printf(to, " --lock " TEXT_F, TEXT_A(lock));
	if (*c->target->root.path)
		buffer_printf(to, " --root %s", c->target->root.path);
	buffer_printf(to, "`");
}

static struct text folder_of(struct text file)
{
	while (file.len > 1 && file.at[file.len - 1] != '/')
		file.len--;
	return file.len > 1 ? (struct text){ file.at, file.len - 1 } : file;
}

/* Do both have one cause, so that one line tells of them? */
static bool is_alike(const struct versions_command *x, const struct versions_command *y)
{
	if (x->state != y->state || x->path != y->path || x->state == VERSIONS_FOREIGN)
		return x == y;
	if (x->state == VERSIONS_SHADOWED)
		return text_equal(folder_of(x->found), folder_of(y->found));
	return x->tool == y->tool;
}

/* "git: ", or "git and 3 more: " with those behind it that are alike. */
static void add_subject(const struct versions_check *c, const struct versions_command *command, struct buffer *to)
{
	size_t more = 0;
	for (const struct versions_command *i = command + 1; i < c->commands + c->count; i++)
		more += is_alike(command, i);
	buffer_printf(to, TEXT_F, TEXT_A(command->name));
	if (more)
		buffer_printf(to, " and %zu more", more);
	buffer_printf(to, ": ");
}

static void tell_shadowed(const struct versions_check *c, const struct versions_command *command, struct buffer *to)
{
	buffer_printf(to, TEXT_F " comes first on %s; put " TEXT_F " before " TEXT_F " there, or move that program away\n",
		      TEXT_A(command->found), c->paths[command->path].name, TEXT_A(c->folder), TEXT_A(folder_of(command->found)));
}

static void tell_link(const struct versions_check *c, const struct versions_command *command, const struct call *call, struct buffer *to)
{
	bool foreign = command->state == VERSIONS_FOREIGN;
	buffer_printf(to, TEXT_F " ", TEXT_A(command->link));
	if (command->state == VERSIONS_MISSING && command->found.len)
		buffer_printf(to, "is missing, and " TEXT_F " answers instead", TEXT_A(command->found));
	else if (command->state == VERSIONS_MISSING)
		buffer_printf(to, "is missing");
	else if (command->state == VERSIONS_OTHER)
		buffer_printf(to, "leads to " TEXT_F ", and not to " TEXT_F, TEXT_A(command->leads_to), TEXT_A(command->wanted));
	else
		buffer_printf(to, foreign ? "is not nixgraft's, and stands where the lock's is to be" : "leads to no program");
	buffer_printf(to, foreign ? "; move it away, or let " : "; run ");
	add_remedy(c, call, foreign ? "apply --force" : "apply", to);
	buffer_printf(to, foreign ? " do it\n" : "\n");
}

static bool is_first(const struct versions_check *c, const struct versions_command *command)
{
	for (const struct versions_command *i = c->commands; i < command; i++)
		if (is_alike(i, command))
			return false;
	return true;
}

static void tell(const struct versions_check *c, const struct versions_command *command, const struct call *call, struct buffer *to)
{
	if (command->state == VERSIONS_RIGHT || command->state == VERSIONS_OFF_PATH || !is_first(c, command))
		return;
	add_subject(c, command, to);
	if (command->state == VERSIONS_SHADOWED)
		tell_shadowed(c, command, to);
	else
		tell_link(c, command, call, to);
}

/* Commands that a PATH does not reach have one cause. */
static void tell_off(const struct versions_check *c, size_t path, struct buffer *to)
{
	size_t count = 0;
	for (size_t i = 0; i < c->count; i++)
		count += c->commands[i].state == VERSIONS_OFF_PATH && c->commands[i].path == path;
	if (count)
		buffer_printf(to, "%s lacks " TEXT_F ", where the lock's commands are, and %zu of them %s not found there; put it first\n",
			      c->paths[path].name, TEXT_A(c->folder), count, count == 1 ? "is" : "are");
}

void versions_check_tell(const struct versions_check *c, const struct call *call, struct buffer *to)
{
	for (size_t i = 0; i < c->path_count; i++)
		tell_off(c, i, to);
	for (size_t i = 0; i < c->count; i++)
		tell(c, &c->commands[i], call, to);
}
