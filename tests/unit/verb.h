/* verb: a verb called from a unit test as the program calls it, with what it printed. */
#ifndef UNIT_VERB_H
#define UNIT_VERB_H

#include <sys/mman.h>
#include <unistd.h>

#include "cmd/command.h"
#include "samples.h"

/* What went to standard output and standard error between capture_begin and capture_end. No assertion in between: its
 * words would be captured too. */
struct capture {
	int saved[2]; /* the real ones */
	int files[2]; /* in their place */
	char *out;    /* afterwards; capture_drop frees both */
	char *err;    /* likewise */
};

static void capture_begin(struct capture *c)
{
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		c->saved[i] = dup(STDOUT_FILENO + i);
		c->files[i] = memfd_create("capture", MFD_CLOEXEC);
		dup2(c->files[i], STDOUT_FILENO + i);
	}
}

static char *capture_bytes(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *bytes = calloc(1, (size_t)size + 1);

	assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
	close(fd);
	return bytes;
}

static void capture_end(struct capture *c)
{
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		dup2(c->saved[i], STDOUT_FILENO + i);
		close(c->saved[i]);
	}
	c->out = capture_bytes(c->files[0]);
	c->err = capture_bytes(c->files[1]);
}

static void capture_drop(struct capture *c)
{
	free(c->out);
	free(c->err);
	c->out = c->err = NULL;
}

#define WORDS_MAX 32 /* words of a command line */

/* A command line: the words of "lock --tool x=y", cut at the blanks. */
struct words {
	char *line;              /* the copy that they point into */
	char *at[WORDS_MAX + 1]; /* the words, then NULL */
	int count;               /* how many */
};

static void words_make(struct words *w, const char *line)
{
	char *rest;

	*w = (struct words){ .line = strdup(line) };
	for (char *word = strtok_r(w->line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(w->count < WORDS_MAX);
		w->at[w->count++] = word;
	}
}

/* A call with the options and operands of `line` read, which must be right. */
UNUSED static void call_make(struct call *call, const struct command *command, struct words *w)
{
	struct fault f = { 0 };

	*call = (struct call){ .command = command };
	if (call_parse(call, w->count, w->at, &f))
		fail_msg("%s: %s", command->name, f.text);
}

/* A verb that has run. */
struct verb {
	int code;               /* what it returned */
	struct fault fault;     /* why */
	struct capture printed; /* what it printed */
};

/* Runs `command` with the options and operands of the printf-like `line`. */
UNUSED static struct verb *verb_run(struct verb *v, const struct command *command, const char *line)
{
	const struct command *verbs[] = { command, NULL };
	struct call call = { .command = command, .verbs = verbs };
	struct words w;

	*v = (struct verb){ 0 };
	words_make(&w, line);
	capture_begin(&v->printed);
	v->code = call_parse(&call, w.count, w.at, &v->fault);
	if (!v->code)
		v->code = command->run(&call, &v->fault);
	capture_end(&v->printed);
	arena_drop(&call.arena);
	free(w.line);
	return v;
}

/* It ended with this code and, if any, these words in its message. */
UNUSED static void verb_ended(struct verb *v, int code, const char *words)
{
	if (v->code != code || v->fault.code != code || !strstr(v->fault.text, words))
		fail_msg("code %d (%s), and not %d (...%s...); it printed:\n%s%s", v->code, v->fault.text, code, words,
			 v->printed.out, v->printed.err);
}

/* It printed these words on standard output. */
UNUSED static void verb_printed(struct verb *v, const char *words)
{
	if (!strstr(v->printed.out, words))
		fail_msg("no \"%s\" in:\n%s", words, v->printed.out);
}

UNUSED static void verb_drop(struct verb *v)
{
	capture_drop(&v->printed);
}

#endif
