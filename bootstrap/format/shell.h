/* shell: a POSIX shell script as its simple commands, each with the place of every word, so that commands and words can be
 * taken out. What runs is not decided here, but values are followed as far as they are plain.
 *
 *     set -eux; case ${TARGETARCH} in amd64) A=x86_64 ;; arm64) A=aarch64 ;; esac
 *     curl -fsSL https://example.org/tool-$A.tar.gz | tar -xz -C /usr/local/bin tool && rm -rf /tmp/tool
 *
 * bash's [[ ]], (( )), $'', function NAME, &>, |&, <<<, <( ) and arrays are read over, so that real scripts pass. A
 * here-document whose end does not come ends with the script, as in the shells themselves. FAULT_INPUT names line and
 * rule for what is no script. Source: POSIX.1-2024, XCU 2.10 Shell Grammar; bash(1). */
#ifndef FORMAT_SHELL_H
#define FORMAT_SHELL_H

#include "base/fault.h"
#include "format/shelltree.h"
#include "format/shellvars.h"

/* What is to be read. */
struct shell_input {
	struct text script;               /* its bytes, which must outlive what is made of them */
	const char *what;                 /* names it in messages: "<what>:<line>: ..." */
	struct shell_variables variables; /* whom to ask; get may be NULL */
};

/* Reads the script; what is made of it lives in the arena. An assignment is followed to what comes after it. Of a case's
 * arms, and of branches with an else, none of which is known to be taken, the first that sets a variable sets it; what
 * else is set only perhaps is unknown. Behind && a command is taken to succeed, unless it is a test. */
MUST_CHECK int shell_parse(const struct shell_input *in, struct arena *a, struct shell *out, struct fault *f);

/* The name of the program that a command runs: its first word's last component, behind env, sudo, exec, command, time, nice,
 * and their options and assignments; *first gets that word's index. None when it has no words or is not known. */
struct text shell_program(const struct shell_command *command, size_t *first);

#endif
