# The manifest that `nixgraft lock` reads, from a set of tools. Nothing is built for it.
{
  pkgs,
  tools,
  nix ? null,
}:
let
  inherit (pkgs) lib;
  # The output that has the commands.
  main = tool: lib.getBin tool;
in
{
  inherit (pkgs.stdenv.hostPlatform) system;
  nix = if nix == null then null else "${main nix}";
  tools = lib.mapAttrs (name: tool: {
    path = "${main tool}";
    attribute = name;
    version = tool.version or "";
    outputs = lib.genAttrs (tool.outputs or [ "out" ]) (output: "${tool.${output}}");
    mainProgram = tool.meta.mainProgram or name;
  }) tools;
}
