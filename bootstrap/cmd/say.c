#include "cmd/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "store/reader.h"

#define REDRAW_MS 200  /* between two drawings on a terminal: quicker than that nobody reads */
#define TELL_MS 5000   /* between two lines elsewhere */
#define SAMPLE_MS 500  /* between two samples */
#define GUESS_MS 1000  /* of transfer, before its end can be guessed */
#define COLUMNS 80     /* of a terminal that does not tell */

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

static void say_waiting(const void *call, const char *whom)
{
	say_note(call, "%s is at work on this root; waiting for it", whom);
}

struct waiter say_waiter(const struct call *call)
{
	return (struct waiter){ say_waiting, call };
}

void say_former(const struct call *call, const struct account *former)
{
	if (former->name.at)
		say_note(call, "the store was that of %s (%lu), who may have changed what is in it: look at it with `nixgraft verify`",
			 former->name.at, (unsigned long)former->uid);
}

void say_fault(const char *verb, const struct fault *f)
{
	bool colour = coloured();
	fprintf(stderr, "%snixgraft%s%s:%s %s\n", colour ? "\033[1;31m" : "", verb ? " " : "", verb ? verb : "",
		colour ? "\033[0m" : "", f->text);
}

/* Units of bytes. */
static const struct unit {
	double size;      /* bytes */
	const char *name; /* its symbol */
	int digits;       /* behind the point */
} UNITS[] = { { 1, "B", 0 }, { 1e3, "kB", 1 }, { 1e6, "MB", 1 }, { 1e9, "GB", 1 }, { 1e12, "TB", 1 } };
#define UNITS_LAST (UNITS + sizeof UNITS / sizeof *UNITS - 1)

/* The one in which the number has at most three digits before the point, also when it is rounded. */
static const struct unit *unit_of(uint64_t bytes)
{
	const struct unit *u = UNITS;
	while (u < UNITS_LAST && (double)bytes / u->size >= (u->digits ? 999.95 : 1000))
		u++;
	return u;
}

void say_json_begin(struct json_out *o, struct buffer *bytes)
{
	json_begin(o, bytes);
	json_open(o, '{', false);
}

void say_json_end(struct json_out *o)
{
	json_close(o, '}');
	json_end(o);
	fwrite(o->to->at, 1, o->to->len, stdout);
}

void say_words(const char *title, struct texts words)
{
	if (!words.count)
		return;
	printf("  %s:", title);
	for (size_t i = 0; i < words.count; i++)
		printf(" " TEXT_F, TEXT_A(words.at[i]));
	printf("\n");
}

const char *say_pages(size_t count)
{
	return count == 1 ? "manual page or completion" : "manual pages and completions";
}

void say_files(const char *title, struct texts paths)
{
	size_t pages = 0;
	if (!paths.count)
		return;
	printf("  %s:", title);
	for (size_t i = 0; i < paths.count; i++) {
		bool page = reader_owns(paths.at[i]);
		pages += page;
		if (!page)
			printf(" " TEXT_F, TEXT_A(paths.at[i]));
	}
	if (pages)
		printf("%s %zu %s", pages < paths.count ? " and" : "", pages, say_pages(pages));
	printf("\n");
}

const char *say_bytes(uint64_t bytes, char out[SAY_SIZE])
{
	const struct unit *u = unit_of(bytes);
	snprintf(out, SAY_SIZE, "%.*f %s", u->digits, (double)bytes / u->size, u->name);
	return out;
}

/* ---- progress ---- */

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void say_progress_begin(struct say_progress *p, const struct call *call, uint64_t bytes_all, size_t paths_all)
{
	*p = (struct say_progress){
		.quiet = call->quiet, .live = on_terminal(), .bytes_all = bytes_all, .paths_all = paths_all, .clock = now_ms
	};
}

static void sample(struct say_progress *p, uint64_t now, uint64_t bytes)
{
	if (p->sampled && now - p->samples[(p->sampled - 1) % SAY_SAMPLES].ms < SAMPLE_MS)
		return;
	p->samples[p->sampled++ % SAY_SAMPLES] = (struct say_sample){ now, bytes };
}

static const struct say_sample *oldest(const struct say_progress *p)
{
	return &p->samples[p->sampled > SAY_SAMPLES ? p->sampled % SAY_SAMPLES : 0];
}

/* Bytes a second; 0 while that cannot be told. */
static uint64_t rate_of(const struct say_progress *p, uint64_t now, uint64_t bytes)
{
	const struct say_sample *from = oldest(p);
	return now > from->ms && bytes > from->bytes ? (bytes - from->bytes) * 1000 / (now - from->ms) : 0;
}

/* "34.5 of 69.8 MB"; `width` in columns for the first number, so that what follows stays where it is. */
static void put_share(struct buffer *line, const struct say_progress *p, uint64_t bytes, bool aligned)
{
	const struct unit *u = unit_of(p->bytes_all);
	char all[SAY_SIZE];
	int width = snprintf(all, sizeof all, "%.*f", u->digits, (double)p->bytes_all / u->size);
	buffer_printf(line, "%*.*f of %s %s", aligned ? width : 0, u->digits, (double)bytes / u->size, all, u->name);
}

static void put_paths(struct buffer *line, const struct say_progress *p, size_t done, bool aligned)
{
	int width = aligned ? snprintf(NULL, 0, "%zu", p->paths_all) : 0;
	buffer_printf(line, ", %*zu of %zu path%s left", width, p->paths_all - done, p->paths_all, text_plural(p->paths_all));
}

static void put_end(struct buffer *line, uint64_t seconds)
{
	if (seconds < 100)
		buffer_printf(line, ", about %u s", (unsigned)seconds);
	else if (seconds < 6000)
		buffer_printf(line, ", about %u min", (unsigned)(seconds + 59) / 60);
	else
		buffer_printf(line, ", about %llu h", (unsigned long long)(seconds + 3599) / 3600);
}

static size_t columns(void)
{
	struct winsize size;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 3 ? size.ws_col : COLUMNS;
}

/* The last column stays free: a terminal may go to the next line there. */
static void draw(struct say_progress *p, uint64_t now, uint64_t bytes, size_t paths)
{
	BUFFER_AUTO line = { 0 };
	char speed[SAY_SIZE];
	uint64_t rate = rate_of(p, now, bytes);
	put_share(&line, p, bytes, true);
	buffer_printf(&line, " (%2u %%), %8s/s", p->bytes_all ? (unsigned)((double)bytes * 100 / (double)p->bytes_all) : 100,
		      say_bytes(rate, speed));
	put_paths(&line, p, paths, true);
	if (rate && bytes < p->bytes_all && now - oldest(p)->ms >= GUESS_MS)
		put_end(&line, (p->bytes_all - bytes + rate - 1) / rate);
	fprintf(stderr, "\r\033[K  %.*s", (int)columns() - 3, line.at);
	fflush(stderr);
	p->drawn = true;
}

static void tell(const struct say_progress *p, uint64_t bytes, size_t paths)
{
	BUFFER_AUTO line = { 0 };
	put_share(&line, p, bytes, false);
	buffer_printf(&line, " fetched");
	put_paths(&line, p, paths, false);
	fprintf(stderr, "nixgraft: %s\n", line.at);
}

/* What was fetched anew counts twice in `bytes`. */
void say_progress(void *progress, uint64_t bytes, size_t paths)
{
	struct say_progress *p = progress;
	uint64_t now = p->clock();
	if (p->quiet)
		return;
	if (bytes > p->bytes_all)
		bytes = p->bytes_all;
	if (!p->sampled)
		p->told_ms = now;
	sample(p, now, bytes);
	if (now - p->told_ms < (p->live ? REDRAW_MS : TELL_MS))
		return;
	p->told_ms = now;
	if (p->live)
		draw(p, now, bytes, paths);
	else
		tell(p, bytes, paths);
}

void say_progress_end(struct say_progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}
