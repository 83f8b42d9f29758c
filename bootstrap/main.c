/* main: the verbs, in the order of the help. */
#include "cmd/program.h"
#include "cmd/verbs.h"

static const struct command *const VERBS[] = { &cmd_lock, &cmd_apply, &cmd_verify, &cmd_completion, NULL };

int main(int argc, char **argv)
{
	return program_run(VERBS, argc, argv);
}
