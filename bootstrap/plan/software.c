#include "plan/software.h"

const char *software_way_name(enum software_way way)
{
	static const char *const names[] = {
		[WAY_APT] = "apt",     [WAY_SOURCE] = "source",     [WAY_DEB] = "deb",       [WAY_PIPED] = "piped",
		[WAY_DOWNLOAD] = "download", [WAY_ADD] = "add",     [WAY_IMAGE] = "image",   [WAY_PIP] = "pip",
		[WAY_PIPX] = "pipx",   [WAY_UV] = "uv",             [WAY_NPM] = "npm",       [WAY_CARGO] = "cargo",
		[WAY_GO] = "go",       [WAY_GEM] = "gem",           [WAY_CLONE] = "clone",   [WAY_SCRIPT] = "script",
		[WAY_FEATURE] = "feature",
	};
	return names[way];
}

const char *software_pin_name(enum software_pin pin)
{
	static const char *const names[] = {
		[PIN_NONE] = "no",
		[PIN_RANGE] = "range",
		[PIN_VERSION] = "version",
		[PIN_DIGEST] = "digest",
	};
	return names[pin];
}

const char *software_check_name(enum software_check check)
{
	static const char *const names[] = {
		[CHECK_NONE] = "none",		[CHECK_TRANSPORT] = "https", [CHECK_SAME_ORIGIN] = "same-origin",
		[CHECK_REGISTRY] = "registry",	[CHECK_KEY] = "key",	     [CHECK_PINNED] = "pinned",
	};
	return names[check];
}

/* ---- names ---- */

/* What a name of each way is called in the tables. */
static const char *const KINDS[] = {
	[WAY_APT] = "",	       [WAY_SOURCE] = "source:", [WAY_DEB] = "url:",   [WAY_PIPED] = "url:",  [WAY_DOWNLOAD] = "url:",
	[WAY_ADD] = "url:",    [WAY_IMAGE] = "image:",	 [WAY_PIP] = "pypi:",  [WAY_PIPX] = "pypi:",  [WAY_UV] = "pypi:",
	[WAY_NPM] = "npm:",    [WAY_CARGO] = "crates:",	 [WAY_GO] = "go:",     [WAY_GEM] = "gem:",    [WAY_CLONE] = "url:",
	[WAY_SCRIPT] = "file:", [WAY_FEATURE] = "feature:",
};

static const char *const KNOWN_KINDS[] = { "github:", "gitlab:", "npm:",     "pypi:", "crates:", "go:",
					   "gem:",    "image:",	 "feature:", "url:",  "source:", "file:" };

struct text software_kind(struct text name)
{
	for (size_t i = 0; i < sizeof KNOWN_KINDS / sizeof *KNOWN_KINDS; i++)
		if (text_starts(name, text_of(KNOWN_KINDS[i])))
			return text_of(KNOWN_KINDS[i]);
	return (struct text){ 0 };
}

struct text software_package(struct text name)
{
	struct text head;
	text_cut(&name, ':', &head);
	return head;
}

struct text software_key(const struct software *s, struct arena *a)
{
	struct text kind = software_kind(s->name), bare = text_skip(s->name, kind.len);
	if (s->way == WAY_APT)
		return software_package(s->name);
	if (s->way == WAY_SOURCE)
		return arena_printf(a, "source:" TEXT_F, TEXT_A(bare));
	return kind.len ? s->name : arena_printf(a, "%s" TEXT_F, KINDS[s->way], TEXT_A(s->name));
}

struct text software_called(const struct software *s)
{
	struct text name = text_skip(s->name, software_kind(s->name).len), rest = name, part;
	while (text_cut(&rest, '/', &part))
		if (part.len)
			name = part;
	if (s->way == WAY_APT)
		name = software_package(name);
	return name;
}
