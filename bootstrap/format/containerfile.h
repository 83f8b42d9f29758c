/* containerfile: a Containerfile or Dockerfile as instructions, each with the place of every byte, so that it can
 * be rewritten and all else kept as it stands.
 *
 *     # syntax=docker/dockerfile:1           directives: comments before all else; "escape=`" changes what escapes
 *     FROM debian:trixie AS build            KEYWORD [--flag[=value]...] rest
 *     RUN --mount=type=cache,target=/c apt-get update && \
 *         # a comment between                comment and empty lines inside a continued line are no part of it
 *         apt-get install -y git
 *     COPY <<EOF /etc/motd                   here-documents of RUN, COPY and ADD
 *     hello
 *     EOF
 *
 * The words of an instruction are those that BuildKit's parser gives. Bytes that are no UTF-8, NUL and what passes
 * a limit of bounds.h are refused. FAULT_INPUT names line and rule. Source: BuildKit frontend/dockerfile/parser
 * (parser.go, line_parsers.go, directives.go, split_command.go). */
#ifndef FORMAT_CONTAINERFILE_H
#define FORMAT_CONTAINERFILE_H

#include "base/fault.h"
#include "format/placed.h"

/* Which instruction. Keywords are known in upper and lower case. */
enum instruction_kind {
	INSTRUCTION_FROM,
	INSTRUCTION_ADD,
	INSTRUCTION_ARG,
	INSTRUCTION_CMD,
	INSTRUCTION_COPY,
	INSTRUCTION_ENTRYPOINT,
	INSTRUCTION_ENV,
	INSTRUCTION_EXPOSE,
	INSTRUCTION_HEALTHCHECK,
	INSTRUCTION_LABEL,
	INSTRUCTION_MAINTAINER,
	INSTRUCTION_ONBUILD,
	INSTRUCTION_RUN,
	INSTRUCTION_SHELL,
	INSTRUCTION_STOPSIGNAL,
	INSTRUCTION_USER,
	INSTRUCTION_VOLUME,
	INSTRUCTION_WORKDIR,
	INSTRUCTION_OTHER, /* a keyword that nobody knows; BuildKit's parser lets it pass, too */
};

/* A here-document of an instruction. */
struct heredoc {
	struct text name;      /* without quotes */
	unsigned fd;           /* number before "<<"; 0 when there is none */
	bool expand;           /* are variables put in? not when the name was quoted */
	bool chomp;            /* "<<-": leading tabs are gone from the content */
	struct placed content; /* what stands before the line of the name */
};

/* One instruction. */
struct instruction {
	enum instruction_kind kind; /* which */
	struct text keyword;        /* as written */
	size_t begin, end;          /* bytes of the file: from the keyword to behind the newline of its last line */
	unsigned line, last_line;   /* from 1; the last is that of a here-document's end */
	struct texts flags;         /* "--mount=type=cache,target=/c", in order */
	struct placed rest;       /* what follows the flags, with here-document operators, without surrounding blanks */
	bool json;                /* was the rest a JSON array of strings, for an instruction that takes one? */
	struct texts words;       /* as BuildKit splits it, quotes and variables as written (format/expand): the array's
				       strings; ENV and LABEL: name, value, name, value...; RUN, CMD, ENTRYPOINT, SHELL, USER,
				       WORKDIR and such in shell form: one word, the rest; HEALTHCHECK: NONE, or CMD and what
				       follows as in CMD; none of ONBUILD and of a keyword that nobody knows */
	struct heredoc *heredocs; /* in order; those of ONBUILD and of its trigger are the same */
	size_t heredoc_count;     /* how many */
	const struct instruction *trigger; /* of ONBUILD: the instruction in it; else NULL */
};

/* A Containerfile. */
struct containerfile {
	struct text bytes;            /* the whole file; the caller's */
	char escape;                  /* '\\' or '`' */
	const struct instruction *at; /* in order */
	size_t count;                 /* how many */
};

/* Reads the bytes, which must outlive `out`; the rest lives in the arena. `what` names the file in messages. */
MUST_CHECK int containerfile_parse(struct text bytes, const char *what, struct arena *a, struct containerfile *out,
				   struct fault *f);

#endif
