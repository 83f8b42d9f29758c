/* resolve: what PATH finds beneath a root, and the PATH of login shells. */
#include <sys/stat.h>

#include "household.h"

#include "store/resolve.h"

#define ROOTS "PATH=\"/usr/local/sbin:/usr/local/bin:/bin\"\n"
#define USERS "PATH=\"/usr/local/bin:/bin\"\n"

static void program(struct household *h, const char *path, mode_t mode)
{
	house_put(h, path, "#!/bin/sh\n");
	FD_AUTO fd = fs_open(h->root.fd, path, O_RDONLY);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void finds(struct household *h, const char *path, const char *command, const char *want)
{
	struct text is = resolve_command(h->root.fd, text_of(path), text_of(command), &h->arena);
	if (want ? !is.at || strcmp(is.at, want) != 0 : is.at != NULL)
		fail_msg("%s on %s is %s, not %s", command, path, is.at ? is.at : "nothing", want ? want : "nothing");
}

static void the_first_program_on_path(void **state)
{
	struct household *h = *state;
	program(h, "/usr/bin/git", 0755);
	program(h, "/opt/git", 0100);
	program(h, "/data/git", 0644);
	WORKS(fs_make_dirs(h->root.fd, "/folder/git", 0755, &h->f));
	WORKS(fs_make_dirs(h->root.fd, "/links", 0755, &h->f));
	WORKS(fs_link(h->root.fd, "/links/git", "/usr/bin/git", &h->f));
	WORKS(fs_link(h->root.fd, "/links/gone", "/nowhere", &h->f));
	finds(h, "/usr/bin:/opt", "git", "/usr/bin/git");
	finds(h, "/none:/data:/folder:/opt:/usr/bin", "git", "/opt/git");
	finds(h, "/links/:/usr/bin", "git", "/links/git");
	finds(h, "usr/bin:.::/usr//bin", "git", "/usr//bin/git");
	finds(h, "/usr/bin", "jq", NULL);
	finds(h, "/links", "gone", NULL);
	finds(h, "", "git", NULL);
	program(h, "/git", 0755);
	finds(h, "/", "git", "/git");
}

static void folders_of_path(void **state)
{
	(void)state;
	assert_true(resolve_has_folder(TEXT("/a:/b/"), TEXT("/b")));
	assert_true(resolve_has_folder(TEXT("/a"), TEXT("/a")));
	assert_false(resolve_has_folder(TEXT("/a/b:/c"), TEXT("/a")));
	assert_false(resolve_has_folder(TEXT(""), TEXT("/a")));
}

static void login(struct household *h, const char *profile, const char *of_root, const char *of_users)
{
	house_put(h, "/etc/profile", profile);
	for (int i = 0; i < 2; i++) {
		const char *want = i ? of_root : of_users;
		struct text is = resolve_login_path(h->root.fd, i, TEXT("/usr/local/bin"), &h->arena);
		if (want ? !is.at || strcmp(is.at, want) != 0 : is.at != NULL)
			fail_msg("%s, not %s, from:\n%s", is.at ? is.at : "none", want ? want : "none", profile);
	}
}

static void what_a_profile_says_plainly(void **state)
{
	struct household *h = *state;
	assert_null(resolve_login_path(h->root.fd, true, TEXT("/usr/local/bin"), &h->arena).at);
	login(h, "if root; then\n  " ROOTS "else\n\t" USERS "fi\nexport PATH\n", "/usr/local/sbin:/usr/local/bin:/bin", "/usr/local/bin:/bin");
	login(h, USERS, "/usr/local/bin:/bin", "/usr/local/bin:/bin");
	login(h, "PATH=\"/bin\"\n", "/bin", "/bin");
	login(h, "", NULL, NULL);
	login(h, USERS "PATH=\"$PATH:/opt\"\n", NULL, NULL);
	login(h, USERS USERS USERS, NULL, NULL);
	login(h, USERS "PATH=/bin\n", NULL, NULL);
	login(h, USERS "[ -d /opt ] && export PATH=/opt\n", NULL, NULL);
	login(h, "MANPATH=/man\n" USERS "# PATH=/bin\nexport PATH # PATH=\n", "/usr/local/bin:/bin", "/usr/local/bin:/bin");
	login(h, "PATH=/bin\nPATH=\"\n", NULL, NULL);
}

static void nixgraft_s_own_piece_puts_its_folder_first(void **state)
{
	struct household *h = *state;
	house_put(h, "/etc/profile.d/nixgraft.sh", "");
	login(h, "PATH=\"/bin\"\n", "/usr/local/bin:/bin", "/usr/local/bin:/bin");
	login(h, ROOTS, "/usr/local/sbin:/usr/local/bin:/bin", "/usr/local/sbin:/usr/local/bin:/bin");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(the_first_program_on_path),
		HOUSE_TEST(folders_of_path),
		HOUSE_TEST(what_a_profile_says_plainly),
		HOUSE_TEST(nixgraft_s_own_piece_puts_its_folder_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
