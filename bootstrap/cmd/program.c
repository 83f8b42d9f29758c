#include "cmd/program.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/say.h"
#include "format/json.h"
#include "sys/crypto.h"
#include "sys/http.h"
#include "sys/proc.h"
#include "sys/version.h"

static void print_help(const struct command *const *verbs)
{
	puts("nixgraft " NIXGRAFT_VERSION " - graft a pinned, verified Nix closure onto a Debian root\n"
	     "\n"
	     "Begin:\n"
	     "  with a Containerfile: nixgraft migrate               what comes into it how, and what could move to Nix\n"
	     "  with nothing:         nixgraft init                  a flake.nix to list tools in, and a Nix to evaluate it\n"
	     "\n"
	     "Then three steps:\n"
	     "  1. nixgraft lock                                     pin the tools and all that they need in closure.lock\n"
	     "     (without a flake.nix: --tool jq=/nix/store/...-jq-1.7.1, or --manifest FILE)\n"
	     "  2. nixgraft apply                                    fetch, check, install, link into /usr/local/bin\n"
	     "  3. nixgraft verify                                   prove that the root is what the lock says\n"
	     "\n"
	     "Verbs:");
	for (const struct command *const *c = verbs; *c; c++)
		printf("  %-17s %s\n", (*c)->name, (*c)->summary);
	puts("\n"
	     "`nixgraft VERB --help` tells more; `nixgraft --version` the libraries inside.\n"
	     "Exit status: 0 done, 1 the answer is no, 2 usage, 3 network, 4 verification, 5 local system, 6 bad input file.");
}

static void print_version(void)
{
	const char *bundle = http_ca_bundle();
	puts("nixgraft " NIXGRAFT_VERSION);
	for (const struct version *v = VERSIONS; v->name; v++)
		printf("  %-11s %s\n", v->name, v->version);
	printf("  CA bundle   %s\n", bundle ? bundle : "none found: https will not work");
}

static const struct command *find_verb(const struct command *const *verbs, struct text name)
{
	for (const struct command *const *c = verbs; *c; c++)
		if (text_equal(text_of((*c)->name), name))
			return *c;
	return NULL;
}

/* With --json a failure too is one document on stdout; the line on stderr stays. */
static void print_failure(int status, const struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", TEXT("failed"));
	json_pair_u64(&o, "status", (uint64_t)status);
	json_pair(&o, "error", text_of(f->text));
	say_json_end(&o);
}

static int flush(struct fault *f)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return fault_errno(f, "cannot write the result to standard output");
}

/* In a line that is not understood --json counts wherever it stands. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 0; i < argc && !text_equal(text_of(argv[i]), TEXT("--")); i++)
		if (text_equal(text_of(argv[i]), TEXT("--json")))
			return true;
	return false;
}

static int run_verb(const struct command *const *verbs, const struct command *command, int argc, char **argv)
{
	struct call call = { .command = command, .verbs = verbs };
	struct fault fault = { 0 };
	int code = call_parse(&call, argc, argv, &fault);
	call.json = call.json || (code < 0 && wants_json(argc, argv));
	if (code == 0 && call_flag(&call, "help"))
		command_help(command);
	else if (code == 0)
		code = command->run(&call, &fault);
	if (code == 0)
		code = flush(&fault);
	if (code < 0)
		say_fault(command->name, &fault);
	if (code < 0 && call.json && !call.answered)
		print_failure(fault_status(code), &fault);
	arena_drop(&call.arena);
	return fault_status(code);
}

static bool is_one_of(struct text word, const char *a, const char *b)
{
	return text_equal(word, text_of(a)) || text_equal(word, text_of(b));
}

int program_run(const struct command *const *verbs, int argc, char **argv)
{
	struct fault fault = { 0 };
	struct text word = text_of(argc > 1 ? argv[1] : "--help");
	bool asks = argc > 2 && text_equal(word, TEXT("help")); /* `help VERB` */
	word = asks ? text_of(argv[2]) : word;
	const struct command *command = find_verb(verbs, word);
	int code = 0;
	proc_start();
	crypto_start();
	if (command && !asks)
		return run_verb(verbs, command, argc - 2, argv + 2);
	if (is_one_of(word, "--version", "-V"))
		print_version();
	else if (command)
		command_help(command);
	else if (is_one_of(word, "--help", "-h") || is_one_of(word, "help", ""))
		print_help(verbs);
	else
		code = fault_set(&fault, FAULT_USAGE, "'" TEXT_F "' is no verb; see `nixgraft --help`", TEXT_A(word));
	if (code == 0)
		code = flush(&fault);
	if (code < 0)
		say_fault(NULL, &fault);
	if (code < 0 && wants_json(argc, argv))
		print_failure(fault_status(code), &fault);
	return fault_status(code);
}
