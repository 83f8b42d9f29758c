#include "cmd/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_MS 100

static bool on_terminal(void)
{
	const char *term = getenv("TERM");
	return isatty(STDERR_FILENO) && term && !text_equal(text_of(term), TEXT("dumb"));
}

static bool coloured(void)
{
	const char *no = getenv("NO_COLOR");
	return on_terminal() && !(no && *no);
}

void say_note(const struct call *call, const char *fmt, ...)
{
	va_list args;
	if (call->quiet)
		return;
	fputs("nixgraft: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

void say_fault(const char *verb, const struct fault *f)
{
	bool colour = coloured();
	fprintf(stderr, "%snixgraft%s%s:%s %s\n", colour ? "\033[1;31m" : "", verb ? " " : "", verb ? verb : "",
		colour ? "\033[0m" : "", f->text);
}

const char *say_bytes(uint64_t bytes, char out[SAY_SIZE])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;
	for (; value >= (unit ? 999.95 : 1000) && unit + 1 < sizeof units / sizeof *units; unit++)
		value /= 1000;
	snprintf(out, SAY_SIZE, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return out;
}

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void say_progress_begin(struct say_progress *p, const struct call *call, uint64_t bytes_all, size_t paths_all)
{
	*p = (struct say_progress){ .shown = !call->quiet && on_terminal(), .bytes_all = bytes_all, .paths_all = paths_all };
}

void say_progress(void *progress, uint64_t bytes, size_t paths)
{
	struct say_progress *p = progress;
	char done[SAY_SIZE], all[SAY_SIZE];
	uint64_t now = now_ms();
	if (!p->shown || now - p->last_ms < REDRAW_MS)
		return;
	p->last_ms = now;
	p->drawn = true;
	fprintf(stderr, "\r\033[K  %s of %s fetched, %zu of %zu paths unpacked", say_bytes(bytes, done),
		say_bytes(p->bytes_all, all), paths, p->paths_all);
	fflush(stderr);
}

void say_progress_end(struct say_progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}
