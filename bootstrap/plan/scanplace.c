#include "plan/scanplace.h"

#include "plan/scanargs.h"
#include "plan/scantext.h"

/* A command at work on downloads. */
struct work {
	const struct scan_call *call;
	struct scan_args args;
};

static struct text operand(const struct work *w, size_t i)
{
	return scan_args_operand(w->call, &w->args, i);
}

/* ---- unpacking ---- */

static bool is_common(struct text folder)
{
	return scan_in(" / /usr /usr/local /opt /usr/share /usr/local/share /etc /var /root /home ", folder) || scan_is_bin(folder);
}

static void put_program(const struct work *w, size_t fetch, struct text path, bool member)
{
	struct scan_fetch *f = scan_flow_fetch(w->call->place, fetch);
	scan_flow_put(w->call->place, (struct scan_where){ .path = path, .fetch = fetch, .member = member });
	if (!scan_is_program(path))
		return;
	scan_flow_role(w->call->place, fetch, ROLE_SOFTWARE);
	if (!f->puts.len && !text_has(scan_base(path), '*'))
		f->puts = scan_base(path);
}

/* A member of an archive, without the folders that are stripped. */
static struct text member_path(const struct work *w, struct text member)
{
	uint64_t strip = 0;
	struct text head, rest = member;
	if (text_has(member, '*') || scan_in(" unzip bsdunzip ", w->call->program))
		return scan_args_find(&w->args, " -j ") || text_has(member, '*') ? scan_base(member) : member;
	if (!text_u64(scan_args_value(&w->args, " --strip-components --strip "), 64, &strip))
		return member;
	while (strip-- && text_has(rest, '/'))
		text_cut(&rest, '/', &head);
	return rest;
}

/* An archive's content lies in `folder`; `first`: the operand from which on its members are named. */
static void unpack(const struct work *w, size_t fetch, struct text folder, size_t first)
{
	const struct scan_place *place = w->call->place;
	bool private = folder.len && !is_common(folder) && !scan_in(" /tmp /var/tmp /usr/src /usr/local/src /src /build /app ", folder) &&
		       !text_equal(folder, scan_flow_path(place, (struct text){ 0 }));
	scan_flow_serve(w->call, fetch);
	scan_flow_role(place, fetch, ROLE_FILE);
	if (is_common(folder) || private)
		scan_flow_role(place, fetch, ROLE_SOFTWARE);
	if (!scan_is_bin(folder) && !text_equal(folder, TEXT("/")))
		scan_flow_put(place, (struct scan_where){ .path = folder, .fetch = fetch, .folder = private, .loose = !private });
	if (private)
		scan_flow_put(place, (struct scan_where){ .path = folder, .fetch = fetch });
	for (size_t i = first; i < w->args.operands.count && i < first + 16; i++)
		put_program(w, fetch, scan_path(place->work->arena, folder, member_path(w, operand(w, i))), true);
}

static size_t from_stream(const struct scan_call *call)
{
	struct scan_stream in = scan_flow_input(call);
	return in.kind == STREAM_FILE ? in.fetch : call->place->inner[call->index].kind == STREAM_FILE
							   ? call->place->inner[call->index].fetch
							   : FETCH_NONE;
}

static size_t archive_at(const struct scan_call *call, struct text path)
{
	if (!path.len || scan_in(" - /dev/stdin ", path))
		return from_stream(call);
	return scan_flow_at(call->place, path, false);
}

/* tar xzf FILE: letters without a dash, whose values follow as words. */
static bool old_tar(const struct work *w, struct text *letters)
{
	size_t at = w->args.operands.count ? w->args.operands.at[0] : 0;
	*letters = operand(w, 0);
	return w->args.operands.count && at == w->call->first + 1 && (text_has(*letters, 'x') || text_has(*letters, 't')) &&
	       !text_has(*letters, '.') && !text_has(*letters, '/');
}

static void on_tar(struct work *w)
{
	struct text letters = { 0 }, archive = scan_args_value(&w->args, " -f --file ");
	struct text folder = scan_args_value(&w->args, " -C --directory --cd ");
	bool old = old_tar(w, &letters);
	bool extracts = (old && text_has(letters, 'x')) || scan_args_find(&w->args, " -x --extract --get ");
	size_t first = old;
	if (old && text_has(letters, 'f'))
		archive = operand(w, first++);
	if (old && text_has(letters, 'C'))
		folder = operand(w, first++);
	size_t fetch = archive_at(w->call, archive);
	if (fetch == FETCH_NONE)
		return;
	if (extracts && (scan_args_find(&w->args, " -O --to-stdout ") || (old && text_has(letters, 'O')))) {
		scan_flow_serve(w->call, fetch);
		w->call->place->streams[w->call->index] = (struct scan_stream){ .kind = STREAM_FILE, .fetch = fetch };
	} else if (extracts) {
		unpack(w, fetch, scan_flow_path(w->call->place, folder), first);
	} else {
		scan_flow_serve(w->call, fetch);
	}
}

static void on_unzip(struct work *w)
{
	bool seven = text_starts(w->call->program, TEXT("7z"));
	struct text folder = scan_args_value(&w->args, seven ? " -o " : " -d --directory ");
	size_t fetch = archive_at(w->call, operand(w, seven ? 1 : 0));
	if (fetch == FETCH_NONE)
		return;
	if (scan_args_find(&w->args, " -p -so ")) {
		scan_flow_serve(w->call, fetch);
		w->call->place->streams[w->call->index] = (struct scan_stream){ .kind = STREAM_FILE, .fetch = fetch };
	} else {
		unpack(w, fetch, scan_flow_path(w->call->place, folder), seven ? 2 : 1);
	}
}

static struct text without_end(struct text path)
{
	static const char *const ends[] = { ".gz", ".xz", ".bz2", ".zst", ".lz4", ".br" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (text_ends(path, text_of(ends[i])))
			return scan_head(path, path.len - text_of(ends[i]).len);
	return path;
}

static void on_gunzip(struct work *w)
{
	struct text path = operand(w, 0), out = scan_args_value(&w->args, " -o ");
	size_t fetch = archive_at(w->call, path);
	if (fetch == FETCH_NONE)
		return;
	scan_flow_serve(w->call, fetch);
	if (path.len && !text_equal(path, TEXT("-")) && !text_ends(w->call->program, TEXT("cat")) &&
	    !scan_args_find(&w->args, " -c --stdout --to-stdout "))
		put_program(w, fetch, scan_flow_path(w->call->place, out.len ? out : without_end(path)), false);
	else
		w->call->place->streams[w->call->index] = (struct scan_stream){ .kind = STREAM_FILE, .fetch = fetch };
}

/* ---- moving ---- */

/* A script or a file of the build context has no download; what else the command names is somebody else's. */
static void keep_shared(const struct work *w, bool foreign, size_t fetch)
{
	if (foreign && fetch != FETCH_NONE)
		scan_flow_keep(w->call->place, fetch, TEXT("one command handles other files, too"));
}

static struct text target_of(const struct work *w, struct text target, struct text source, bool many)
{
	struct arena *a = w->call->place->work->arena;
	struct text full = scan_flow_path(w->call->place, target);
	bool folder = many || text_ends(target, TEXT("/")) || scan_is_bin(full) || is_common(full) ||
		      text_equal(target, TEXT(".")) || scan_in(" /tmp ", full);
	return folder ? scan_path(a, full, scan_base(scan_trim(source, "/"))) : full;
}

static void move_one(const struct work *w, size_t fetch, struct text path)
{
	const struct scan_place *place = w->call->place;
	scan_flow_serve(w->call, fetch);
	if (scan_flow_fetch(place, fetch)->role <= ROLE_SOFTWARE)
		scan_flow_store(w->call, path, (struct scan_stream){ .kind = STREAM_FILE, .fetch = fetch });
	else
		scan_flow_put(place, (struct scan_where){ .path = path, .fetch = fetch });
	if (!is_common(path))
		scan_flow_put(place, (struct scan_where){ .path = path, .fetch = fetch, .folder = true });
}

/* What is a program already gets a second name, which would be gone: `ln -s kubectl /usr/local/bin/k`; or, moved, another one. */
static void rename_program(const struct work *w, size_t fetch, struct text source, struct text target)
{
	struct scan_fetch *f = scan_flow_fetch(w->call->place, fetch);
	struct text from = scan_base(source), to = scan_base(target);
	if (!scan_is_program(scan_flow_path(w->call->place, source)) || !scan_is_program(target) || text_equal(from, to) || text_has(from, '*'))
		return;
	if (text_equal(w->call->program, TEXT("mv")) && text_equal(f->puts, from))
		f->puts = (struct text){ 0 };
	else
		scan_flow_keep(w->call->place, fetch, arena_printf(w->call->place->work->arena, "it is there as " TEXT_F ", too", TEXT_A(to)));
}

/* "/tmp/" and a "*", of a folder that is not the download's own. */
static bool is_vague_source(const struct work *w, struct text source)
{
	const struct scan_where *where = scan_flow_where(w->call->place, scan_flow_path(w->call->place, source), true);
	return text_starts(scan_base(source), TEXT("*")) && where && !where->folder && !where->loose;
}

static void on_move(struct work *w)
{
	struct text target = scan_args_value(&w->args, " -t --target-directory ");
	size_t count = w->args.operands.count, sources = target.len ? count : count ? count - 1 : 0;
	size_t any = FETCH_NONE;
	bool foreign = false, many = sources > 1 || target.len;
	bool makes_folders = text_equal(w->call->program, TEXT("install")) && scan_args_find(&w->args, " -d --directory ");
	if (makes_folders)
		return;
	if (text_equal(w->call->program, TEXT("ln")) && count == 1)
		return;
	if (!target.len)
		target = operand(w, sources);
	for (size_t i = 0; i < sources; i++) {
		size_t fetch = scan_flow_at(w->call->place, operand(w, i), true);
		if (fetch == FETCH_NONE) {
			foreign = true;
			scan_flow_claim(w->call->place, operand(w, i));
			continue;
		}
		any = fetch;
		foreign |= is_vague_source(w, operand(w, i));
		struct text to = target_of(w, target, operand(w, i), many);
		rename_program(w, fetch, operand(w, i), to);
		move_one(w, fetch, to);
	}
	keep_shared(w, foreign, any);
}

/* ---- marks and removal ---- */

/* A download among the operands. */
static size_t any_of(const struct work *w, size_t first)
{
	size_t one = FETCH_NONE;
	for (size_t i = first; i < w->args.operands.count && one == FETCH_NONE; i++)
		one = scan_flow_at(w->call->place, operand(w, i), true);
	return one;
}

static void serve_all(const struct work *w, size_t first)
{
	for (size_t i = first; i < w->args.operands.count; i++) {
		size_t fetch = scan_flow_at(w->call->place, operand(w, i), true);
		if (fetch != FETCH_NONE)
			scan_flow_serve(w->call, fetch);
	}
}

static bool all_known(const struct work *w, size_t first)
{
	for (size_t i = first; i < w->args.operands.count; i++)
		if (scan_flow_at(w->call->place, operand(w, i), true) == FETCH_NONE)
			return false;
	return true;
}

/* Whatever lies in a folder: "/usr/local/bin/" and a "*". */
static bool is_vague(const struct work *w)
{
	for (size_t i = 0; i < w->args.operands.count; i++)
		if (text_starts(scan_base(operand(w, i)), TEXT("*")))
			return true;
	return false;
}

static void on_mark(struct work *w)
{
	bool moded = scan_in(" chmod chown chgrp setcap ", w->call->program) && !scan_args_find(&w->args, " --reference ");
	if (is_vague(w))
		return;
	serve_all(w, moded);
	keep_shared(w, !all_known(w, moded), any_of(w, moded));
}

/* What rm -f does not find it does not miss: so it may stay when others are removed by it, too. */
static void on_remove(struct work *w)
{
	bool vague = is_vague(w), forced = scan_args_find(&w->args, " -f --force ");
	if (vague && forced)
		return;
	bool foreign = vague || !all_known(w, 0);
	if (foreign && forced)
		return;
	serve_all(w, 0);
	keep_shared(w, foreign, any_of(w, 0));
}

static const struct placer {
	const char *programs;
	const char *valued;
	void (*carry_out)(struct work *w);
} placers[] = {
	{ " tar bsdtar gtar ",
	  " -f --file -C --directory --cd -T --files-from --exclude --transform --xform --owner --group --mode --strip-components --strip -X -s ", on_tar },
	{ " unzip bsdunzip ", " -d -x --directory ", on_unzip },
	{ " 7z 7za 7zz ", " -o -p ", on_unzip },
	{ " gunzip gzip xz unxz bunzip2 bzip2 zstd unzstd zcat xzcat bzcat zstdcat lz4 brotli ", " -o -S --suffix -T ", on_gunzip },
	{ " mv cp install ln rsync ",
	  " -t --target-directory -m --mode -o --owner -g --group -S --suffix --chmod --chown --exclude --backup ", on_move },
	{ " chmod chown chgrp strip setcap upx touch file ls stat dos2unix du readlink realpath ", " --reference ", on_mark },
	{ " rm unlink rmdir shred ", " ", on_remove },
};

bool scan_placing(const struct scan_call *call)
{
	struct work w = { .call = call };
	for (size_t i = 0; i < sizeof placers / sizeof *placers; i++) {
		if (!scan_in(placers[i].programs, call->program))
			continue;
		scan_args_read(call, placers[i].valued, &w.args);
		placers[i].carry_out(&w);
		return true;
	}
	return false;
}
