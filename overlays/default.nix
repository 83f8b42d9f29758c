# All overlays, in the order in which they apply: a later one sees what the earlier ones made.
#
# An overlay is a function of two sets of packages, final and prev, that returns packages to add or replace. prev is the set
# as the overlays before left it, final the set as it will be in the end. Take a package that you change from prev, and the
# packages that it needs from final.
#
#   nixgraft.nix      adds this project's own program
#   fast-movers.nix   takes some tools from a newer nixpkgs
#   team.nix          your own
#   devenv.nix        is no overlay, but a module for those who use devenv
#   template/         what `nix flake init` gives to a team
{ nixpkgs-fast }:
[
  (import ./nixgraft.nix)
  (import ./fast-movers.nix nixpkgs-fast)
  (import ./team.nix)
]
