# A module for devenv: from the `packages` of devenv.nix, and what its `languages` add to them, to the manifest that
# `nixgraft lock` reads. So the shell that devenv opens and the image have the same tools. In devenv.nix:
#
#   { pkgs, ... }: {
#     imports = [ ./nix/devenv.nix ];          # this file, with graft.nix of overlays/template next to it
#     packages = [ pkgs.git pkgs.jq ];
#     languages.python.enable = true;
#     graft.exclude = [ "python3" ];           # not into the image: Debian's own stays the only one there
#   }
#
# and then, which builds one small text file:
#
#   nixgraft lock --manifest "$(devenv build outputs.graft | grep -o '/nix/store/[^"]*')"
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  graft = import (if builtins.pathExists ./graft.nix then ./graft.nix else ./template/graft.nix);
  cfg = config.graft;

  # What a tool is called: python3, not python3-3.13.13-env.
  nameOf = package: package.pname or (builtins.parseDrvName package.name).name;

  # Packages without commands are for the shell alone: libraries, scripts of devenv's own.
  isTool = package: package ? meta.mainProgram || cfg.commands ? ${nameOf package};

  wanted = builtins.filter (package: !(builtins.elem (nameOf package) cfg.exclude)) cfg.packages;

  # { NAME = [ PACKAGE ... ]; }: devenv and its languages may give the same package several times.
  byName = builtins.foldl' (
    have: package:
    let
      name = nameOf package;
      others = have.${name} or [ ];
      same = builtins.filter (other: other.outPath == package.outPath) others;
    in
    have // { ${name} = others ++ (if same == [ ] then [ package ] else [ ]); }
  ) { } (builtins.filter isTool wanted);

  tool =
    name: packages:
    let
      package = builtins.head packages;
      names = builtins.concatStringsSep ", " (map (package: package.name) packages);
    in
    if builtins.length packages > 1 then
      throw (
        "graft: there are several packages '${name}': ${names}. "
        + "Leave them out with graft.exclude, and name the one for the image in graft.tools"
      )
    else if cfg.commands ? ${name} then
      {
        inherit package;
        commands = cfg.commands.${name};
      }
    else
      package;
in
{
  options.graft = {
    packages = mkOption {
      type = types.listOf types.package;
      description = "The packages whose commands the image gets.";
    };
    exclude = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Names of packages that stay out of the image.";
    };
    commands = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      description = "The commands that a package offers in the image, by the package's name; else its main program.";
    };
    tools = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      description = "Tools for the image alone, as in the flake: NAME = pkgs.ATTRIBUTE.";
    };
    nix = mkOption {
      type = types.nullOr types.package;
      default = pkgs.nix;
      description = "The Nix that the image gets; null for none.";
    };
    skipped = mkOption {
      type = types.listOf types.str;
      readOnly = true;
      description = "Names of packages that are no tools: nixpkgs knows no main program, and graft.commands names none.";
    };
    manifest = mkOption {
      type = types.attrsOf types.anything;
      readOnly = true;
      description = "What `nixgraft lock` reads.";
    };
  };

  config = {
    graft = {
      packages = lib.mkDefault config.packages;
      skipped = map nameOf (builtins.filter (package: !(isTool package)) wanted);
      manifest = graft.mkGraft {
        inherit pkgs;
        inherit (cfg) nix;
        tools = builtins.mapAttrs tool byName // cfg.tools;
      };
    };
    outputs.graft = pkgs.writeText "graft.json" (builtins.toJSON cfg.manifest);
  };
}
