/* scanname: what URLs, packages and images name, and how fixed that is. */
#include "samples.h"

#include "base/arena.h"
#include "plan/scanname.h"

struct row {
	const char *word, *name, *version, *pin;
};

static size_t differs(const struct row *row, bool taken, const struct scan_named *n)
{
	if (!row->name && !taken)
		return 0;
	if (taken && row->name && text_equal(n->name, text_of(row->name)) && text_equal(n->version, text_of(row->version)) &&
	    !strcmp(software_pin_name(n->pin), row->pin))
		return 0;
	print_message("%s: %d " TEXT_F " " TEXT_F " %s\n", row->word, taken, TEXT_A(n->name), TEXT_A(n->version), software_pin_name(n->pin));
	return 1;
}

static void check(const struct row *rows, size_t count, bool (*name)(struct arena *a, struct text word, struct scan_named *out))
{
	size_t wrong = 0;
	for (size_t i = 0; i < count; i++) {
		struct arena a = { 0 };
		struct scan_named n = { 0 };
		bool taken = name(&a, text_of(rows[i].word), &n);
		wrong += differs(&rows[i], taken, &n);
		arena_drop(&a);
	}
	assert_int_equal(wrong, 0);
}

#define CHECK(rows, name) check(rows, sizeof(rows) / sizeof *(rows), name)

static void urls(void **state)
{
	static const struct row rows[] = {
		{ "https://github.com/cli/cli/releases/download/v2.1.0/gh.tgz", "github:cli/cli", "v2.1.0", "version" },
		{ "https://github.com/cli/cli/releases/latest/download/gh.tgz", "github:cli/cli", "latest", "no" },
		{ "https://github.com/cli/cli/archive/refs/tags/v2.tar.gz", "github:cli/cli", "v2", "version" },
		{ "https://github.com/cli/cli/archive/refs/heads/trunk.zip", "github:cli/cli", "trunk", "range" },
		{ "https://github.com/cli/cli/archive/0123456789abcdef0123456789abcdef01234567.zip", "github:cli/cli",
		  "0123456789abcdef0123456789abcdef01234567", "digest" },
		{ "https://github.com/cli/cli.git", "github:cli/cli", "", "no" },
		{ "git@github.com:cli/cli.git", "github:cli/cli", "", "no" },
		{ "ssh://git@github.com:22/cli/cli", "github:cli/cli", "", "no" },
		{ "https://raw.githubusercontent.com/o/n/main/i.sh", "github:o/n", "main", "range" },
		{ "https://raw.githubusercontent.com/o/n/HEAD/i.sh", "github:o/n", "HEAD", "no" },
		{ "https://raw.githubusercontent.com/o/n/refs/tags/v1.2/i.sh", "github:o/n", "v1.2", "version" },
		{ "https://api.github.com/repos/o/n/releases/latest", "github:o/n", "", "no" },
		{ "https://api.github.com/repos/o/n/tarball/v1.2", "github:o/n", "v1.2", "version" },
		{ "https://codeload.github.com/o/n/tar.gz/v1.0", "github:o/n", "v1.0", "version" },
		{ "https://github.com/o/n/releases/download/v${V}/x", "github:o/n", "v${V}", "no" },
		{ "https://gitlab.com/a/b/c/-/releases/v1.2/downloads/x", "gitlab:a/b/c", "v1.2", "version" },
		{ "https://gitlab.com/a/b/-/archive/v1/b.tar.gz", "gitlab:a/b", "v1", "version" },
		{ "https://gitlab.com/a/b/-/releases/permalink/latest/downloads/x", "gitlab:a/b", "latest", "no" },
		{ "https://go.dev/dl/go1.22.3.linux-amd64.tar.gz?a=b#c", "url:go.dev/dl/go1.22.3.linux-amd64.tar.gz", "1.22.3", "version" },
		{ "https://dl.k8s.io/release/v1.30.0/bin/kubectl", "url:dl.k8s.io/release/v1.30.0/bin/kubectl", "v1.30.0", "version" },
		{ "http://user:word@e.org:8080/x", "url:e.org/x", "", "no" },
		{ "https://e.org", "url:e.org", "", "no" },
		{ "https:///x", NULL, NULL, NULL },
		{ "file:///x", NULL, NULL, NULL },
		{ "x", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
	};
	CHECK(rows, scan_name_url);
}

static void python(void **state)
{
	static const struct row rows[] = {
		{ "ruff==0.6.1", "pypi:ruff", "0.6.1", "version" },
		{ "ruff===0.6.1", "pypi:ruff", "0.6.1", "version" },
		{ "ruff==0.6.*", "pypi:ruff", "0.6.*", "range" },
		{ "Foo.Bar__baz[x,y]>=1,<2 ; python_version > '3'", "pypi:foo-bar-baz", ">=1,<2", "range" },
		{ "ruff~=0.6", "pypi:ruff", "~=0.6", "range" },
		{ "ruff@latest", "pypi:ruff", "latest", "no" },
		{ "x @ git+https://github.com/o/n@v1.2", "github:o/n", "v1.2", "version" },
		{ "git+https://github.com/o/n.git@0123456789abcdef0123456789abcdef01234567#egg=x", "github:o/n",
		  "0123456789abcdef0123456789abcdef01234567", "digest" },
		{ "./x", NULL, NULL, NULL },
		{ ".", NULL, NULL, NULL },
		{ "x.whl", NULL, NULL, NULL },
	};
	CHECK(rows, scan_name_pypi);
}

static void npm(void **state)
{
	static const struct row rows[] = {
		{ "prettier", "npm:prettier", "", "no" },
		{ "prettier@3", "npm:prettier", "3", "range" },
		{ "prettier@3.1.0", "npm:prettier", "3.1.0", "version" },
		{ "@a/b@^1", "npm:@a/b", "^1", "range" },
		{ "@a/b", "npm:@a/b", "", "no" },
		{ "x@npm:y@1.2.3", "npm:y", "1.2.3", "version" },
		{ "x@latest", "npm:x", "latest", "no" },
		{ "o/n#v1", "github:o/n", "v1", "version" },
		{ "git+https://github.com/o/n.git#v1", "github:o/n", "v1", "version" },
		{ "./x", NULL, NULL, NULL },
	};
	CHECK(rows, scan_name_npm);
}

static void others(void **state)
{
	static const struct row crates[] = {
		{ "ripgrep@14.1.0", "crates:ripgrep", "14.1.0", "version" },
		{ "ripgrep@=14.1.0", "crates:ripgrep", "14.1.0", "version" },
		{ "ripgrep@^14", "crates:ripgrep", "^14", "range" },
		{ "ripgrep", "crates:ripgrep", "", "no" },
	};
	static const struct row go[] = {
		{ "golang.org/x/tools/gopls@latest", "go:golang.org/x/tools/gopls", "latest", "no" },
		{ "e.org/x@v1.2.3", "go:e.org/x", "v1.2.3", "version" },
		{ "e.org/x@v1", "go:e.org/x", "v1", "range" },
		{ "e.org/x@main", "go:e.org/x", "main", "range" },
		{ "e.org/x@0123456789ab", "go:e.org/x", "0123456789ab", "digest" },
		{ "./...", NULL, NULL, NULL },
	};
	static const struct row gems[] = {
		{ "rake:13.2.1", "gem:rake", "13.2.1", "version" },
		{ "rake", "gem:rake", "", "no" },
		{ "x.gem", NULL, NULL, NULL },
	};
	CHECK(crates, scan_name_crate);
	CHECK(go, scan_name_go);
	CHECK(gems, scan_name_gem);
}

static bool image(struct arena *a, struct text word, struct scan_named *out)
{
	scan_name_image(a, "image", word, out);
	return true;
}

static void images(void **state)
{
	static const struct row rows[] = {
		{ "ghcr.io/astral-sh/uv:0.5.1", "image:ghcr.io/astral-sh/uv", "0.5.1", "version" },
		{ "ghcr.io/astral-sh/uv:0.5", "image:ghcr.io/astral-sh/uv", "0.5", "range" },
		{ "localhost:5000/a/b", "image:localhost:5000/a/b", "", "no" },
		{ "localhost:5000/a/b:latest", "image:localhost:5000/a/b", "latest", "no" },
		{ "a@sha256:0123", "image:a", "", "digest" },
		{ "a:1@sha256:0123", "image:a", "1", "digest" },
		{ "a:${V:-1.2.3}", "image:a", "${V:-1.2.3}", "no" },
		{ "a:20241010", "image:a", "20241010", "version" },
	};
	CHECK(rows, image);
}

static void origins(void **state)
{
	assert_true(scan_same_origin(TEXT("github.com"), TEXT("objects.githubusercontent.com")));
	assert_true(scan_same_origin(TEXT("a.e.org"), TEXT("b.e.org")));
	assert_false(scan_same_origin(TEXT("e.org"), TEXT("f.org")));
	assert_false(scan_same_origin(TEXT("keys.openpgp.org"), TEXT("e.org")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),	  cmocka_unit_test(python), cmocka_unit_test(npm),
		cmocka_unit_test(others), cmocka_unit_test(images), cmocka_unit_test(origins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
