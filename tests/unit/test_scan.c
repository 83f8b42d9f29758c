/* scan: what brings software into an image, over tests/data/migrate: whole files and all that is to be found in them. */
#include "samples.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/containerfile.h"
#include "plan/scan.h"

static const char *top_path(const char *path)
{
	const char *top = getenv("NIXGRAFT_TOP");
	static char full[4096];
	snprintf(full, sizeof full, "%s%s%s", top ? top : "", top ? "/" : "", path);
	return full;
}

static void show_text(struct buffer *b, struct text t)
{
	buffer_printf(b, "\t" TEXT_F, TEXT_A(t.len ? t : TEXT("-")));
}

/* Findings as the samples write them. */
static void show(struct buffer *b, const struct scan *scan)
{
	for (size_t i = 0; i < scan->software.count; i++) {
		const struct software *s = &scan->software.at[i];
		buffer_printf(b, "%u\t%s", s->line, software_way_name(s->way));
		show_text(b, s->name);
		show_text(b, s->version);
		buffer_printf(b, "\t%s\t%s", software_pin_name(s->pin), software_check_name(s->check));
		show_text(b, s->command);
		buffer_printf(b, "\n");
	}
	buffer_add(b, "", 0);
}

static bool line_in(struct text line, struct text all)
{
	for (struct text one; text_cut(&all, '\n', &one);)
		if (text_equal(one, line))
			return true;
	return false;
}

static size_t tell_missing(const char *name, const char *what, struct text lines, struct text all)
{
	size_t count = 0;
	for (struct text one; text_cut(&lines, '\n', &one);) {
		if (!one.len || line_in(one, all))
			continue;
		print_message("%s: %s " TEXT_F "\n", name, what, TEXT_A(one));
		count++;
	}
	return count;
}

static size_t compare(const char *name, const struct scan *scan, struct text expected)
{
	BUFFER_AUTO b = { 0 };
	show(&b, scan);
	struct text found = buffer_view(&b);
	size_t count = tell_missing(name, "missed", expected, found) + tell_missing(name, "found", found, expected);
	if (!count && !text_equal(found, expected)) {
		print_message("%s: the order differs\n", name);
		count = 1;
	}
	return count;
}

static bool exists(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (f)
		fclose(f);
	return f != NULL;
}

static size_t check_containerfile(const char *name, struct text bytes, struct text expected)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct containerfile file;
	struct scan scan;
	if (containerfile_parse(bytes, name, &a, &file, &f) || scan_containerfile(&file, TEXT("amd64"), &a, &scan, &f))
		fail_msg("%s: %s", name, f.text);
	size_t count = compare(name, &scan, expected);
	for (size_t i = 0; getenv("SCAN_DOUBTS") && i < scan.doubts.count; i++)
		print_message("%s: doubt: " TEXT_F "\n", name, TEXT_A(scan.doubts.at[i]));
	arena_drop(&a);
	return count;
}

static size_t check_devcontainer(const char *name, struct text bytes, struct text expected)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct scan scan;
	if (scan_devcontainer(bytes, name, &a, &scan, &f))
		fail_msg("%s: %s", name, f.text);
	size_t count = compare(name, &scan, expected);
	arena_drop(&a);
	return count;
}

static size_t check_sample(const char *name, const char *file, const char *table,
			   size_t (*check)(const char *name, struct text bytes, struct text expected))
{
	char input[8192], want[8192], path[8192];
	snprintf(path, sizeof path, "tests/data/migrate/%s/%s", name, file);
	snprintf(input, sizeof input, "%s", top_path(path));
	snprintf(path, sizeof path, "tests/data/migrate/%s/%s", name, table);
	snprintf(want, sizeof want, "%s", top_path(path));
	if (!exists(input))
		return 0;
	struct text bytes = sample_read(input), expected = sample_read(want);
	size_t count = check(name, bytes, expected);
	free((void *)(uintptr_t)bytes.at);
	free((void *)(uintptr_t)expected.at);
	return count;
}

static void all_samples(void **state)
{
	DIR *dir = opendir(top_path("tests/data/migrate"));
	struct dirent *entry;
	size_t samples = 0, differences = 0;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "README"))
			continue;
		differences += check_sample(entry->d_name, "Containerfile", "expected.tsv", check_containerfile);
		differences += check_sample(entry->d_name, "devcontainer.json", "devcontainer.tsv", check_devcontainer);
		samples++;
	}
	closedir(dir);
	assert_true(samples > 30);
	assert_int_equal(differences, 0);
}

/* ---- what goes with it ---- */

struct world {
	struct arena arena;
	struct containerfile file;
	struct scan scan;
};

static void look(struct world *w, const char *text)
{
	struct fault f = { 0 };
	*w = (struct world){ 0 };
	if (containerfile_parse(text_of(text), "input", &w->arena, &w->file, &f) ||
	    scan_containerfile(&w->file, TEXT("amd64"), &w->arena, &w->scan, &f))
		fail_msg("%s", f.text);
}

static const struct software *find(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->scan.software.count; i++)
		if (text_equal(w->scan.software.at[i].name, text_of(name)))
			return &w->scan.software.at[i];
	fail_msg("%s was not found", name);
	return NULL;
}

static const struct shell *script_of(const struct world *w, const struct software_edit *e)
{
	for (size_t i = 0; i < w->scan.scripts.count; i++)
		if (w->scan.scripts.at[i].instruction == e->instruction && w->scan.scripts.at[i].index == e->script)
			return &w->scan.scripts.at[i].shell;
	fail_msg("no script");
	return NULL;
}

static int by_index(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return (x > y) - (x < y);
}

/* The commands in the order of the script, one a line. */
static void show_commands(struct buffer *b, const struct shell *shell, const size_t *at, size_t count)
{
	size_t order[64];
	assert_true(count <= 64);
	memcpy(order, at, count * sizeof *at);
	qsort(order, count, sizeof *order, by_index);
	for (size_t i = 0; i < count; i++) {
		const struct shell_command *c = &shell->commands[order[i]];
		buffer_add(b, shell->script.at + c->begin, c->end - c->begin);
		buffer_add(b, "\n", 1);
	}
}

/* The edit in words: "words git", "whole", "not: why", or commands and, behind "with", helpers. */
static void show_edit(struct buffer *b, const struct world *w, const struct software_edit *e)
{
	buffer_add(b, "", 0);
	if (e->why_not.len) {
		buffer_printf(b, "not: " TEXT_F "\n", TEXT_A(e->why_not));
	} else if (e->whole) {
		buffer_printf(b, "whole\n");
	} else if (e->word_count) {
		for (size_t i = 0; i < e->word_count; i++)
			buffer_printf(b, "word " TEXT_F "\n", TEXT_A(script_of(w, e)->commands[e->command].words[e->words[i]].value));
	} else {
		show_commands(b, script_of(w, e), e->commands, e->command_count);
		if (e->helper_count)
			buffer_printf(b, "with\n");
		if (e->helper_count)
			show_commands(b, script_of(w, e), e->helpers, e->helper_count);
	}
}

struct edit_case {
	const char *file; /* without its FROM */
	const char *name; /* of the software */
	const char *want;
};

#define GH "https://github.com/o/n/releases/download/v1.2.3/"
#define HASH "93dcc18adc78c65a028a84799ecf8ad40c936fdfc5f2a57b1acda5a8117fa82c"

static const struct edit_case edits[] = {
	/* packages: words */
	{ "RUN apt-get update && apt-get install -y git nano", "nano", "word nano\n" },
	{ "RUN apt-get update && apt-get install -y git=1:2.39*", "git", "word git=1:2.39*\n" },
	{ "RUN npm i -g a b@1", "npm:b", "word b@1\n" },
	{ "RUN apt-get install -y $(cat list) git", "git", "not: a part of what the command installs is not known\n" },
	{ "RUN apt-get install -y ./a.deb git", "git", "not: the command installs a file, too\n" },
	{ "RUN xargs apt-get install -y git < list", "git", "not: xargs adds names to the command\n" },
	{ "RUN if true; then apt-get install -y git; fi", "git", "not: it stands in an if\n" },
	{ "RUN for i in 1 2; do apt-get install -y git; done", "git", "not: it stands in a loop\n" },
	{ "RUN f() { apt-get install -y git; }; f", "git", "not: it stands in a function\n" },
	{ "RUN apt-get install -y git || true", "git", "not: what happens when it fails is written with ||\n" },
	{ "RUN set -e; [ -n \"$X\" ] && apt-get install -y git; true", "git", "not: it hangs on a condition\n" },
	{ "RUN command -v git && apt-get install -y git", "git", "not: it hangs on a condition\n" },
	{ "RUN apt-get install -y tini\nENTRYPOINT [\"tini\", \"--\"]", "tini", "word tini\n" },
	{ "ADD https://e.org/tini /tini\nENTRYPOINT [\"/tini\", \"--\"]", "url:e.org/tini", "not: line 3 calls it by its path\n" },
	{ "ADD https://e.org/tini /usr/local/bin/tini\nENTRYPOINT [\"/usr/local/bin/tini\", \"--\"]", "url:e.org/tini", "whole\n" },
	{ "RUN curl https://e.org/j | tar xz -C /opt/j\nENV J=/opt/j PATH=/opt/j/bin:$PATH", "url:e.org/j", "not: line 3 calls it by its path\n" },
	{ "RUN curl https://e.org/j | tar xz -C /opt/j\nENV PATH=/opt/j/bin:$PATH", "url:e.org/j", "curl https://e.org/j\ntar xz -C /opt/j\n" },
	{ "RUN curl -o /sbin/a https://e.org/a && /sbin/a --version", "url:e.org/a", "not: it is called by its path\n" },
	{ "RUN yes | apt-get install git", "git", "not: it is a part of a pipeline\n" },
	{ "RUN [\"apt-get\", \"install\", \"-y\", \"git\"]", "git", "not: it stands in a string or in an array\n" },
	{ "RUN sh -c 'apt-get install -y git'", "git", "not: it stands in a string or in an array\n" },
	{ "ONBUILD RUN apt-get install -y git", "git", "not: it stands in ONBUILD\n" },
	{ "RUN pip install -r list.txt ruff", "pypi:ruff", "not: the command installs a list, too\n" },
	/* instructions */
	{ "COPY --from=hadolint/hadolint:v2.12.0 /bin/hadolint /usr/local/bin/", "image:hadolint/hadolint", "whole\n" },
	{ "ADD https://e.org/t /usr/local/bin/t", "url:e.org/t", "whole\n" },
	{ "ADD https://e.org/t /tmp/t\nRUN mv /tmp/t /usr/local/bin/t", "url:e.org/t", "not: another instruction uses what was downloaded\n" },
	/* downloads: commands */
	{ "RUN curl -fsSL https://e.org/i | bash", "url:e.org/i", "curl -fsSL https://e.org/i\nbash\n" },
	{ "RUN set -e; bash -c \"$(curl https://e.org/i)\"; true", "url:e.org/i", "bash -c \"$(curl https://e.org/i)\"\n" },
	{ "RUN curl -o i.sh https://e.org/i && sh i.sh && rm i.sh && echo", "url:e.org/i",
	  "curl -o i.sh https://e.org/i\nsh i.sh\nrm i.sh\n" },
	{ "RUN curl -L " GH "n.tgz | tar xz -C /usr/local/bin n && n --version", "github:o/n",
	  "curl -L " GH "n.tgz\ntar xz -C /usr/local/bin n\n" },
	{ "RUN wget -O /t.gz " GH "n.gz && echo '" HASH "  /t.gz' | sha256sum -c && gunzip /t.gz && mv /t /usr/bin/n", "github:o/n",
	  "wget -O /t.gz " GH "n.gz\necho '" HASH "  /t.gz'\nsha256sum -c\ngunzip /t.gz\nmv /t /usr/bin/n\n" },
	{ "RUN V=1.2.3; A=x; curl -L https://e.org/$V-$A -o /usr/bin/n; echo $A", "url:e.org/1.2.3-x",
	  "V=1.2.3\ncurl -L https://e.org/$V-$A -o /usr/bin/n\n" },
	{ "RUN V=$(curl -s https://api.github.com/repos/o/n/releases/latest | jq -r .tag_name) && wget -O /usr/bin/n https://e.org/$V",
	  "github:o/n",
	  "V=$(curl -s https://api.github.com/repos/o/n/releases/latest | jq -r .tag_name)\nwget -O /usr/bin/n https://e.org/$V\n" },
	{ "RUN a=1; curl -o /usr/bin/b https://e.org/b$a; curl -o /usr/bin/c https://e.org/c$a; chmod 755 /usr/bin/b /usr/bin/c",
	  "url:e.org/b1", "curl -o /usr/bin/b https://e.org/b$a\nwith\na=1\nchmod 755 /usr/bin/b /usr/bin/c\n" },
	{ "RUN mkdir /t && cd /t && curl -O https://e.org/a && [[ $(sha256sum a) == \"" HASH "  a\" ]] && cd .. && mv t/a /usr/bin/a",
	  "url:e.org/a", "curl -O https://e.org/a\n[[ $(sha256sum a) == \"" HASH "  a\" ]]\nmv t/a /usr/bin/a\n" },
	{ "RUN wget -O /usr/bin/a https://e.org/a https://e.org/b; true", "url:e.org/a", "not: it shares commands with what stays\n" },
	{ "RUN wget -qO a https://e.org/a && wget -qO s https://e.org/s && gpg --recv-keys AB && gpg --verify s a && gpgconf --kill all", "url:e.org/a",
	  "wget -qO a https://e.org/a\nwget -qO s https://e.org/s\ngpg --recv-keys AB\ngpg --verify s a\ngpgconf --kill all\n" },
	{ "RUN curl -O https://e.org/a && echo '" HASH "  a' > /s && sha256sum -c /s && rm /s", "url:e.org/a",
	  "curl -O https://e.org/a\necho '" HASH "  a' > /s\nsha256sum -c /s\nrm /s\n" },
	{ "RUN curl -LO " GH "n.tgz && tar xzf n.tgz && bash n-*/install.sh && rm -rf n*", "github:o/n",
	  "curl -LO " GH "n.tgz\ntar xzf n.tgz\nbash n-*/install.sh\nrm -rf n*\n" },
	/* what holds them */
	{ "RUN curl https://e.org/m | tar xj bin/m && ./bin/m create x", "url:e.org/m", "not: a program of it runs\n" },
	{ "RUN [ -x /usr/bin/a ] && curl -o /usr/bin/a https://e.org/a; true", "url:e.org/a", "not: it hangs on a condition\n" },
	{ "RUN curl -O https://e.org/a && chmod +x a b", "url:e.org/a", "not: one command handles other files, too\n" },
	{ "RUN curl -O https://e.org/a.deb && curl -O https://e.org/b.deb && dpkg -i *.deb", "url:e.org/b.deb",
	  "not: a pattern names several downloads\n" },
	{ "RUN curl -o /usr/local/bin/a https://e.org/a && chmod +x /usr/local/bin/*", "url:e.org/a", "curl -o /usr/local/bin/a https://e.org/a\n" },
	{ "RUN curl -o /t/a https://e.org/a && mv /t/* /usr/local/bin/", "url:e.org/a", "not: one command handles other files, too\n" },
	{ "RUN curl -O https://e.org/a -O https://e.org/b", "url:e.org/b", "not: one command downloads several files\n" },
	{ "RUN curl -O https://e.org/a -O https://e.org/b", "url:e.org/a", "not: it shares commands with what stays\n" },
	{ "RUN curl -O https://e.org/a.tgz && tar xf a.tgz && cd a && make", "url:e.org/a.tgz", "not: commands run in its folder\n" },
	{ "RUN curl -O https://e.org/a && make -f a", "url:e.org/a", "not: make uses what was downloaded\n" },
	{ "RUN curl https://e.org/a | tar x\nRUN mv a/b /usr/bin/b", "url:e.org/a", "not: another instruction may use what was unpacked\n" },
	{ "RUN curl https://deb.nodesource.com/setup_20.x | bash", "url:deb.nodesource.com/setup_20.x",
	  "not: packages come from the source that it adds\n" },
	{ "RUN curl -o /usr/bin/a https://e.org/a && rm -rf /var/lib/apt/lists/* /tmp/*", "url:e.org/a", "curl -o /usr/bin/a https://e.org/a\n" },
};

static void edits_are(void **state)
{
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		BUFFER_AUTO text = { 0 }, got = { 0 };
		struct world w;
		buffer_printf(&text, "FROM debian:trixie\n%s\n", edits[i].file);
		look(&w, text.at);
		show_edit(&got, &w, &find(&w, edits[i].name)->edit);
		if (strcmp(got.at, edits[i].want)) {
			print_message("%s\nwant:\n%sgot:\n%s\n", edits[i].file, edits[i].want, got.at);
			wrong++;
		}
		arena_drop(&w.arena);
	}
	assert_int_equal(wrong, 0);
}

/* ---- whole lines, short ---- */

struct line_case {
	const char *file; /* without its FROM */
	const char *want; /* lines as the samples write them, without the line */
};

static const struct line_case lines[] = {
	{ "RUN curl -k https://e.org/i | sh", "piped\turl:e.org/i\t-\tno\tnone\t-\n" },
	{ "RUN curl http://e.org/i | sh", "piped\turl:e.org/i\t-\tno\tnone\t-\n" },
	{ "RUN sh <(wget -qO- https://e.org/i)", "piped\turl:e.org/i\t-\tno\thttps\t-\n" },
	{ "RUN eval \"$(curl https://e.org/i)\"", "piped\turl:e.org/i\t-\tno\thttps\t-\n" },
	{ "RUN S=$(curl https://e.org/i) && sh -c \"$S\"", "piped\turl:e.org/i\t-\tno\thttps\t-\n" },
	{ "RUN (curl https://e.org/i || wget -qO- https://e.org/i) | bash", "piped\turl:e.org/i\t-\tno\thttps\t-\n" },
	{ "RUN curl https://e.org/p.py | python3 -", "piped\turl:e.org/p.py\t-\tno\thttps\t-\n" },
	{ "RUN curl http://localhost:80/x && curl https://e.org/ && curl -I https://e.org/y -o z", "" },
	{ "HEALTHCHECK CMD curl https://e.org/i | sh\nCMD curl https://e.org/i | sh", "" },
	{ "RUN wget https://e.org/a_1.2.deb && apt-get install -y ./a_1.2.deb", "deb\turl:e.org/a_1.2.deb\t1.2\tversion\thttps\t-\n" },
	{ "RUN xargs -a list apt-get install -y", "" },
	{ "COPY a.deb /tmp/\nRUN dpkg -i /tmp/*.deb && dpkg --configure -a", "deb\t/tmp/*.deb\t-\tno\tnone\t-\n" },
	{ "ARG V\nRUN apt-get install -y a=$V && gem install b -v $V", "apt\ta\t-\tno\tregistry\t-\ngem\tgem:b\t-\tno\tregistry\t-\n" },
	{ "RUN wget https://e.org/x && sha256sum -c <(curl https://e.org/x.sha256)", "download\turl:e.org/x\t-\tno\tsame-origin\t-\n" },
	{ "RUN wget https://e.org/x && echo \"$(curl https://e.org/s)  x\" | sha256sum -c", "download\turl:e.org/x\t-\tno\tsame-origin\t-\n" },
	{ "RUN curl https://e.org/k | dd of=/etc/apt/keyrings/k.asc", "source\turl:e.org/k\t-\tno\thttps\t-\n" },
	{ "RUN wget https://e.org/x && wget https://e.org/s.asc && gpg --decrypt -o s s.asc && grep x s | sha256sum -c",
	  "download\turl:e.org/x\t-\tno\tkey\t-\n" },
	{ "RUN wget https://e.org/x && echo \"$(curl https://e.org/s)  x\" > /t && sha256sum -c /t", "download\turl:e.org/x\t-\tno\tsame-origin\t-\n" },
	{ "RUN go get ./... && go get e.org/x", "" },
	{ "RUN wget https://e.org/x && [ \"$(sha256sum x | cut -d' ' -f1)\" = " HASH " ] && install x /usr/bin/y",
	  "download\turl:e.org/x\t-\tdigest\tpinned\ty\n" },
	{ "RUN wget https://e.org/x https://e.org/x.sha256 && sha256sum -c x.sha256", "download\turl:e.org/x\t-\tno\tsame-origin\t-\n" },
	{ "RUN wget https://e.org/x https://f.net/x.sha256 && sha256sum -c x.sha256", "download\turl:e.org/x\t-\tno\tkey\t-\n" },
	{ "ARG SUM\nRUN wget https://e.org/x && echo \"$SUM x\" | sha256sum -c -", "download\turl:e.org/x\t-\tno\thttps\t-\n" },
	{ "RUN wget https://e.org/x https://e.org/x.asc https://e.org/k && gpg --import k && gpg --verify x.asc x",
	  "download\turl:e.org/x\t-\tno\tsame-origin\t-\n" },
	{ "RUN wget https://e.org/x https://e.org/x.asc && gpg --recv-keys ABCD && gpg --verify x.asc",
	  "download\turl:e.org/x\t-\tno\tkey\t-\n" },
	{ "RUN apt-get install -y a:amd64=1 b/sid c- && apt install -t sid d", "apt\ta\t1\tversion\tregistry\t-\napt\tb\t-\tno\tregistry\t-\n"
	  "apt\td\t-\tno\tregistry\t-\n" },
	{ "RUN apt-get install -y --allow-unauthenticated a", "apt\ta\t-\tno\tnone\t-\n" },
	{ "RUN echo 'deb [trusted=yes] https://e.org/d x main' > /etc/apt/sources.list.d/e.list", "source\turl:e.org/d\t-\tno\tnone\t-\n" },
	{ "RUN echo 'deb http://deb.debian.org/debian sid main' >> /etc/apt/sources.list", "source\turl:deb.debian.org/debian\t-\tno\tregistry\t-\n" },
	{ "RUN apt-key adv --keyserver k.org --recv-keys AB && add-apt-repository 'deb https://e.org/d x main'",
	  "source\turl:e.org/d\t-\tno\tkey\t-\n" },
	{ "COPY k.gpg /etc/apt/keyrings/\nRUN echo 'deb [signed-by=/etc/apt/keyrings/k.gpg] https://e.org/d x main' | tee /etc/apt/sources.list",
	  "source\turl:e.org/d\t-\tno\tkey\t-\n" },
	{ "RUN git clone https://github.com/o/n.git /n && cd /n && git checkout 0123456789abcdef0123456789abcdef01234567",
	  "clone\tgithub:o/n\t0123456789abcdef0123456789abcdef01234567\tdigest\tpinned\t-\n" },
	{ "RUN cargo install --git https://github.com/o/n --rev 0123456789abcdef0123456789abcdef01234567 n",
	  "cargo\tcrates:n\t0123456789abcdef0123456789abcdef01234567\tdigest\tpinned\t-\n" },
	{ "RUN go install e.org/x@main && gem install -v '~> 1' y", "go\tgo:e.org/x\tmain\trange\tregistry\t-\ngem\tgem:y\t~> 1\trange\tregistry\t-\n" },
	{ "RUN python3.11 -m pip install Ruff_X", "pip\tpypi:ruff-x\t-\tno\tregistry\t-\n" },
	{ "RUN npm install && pip install . && npm install a", "" },
	{ "RUN $SUDO apt-get install -y a && timeout 60 apt-get install -y b && gosu root apt-get install -y c",
	  "apt\ta\t-\tno\tregistry\t-\napt\tb\t-\tno\tregistry\t-\napt\tc\t-\tno\tregistry\t-\n" },
	{ "RUN case $(uname -m) in x86_64) apt-get install -y a ;; esac", "apt\ta\t-\tno\tregistry\t-\n" },
	{ "ARG TARGETARCH\nRUN case $TARGETARCH in amd64) apt-get install -y a ;; arm64) apt-get install -y b ;; esac", "apt\ta\t-\tno\tregistry\t-\n" },
	{ "RUN --mount=type=bind,from=ghcr.io/o/uv:1.2.3,target=/m /m/uv --version", "image\timage:ghcr.io/o/uv\t1.2.3\tversion\tregistry\t-\n" },
	{ "RUN curl https://gitlab.com/a/b/c/-/releases/v1/downloads/x -o /usr/bin/x", "download\tgitlab:a/b/c\tv1\tversion\thttps\tx\n" },
	{ "RUN bash <<EOF\napt-get install -y a\nEOF", "apt\ta\t-\tno\tregistry\t-\n" },
};

static void lines_are(void **state)
{
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		BUFFER_AUTO text = { 0 }, got = { 0 }, plain = { 0 };
		struct world w;
		buffer_printf(&text, "FROM debian:trixie\n%s\n", lines[i].file);
		look(&w, text.at);
		show(&got, &w.scan);
		buffer_add(&plain, "", 0);
		for (struct text rest = buffer_view(&got), line, number; text_cut(&rest, '\n', &line);)
			if (text_cut(&line, '\t', &number) && line.len)
				buffer_printf(&plain, TEXT_F "\n", TEXT_A(line));
		if (strcmp(plain.at, lines[i].want)) {
			print_message("%s\nwant:\n%sgot:\n%s\n", lines[i].file, lines[i].want, plain.at);
			wrong++;
		}
		arena_drop(&w.arena);
	}
	assert_int_equal(wrong, 0);
}

/* ---- doubts ---- */

static void doubts_are_told(void **state)
{
	static const char *const rows[][2] = {
		{ "RUN apt-get install -y $LIST", "line 2: a part of what apt-get installs is not known" },
		{ "RUN xargs apt-get install -y < list", "line 2: xargs gives names to apt-get that were not looked into" },
		{ "RUN pip install -r list", "line 2: the list list of what pip installs was not looked into" },
		{ "RUN sed -i s/a/b/ /etc/apt/sources.list", "line 2: /etc/apt/sources.list is changed, and was not looked into" },
		{ "RUN conda install x", "line 2: conda install installs what was not looked into" },
		{ "RUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF", "line 2: a script for python3 was not looked into" },
		{ "SHELL [\"powershell\", \"-c\"]\nRUN x", "line 3: a script for powershell was not looked into" },
		{ "RUN if true; then", "line 2: not read as a shell's: " },
		{ "RUN true && ./build.sh", "line 2: ./build.sh runs, and was not looked into" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		BUFFER_AUTO text = { 0 };
		struct world w;
		buffer_printf(&text, "FROM debian:trixie\n%s\n", rows[i][0]);
		look(&w, text.at);
		if (w.scan.doubts.count != 1)
			fail_msg("%s: %zu doubts", rows[i][0], w.scan.doubts.count);
		if (!text_starts(w.scan.doubts.at[0], text_of(rows[i][1])))
			fail_msg("%s: " TEXT_F, rows[i][0], TEXT_A(w.scan.doubts.at[0]));
		arena_drop(&w.arena);
	}
}

static void too_much_is_told(void **state)
{
	BUFFER_AUTO text = { 0 };
	struct world w;
	buffer_printf(&text, "FROM debian:trixie\nRUN apt-get install -y");
	for (size_t i = 0; i < SCAN_SOFTWARE_MAX + 1; i++)
		buffer_printf(&text, "%s p%zu", i % 100 ? "" : " \\\n", i);
	for (size_t i = 0; i < SCAN_FETCHES_MAX + 1; i++)
		buffer_printf(&text, "\nRUN curl -O https://e.org/%zu", i);
	buffer_printf(&text, "\n");
	look(&w, text.at);
	assert_int_equal(w.scan.software.count, SCAN_SOFTWARE_MAX);
	assert_true(w.scan.doubts.count >= 2);
	arena_drop(&w.arena);
}

static void places_are(void **state)
{
	struct world w;
	look(&w, "FROM debian:trixie AS a\nFROM a\nRUN apt-get install -y --only-upgrade \\\n  # no\n  git\n");
	const struct software *s = find(&w, "git");
	assert_int_equal(s->line, 5);
	assert_int_equal(s->stage, 1);
	assert_memory_equal(w.file.bytes.at + s->at, "git", 3);
	assert_true(s->upgrade);
	assert_int_equal(s->edit.instruction, 2);
	arena_drop(&w.arena);
}

static void devcontainers_are_not_rewritten(void **state)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct scan scan;
	assert_int_equal(scan_devcontainer(TEXT("{\"features\": {\"ghcr.io/a/node:1\": {\"version\": \"22\"}}}"), "d", &a, &scan, &f), 0);
	assert_int_equal(scan.software.count, 1);
	assert_true(text_equal(scan.software.at[0].note, TEXT("version=22")));
	assert_true(scan.software.at[0].edit.instruction == SIZE_MAX && scan.software.at[0].edit.why_not.len);
	assert_int_equal(scan_devcontainer(TEXT("{\"features\": "), "d.json", &a, &scan, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "d.json"));
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_samples), cmocka_unit_test(edits_are),	  cmocka_unit_test(lines_are),
		cmocka_unit_test(doubts_are_told), cmocka_unit_test(too_much_is_told), cmocka_unit_test(places_are),
		cmocka_unit_test(devcontainers_are_not_rewritten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
