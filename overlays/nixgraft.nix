# Adds nixgraft, built from this repository by its own Makefile into one static program: pkgsStatic is nixpkgs once more, with
# every library as an archive for musl.
final: prev: {
  nixgraft = final.pkgsStatic.callPackage (
    {
      lib,
      stdenv,
      pkg-config,
      installShellFiles,
      acl,
      brotli,
      bzip2,
      curlMinimal,
      jansson,
      libarchive,
      lz4,
      nghttp2,
      openssl,
      sqlite,
      xz,
      zlib,
      zstd,
    }:
    let
      makefile = builtins.readFile ../Makefile;
      # VERSION in the Makefile is the one place that tells the version.
      version = builtins.head (builtins.match ".*\nVERSION := ([^\n]+)\n.*" makefile);
      prefix = stdenv.cc.targetPrefix;
    in
    stdenv.mkDerivation {
      pname = "nixgraft";
      inherit version;

      # Only what the build reads (files of overlays/ are built in), so that a change of a test or a document builds nothing
      # anew.
      src = lib.fileset.toSource {
        root = ../.;
        fileset = lib.fileset.unions [
          ../Makefile
          ../bootstrap
          ./template
          (lib.fileset.fileFilter (file: file.hasExt "tsv") ./.)
          ../docs/nixgraft.1
        ];
      };

      strictDeps = true;
      nativeBuildInputs = [
        pkg-config
        installShellFiles
      ];
      buildInputs = [
        acl
        brotli
        bzip2
        (curlMinimal.override { scpSupport = false; })
        jansson
        (libarchive.override { xarSupport = false; })
        lz4
        nghttp2
        openssl
        sqlite
        xz
        zlib
        zstd
      ];

      postPatch = "patchShebangs bootstrap/static";

      # The Makefile names the archives that Debian's libraries want. nixpkgs configures some libraries differently, and
      # pkg-config knows what each of them wants.
      preBuild = ''
        makeFlagsArray+=("LIBS_STATIC=$($PKG_CONFIG --static --libs libcurl libarchive libbrotlidec libnghttp2 \
          libssl jansson sqlite3 libacl liblzma liblz4 libzstd zlib) -lbz2 -lm")
      '';
      makeFlags = [ "CROSS=${prefix}" ];
      buildFlags = [ "static" ];
      enableParallelBuilding = true;

      installPhase = ''
        runHook preInstall
        install -D -m 755 build/${prefix}static/nixgraft $out/bin/nixgraft
        installManPage docs/nixgraft.1
      ''
      + lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
        installShellCompletion --cmd nixgraft \
          --bash <($out/bin/nixgraft completion bash) \
          --fish <($out/bin/nixgraft completion fish) \
          --zsh <($out/bin/nixgraft completion zsh)
      ''
      + ''
        runHook postInstall
      '';

      doInstallCheck = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
      installCheckPhase = ''
        runHook preInstallCheck
        $out/bin/nixgraft --version | grep -F ${version}
        runHook postInstallCheck
      '';

      meta = {
        description = "Grafts a pinned, verified Nix closure onto a Debian root";
        longDescription = ''
          One static program that reads closure.lock, fetches exactly the store paths that it names from a binary cache, checks
          every byte, installs a single-user Nix and links the tools' commands into /usr/local/bin.
        '';
        license = lib.licenses.mit;
        mainProgram = "nixgraft";
        maintainers = [ ];
        platforms = [
          "x86_64-linux"
          "aarch64-linux"
        ];
        sourceProvenance = [ lib.sourceTypes.fromSource ];
      };
    }
  ) { };
}
