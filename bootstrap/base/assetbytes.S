/* The bytes that assets.c hands out. The Makefile tells which files this object must be made anew for: all of overlays/. */
	.section .rodata.assets, "a", %progbits

.macro asset name, file
	.globl asset_\name\()_begin, asset_\name\()_end
asset_\name\()_begin:
	.incbin "overlays/\file"
asset_\name\()_end:
	.byte 0
.endm

	asset flake_nix, template/flake.nix
	asset graft_nix, template/graft.nix
	asset gitignore, template/.gitignore
	asset apt_map, apt-map.tsv
	asset release_map, release-map.tsv

	.section .note.GNU-stack, "", %progbits
