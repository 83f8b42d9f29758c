/* aptcommand: what a command of a script does with apt, as far as taking packages out of the script is concerned. */
#ifndef PLAN_APTCOMMAND_H
#define PLAN_APTCOMMAND_H

#include "format/shell.h"

/* What a command is to apt. */
enum apt_role {
	APT_NOTHING, /* it has nothing to do with it */
	APT_UPDATE,  /* fetches the lists: apt-get update */
	APT_CLEAN,   /* removes what installing leaves: clean, rm -rf /var/lib/apt/lists/... */
	APT_SWEEP,   /* removes packages that nothing needs any more: autoremove */
	APT_PURGE,   /* remove, purge */
	APT_NAMES,   /* names packages that are installed: apt-mark hold */
	APT_USE,     /* needs the lists: install, upgrade, ... */
	APT_MAYBE,   /* runs what may do any of these: a script, xargs, ... */
};

/* The role of a command. *first gets the index of the first word behind apt's own verb; 0 when there is none. */
enum apt_role apt_role(const struct shell_command *command, size_t *first);

#endif
