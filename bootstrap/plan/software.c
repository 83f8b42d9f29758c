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
