/* scanargs: options and operands of a command. */
#ifndef PLAN_SCANARGS_H
#define PLAN_SCANARGS_H

#include "plan/scanwork.h"

/* An option. */
struct scan_option {
	struct text name;  /* "-t", "--target-release" */
	struct text value; /* none when it has none */
	size_t word;       /* index of the word of its name */
};

/* What follows the program. */
struct scan_args {
	LIST(struct scan_option) options; /* in order; "-yq" is two */
	LIST(size_t) operands;            /* indexes of words */
};

/* Reads the words behind the program. `valued`: the options that take a value, in the next word or right behind: " -t --target ". */
void scan_args_read(const struct scan_call *call, const char *valued, struct scan_args *out);

/* The last option of these names, or NULL. */
const struct scan_option *scan_args_find(const struct scan_args *args, const char *names);

/* Its value; none without. */
struct text scan_args_value(const struct scan_args *args, const char *names);

/* The operand's text; none when there are not so many. */
struct text scan_args_operand(const struct scan_call *call, const struct scan_args *args, size_t index);

#endif
