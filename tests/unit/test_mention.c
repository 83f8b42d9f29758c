/* mention: what of a file needs a package, by the words of what is said. */
#include "plan/mention.h"

#include "containers.h"

/* A file, the software in it, its programs, and what is said; NULL: nothing stands in its way. */
struct sample {
	const char *file, *name, *command, *former, *said;
};

static const struct sample SAMPLES[] = {
	{ "FROM d\nRUN apt-get install -y jq\nRUN jq . /a", "jq", "jq", NULL, NULL },
	{ "FROM d\nRUN apt-get install -y jq\nRUN /usr/bin/jq . /a", "jq", "jq", NULL, "line 3 needs /usr/bin/jq" },
	{ "FROM d\nRUN apt-get install -y jq\nENTRYPOINT [\"/usr/bin/jq\"]", "jq", "jq", NULL, "line 3 needs /usr/bin/jq" },
	{ "FROM d\nRUN apt-get install -y jq && true \\\n # /usr/bin/jq\n && /bin/jq .", "jq", "jq", NULL, "line 4 needs /bin/jq" },
	{ "FROM d\nRUN apt-get install -y jq && echo \\\n # /usr/bin/jq\n done", "jq", "jq", NULL, NULL },
	{ "FROM d\nRUN /usr/bin/jq --version\nRUN apt-get install -y jq", "jq", "jq", NULL, NULL },
	{ "FROM d\nRUN apt-get install -y fd-find && fdfind .", "fd-find", "fd", "fdfind", "line 2 needs fdfind" },
	{ "FROM d\nRUN apt-get install -y fd-find && fd .", "fd-find", "fd", "fdfind", NULL },
	{ "FROM d\nRUN apt-get install -y git && cp -r /usr/share/git-core/templates /t", "git", "git", NULL,
	  "line 2 needs /usr/share/git-core/templates" },
	{ "FROM d\nRUN apt-get install -y git && cp -r /usr/share/gitweb /t", "git", "git", NULL, NULL },
	{ "FROM d\nRUN apt-get install -y git && dpkg -L git", "git", "git", NULL, "line 2: dpkg needs it as it is there now" },
	{ "FROM d\nRUN apt-get install -y git && dpkg -L vim", "git", "git", NULL, NULL },
	{ "FROM d AS a\nRUN apt-get install -y jq\nFROM d\nRUN /usr/bin/jq .", "jq", "jq", NULL, NULL },
	{ "FROM d AS a\nRUN apt-get install -y jq\nFROM a\nRUN /usr/bin/jq .", "jq", "jq", NULL, "line 4 needs /usr/bin/jq" },
	{ "FROM d\nRUN pipx install black && python3 -m black .", "pypi:black", "black", NULL, "line 2: python3 needs it as it is there now" },
	{ "FROM d\nRUN npm install -g prettier && ls /usr/lib/node_modules/prettier", "npm:prettier", "prettier", NULL,
	  "line 2 needs /usr/lib/node_modules/prettier" },
};

static void check(const struct sample *s)
{
	struct arena a = { 0 };
	struct containerfile file;
	struct scan scan;
	struct mentions mentions;
	struct text command = text_of(s->command), former = text_of(s->former);
	struct mention_of of = { .commands = { &command, 1 }, .former = { &former, s->former ? 1 : 0 } };

	scan_text(text_of(s->file), &a, &file, &scan);
	of.software = &scan.software.at[software_named(&scan, s->name)];
	mention_read(&scan, of.former, &a, &mentions);
	struct text said = mention_obstacle(&mentions, &of, &a);
	if (!text_equal(said, text_of(s->said ? s->said : "")))
		fail_msg("%s\n%s: " TEXT_F, s->file, s->name, TEXT_A(said));
	arena_drop(&a);
}

static void what_needs_a_package(void **state)
{
	for (size_t i = 0; i < sizeof SAMPLES / sizeof *SAMPLES; i++)
		check(&SAMPLES[i]);
}

static void a_devcontainer_needs_nothing(void **state)
{
	struct arena a = { 0 };
	struct scan scan = { 0 };
	struct mentions mentions;
	struct software software = { .name = TEXT("jq") };

	mention_read(&scan, (struct texts){ 0 }, &a, &mentions);
	assert_int_equal(mention_obstacle(&mentions, &(struct mention_of){ .software = &software }, &a).len, 0);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_needs_a_package),
		cmocka_unit_test(a_devcontainer_needs_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
