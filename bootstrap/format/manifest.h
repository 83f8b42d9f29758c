/* manifest: the tools of one system as `nix eval --json .#graft.<system>` tells them.
 *
 *     {"system": "x86_64-linux", "nix": "/nix/store/...-nix-2.31.2" | {"path": ..., <as of a tool>} | null,
 *      "tools": {"git": {"path": "/nix/store/...", "attribute": "git", "version": "2.51.0",
 *                        "outputs": {"out": "/nix/store/..."}, "commands": ["git"], "mainProgram": "git"},
 *                "jq": "/nix/store/..."}}
 *
 * "path" may be called "outPath" by who writes JSON himself: Nix turns a set with an outPath into that bare string, which is
 * taken as a tool with nothing but a path. "outputs" may be missing ({"out": path}), "commands" too ([mainProgram], else
 * [the tool's name]), "attribute" too (the tool's name), "version" too (from the store path's name); Nix has
 * the commands of manifest_nix_commands then. What is told about the package: format/manifestpackage.h. Further members are
 * ignored: later schemas add some. */
#ifndef FORMAT_MANIFEST_H
#define FORMAT_MANIFEST_H

#include "format/lock.h"

/* Reads a manifest into all but the paths of a zeroed `system`. `what` as in
 * lock_parse. FAULT_INPUT names place and rule: two tools that expose one command, too. */
MUST_CHECK int manifest_parse(struct text bytes, const char *what, struct arena *a, struct lock_system *system,
			      struct fault *f);

/* Fills a tool as `--tool NAME=PATH` means it: version from the name, one output, its one command its own name. */
void manifest_tool(struct lock_tool *tool, struct text name, struct text path, struct arena *a);

/* Gives `system` the commands of its Nix; sorted. */
void manifest_nix_commands(struct lock_system *system, struct arena *a);

/* FAULT_INPUT when two tools (or a tool and Nix) expose the same command; names both. */
MUST_CHECK int manifest_check_commands(const struct lock_system *system, struct fault *f);

#endif
