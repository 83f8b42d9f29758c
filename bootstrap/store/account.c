#include "store/account.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "format/lockrule.h"
#include "sys/fs.h"

#define PASSWD_MAX (16u << 20) /* bytes */
#define PASSWD_FIELDS 7        /* name password uid gid gecos home shell */
#define ID_MAX (UINT32_MAX - 1) /* the highest means "no change" to chown(2) */

/* It becomes the name of a directory, and stands in JSON. */
static bool name_fits(struct text name)
{
	return text_graphic(name) && name.len <= KEY_NAME_MAX && !text_has(name, '/') && !text_equal(name, TEXT(".")) &&
	       !text_equal(name, TEXT(".."));
}

/* Who is looked for: a number, or a name. */
struct wanted {
	uid_t uid;
	struct text name; /* none: by number */
};

static bool read_line(struct text line, const struct wanted *who, struct arena *a, struct account *out)
{
	struct text field[PASSWD_FIELDS] = { { 0 } };
	uint64_t uid, gid;
	for (size_t i = 0; i < PASSWD_FIELDS && text_cut(&line, ':', &field[i]); i++)
		continue;
	if (!name_fits(field[0]) || !text_u64(field[2], ID_MAX, &uid))
		return false;
	if (who->name.at ? !text_equal(who->name, field[0]) : who->uid != uid)
		return false;
	*out = (struct account){ .uid = (uid_t)uid, .name = arena_copy(a, field[0]) };
	if (text_u64(field[3], ID_MAX, &gid))
		out->gid = (gid_t)gid;
	if (text_starts(field[5], TEXT("/")) && lock_line_valid(field[5]))
		out->home = arena_copy(a, field[5]);
	return true;
}

static bool parse(struct text passwd, const struct wanted *who, struct arena *a, struct account *out)
{
	struct text line;
	*out = (struct account){ .uid = who->uid };
	while (text_cut(&passwd, '\n', &line))
		if (read_line(line, who, a, out))
			return true;
	return false;
}

bool account_parse(struct text passwd, uid_t uid, struct arena *a, struct account *out)
{
	return parse(passwd, &(struct wanted){ .uid = uid }, a, out);
}

static int read_from(const struct root *root, const struct wanted *who, struct arena *a, struct account *out, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	int code = fs_read(root->fd, "/etc/passwd", PASSWD_MAX, &bytes, f);
	if (code >= 0 && !parse(buffer_view(&bytes), who, a, out))
		code = FS_ABSENT;
	return code;
}

int account_read(const struct root *root, uid_t uid, struct arena *a, struct account *out, struct fault *f)
{
	const char *home = getenv("HOME");
	int code = read_from(root, &(struct wanted){ .uid = uid }, a, out, f);
	if (code != FS_ABSENT)
		return code;
	*out = (struct account){ .uid = uid, .name = arena_printf(a, "%lu", (unsigned long)uid) };
	if (!*root->path && home && *home == '/')
		out->home = arena_copy(a, text_of(home));
	return 0;
}

int account_find(const struct root *root, struct text user, struct arena *a, struct account *out, struct fault *f)
{
	uint64_t uid;
	int code = read_from(root, &(struct wanted){ .name = user }, a, out, f);
	if (code != FS_ABSENT)
		return code;
	if (!text_u64(user, ID_MAX, &uid))
		return fault_set(f, FAULT_USAGE, "there is no user '" TEXT_F "' in /etc/passwd of this root; give another name or a number",
				 TEXT_A(user));
	code = account_read(root, (uid_t)uid, a, out, f);
	if (uid != geteuid() && text_equal(out->name, user)) /* $HOME is somebody else's */
		out->home = (struct text){ 0 };
	return code;
}
