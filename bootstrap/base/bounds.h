/* bounds: every limit of the program in one place, with unit, reason and source. */
#ifndef BASE_BOUNDS_H
#define BASE_BOUNDS_H

/* ---- store paths (Nix: libstore/path.cc, checkName) ---- */
#define STORE_DIR "/nix/store"
#define STORE_PREFIX "/nix/store/"
#define STORE_HASH_CHARS 32   /* nix-base32 characters of the 160-bit hash part */
#define STORE_NAME_MAX 211    /* bytes of the name behind "<hash>-" */

/* ---- NAR (Nix: libutil/archive.cc) ---- */
#define NAR_TAG_MAX 32        /* bytes of a structural token; the longest real one has 13 */
#define NAR_NAME_MAX 255      /* bytes of a directory entry: NAME_MAX of Linux */
#define NAR_TARGET_MAX 4095   /* bytes of a symlink target: PATH_MAX - 1 */
#define NAR_DEPTH_MAX 64      /* nodes on one branch; CVE-2026-44028 is what happens without */
#define NAR_SIZE_MAX (1ULL << 43) /* bytes of one NAR: 8 TiB, so that sums never wrap 64 bits */

/* ---- narinfo and cache (real files reach 208 KB and 3,691 references) ---- */
#define NARINFO_MAX (4u << 20)      /* bytes of one narinfo */
#define CACHE_INFO_MAX (64u << 10)  /* bytes of nix-cache-info */
#define REFERENCES_MAX 65536        /* references of one path */
#define SIGNATURES_MAX 256          /* signatures of one path */
#define URL_MAX 4096                /* bytes of a URL */
#define KEYS_MAX 256                /* trusted keys in one keyring */
#define KEY_NAME_MAX 255            /* bytes of a key's name */

/* ---- JSON inputs ---- */
#define LOCK_MAX (256u << 20)       /* bytes of closure.lock: CLOSURE_MAX paths of 1.3 KB; jansson takes 1.2 GB then */
#define MANIFEST_MAX (16u << 20)    /* bytes of a tools manifest: TOOLS_MAX tools of 4 KB */
#define FLAKE_LOCK_MAX (16u << 20)  /* bytes of flake.lock */
#define FLAKE_NIX_MAX (1u << 20)    /* bytes of a flake.nix: written by people, a few KB */
#define TOLD_MAX (4u << 20)         /* bytes of what Nix and git tell besides a manifest: a few lines */
#define RECEIPT_MAX (64u << 20)     /* bytes of a receipt */
#define JSON_DEPTH_MAX 64           /* nested arrays and objects */
#define CLOSURE_MAX 200000          /* paths in one closure */
#define TOOLS_MAX 4096              /* tools of one system */
#define COMMANDS_MAX 4096           /* commands of one tool */
#define PACKAGE_LICENSES_MAX 256    /* licences of one package; each text of a package has up to 4096 bytes */
#define PACKAGE_SOURCES_MAX 1024    /* sources that one package is built of */
#define PACKAGE_URLS_MAX 256        /* URLs of one source */
#define PACKAGE_PATCHES_MAX 4096    /* patches of one package */
#define PACKAGE_VULNERABILITIES_MAX 4096 /* known vulnerabilities of one package */
#define PACKAGE_HASH_MAX 256        /* bytes of a source's hash; SHA-512 in hex has 135 with its name */

/* ---- Debian's package database (a desktop: 4,000 packages, 6 MB, 40,000 relations) ---- */
#define DPKG_STATUS_MAX (32u << 20) /* bytes of status and of extended_states */
#define DPKG_LIST_MAX (32u << 20)   /* bytes of one package's list of files */
#define DPKG_NAME_MAX 200           /* bytes of a package's name: <name>:<architecture>.list is a file's name */
#define DPKG_PACKAGES_MAX 65536     /* installed packages */
#define DPKG_RELATIONS_MAX (1u << 20) /* relations of all of them */
#define DPKG_SIZE_MAX (1ULL << 40)  /* KiB of one package, so that sums never wrap 64 bits */

/* ---- looking for software in Containerfiles (the longest seen: 60 pieces, 40 downloads) ---- */
#define SCAN_SOFTWARE_MAX 8192      /* pieces of software of one file */
#define SCAN_FETCHES_MAX 2048       /* downloads of one file */
#define SCAN_DOUBTS_MAX 512         /* doubts told */
#define SCAN_NESTING_MAX 4          /* scripts in words of scripts: sh -c "sh -c ..." */
#define SCAN_STEPS_MAX (1u << 25)   /* comparisons of paths and variables, so that hostile files end within seconds */
#define ARGUMENT_STEPS_MAX (1u << 30) /* bytes looked at for uses of ARGs; then the rest stay */
#define MARK_STEPS_MAX (1u << 27)    /* commands looked at for packages that go */
#define MENTION_STEPS_MAX (1u << 26) /* comparisons of what stays with what goes, for the same reason */

/* ---- Containerfiles ---- */
#define CONTAINERFILE_MAX (1u << 20)  /* bytes of one; places in it are 32 bits wide */
#define CONTAINERFILE_LINE_MAX 65535  /* bytes of one line: MaxScanTokenSize of Go's bufio, less one, is what BuildKit takes */
#define CONTAINERFILE_JSON_DEPTH_MAX 64 /* nested arrays and objects in an instruction's JSON form */
#define ONBUILD_DEPTH_MAX 16          /* ONBUILD in ONBUILD; builders refuse even one */
#define STAGE_VARIABLES_MAX 16384     /* variables that a file sets: each is looked up from the last to the first */
#define STAGE_VALUES_MAX (16u << 20)  /* bytes of all that is expanded; beyond, it counts as unknown: each variable may double the one before */
#define EXPAND_MAX (128u << 10)       /* bytes that variables give to one word: MAX_ARG_STRLEN of Linux */
#define WORDPATTERN_MAX 256           /* characters of a pattern: it is tried at each place of a value */
#define EXPAND_DEPTH_MAX 32           /* nested "${" */

/* ---- shell scripts (installers of the web: 60 KB, 2,500 commands, 12 blocks deep) ---- */
#define SHELL_SCRIPT_MAX (1u << 20) /* bytes of one script */
#define SHELL_DEPTH_MAX 64          /* nested blocks, substitutions and ${ } */
#define SHELL_COMMANDS_MAX 65536    /* commands of one script; its blocks, too */
#define SHELL_WORDS_MAX (1u << 18)  /* words of all of them, and the parts that these are made of */
#define SHELL_VARIABLES_MAX 16384   /* different variables that it names */
#define SHELL_VALUE_MAX (64u << 10) /* bytes of a variable's value that is followed */
#define SHELL_VALUES_MAX (16u << 20)/* bytes of all words' values that are put together: variables can double themselves */
#define SHELL_STEPS_MAX (1u << 26)  /* bytes looked at to tell "((" from "( (" and to match patterns */
/* ---- tables of what replaces what (those built in: 1,000 lines, 80 KB) ---- */
#define TOOLMAP_MAX (4u << 20)      /* bytes of one table */
#define TOOLMAP_ENTRIES_MAX 32768   /* lines with a key */
#define TOOLMAP_KEY_MAX 300         /* bytes of a key, or of an attribute; a Go module's path reaches 100 */

/* ---- differences that are shown ---- */
#define DIFF_EDITS_MAX 2000         /* lines removed and added that are looked for one by one: 8 MB of memory */

/* ---- decoders ---- */
#define XZ_MEMORY_MAX (1u << 30)    /* bytes a liblzma decoder may take; xz -9 takes 65 MiB */

/* ---- HTTP (Nix: libstore/filetransfer.cc) ---- */
#define TICK_MS 200                 /* between two calls of who wants to know that something waits */
#define HTTP_CONNECTIONS 16         /* connections to one host */
#define HTTP_IN_FLIGHT 128          /* requests under way at once */
#define HTTP_TRIES 5                /* tries of one request */
#define HTTP_RETRY_MS 100           /* first wait before a retry, doubled each time */
#define HTTP_RETRY_BUSY_MS 5000     /* first wait after 429 and 503 */
#define HTTP_WAIT_MAX_MS 60000      /* longest wait, whatever Retry-After says */
#define HTTP_REDIRECTS_MAX 10       /* hops of one request */
#define HTTP_CONNECT_MS 15000       /* time to connect */
#define HTTP_STALL_S 60             /* seconds below one byte a second before a try is given up */

/* ---- apply ---- */
#define SPOOL_MEMORY_MAX (512u << 10) /* bytes up to which a fetched file is kept in memory */
#define SPOOL_MEMORY_ALL (16u << 20)/* bytes of all fetched files kept in memory */
#define JOBS_MAX 64                 /* unpacking workers */
#define BLOCK_BYTES (128u << 10)    /* bytes of one read */
#define SPACE_MARGIN (16u << 20)    /* bytes that a full apply leaves free for the database */

#endif
