/* shellsets: which variables a command of a script sets, as far as can be seen from its words. */
#ifndef FORMAT_SHELLSETS_H
#define FORMAT_SHELLSETS_H

#include "format/shellpart.h"
#include "format/shelltree.h"

/* A variable that a command sets. */
struct shell_setting {
	struct text name;               /* of the variable, without an index */
	const struct shell_word *value; /* word that has its value; NULL: nobody knows */
	size_t skip;                    /* bytes of the word's value before it: "NAME=" of export's */
	bool appends;                   /* += */
	bool unset;                     /* it is gone */
	bool local;                     /* to a function */
};

/* Tells each variable that the command sets: NAME=word, export, read, unset, for, arithmetic, ". /etc/os-release"... */
void shellsets_each(struct text script, const struct shell_command *command,
		    void (*tell)(void *to, const struct shell_setting *setting), void *to);

/* What the word is as far as it is plain: its one literal part, or none. */
struct text shellsets_plain(const struct shell_word *word);

#endif
