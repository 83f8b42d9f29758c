#include "format/lockrule.h"

#include <stdlib.h>

#include "base/bounds.h"

#define LOCK_KEY_BYTES_MAX 64 /* of what a key or signature encodes: an Ed25519 signature, RFC 8032 */
#define LOCK_NAME_MAX 255     /* bytes: NAME_MAX of Linux, as commands are files */
#define LOCK_LINE_MAX 4096    /* bytes of a version or attribute; real ones have less than 100 */

bool lock_name_valid(struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] < ' ' || name.at[i] > '~' || name.at[i] == '/')
			return false;
	}
	return name.len && name.len <= LOCK_NAME_MAX && !text_equal(name, TEXT(".")) && !text_equal(name, TEXT(".."));
}

bool lock_line_valid(struct text line)
{
	for (size_t i = 0; i < line.len; i++) {
		if ((unsigned char)line.at[i] < ' ' || line.at[i] == 0x7f)
			return false;
	}
	return line.len && line.len <= LOCK_LINE_MAX;
}

bool lock_line_shown(struct text line)
{
	for (size_t i = 1; i < line.len; i++) {
		if ((unsigned char)line.at[i - 1] == 0xc2 && (unsigned char)line.at[i] < 0xa0)
			return false;
	}
	return lock_line_valid(line);
}

bool lock_url_valid(struct text url)
{
	static const char *const schemes[] = { "file:///", "http://", "https://" };
	bool known = false;

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		known |= url.len > strlen(schemes[i]) && text_starts(url, text_of(schemes[i]));
	return known && !text_has(url, '?') && !text_has(url, '#') && text_graphic(url) && url.len <= URL_MAX && !text_ends(url, TEXT("/"));
}

bool lock_key_valid(struct text key, size_t size)
{
	uint8_t bytes[LOCK_KEY_BYTES_MAX];
	struct text name, rest = key;

	return size <= sizeof bytes && text_cut(&rest, ':', &name) && text_graphic(name) && name.len <= KEY_NAME_MAX &&
	       decode_base64(rest, bytes, size);
}

/* A command and the tool it is of. */
struct exposed {
	struct text command, tool;
};

static int compare_exposed(const void *a, const void *b)
{
	int order = text_compare(((const struct exposed *)a)->command, ((const struct exposed *)b)->command);

	return order ? order : text_compare(((const struct exposed *)a)->tool, ((const struct exposed *)b)->tool);
}

int lock_check_commands(const struct lock_system *system, struct fault *f)
{
	struct arena scratch = { 0 };
	LIST(struct exposed) all = { 0 };
	int code = 0;

	for (size_t i = 0; i < system->nix_commands.count; i++)
		LIST_PUSH(&all, &scratch, ((struct exposed){ system->nix_commands.at[i], TEXT("nix itself") }));
	for (size_t t = 0; t < system->tool_count; t++) {
		const struct lock_tool *tool = &system->tools[t];

		for (size_t i = 0; i < tool->commands.count; i++)
			LIST_PUSH(&all, &scratch, ((struct exposed){ tool->commands.at[i], tool->name }));
	}
	if (all.count)
		qsort(all.at, all.count, sizeof *all.at, compare_exposed);
	for (size_t i = 1; i < all.count && !code; i++) {
		if (text_equal(all.at[i - 1].command, all.at[i].command))
			code = fault_set(f, FAULT_INPUT,
					 "the command '" TEXT_F "' is exposed by two tools, '" TEXT_F "' and '" TEXT_F
					 "'; leave it to one of them in its commands",
					 TEXT_A(all.at[i].command), TEXT_A(all.at[i - 1].tool), TEXT_A(all.at[i].tool));
	}
	arena_drop(&scratch);
	return code;
}
