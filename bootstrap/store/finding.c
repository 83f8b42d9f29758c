#include "store/finding.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/fs.h"
#include "sys/proc.h"

#define ELF_HEAD 64 /* bytes that tell an ELF file's machine */

/* Names of files and variables are data of strangers: a fault's message is one clean line. */
static struct text clean(struct checkup *c, struct text t)
{
	struct fault line = { 0 };
	fault_set(&line, FAULT_DIFFERS, TEXT_F, TEXT_A(t));
	return arena_copy(c->arena, text_of(line.text));
}

PRINTF_LIKE(3, 0) static void add(struct checkup *c, struct finding finding, const char *fmt, va_list args)
{
	char reason[FAULT_TEXT_MAX];
	vsnprintf(reason, sizeof reason, fmt, args);
	finding.check = c->check;
	finding.subject = clean(c, finding.subject);
	finding.reason = clean(c, text_of(reason));
	finding.remedy = clean(c, finding.remedy);
	LIST_PUSH(&c->findings, c->arena, finding);
	c->problems += finding.severity == FINDING_PROBLEM;
}

void finding_problem(struct checkup *c, struct text subject, struct text remedy, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add(c, (struct finding){ .severity = FINDING_PROBLEM, .subject = subject, .remedy = remedy }, fmt, args);
	va_end(args);
}

void finding_note(struct checkup *c, struct text subject, struct text remedy, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add(c, (struct finding){ .severity = FINDING_NOTE, .subject = subject, .remedy = remedy }, fmt, args);
	va_end(args);
}

/* The subject stands before the reason anyway. */
static struct text without(struct text message, struct text subject)
{
	struct text rest = text_starts(message, subject) ? text_skip(message, subject.len) : message;
	if (text_starts(rest, TEXT(": ")))
		return text_skip(rest, 2);
	return text_starts(rest, TEXT(" ")) ? text_skip(rest, 1) : message;
}

void finding_fault(struct checkup *c, struct text subject, struct text remedy, struct text message)
{
	message = without(message, subject);
	for (size_t i = message.len; i-- > 0;) {
		struct text rest = text_skip(message, i);
		if (!text_starts(rest, TEXT("; ")))
			continue;
		remedy = text_skip(rest, 2);
		message.len = i;
		break;
	}
	finding_problem(c, subject, remedy, TEXT_F, TEXT_A(message));
}

struct text finding_verb(const struct checkup *c, const char *words)
{
	bool named = c->lock_name.at && text_starts(text_of(words), TEXT("apply"));
	return arena_printf(c->arena, "nixgraft %s%s%s%s%s", words, c->running ? "" : " --root ", c->running ? "" : c->root->path,
			    named ? " --lock " : "", named ? c->lock_name.at : "");
}

bool finding_exists(const struct checkup *c, const char *path)
{
	FD_AUTO fd = fs_open(c->root->fd, path, O_PATH);
	return fd >= 0;
}

struct text finding_program_system(const struct checkup *c, const char *path)
{
	char head[ELF_HEAD];
	FD_AUTO fd = fs_open(c->root->fd, path, O_RDONLY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
	return n > 0 ? proc_elf_system((struct text){ head, (size_t)n }) : (struct text){ 0 };
}
