#include "plan/scanmention.h"

#include "plan/scantext.h"

#define BETWEEN " \t\n\"'[](){},;:=&|<>" /* what stands between paths in an instruction */

/* The next absolute path. */
static bool next_path(struct text *rest, struct text *path)
{
	while (rest->len) {
		size_t n = 0;
		while (n < rest->len && !text_has(TEXT(BETWEEN), rest->at[n]))
			n++;
		*path = scan_head(*rest, n);
		*rest = text_skip(*rest, n < rest->len ? n + 1 : n);
		if (path->len > 1 && path->at[0] == '/')
			return true;
	}
	return false;
}

/* What /usr/local/bin has is there afterwards, too; PATH may name what is gone. */
static bool is_harmless(const struct scan_place *place, struct text path)
{
	bool env = place->of->kind == INSTRUCTION_ENV;
	return scan_in(" /usr/local/bin /usr/local/sbin ", scan_folder(path)) || (env && scan_is_bin(path));
}

void scan_mention(const struct scan_place *place)
{
	struct scan_work *work = place->work;
	struct text rest = place->of->rest.text, path;
	while (next_path(&rest, &path)) {
		size_t fetch = is_harmless(place, path) ? FETCH_NONE : scan_flow_at(place, path, false);
		if (fetch != FETCH_NONE)
			scan_flow_keep(place, fetch, arena_printf(work->arena, "line %u calls it by its path", place->of->line));
	}
}
