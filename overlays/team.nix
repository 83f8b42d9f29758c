# The team's own packages and changes. Empty, with the three things that are done most often as comments.
final: prev: {
  # Another version than nixpkgs has: give `version`, and the hash that Nix names when it does not match.
  #
  #   jq = prev.jq.overrideAttrs (old: rec {
  #     version = "1.8.1";
  #     src = final.fetchurl {
  #       url = "https://github.com/jqlang/jq/releases/download/jq-${version}/jq-${version}.tar.gz";
  #       hash = final.lib.fakeHash;
  #     };
  #   });

  # A patch more, for example a fix that nixpkgs does not have yet. Put the file next to this one.
  #
  #   git = prev.git.overrideAttrs (old: { patches = (old.patches or [ ]) ++ [ ./git-fix.patch ]; });

  # A program of your own, here a script with the tools that it calls.
  #
  #   greet = final.writeShellApplication {
  #     name = "greet";
  #     runtimeInputs = [ final.jq ];
  #     text = ''jq -n '"hello"' '';
  #   };
}
