/* main: the program is its verbs. */
#include "cmd/program.h"
#include "cmd/verbs.h"

int main(int argc, char **argv)
{
	return program_run(VERBS, argc, argv);
}
