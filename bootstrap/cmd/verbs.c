#include "cmd/verbs.h"

const struct command *const VERBS[] = {
	&cmd_init,     &cmd_lock,   &cmd_update,      &cmd_migrate,          &cmd_apply,    &cmd_verify,  &cmd_env,    &cmd_status,
	&cmd_versions, &cmd_doctor, &cmd_generations, &cmd_diff_generations, &cmd_rollback, &cmd_rechown, &cmd_remove, &cmd_completion,
	NULL,
};
