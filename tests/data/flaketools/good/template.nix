{
  description = "The tools of this project, pinned for nixgraft";

  # Where packages come from. flake.lock pins the exact state; `nixgraft update` moves it.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      # Your tools, one a line: NAME = pkgs.ATTRIBUTE;  Look for attributes on https://search.nixos.org/packages.
      tools = pkgs: {
        git = pkgs.git;
        jq = pkgs.jq;
        just = pkgs.just;
      };

      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forAllSystems = nixpkgs.lib.genAttrs systems;
    in
    {
      # What `nixgraft lock` reads: the manifest of each system.
      graft = forAllSystems (
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
        in
        import ./graft.nix {
          inherit pkgs;
          tools = tools pkgs;
          nix = pkgs.nix;
        }
      );
    };
}
