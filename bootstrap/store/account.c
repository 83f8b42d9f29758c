#include "store/account.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "format/lockrule.h"
#include "sys/fs.h"

#define PASSWD_MAX (16u << 20) /* bytes */
#define PASSWD_FIELDS 7        /* name password uid gid gecos home shell */

/* It becomes the name of a directory, and stands in JSON. */
static bool name_fits(struct text name)
{
	return text_graphic(name) && name.len <= KEY_NAME_MAX && !text_has(name, '/') && !text_equal(name, TEXT(".")) &&
	       !text_equal(name, TEXT(".."));
}

static bool read_line(struct text line, uid_t uid, struct arena *a, struct account *out)
{
	struct text field[PASSWD_FIELDS] = { { 0 } };
	uint64_t number;
	for (size_t i = 0; i < PASSWD_FIELDS && text_cut(&line, ':', &field[i]); i++)
		continue;
	if (!name_fits(field[0]) || !text_u64(field[2], UINT32_MAX, &number) || number != uid)
		return false;
	out->name = arena_copy(a, field[0]);
	if (text_starts(field[5], TEXT("/")) && lock_line_valid(field[5]))
		out->home = arena_copy(a, field[5]);
	return true;
}

bool account_parse(struct text passwd, uid_t uid, struct arena *a, struct account *out)
{
	struct text line;
	*out = (struct account){ .uid = uid };
	while (text_cut(&passwd, '\n', &line))
		if (read_line(line, uid, a, out))
			return true;
	return false;
}

int account_read(const struct root *root, uid_t uid, struct arena *a, struct account *out, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	*out = (struct account){ .uid = uid };
	int code = fs_read(root->fd, "/etc/passwd", PASSWD_MAX, &bytes, f);
	if (code < 0)
		return code;
	if (account_parse(buffer_view(&bytes), uid, a, out))
		return 0;
	const char *home = getenv("HOME");
	out->name = arena_printf(a, "%lu", (unsigned long)uid);
	if (!*root->path && home && *home == '/')
		out->home = arena_copy(a, text_of(home));
	return 0;
}
