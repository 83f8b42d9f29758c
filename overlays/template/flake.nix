# The tools of this project, for `nix develop` and for the image: one list for both.
#
# New to Nix? A flake has inputs, other flakes that it builds on, and outputs, a set of things that it offers. flake.lock, next
# to this file, pins the inputs to the very commit; Nix writes it, you commit it. What you change here is the list `tools`.
#
#   nix develop                a shell that has the tools
#   nixgraft lock              writes closure.lock, which pins what goes into the image
#   nixgraft update            newer versions of all tools: flake.lock and closure.lock, in one step
{
  description = "The tools of this project";

  # Where the packages come from: the release 26.05 of nixpkgs, which gets security fixes and no surprises.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { nixpkgs, ... }:
    let
      # The tools, one a line: the name is yours, what follows is nixpkgs' attribute.
      tools = pkgs: {
        git = pkgs.git;
        jq = pkgs.jq;
      };
      # Search for attributes with `nix search nixpkgs WORD`. A package that offers more than its main command:
      #   uv = { package = pkgs.uv; commands = [ "uv" "uvx" ]; };

      # The machines that there are images and developers for.
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];

      # nixpkgs for one of them. config is for what nixpkgs refuses by default, such as unfree packages; overlays change
      # packages or add some of your own: functions of the packages as they become (final) and as they were (prev).
      pkgsFor =
        system:
        import nixpkgs {
          inherit system;
          config = { };
          overlays = [
            # (final: prev: { hello = prev.hello.override { }; })
          ];
        };

      forEachSystem = give: nixpkgs.lib.genAttrs systems (system: give (pkgsFor system));

      graft = import ./graft.nix;
    in
    {
      # What `nixgraft lock` reads: the tools, with their versions and store paths.
      graft = forEachSystem (pkgs: graft.mkGraft { inherit pkgs tools; });

      # What `nix develop` opens: a shell with the same tools.
      devShells = forEachSystem (pkgs: {
        default = pkgs.mkShellNoCC { packages = graft.toolPackages { inherit pkgs tools; }; };
      });

      # What `nix fmt` runs.
      formatter = forEachSystem (pkgs: pkgs.nixfmt-tree);
    };
}
