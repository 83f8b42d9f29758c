# nixgraft as a flake: the program, the overlays, and this repository's own tools, for the developers' shell and for the image.
# docs/flake.md explains it to those who are new to Nix; overlays/template/ is a smaller one for your own repository.
{
  description = "nixgraft: a pinned, verified Nix closure on a Debian base";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

    # For the few tools in overlays/fast-movers.nix. flake.lock pins it to the commit of nixpkgs above until the first
    # `nixgraft update --input nixpkgs-fast`: no newer one has been chosen yet.
    nixpkgs-fast.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
  };

  outputs =
    {
      self,
      nixpkgs,
      nixpkgs-fast,
    }:
    let
      # The tools, one a line: the name is yours, what follows is nixpkgs' attribute.
      tools = pkgs: {
        git = pkgs.git;
        curl = pkgs.curl;
        gh = pkgs.gh;
        just = pkgs.just;
        uv = {
          package = pkgs.uv;
          commands = [
            "uv"
            "uvx"
          ];
        };
        pre-commit = pkgs.pre-commit;
        ruff = pkgs.ruff;
        jq = pkgs.jq;
        hadolint = pkgs.hadolint;
        taplo = pkgs.taplo;
        shellcheck = pkgs.shellcheck;
      };

      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];

      overlays = import ./overlays { inherit nixpkgs-fast; };
      pkgsFor = system: import nixpkgs { inherit system overlays; };
      forEachSystem = give: nixpkgs.lib.genAttrs systems (system: give (pkgsFor system));

      graft = import ./overlays/template/graft.nix;
    in
    {
      lib = { inherit (graft) mkGraft toolPackages; };

      overlays = {
        default = import ./overlays/nixgraft.nix;
        fast-movers = import ./overlays/fast-movers.nix nixpkgs-fast;
        team = import ./overlays/team.nix;
      };

      packages = forEachSystem (pkgs: {
        inherit (pkgs) nixgraft;
        default = pkgs.nixgraft;
      });

      # What `nixgraft lock` reads.
      graft = forEachSystem (pkgs: graft.mkGraft { inherit pkgs tools; });

      # The same tools for `nix develop`.
      devShells = forEachSystem (pkgs: {
        default = pkgs.mkShellNoCC { packages = graft.toolPackages { inherit pkgs tools; }; };
      });

      # `nix flake check` builds these: the program, the manifest, and a look at the format of the Nix files.
      checks = forEachSystem (pkgs: {
        inherit (pkgs) nixgraft;
        manifest = pkgs.writeText "graft.json" (
          builtins.toJSON self.graft.${pkgs.stdenv.hostPlatform.system}
        );
        format = pkgs.runCommand "nix-format" { nativeBuildInputs = [ pkgs.nixfmt ]; } ''
          nixfmt --check ${self}/flake.nix ${self}/overlays/*.nix ${self}/overlays/template/*.nix
          touch $out
        '';
      });

      formatter = forEachSystem (pkgs: pkgs.nixfmt-tree);

      templates.default = {
        path = ./overlays/template;
        description = "A flake whose tools nixgraft puts into a Debian image";
        welcomeText = ''
          flake.nix lists the tools; edit it, then:

              git add flake.nix graft.nix .gitignore
              nixgraft lock

          The first writes flake.lock too. Commit flake.lock and closure.lock.
        '';
      };
    };
}
