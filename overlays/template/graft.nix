# From a list of tools to the manifest that `nixgraft lock` reads: a plain description of each tool, with the store paths
# that it is going to have. Nothing is built or downloaded to say so; Nix only evaluates. (nixpkgs itself is fetched, once.)
#
# You do not need to read this file. flake.nix uses two functions of it:
#
#   mkGraft { pkgs, nix ? pkgs: pkgs.nix, tools }   the manifest of one system
#   toolPackages { pkgs, tools }                    the packages alone, in a list, for a development shell
#
#   pkgs    nixpkgs for the system in question
#   nix     the Nix that the image gets, a TOOL or pkgs: TOOL; null for none
#   tools   what you list in flake.nix: pkgs: { NAME = TOOL; ... }, or the set without the `pkgs:`
#
# A TOOL is a package, such as pkgs.jq, or more precisely { package = pkgs.uv; commands = [ "uv" "uvx" ]; } where
#
#   commands   the commands that the image offers, by their names in the package's bin/; [ ] for none.
#              Without it: the package's main program
#   outputs    which parts of a package made of several (out, bin, man, ...) to install. Without it: those that
#              `nix profile install` takes, which leaves headers and such out
let
  inherit (builtins)
    addErrorContext
    attrNames
    attrValues
    baseNameOf
    concatMap
    concatStringsSep
    elem
    filter
    head
    isAttrs
    isFunction
    isList
    isString
    listToAttrs
    mapAttrs
    match
    parseDrvName
    removeAttrs
    replaceStrings
    unsafeDiscardStringContext
    ;

  isPackage = value: isAttrs value && value.type or null == "derivation";
  toList = value: if isList value then value else [ value ];
  strings = filter (value: isString value && value != "");
  words = concatStringsSep ", ";

  # A text about a package, without the order to build it that Nix attaches to store paths.
  plain = text: replaceStrings [ "\n" ] [ " " ] (unsafeDiscardStringContext text);

  # Leaves out what is not known: null, and lists without anything.
  known =
    set: removeAttrs set (filter (name: set.${name} == null || set.${name} == [ ]) (attrNames set));

  # pkgs in which each package remembers the attribute that led to it: git, python3Packages.black.
  remembering =
    path:
    mapAttrs (
      name: value:
      let
        here = path ++ [ name ];
      in
      if isPackage value then
        value // { graftAttribute = concatStringsSep "." here; }
      else if isAttrs value then
        remembering here value
      else
        value
    );

  # The tools, each written out as { package, commands ?, outputs ? }.
  entries =
    pkgs: tools:
    mapAttrs (
      name: tool:
      let
        entry = if isPackage tool then { package = tool; } else tool;
        unknown = attrNames (
          removeAttrs entry [
            "package"
            "commands"
            "outputs"
          ]
        );
      in
      if !(isAttrs entry && isPackage (entry.package or null)) then
        throw "tool '${name}': is neither a package nor a set with a package, { package = pkgs.jq; }"
      else if unknown != [ ] then
        throw "tool '${name}': has ${words unknown}; it may have package, commands and outputs"
      else
        entry // { package = usable pkgs name entry.package; }
    ) (if isFunction tools then tools (remembering [ ] pkgs) else tools);

  # The package, unless nixpkgs refuses it: then the reason, with the tool's name.
  usable =
    pkgs: name: package:
    let
      meta = package.meta or { };
      full = package.name or name;
      reason =
        if meta.unfree or false then
          "has an unfree licence (${words (licenses pkgs meta)}). To accept it: "
          + "config.allowUnfreePredicate = package: "
          + "builtins.elem (nixpkgs.lib.getName package) [ \"${package.pname or full}\" ];"
        else if meta.insecure or false then
          "is known to be vulnerable (${words (meta.knownVulnerabilities or [ ])}). "
          + "To accept it: config.permittedInsecurePackages = [ \"${full}\" ];"
        else if meta.broken or false then
          "is marked as broken. To try it all the same: config.allowBroken = true;"
        else if meta.unsupported or false then
          "does not exist for ${pkgs.stdenv.hostPlatform.system}"
        else
          "is not available";
    in
    if meta.available or true then
      package
    else
      throw "tool '${name}': nixpkgs' ${full} ${reason}";

  # SPDX identifiers where nixpkgs knows them, else its names for the licences.
  licenses =
    pkgs: meta:
    strings (
      map (
        license:
        if isString license then
          license
        else if license.licenseType or "simple" == "simple" then
          license.spdxId or license.shortName or license.fullName or null
        else
          (pkgs.lib.licenses.toSPDX or (_: null)) license
      ) (toList (meta.license or [ ]))
    );

  # What the package is made from: { urls, hash, mode } of each downloaded source. "recursive" is the hash of the unpacked
  # tree, as Nix computes it, "flat" that of the very file. A url with mirror:// stands for a list that nixpkgs has.
  sources =
    package:
    concatMap (
      source:
      let
        urls = strings (toList (source.urls or source.url or [ ]));
        hash = source.outputHash or "";
        algorithm = source.outputHashAlgo or null;
      in
      if !(isAttrs source) || urls == [ ] || !(isString hash) || hash == "" then
        [ ]
      else
        [
          {
            urls = map plain urls;
            hash =
              if match "[a-z0-9]+[-:].*" hash != null || !(isString algorithm) || algorithm == "" then
                hash
              else
                "${algorithm}:${hash}";
            mode = if source.outputHashMode or "flat" == "flat" then "flat" else "recursive";
          }
        ]
    ) (toList (package.srcs or [ ]) ++ toList (package.src or [ ]));

  # The file names of the patches that nixpkgs applies.
  patches =
    package:
    strings (
      map (
        patch:
        let
          base = plain (baseNameOf (toString patch));
          hashed = match "[0-9a-z]{32}-(.+)" base;
        in
        if isAttrs patch && patch ? name then
          plain patch.name
        else if hashed != null then
          head hashed
        else
          base
      ) (filter (patch: patch != null) (toList (package.patches or [ ])))
    );

  # The output that holds the commands.
  commandOutput =
    outputs:
    if elem "bin" outputs then
      "bin"
    else if elem "out" outputs then
      "out"
    else
      head outputs;

  pathOf = package: output: plain (package.${output} or package).outPath;

  # One tool of the manifest.
  describe =
    pkgs: name: entry:
    let
      package = entry.package;
      meta = package.meta or { };
      identifiers = meta.identifiers.v1 or meta.identifiers or { };
      sourceIdentifiers = package.src.meta.identifiers.v1 or package.src.meta.identifiers or { };
      ownPurl = identifiers.purl or null;
      all = package.outputs or [ "out" ];
      # Somebody who writes pkgs.curl.dev wants that output and no other.
      outputs =
        if package.outputSpecified or false then
          [ package.outputName ]
        else
          entry.outputs or (
            let
              usual = filter (output: elem output all) (meta.outputsToInstall or [ ]);
            in
            if elem (commandOutput all) usual then usual else [ (commandOutput all) ] ++ usual
          );
      missing = filter (output: !(elem output all)) outputs;
      version = package.version or (parseDrvName package.name).version;
      mainProgram = meta.mainProgram or null;
    in
    addErrorContext "while evaluating the tool '${name}'" (
      if missing != [ ] then
        throw "tool '${name}': has no output ${words missing}; there are ${words all}"
      else if outputs == [ ] then
        throw "tool '${name}': outputs must name one output at least"
      else
        known {
          attribute = package.graftAttribute or null;
          pname = package.pname or (parseDrvName package.name).name;
          version = if version == "" then null else version;
          path = pathOf package (commandOutput outputs);
          drvPath = if package ? drvPath then plain package.drvPath else null;
          inherit mainProgram;
          licenses = licenses pkgs meta;
          homepage = head (toList (meta.homepage or [ ]) ++ [ null ]);
          description =
            if isString (meta.description or null) then plain meta.description else null;
          cpe = identifiers.cpe or null;
          purl = if ownPurl != null then ownPurl else sourceIdentifiers.purl or null;
          sources = sources package;
          patches = patches package;
          knownVulnerabilities = meta.knownVulnerabilities or [ ];
        }
        // {
          outputs = listToAttrs (
            map (output: {
              name = output;
              value = pathOf package output;
            }) outputs
          );
        }
        // (
          if entry ? commands then
            { inherit (entry) commands; }
          else if mainProgram != null then
            { commands = [ mainProgram ]; }
          else
            { }
        )
    );
in
{
  mkGraft =
    {
      pkgs,
      nix ? (pkgs: pkgs.nix),
      tools,
    }:
    let
      ofNix = if isFunction nix then (pkgs: { nix = nix pkgs; }) else { inherit nix; };
      nixEntry = (entries pkgs ofNix).nix;
      # Of Nix all commands are wanted, unless some are named: not the main program alone.
      assumed = if nixEntry ? commands then [ ] else [ "commands" ];
    in
    {
      inherit (pkgs.stdenv.hostPlatform) system;
      nix = if nix == null then null else removeAttrs (describe pkgs "nix" nixEntry) assumed;
      tools = mapAttrs (describe pkgs) (entries pkgs tools);
    };

  toolPackages = { pkgs, tools }: map (entry: entry.package) (attrValues (entries pkgs tools));
}
