#include "plan/scanapt.h"

#include "plan/scanargs.h"
#include "plan/scantext.h"

#define APT_VALUED " -t --target-release --default-release -o --option -c --config-file -a --host-architecture "

/* One install. */
struct order {
	const struct scan_call *call;
	struct scan_args args;
	struct software like; /* what all of its packages have in common */
	bool unknown;         /* does a word name nobody knows what? */
	bool files;           /* does a word name a file? */
	bool others;          /* does it more: NAME- takes one away, -f mends what is broken? */
	size_t first;         /* of the scan's software: the first of this order */
};

static bool is_file(struct text word)
{
	return word.len && (text_has(TEXT("/.~"), word.at[0]) || text_ends(word, TEXT(".deb")));
}

static bool is_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!text_has(TEXT("abcdefghijklmnopqrstuvwxyz0123456789+-.*?^ABCDEFGHIJKLMNOPQRSTUVWXYZ"), name.at[i]))
			return false;
	return name.len > 0;
}

/* NAME[:architecture][=VERSION | /SUITE][+]; NAME- is taken away. */
static bool read_package(struct text word, struct software *item)
{
	struct text name = word, rest = { 0 };
	size_t n = 0;
	while (n < word.len && !text_has(TEXT("=/"), word.at[n]))
		n++;
	name = scan_head(word, n);
	rest = text_skip(word, n + 1);
	if (n < word.len && word.at[n] == '=')
		item->version = rest;
	else if (rest.len)
		item->origin = rest;
	for (struct text whole = name; text_has(whole, ':');)
		text_cut(&whole, ':', &name);
	if (text_ends(name, TEXT("-")) || !is_name(name))
		return false;
	if (name.len > 1 && text_ends(name, TEXT("+")) && !text_ends(name, TEXT("++")))
		name.len--;
	item->name = name;
	item->pin = scan_pin_exact(item->version);
	return true;
}

static void add_package(struct order *o, size_t word, struct text spelled, bool several)
{
	struct software item = o->like;
	if (!read_package(spelled, &item)) {
		bool put_in = text_has(spelled, '$') || text_has(spelled, '`');
		o->unknown |= put_in;
		o->others |= !put_in && !text_equal(spelled, TEXT("\\"));
		return;
	}
	struct software *added = scan_add_word(o->call, word, item);
	if (added && several && !added->edit.why_not.len)
		added->edit.why_not = TEXT("several names stand in one variable");
}

static void add_word(struct order *o, size_t word)
{
	struct text value = o->call->command->words[word].value;
	struct text rest = scan_trim(value, " \t\n");
	bool several = text_has(rest, ' ') || text_has(rest, '\n') || text_has(rest, '\t');
	if (!o->call->command->words[word].known && (several || text_has(value, '`'))) {
		o->unknown = true;
		return;
	}
	for (size_t from = 0, i = 0; rest.len && i <= rest.len; i++) {
		if (i < rest.len && !text_has(TEXT(" \t\n"), rest.at[i]))
			continue;
		struct text one = { rest.at + from, i - from };
		o->files |= is_file(one);
		if (one.len && !is_file(one))
			add_package(o, word, one, several);
		from = i + 1;
	}
}

static bool unsigned_allowed(const struct scan_args *args)
{
	if (scan_args_find(args, " --allow-unauthenticated --force-yes --allow-insecure-repositories "))
		return true;
	for (size_t i = 0; i < args->options.count; i++) {
		struct text v = args->options.at[i].value;
		if (scan_find(v, TEXT("AllowUnauthenticated")) != SIZE_MAX || scan_find(v, TEXT("AllowInsecure")) != SIZE_MAX)
			return !text_ends(v, TEXT("false")) && !text_ends(v, TEXT("=0"));
	}
	return false;
}

/* Why none of it can be taken out; none when it can. */
static struct text why_not(const struct order *o)
{
	if (o->unknown)
		return TEXT("a part of what the command installs is not known");
	if (o->files)
		return TEXT("the command installs a file, too");
	return o->others ? TEXT("the command does more than install packages") : (struct text){ 0 };
}

static void tell_unknown(struct order *o)
{
	struct scan_work *work = o->call->place->work;
	struct text why = why_not(o);
	if (o->call->fed)
		SCAN_DOUBT(o->call, "xargs gives names to " TEXT_F " that were not looked into", TEXT_A(o->call->program));
	if (o->unknown)
		SCAN_DOUBT(o->call, "a part of what " TEXT_F " installs is not known", TEXT_A(o->call->program));
	for (size_t i = o->first; why.len && i < work->out->software.count; i++)
		if (!work->out->software.at[i].edit.why_not.len)
			work->out->software.at[i].edit.why_not = why;
}

void scan_apt(const struct scan_call *call)
{
	struct order o = { .call = call, .like = { .way = WAY_APT, .check = CHECK_REGISTRY } };
	if (!scan_in(" apt apt-get aptitude apt-fast nala apt-install install_packages ", call->program))
		return;
	bool helper = scan_in(" apt-install install_packages ", call->program);
	scan_args_read(call, APT_VALUED, &o.args);
	if (!helper && !scan_in(" install reinstall ", scan_args_operand(call, &o.args, 0)))
		return;
	o.first = call->place->work->out->software.count;
	o.like.origin = scan_args_value(&o.args, " -t --target-release --default-release ");
	o.like.upgrade = scan_args_find(&o.args, " --only-upgrade ") != NULL;
	if (o.like.upgrade)
		o.like.note = TEXT("only upgraded");
	if (unsigned_allowed(&o.args)) {
		o.like.check = CHECK_NONE;
		o.like.note = TEXT("signatures are not checked");
	}
	o.others = scan_args_find(&o.args, " -f --fix-broken -d --download-only -s --simulate --dry-run --print-uris ") != NULL;
	for (size_t i = helper ? 0 : 1; i < o.args.operands.count; i++)
		add_word(&o, o.args.operands.at[i]);
	tell_unknown(&o);
}
