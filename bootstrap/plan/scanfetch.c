#include "plan/scanfetch.h"

#include "plan/scanargs.h"
#include "plan/scantext.h"

#define CURL_VALUED                                                                                                    \
	" -o --output -H --header -A --user-agent -u --user -d --data --data-raw --data-binary -X --request -e "        \
	"--referer -b --cookie -c --cookie-jar --retry --retry-delay --retry-max-time --connect-timeout -m --max-time " \
	"--proto --proto-redir --proto-default --cacert --capath -w --write-out -x --proxy -T -F --form --url "         \
	"--output-dir -K --config -E --cert --key -C --continue-at --resolve --limit-rate --tls-max --ciphers -r "      \
	"--range -z --time-cond --dns-servers --interface --max-redirs --max-filesize --speed-limit -Y -y --speed-time --noproxy -D --dump-header "

#define WGET_VALUED                                                                                                    \
	" -O --output-document -P --directory-prefix -o --output-file -a -t --tries -T --timeout -w --wait -U "         \
	"--user-agent --header --user --password -e --execute -i --input-file --waitretry --retry-on-http-error -Q "    \
	"--limit-rate --ca-certificate --ca-directory --secure-protocol --progress --connect-timeout --read-timeout "   \
	"--dns-timeout --max-redirect --post-data --method --body-data --referer --load-cookies --compression --cut-dirs "

#define ARIA_VALUED " -o --out -d --dir -x -s -j -k --split --max-connection-per-server --checksum --header "

/* A program that downloads. */
struct fetcher {
	const char *programs;
	const char *valued;
	const char *output;   /* option that names the file */
	const char *folder;   /* option that names its folder */
	const char *remote;   /* option for the name that the URL ends in; NULL: that is the default */
	const char *insecure; /* options that switch checks off */
	const char *silent;   /* options with which nothing is downloaded */
};

static const struct fetcher fetchers[] = {
	{ " curl ", CURL_VALUED, " -o --output ", " --output-dir ", " -O --remote-name --remote-name-all -J ",
	  " -k --insecure ", " -I --head --version -V -T --upload-file " },
	{ " wget wget2 ", WGET_VALUED, " -O --output-document ", " -P --directory-prefix ", NULL, " --no-check-certificate ",
	  " --spider --version -V " },
	{ " aria2c axel ", ARIA_VALUED, " -o --out ", " -d --dir ", NULL, " --check-certificate ", " --version " },
};

/* One command that downloads. */
struct order {
	const struct scan_call *call;
	const struct fetcher *fetcher;
	struct scan_args args;
	size_t outputs; /* output options that were used up */
	size_t urls;    /* so far */
};

/* ---- what is asked for ---- */

static bool is_local_host(struct text host)
{
	return scan_in(" localhost 127.0.0.1 [::1] 0.0.0.0 ", host) || text_starts(host, TEXT("[:"));
}

/* What a variable in the URL holds: a version or a URL that was looked up. */
static void apply_lookup(const struct scan_call *call, struct scan_stream stream, struct scan_fetch *f)
{
	const struct scan_place *place = call->place;
	struct scan_fetch *asked;
	if (stream.kind != STREAM_PART && stream.kind != STREAM_FILE)
		return;
	asked = scan_flow_fetch(place, stream.fetch);
	scan_flow_role(place, stream.fetch, ROLE_LOOKUP);
	if (!text_starts(f->named.name, TEXT("github:")) && !text_starts(f->named.name, TEXT("gitlab:")) &&
	    (asked->named.lookup || text_has(f->named.name, '$')))
		f->named.name = asked->named.name;
	f->named.version = (struct text){ 0 };
	f->named.pin = PIN_NONE;
	f->note = TEXT("the version is looked up while building");
	LIST_PUSH(&f->proofs, place->work->arena, stream.fetch);
}

/* curl takes "example.org/x", too. */
static void name_address(const struct scan_call *call, struct text address, struct scan_named *out)
{
	struct arena *a = call->place->work->arena;
	if (scan_name_url(a, address, out))
		return;
	if (!text_has(address, '$') && !text_has(address, '`') &&
	    scan_name_url(a, arena_printf(a, "http://" TEXT_F, TEXT_A(address)), out))
		return;
	*out = (struct scan_named){ .name = arena_printf(a, "url:" TEXT_F, TEXT_A(address)), .origin = address, .secure = true };
}

static size_t add_fetch(struct order *o, size_t word, struct text address)
{
	const struct scan_call *call = o->call;
	const struct scan_place *place = call->place;
	struct scan_fetch f = { .place = place, .command = call->index, .instruction = place->instruction, .address = address };
	f.stage = place->state ? place->state->stage : 0;
	f.at = scan_byte(place, call->command->words[word].begin);
	name_address(call, address, &f.named);
	if (is_local_host(f.named.host))
		return FETCH_NONE;
	apply_lookup(call, place->inner[call->index], &f);
	if (text_has(address, '$'))
		apply_lookup(call, scan_flow_variable(place, address), &f);
	bool secure = f.named.secure && !scan_args_find(&o->args, o->fetcher->insecure);
	f.check = secure ? CHECK_TRANSPORT : CHECK_NONE;
	size_t fetch = scan_flow_add(place->work, &f);
	if (fetch != FETCH_NONE)
		scan_flow_serve(call, fetch);
	return fetch;
}

/* ---- where it goes ---- */

static bool next_output(struct order *o, struct text *out)
{
	for (size_t i = o->outputs; i < o->args.options.count; i++) {
		if (!scan_in(o->fetcher->output, o->args.options.at[i].name))
			continue;
		o->outputs = i + 1;
		*out = o->args.options.at[i].value;
		return out->len > 0;
	}
	return false;
}

static struct text remote_name(struct text address)
{
	size_t end = 0;
	while (end < address.len && !text_has(TEXT("?#"), address.at[end]))
		end++;
	return scan_base(scan_head(address, end));
}

static struct text in_folder(struct order *o, struct text name)
{
	struct text folder = scan_args_value(&o->args, o->fetcher->folder);
	return folder.len ? scan_path(o->call->place->work->arena, folder, name) : name;
}

static bool goes_to_file(struct order *o, struct text address, struct text *path)
{
	const struct fetcher *f = o->fetcher;
	if (next_output(o, path)) {
		*path = text_has(*path, '/') ? *path : in_folder(o, *path);
		return !scan_in(" - /dev/stdout ", *path);
	}
	if (f->remote && !scan_args_find(&o->args, f->remote))
		return false;
	*path = in_folder(o, remote_name(address));
	return path->len > 0;
}

static void take(struct order *o, size_t word, struct text address)
{
	const struct scan_call *call = o->call;
	struct text path = { 0 };
	size_t fetch = add_fetch(o, word, address);
	if (fetch == FETCH_NONE)
		return;
	struct scan_stream stream = { .kind = STREAM_FILE, .fetch = fetch };
	if (++o->urls == 2)
		scan_flow_keep(call->place, fetch, TEXT("one command downloads several files"));
	if (goes_to_file(o, address, &path))
		scan_flow_store(call, path, stream);
	else
		call->place->streams[call->index] = stream;
}

/* "grep browser_download_url | xargs curl -LO", "... | wget -qi -": the URL was looked up. */
static void take_fed(struct order *o)
{
	struct scan_stream in = scan_flow_input(o->call);
	bool listed = text_equal(scan_args_value(&o->args, " -i --input-file -K --config "), TEXT("-"));
	if (o->urls || (!o->call->fed && !listed) || (in.kind != STREAM_PART && in.kind != STREAM_FILE))
		return;
	o->call->place->inner[o->call->index] = in;
	take(o, o->call->first, TEXT("$URL"));
}

/* gh release download [TAG] --repo OWNER/NAME [--pattern P] [--dir D | --output F] */
static void take_release(const struct scan_call *call)
{
	static const struct fetcher gh = { " gh ", " -R --repo -p --pattern -D --dir -O --output -A --archive ", " -O --output ",
					   " -D --dir ", NULL, " ", " " };
	struct order o = { .call = call, .fetcher = &gh };
	scan_args_read(call, gh.valued, &o.args);
	struct text repo = scan_args_value(&o.args, " -R --repo "), tag = scan_args_operand(call, &o.args, 2);
	struct text file = scan_args_value(&o.args, " -p --pattern ");
	if (!text_equal(scan_args_operand(call, &o.args, 0), TEXT("release")) ||
	    !text_equal(scan_args_operand(call, &o.args, 1), TEXT("download")) || !repo.len)
		return;
	take(&o, call->first, arena_printf(call->place->work->arena, "https://github.com/" TEXT_F "/releases/download/" TEXT_F "/" TEXT_F,
					   TEXT_A(repo), TEXT_A(tag.len ? tag : TEXT("latest")), TEXT_A(file)));
}

void scan_fetch(const struct scan_call *call)
{
	struct order o = { .call = call };
	if (text_equal(call->program, TEXT("gh")))
		take_release(call);
	for (size_t i = 0; i < sizeof fetchers / sizeof *fetchers; i++)
		if (scan_in(fetchers[i].programs, call->program))
			o.fetcher = &fetchers[i];
	if (!o.fetcher)
		return;
	scan_args_read(call, o.fetcher->valued, &o.args);
	if (scan_args_find(&o.args, o.fetcher->silent))
		return;
	for (size_t i = 0; i < o.args.options.count; i++)
		if (scan_in(" --url ", o.args.options.at[i].name))
			take(&o, o.args.options.at[i].word, o.args.options.at[i].value);
	for (size_t i = 0; i < o.args.operands.count; i++) {
		size_t word = o.args.operands.at[i];
		take(&o, word, call->command->words[word].value);
	}
	take_fed(&o);
}
