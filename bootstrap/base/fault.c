#include "base/fault.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* C0, DEL and the C1 controls (U+0080..U+009F), which a terminal may obey. */
static bool is_control(const char *at, size_t len)
{
	const unsigned char *byte = (const unsigned char *)at;

	return (len == 1 && (byte[0] < 0x20 || byte[0] == 0x7f)) || (len == 2 && byte[0] == 0xc2 && byte[1] < 0xa0);
}

/* A message is data of strangers in part: no byte of it may steer a terminal or break the line. */
static void clean(char *message)
{
	struct text rest = text_of(message);

	while (rest.len) {
		size_t len = text_utf8(rest);
		size_t step = len ? len : 1;

		if (!len || is_control(rest.at, len))
			memset(message + (strlen(message) - rest.len), '?', step);
		rest = text_skip(rest, step);
	}
}

static void mark_cut(char *message, int wanted)
{
	if (wanted >= FAULT_TEXT_MAX)
		memcpy(message + FAULT_TEXT_MAX - sizeof "...", "...", sizeof "...");
}

PRINTF_LIKE(2, 0) static void format(struct fault *f, const char *fmt, va_list args)
{
	mark_cut(f->text, vsnprintf(f->text, sizeof f->text, fmt, args));
	clean(f->text);
}

int fault_set(struct fault *f, int code, const char *fmt, ...)
{
	va_list args;

	assert(code < 0);
	if (f->code)
		return f->code;
	f->code = code;
	va_start(args, fmt);
	format(f, fmt, args);
	va_end(args);
	return code;
}

static void append(struct fault *f, const char *more)
{
	size_t len = strlen(f->text);
	int added = snprintf(f->text + len, sizeof f->text - len, ": %s", more);

	mark_cut(f->text, (int)len + added);
}

int fault_errno(struct fault *f, const char *fmt, ...)
{
	int reason = errno;
	va_list args;

	if (f->code)
		return f->code;
	f->code = FAULT_SYSTEM;
	va_start(args, fmt);
	format(f, fmt, args);
	va_end(args);
	append(f, strerror(reason));
	return f->code;
}

int fault_wrap(struct fault *f, const char *fmt, ...)
{
	char inner[FAULT_TEXT_MAX];
	va_list args;

	if (!f->code)
		return f->code;
	memcpy(inner, f->text, sizeof inner);
	va_start(args, fmt);
	format(f, fmt, args);
	va_end(args);
	append(f, inner);
	return f->code;
}

void fault_clear(struct fault *f)
{
	f->code = FAULT_NONE;
	f->text[0] = '\0';
}

int fault_status(int code)
{
	return -code;
}

void fault_no_memory(void)
{
	static const char message[] = "nixgraft: out of memory\n";
	ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);

	(void)written;
	_exit(-FAULT_SYSTEM);
}
