#include "store/programs.h"

#include "sys/fs.h"

static const char *const FOLDERS[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };
#define FOLDERS_COUNT (sizeof FOLDERS / sizeof *FOLDERS)

/* A folder that is a link shows another's programs again. */
static int list(int root, const char *folder, struct arena *a, struct texts *out, struct fault *f)
{
	struct stat st;
	*out = (struct texts){ 0 };
	return fs_stat(root, folder, &st) == 0 && S_ISDIR(st.st_mode) ? fs_list(root, folder, a, out, f) : 0;
}

int programs_read(int root, const struct dpkg *db, struct arena *a, struct debian_owners *out, struct fault *f)
{
	LIST(struct debian_owner) all = { 0 };
	for (size_t i = 0; i < FOLDERS_COUNT; i++) {
		struct texts names;
		int code = list(root, FOLDERS[i], a, &names, f);
		if (code < 0)
			return code;
		for (size_t k = 0; k < names.count; k++)
			LIST_PUSH(&all, a,
				  ((struct debian_owner){ .path = arena_printf(a, "%s/" TEXT_F, FOLDERS[i], TEXT_A(names.at[k])) }));
	}
	*out = (struct debian_owners){ all.at, all.count };
	return debian_find_owners(root, db, out, a, f);
}
