# Tools whose releases come every few weeks and that are wanted as new as they are: from nixpkgs-unstable instead of the
# release. A tool more in the list is all it takes. Its libraries come from there too, so what it adds to the image is larger
# than for the others.
#
# `nixgraft update --input nixpkgs-fast` moves these and nothing else.
nixpkgs-fast: final: prev:
let
  fast = import nixpkgs-fast {
    inherit (prev.stdenv.hostPlatform) system;
    inherit (prev) config;
  };
in
{
  inherit (fast)
    gh
    just
    ruff
    uv
    ;
}
