#include "base/assets.h"

#define ASSET(name)                                                                                                    \
	extern const char asset_##name##_begin[], asset_##name##_end[];                                                \
	struct text asset_##name(void)                                                                                 \
	{                                                                                                              \
		return (struct text){ asset_##name##_begin, (size_t)(asset_##name##_end - asset_##name##_begin) };     \
	}

ASSET(flake_nix)
ASSET(graft_nix)
ASSET(gitignore)
ASSET(apt_map)
ASSET(release_map)
