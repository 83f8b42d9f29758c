#include "store/checkshell.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/wiring.h"
#include "sys/fs.h"
#include "sys/http.h"

#define TEXT_FILE_MAX (1u << 20)     /* bytes of a file of settings */
#define ARCHIVE_NAMES_MAX (1u << 20) /* bytes of the names in a locale archive; all of Debian's take 12 KB */
#define LOCALES "/usr/lib/locale"
#define NIX_PLACE "/nix/" /* in a path of libraries: libraries of Nix */

static bool holds(struct text t, const char *part)
{
	return t.len && memmem(t.at, t.len, part, strlen(part));
}

/* A variable that is set and not empty, or NULL. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

/* ---- the linker ---- */

static const char *const LINKER_VARIABLES[] = { "LD_LIBRARY_PATH", "LD_PRELOAD" };
#define LINKER_END (LINKER_VARIABLES + sizeof LINKER_VARIABLES / sizeof *LINKER_VARIABLES)

static void look_at_linker(struct checkup *c)
{
	for (const char *const *name = LINKER_VARIABLES; name < LINKER_END; name++) {
		const char *value = variable(*name);
		struct text remedy = arena_printf(c->arena, "unset %s", *name);
		if (value && strstr(value, NIX_PLACE))
			finding_problem(c, text_of(*name), remedy, "is %s: libraries of Nix kill programs of Debian",
					value);
		else if (value)
			finding_note(c, text_of(*name), remedy,
				     "is %s: programs of the store load these before their own", value);
	}
}

/* Files of settings in which libraries of Nix are forced on programs of Debian. */
static const struct linker_file {
	const char *path;   /* a file, or with `suffix` a folder */
	const char *suffix; /* of the files in it */
	bool variables;     /* does it set variables? Else every path in it is one of libraries */
} LINKER_FILES[] = {
	{ "/etc/environment", NULL, true },    { "/etc/profile", NULL, true },
	{ "/etc/bash.bashrc", NULL, true },    { "/etc/profile.d", ".sh", true },
	{ "/etc/ld.so.conf", NULL, false },    { "/etc/ld.so.conf.d", ".conf", false },
	{ "/etc/ld.so.preload", NULL, false },
};
#define LINKER_FILES_END (LINKER_FILES + sizeof LINKER_FILES / sizeof *LINKER_FILES)

static bool is_fatal(struct text line, bool variables)
{
	bool named = !variables;
	while (line.len && (*line.at == ' ' || *line.at == '\t'))
		line = text_skip(line, 1);
	for (const char *const *name = LINKER_VARIABLES; name < LINKER_END; name++)
		named = named || holds(line, *name);
	return named && line.len && *line.at != '#' && holds(line, NIX_PLACE);
}

static void look_at_linker_file(struct checkup *c, struct text path, bool variables)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	struct text rest, line;
	if (fs_read(c->root->fd, path.at, TEXT_FILE_MAX, &bytes, &ignored))
		return;
	rest = buffer_view(&bytes);
	for (size_t number = 1; text_cut(&rest, '\n', &line); number++)
		if (is_fatal(line, variables))
			finding_problem(
				c, path,
				variables ? TEXT("take that line out") : TEXT("take that line out, and run ldconfig"),
				"line %zu forces libraries of Nix on programs of Debian, which kills them", number);
}

static void look_at_linker_files(struct checkup *c)
{
	for (const struct linker_file *file = LINKER_FILES; file < LINKER_FILES_END; file++) {
		struct fault ignored = { 0 };
		struct texts names = { 0 };
		if (!file->suffix)
			look_at_linker_file(c, text_of(file->path), file->variables);
		else if (fs_list(c->root->fd, file->path, c->arena, &names, &ignored) < 0)
			continue;
		for (size_t i = 0; i < names.count; i++)
			if (text_ends(names.at[i], text_of(file->suffix)))
				look_at_linker_file(
					c, arena_printf(c->arena, "%s/" TEXT_F, file->path, TEXT_A(names.at[i])),
					file->variables);
	}
}

/* ---- umask ---- */

#define UMASK_OTHERS 05 /* reading and passing, by others */

/* This process has set its own (proc_start), so that of its parent, the shell, is told. Source: proc_pid_status(5). */
static bool caller_umask(const struct checkup *c, unsigned *mask)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	struct text rest, line;
	struct text status = arena_printf(c->arena, "/proc/%ld/status", (long)getppid());
	if (fs_read(c->root->fd, status.at, TEXT_FILE_MAX, &bytes, &ignored))
		return false;
	rest = buffer_view(&bytes);
	while (text_cut(&rest, '\n', &line))
		if (text_starts(line, TEXT("Umask:\t"))) {
			*mask = (unsigned)strtoul(line.at + strlen("Umask:\t"), NULL, 8);
			return true;
		}
	return false;
}

static void look_at_umask(struct checkup *c)
{
	unsigned mask;
	if (caller_umask(c, &mask) && mask & UMASK_OTHERS)
		finding_note(c, TEXT("umask"), TEXT("umask 022, before anything is made that others are to use"),
			     "is %04o: others cannot use what is made under it; nixgraft and Nix set their own", mask);
}

/* ---- who ---- */

static void look_at_user(struct checkup *c)
{
	struct fault ignored = { 0 };
	struct account self;
	struct text number = arena_printf(c->arena, "%lu", (unsigned long)c->self);
	if (account_read(c->root, c->self, c->arena, &self, &ignored) < 0)
		self.name = number;
	if (!variable("USER"))
		finding_note(c, TEXT("USER"), arena_printf(c->arena, "export USER=" TEXT_F, TEXT_A(self.name)),
			     "is not set: scripts of Nix, and Nix itself without a line in /etc/passwd, want it");
	if (text_equal(self.name, number))
		finding_note(c, TEXT("/etc/passwd"),
			     TEXT("give the user a line there (useradd), or set USER and HOME for him"),
			     "has no user %s: programs that ask who he is get no answer", number.at);
}

static void look_at_home(struct checkup *c)
{
	const char *home = variable("HOME");
	struct text remedy = TEXT("set HOME to a directory of your own");
	struct stat st;
	if (!home)
		finding_note(c, TEXT("HOME"), remedy, "is not set: Nix and git keep their settings and caches there");
	else if (fs_stat(c->root->fd, home, &st) < 0)
		finding_note(c, TEXT("HOME"), remedy, "is %s, which is not there", home);
	else if (access(home, W_OK) < 0)
		finding_note(c, TEXT("HOME"), remedy, "is %s, which you may not write", home);
	else if (st.st_uid != c->self)
		finding_note(c, TEXT("HOME"), remedy, "is %s, which belongs to user %lu: Nix takes that in /etc/passwd",
			     home, (unsigned long)st.st_uid);
}

/* ---- certificates ---- */

/* What NIX_SSL_CERT_FILE should be: Debian's bundle, or where there is none, the lock's own. */
static struct text wanted_bundle(const struct checkup *c, bool *debians)
{
	struct wiring_base base = wiring_look(c->root->fd);
	struct text bundle = wiring_bundle(c->system, &base, c->arena);
	*debians = base.has_bundle;
	return bundle.len ? bundle : TEXT(WIRING_BUNDLE);
}

#define INSTALL_BUNDLE "apt-get install ca-certificates"

static void look_at_variable_of_bundle(struct checkup *c, const char *given, struct text wanted, bool debians)
{
	struct text subject = TEXT("NIX_SSL_CERT_FILE");
	bool there = finding_exists(c, wanted.at);
	struct text remedy = arena_printf(c->arena, "%sexport NIX_SSL_CERT_FILE=" TEXT_F,
					  there ? "" : INSTALL_BUNDLE "; ", TEXT_A(wanted));
	if (access(given, R_OK) < 0)
		finding_problem(c, subject, remedy, "is %s, which cannot be read: https will not work", given);
	else if (debians && !text_equal(text_of(given), wanted))
		finding_note(c, subject, remedy, "is %s: certificates that update-ca-certificates adds do not count",
			     given);
}

/* A tree that is being built may get one later: there it is a note. */
static void look_at_bundle(struct checkup *c)
{
	bool debians;
	struct text wanted = wanted_bundle(c, &debians);
	bool there = finding_exists(c, wanted.at);
	const char *given = variable("NIX_SSL_CERT_FILE"), *found = http_ca_bundle();
	struct text remedy = there ? TEXT("eval \"$(nixgraft env)\"") : TEXT(INSTALL_BUNDLE);
	if (!c->running && !there)
		finding_note(c, wanted, TEXT(INSTALL_BUNDLE), "is not there: https will not work in this root");
	else if (c->running && given)
		look_at_variable_of_bundle(c, given, wanted, debians);
	else if (c->running && (!found || access(found, R_OK) < 0))
		finding_problem(c, found ? text_of(found) : wanted, remedy, "is not there: https will not work");
}

/* ---- locale ---- */

/* As glibc looks for it: "en_US.UTF-8" is "en_US.utf8". Source: glibc intl/l10nflist.c (_nl_normalize_codeset). */
static struct text normal_locale(struct checkup *c, struct text name)
{
	BUFFER_AUTO out = { 0 };
	struct text head, set = { 0 }, modifier = name;
	text_cut(&modifier, '@', &head);
	set = head;
	text_cut(&set, '.', &head);
	buffer_text(&out, head);
	if (set.at)
		buffer_add(&out, ".", 1);
	for (size_t i = 0; i < set.len; i++) {
		char lower = set.at[i] >= 'A' && set.at[i] <= 'Z' ? (char)(set.at[i] + 'a' - 'A') : set.at[i];
		if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9'))
			buffer_add(&out, &lower, 1);
	}
	if (modifier.at)
		buffer_printf(&out, "@" TEXT_F, TEXT_A(modifier));
	return arena_copy(c->arena, buffer_view(&out));
}

/* The names stand in one block, each with a NUL behind it. Source: glibc locale/locarchive.h (struct locarhead). */
static bool archive_has(const struct checkup *c, struct text name)
{
	enum { OFFSET = 5, USED = 6, FIELDS = 8 };
	uint32_t head[FIELDS];
	FD_AUTO fd = fs_open(c->root->fd, LOCALES "/locale-archive", O_RDONLY | O_NONBLOCK);
	if (fd < 0 || pread(fd, head, sizeof head, 0) != sizeof head || head[USED] > ARCHIVE_NAMES_MAX)
		return false;
	char *names = arena_alloc(c->arena, head[USED] + 1, 1);
	ssize_t len = pread(fd, names, head[USED], head[OFFSET]);
	struct text rest = { names, len > 0 ? (size_t)len : 0 }, one;
	while (text_cut(&rest, '\0', &one))
		if (text_equal(one, name))
			return true;
	return false;
}

static void look_at_locale(struct checkup *c)
{
	static const char *const order[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *name = NULL, *from = NULL;
	for (size_t i = 0; !name && i < sizeof order / sizeof *order; i++)
		name = variable(from = order[i]);
	struct text normal = normal_locale(c, text_of(name ? name : "C"));
	bool built_in = text_equal(normal, TEXT("C")) || text_equal(normal, TEXT("POSIX")) ||
			text_equal(normal, TEXT("C.utf8"));
	bool archived = !built_in && archive_has(c, normal);
	bool folder = finding_exists(c, arena_printf(c->arena, LOCALES "/" TEXT_F, TEXT_A(normal)).at);
	if (!built_in && !archived && !folder)
		finding_note(c, text_of(from),
			     TEXT("use C.UTF-8, or apt-get install locales and make it with locale-gen"),
			     "is %s, a locale that is not there", name);
	else if (archived && c->system && !variable("LOCALE_ARCHIVE"))
		finding_note(c, TEXT("LOCALE_ARCHIVE"), TEXT("eval \"$(nixgraft env)\""),
			     "is not set: programs of the store do not find the locale %s", name);
}

static void look_at_archive(struct checkup *c)
{
	const char *archive = variable("LOCALE_ARCHIVE");
	if (archive && !finding_exists(c, archive))
		finding_note(c, TEXT("LOCALE_ARCHIVE"), TEXT("unset LOCALE_ARCHIVE"), "is %s, which is not there",
			     archive);
}

const struct check CHECKS_SHELL[] = {
	{ "linker", look_at_linker, true },
	{ "linker-files", look_at_linker_files, false },
	{ "umask", look_at_umask, true },
	{ "user", look_at_user, true },
	{ "home", look_at_home, true },
	{ "certificates", look_at_bundle, false },
	{ "locale", look_at_locale, true },
	{ "locale-archive", look_at_archive, true },
	{ 0 },
};
