#include "store/checknix.h"

#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bounds.h"
#include "store/ownership.h"
#include "store/wiring.h"
#include "sys/fs.h"
#include "sys/proc.h"

#define ROOM_BYTES (256u << 20) /* free bytes of a store below which the next update may not fit */
#define ROOM_INODES 10000       /* likewise: a tool of usual size has some hundreds of files */
#define MB 1000000

/* ---- /nix ---- */

static bool is_mounted(const struct checkup *c)
{
	struct stat root, nix;
	return fstat(c->root->fd, &root) == 0 && fs_stat(c->root->fd, "/nix", &nix) == 0 && nix.st_dev != root.st_dev;
}

static void look_at_nix(struct checkup *c)
{
	struct fault wrong = { 0 };
	struct stat st;
	bool absent = fs_stat(c->root->fd, "/nix", &st) < 0;
	if (layout_check(c->root->fd, &wrong) < 0)
		finding_fault(c, TEXT("/nix"), TEXT("let root look at it"), text_of(wrong.text));
	else if (absent && !c->commands.count && fs_may_write(c->root->fd, "/"))
		finding_note(c, TEXT("/nix"), arena_printf(c->arena, "nothing: `" TEXT_F "` makes it", TEXT_A(finding_verb(c, "apply"))),
			     "is missing: nothing is installed yet");
	else if (absent && !c->commands.count)
		finding_problem(
			c, TEXT("/nix"),
			TEXT("apply as root, or let root make it: install -d -o USER /nix, or mount a volume there"),
			"is missing, and you may not make it");
	else if (is_mounted(c))
		finding_note(c, TEXT("/nix"),
			     arena_printf(c->arena, TEXT_F ", at every start: it completes what the volume lacks", TEXT_A(finding_verb(c, "apply"))),
			     "is a mount of its own: what an image has there is hidden behind it");
}

/* Links of an image lead into a store that a volume hides, or that an older one has. */
static void look_at_volume(struct checkup *c)
{
	struct text first = { 0 };
	struct stat st;
	size_t lost = 0;
	for (size_t i = 0; i < c->commands.count; i++) {
		struct text command = arena_printf(c->arena, GRAFT_PROFILE "/bin/" TEXT_F, TEXT_A(c->commands.at[i]));
		if (finding_exists(c, command.at))
			continue;
		if (lost++ == 0)
			first = arena_printf(c->arena, WIRING_LINKS "/" TEXT_F, TEXT_A(c->commands.at[i]));
	}
	if (!lost)
		return;
	bool hidden = fs_stat(c->root->fd, GRAFT_PROFILE, &st) < 0;
	struct text others = lost > 1 ? arena_printf(c->arena, " (and %zu others do)", lost - 1) : TEXT("");
	finding_problem(c, first, finding_verb(c, "apply"), "leads into a profile that %s" TEXT_F "%s",
			hidden ? "is not there" : "has no such command", TEXT_A(others),
			is_mounted(c) ? ": the volume over /nix hides it, or is older" : "");
}

/* ---- mounts ---- */

static bool flags_of(const struct checkup *c, const char *path, unsigned long *flags)
{
	struct statvfs st;
	FD_AUTO fd = fs_open(c->root->fd, path, O_PATH);
	bool told = fd >= 0 && fstatvfs(fd, &st) == 0;
	*flags = told ? st.f_flag : 0;
	return told;
}

static void look_at_flags(struct checkup *c)
{
	unsigned long flags;
	const char *path = finding_exists(c, STORE_DIR) ? STORE_DIR : "/nix";
	if (!flags_of(c, path, &flags))
		return;
	if (c->running && flags & ST_NOEXEC)
		finding_problem(c, text_of(path),
				TEXT("mount -o remount,exec, or leave noexec out of the volume's options"),
				"is mounted noexec: no program of the store can run");
	if (flags & ST_RDONLY)
		finding_note(c, text_of(path), TEXT("nothing, if it is meant; else mount it writable before an apply"),
			     "is mounted read-only: an apply can change nothing");
}

static void look_at_tmp(struct checkup *c)
{
	unsigned long flags;
	if (!flags_of(c, "/tmp", &flags))
		finding_note(c, TEXT("/tmp"), TEXT("install -d -m 1777 /tmp"), "is not there: Nix builds in it");
	else if (!fs_may_write(c->root->fd, "/tmp"))
		finding_note(c, TEXT("/tmp"), TEXT("chmod 1777 /tmp, or set TMPDIR"), "may not be written by you");
	else if (flags & ST_NOEXEC)
		finding_note(c, TEXT("/tmp"), TEXT("mount -o remount,exec /tmp, or set TMPDIR"),
			     "is mounted noexec: builds by Nix run programs there");
}

static void look_at_lists(struct checkup *c)
{
	static const char *const folders[] = { "/tmp", "/nix", STORE_DIR };
	bool builds = finding_exists(c, NIX_DB);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		FD_AUTO dir = fs_open(c->root->fd, folders[i], O_RDONLY | O_DIRECTORY);
		struct text remedy = arena_printf(c->arena, "setfacl -k %s", folders[i]);
		if (dir < 0 || fgetxattr(dir, "system.posix_acl_default", NULL, 0) <= 0)
			continue;
		if (builds)
			finding_problem(c, text_of(folders[i]), remedy,
					"has a default ACL: Nix rejects what it builds there "
					"(NixOS/nix #6680); nixgraft itself copes");
		else
			finding_note(c, text_of(folders[i]), remedy, "has a default ACL: a Nix could not build there");
	}
}

/* ---- owners ---- */

static void look_at_owner(struct checkup *c)
{
	static const char *const paths[] = { STORE_DIR, NIX_STATE, NIX_STATE "/db", NIX_DB, NIX_PROFILES, GRAFT_STATE };
	struct stat st;
	if (c->user_is_gone)
		finding_problem(c, c->receipt->user, finding_verb(c, "rechown --user USER"),
				"is whom the store was made for, and /etc/passwd has no such user");
	for (size_t i = 0; c->receipt && !c->user_is_gone && i < sizeof paths / sizeof *paths; i++) {
		if (fs_stat(c->root->fd, paths[i], &st) < 0 || st.st_uid == c->user.uid)
			continue;
		finding_problem(c, text_of(paths[i]), finding_verb(c, "rechown"),
				"belongs to user %lu, and the store was made for " TEXT_F
				" (%lu), whose Nix cannot change it",
				(unsigned long)st.st_uid, TEXT_A(c->user.name), (unsigned long)c->user.uid);
		return;
	}
}

static void look_at_caller(struct checkup *c)
{
	uid_t owner;
	if (c->self == 0 || !ownership_tell(c->root->fd, &owner) || owner == c->self)
		return;
	finding_note(c, TEXT(STORE_DIR), TEXT("nothing, if it is meant; else as root: nixgraft rechown --user USER"),
		     "belongs to user %lu, not to you: tools work, but `nix` and `nixgraft apply` can change nothing",
		     (unsigned long)owner);
}

/* ---- room ---- */

/* Bytes that an apply of the lock would take; 0 when all of its paths are there. */
static uint64_t bytes_needed(const struct checkup *c)
{
	uint64_t need = 0;
	FD_AUTO store = fs_open(c->root->fd, STORE_DIR, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; c->system && i < c->system->path_count; i++) {
		const struct lock_path *p = &c->system->paths[i];
		struct stat st;
		if (store < 0 || fstatat(store, p->path.at, &st, AT_SYMLINK_NOFOLLOW) < 0)
			need += p->nar_size + p->file_size;
	}
	return need ? need + SPACE_MARGIN : 0;
}

static void look_at_room(struct checkup *c)
{
	struct fault unknown = { 0 };
	uint64_t bytes, inodes, need = bytes_needed(c);
	struct text remedy =
		TEXT("make room, or mount a larger volume at /nix; `nix-collect-garbage -d` drops old generations");
	if (fs_free(c->root->fd, STORE_DIR, &bytes, &inodes, &unknown) < 0)
		finding_fault(c, TEXT(STORE_DIR), remedy, text_of(unknown.text));
	else if (bytes < need)
		finding_problem(c, TEXT(STORE_DIR), remedy, "has %llu MB free, and an apply of the lock needs %llu",
				(unsigned long long)bytes / MB, (unsigned long long)need / MB);
	else if (bytes < ROOM_BYTES)
		finding_note(c, TEXT(STORE_DIR), remedy, "has %llu MB free", (unsigned long long)bytes / MB);
	else if (inodes < ROOM_INODES)
		finding_note(c, TEXT(STORE_DIR), remedy, "has %llu inodes free", (unsigned long long)inodes);
}

/* ---- the machine ---- */

#define BINFMT "/proc/sys/fs/binfmt_misc"

/* Processors that run the other's programs, too. */
static bool runs(struct text machine, struct text program)
{
	return text_equal(machine, program) ||
	       (text_equal(machine, TEXT("x86_64-linux")) && text_equal(program, TEXT("i686-linux"))) ||
	       (text_equal(machine, TEXT("aarch64-linux")) && text_equal(program, TEXT("armv7l-linux")));
}

/* Entries are named as whoever made them likes; by qemu-user's habit "qemu-<processor>". */
static bool is_emulated(struct checkup *c, struct text system)
{
	static const char *const names[][2] = {
		{ "i686", "i386" },
		{ "armv7l", "arm" },
		{ "powerpc64le", "ppc64le" },
		{ "powerpc64", "ppc64" },
	};
	struct text cpu;
	text_cut(&system, '-', &cpu);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_equal(cpu, text_of(names[i][0])))
			cpu = text_of(names[i][1]);
	return finding_exists(c, arena_printf(c->arena, BINFMT "/qemu-" TEXT_F, TEXT_A(cpu)).at) ||
	       finding_exists(c, BINFMT "/rosetta");
}

static void look_at_machine(struct checkup *c)
{
	struct text machine = proc_system(c->arena), programs = finding_program_system(c, "/bin/sh");
	struct text remedy =
		TEXT("register an emulator (apt-get install qemu-user-static), or take an image for this machine");
	if (!programs.len || runs(machine, programs))
		return;
	if (!c->running)
		finding_note(c, TEXT("/bin/sh"), TEXT("nothing, if the root is meant for another machine"),
			     "is a program of " TEXT_F ", and this machine is " TEXT_F, TEXT_A(programs),
			     TEXT_A(machine));
	else if (!finding_exists(c, BINFMT "/status"))
		finding_note(c, TEXT("/bin/sh"), remedy,
			     "is a program of " TEXT_F " on " TEXT_F "; whether that is emulated cannot be told here",
			     TEXT_A(programs), TEXT_A(machine));
	else if (!is_emulated(c, programs))
		finding_problem(c, TEXT("/bin/sh"), remedy,
				"is a program of " TEXT_F " on " TEXT_F ", and no emulator is registered",
				TEXT_A(programs), TEXT_A(machine));
}

/* The first program of the profile that is no script is as good as all. */
static void look_at_programs(struct checkup *c)
{
	struct text base = finding_program_system(c, "/bin/sh"), found = { 0 }, path = { 0 };
	for (size_t i = 0; !found.len && i < c->commands.count; i++) {
		path = arena_printf(c->arena, GRAFT_PROFILE "/bin/" TEXT_F, TEXT_A(c->commands.at[i]));
		found = finding_program_system(c, path.at);
	}
	if (!found.len && c->receipt) {
		path = TEXT(GRAFT_RECEIPT);
		found = c->receipt->system;
	}
	if (base.len && found.len && !runs(base, found))
		finding_problem(c, path, TEXT("nixgraft lock --system SYSTEM with the root's, then apply it"),
				"is of " TEXT_F ", and this root's programs are " TEXT_F ": exec format error",
				TEXT_A(found), TEXT_A(base));
}

const struct check CHECKS_NIX[] = {
	{ "nix", look_at_nix, false },
	{ "volume", look_at_volume, false },
	{ "mount", look_at_flags, false },
	{ "tmp", look_at_tmp, true },
	{ "acl", look_at_lists, false },
	{ "owner", look_at_owner, false },
	{ "caller", look_at_caller, false },
	{ "space", look_at_room, false },
	{ "emulation", look_at_machine, false },
	{ "architecture", look_at_programs, false },
	{ 0 },
};
