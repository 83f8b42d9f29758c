/* assets: files of overlays/ that the program carries within itself, byte for byte as they were when it was built.
 *
 * assetbytes.S brings them in; its list and the one in assets.c name the same files. The bytes are static and followed by a NUL that does not
 * count. */
#ifndef BASE_ASSETS_H
#define BASE_ASSETS_H

#include "base/text.h"

/* overlays/template/: what `nixgraft init` writes, and `nix flake init -t` too. */
struct text asset_flake_nix(void);
struct text asset_graft_nix(void);
struct text asset_gitignore(void);

/* overlays/apt-map.tsv and overlays/release-map.tsv: tables for toolmap_parse. */
struct text asset_apt_map(void);
struct text asset_release_map(void);

#endif
