#include "plan/scanlang.h"

#include "plan/scanargs.h"
#include "plan/scantext.h"

#define PIP_VALUED                                                                                                     \
	" -r --requirement --requirements -c --constraint --constraints -e --editable -t --target -d -i --index-url "   \
	"--extra-index-url -f --find-links --trusted-host --prefix --root --src --python-version --platform "          \
	"--implementation --abi --cache-dir --log --timeout --retries --proxy --upgrade-strategy --config-settings "   \
	"--global-option --python -p --index --default-index --index-strategy --with --with-requirements --from --pip-args " \
	"--no-binary --only-binary --suffix --cert --backend --torch-backend --link-mode --exclude-newer --resolution "

#define CARGO_VALUED                                                                                                   \
	" --version --vers --git --branch --tag --rev --path --root --registry --index --features -F --bin --example "  \
	"--target --targets --target-dir --profile -j --jobs --config -Z --color --strategies --disable-strategies "   \
	"--install-path --manifest-path --pkg-url --pkg-fmt --bin-dir --rate-limit --log-level --maximum-resolution-timeout "

/* A manager's command that installs. */
struct manager {
	const char *programs;
	const char *verbs;    /* the first operand; NULL: none */
	const char *verbs2;   /* the second operand; NULL: none */
	const char *needs;    /* options of which one must stand there; NULL: none */
	const char *valued;   /* options with a value */
	enum software_way way;
	bool (*name)(struct arena *a, struct text word, struct scan_named *out);
};

static const struct manager managers[] = {
	{ " pip pip2 pip3 ", " install ", NULL, NULL, PIP_VALUED, WAY_PIP, scan_name_pypi },
	{ " pipx ", " install upgrade ", NULL, NULL, PIP_VALUED, WAY_PIPX, scan_name_pypi },
	{ " uv ", " pip ", " install ", NULL, PIP_VALUED, WAY_UV, scan_name_pypi },
	{ " uv ", " tool ", " install ", NULL, PIP_VALUED, WAY_UV, scan_name_pypi },
	{ " npm pnpm bun cnpm ", " install i in add ", NULL, " -g --global --location ",
	  " --prefix --registry --location --omit --include --loglevel --cache -C --dir --global-dir ", WAY_NPM, scan_name_npm },
	{ " yarn ", " global ", " add ", NULL, " --prefix --global-folder --registry --cache-folder ", WAY_NPM, scan_name_npm },
	{ " corepack ", " prepare install ", NULL, NULL, " ", WAY_NPM, scan_name_npm },
	{ " cargo ", " install binstall ", NULL, NULL, CARGO_VALUED, WAY_CARGO, scan_name_crate },
	{ " cargo-binstall ", NULL, NULL, NULL, CARGO_VALUED, WAY_CARGO, scan_name_crate },
	{ " go ", " install get ", NULL, NULL, " -ldflags -tags -gcflags -mod -modfile -p -o -asmflags -buildmode ", WAY_GO, scan_name_go },
	{ " gem gem2 gem3 ", " install i ", NULL, NULL,
	  " -v --version -i --install-dir -n --bindir -s --source -P --trust-policy --platform -g --file -B --build-root ", WAY_GEM,
	  scan_name_gem },
};

/* Managers that are not looked into. */
static const struct stranger {
	const char *programs;
	const char *verbs;
} strangers[] = {
	{ " conda mamba micromamba ", " install create env " },
	{ " nvm fnm n pyenv rbenv asdf mise volta sdk rustup sdkman goenv tfenv jabba ", " install use toolchain global add default " },
	{ " cpan cpanm luarocks composer opam stack cabal dotnet krew helm ", " install global tool plugin require App " },
	{ " apk dnf yum microdnf zypper pacman tdnf emerge ", " add install -S -Sy -Syu " },
	{ " brew snap flatpak nix-env nix guix ", " install profile -i -iA " },
	{ " code code-server ", " --install-extension " },
	{ " poetry pdm hatch rye pixi uv ", " install sync add global " },
};

/* One install. */
struct order {
	const struct scan_call *call;
	const struct manager *manager;
	struct scan_args args;
	struct software like; /* what all of it has in common */
	size_t first;         /* of the scan's software: the first of this order */
	bool unknown;         /* does a word name nobody knows what? */
	bool files;           /* does a word name a file or a folder? */
};

static bool digits_and_dots(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!text_has(TEXT("0123456789."), t.at[i]))
			return false;
	return true;
}

/* "pip3.11" is pip; "python3 -m pip" is, too: the call then begins at the module's name. */
static struct scan_call as_manager(const struct scan_call *call)
{
	struct scan_call c = *call;
	const struct shell_command *command = call->command;
	if (text_starts(c.program, TEXT("pip")) && digits_and_dots(text_skip(c.program, 3)))
		c.program = TEXT("pip");
	if (!text_starts(c.program, TEXT("python")) || !digits_and_dots(text_skip(c.program, 6)))
		return c;
	for (size_t i = c.first + 1; i + 1 < command->word_count && text_starts(command->words[i].value, TEXT("-")); i++) {
		if (!text_equal(command->words[i].value, TEXT("-m")))
			continue;
		c.first = i + 1;
		c.program = command->words[i + 1].value;
		break;
	}
	return c;
}

static bool fits(const struct manager *m, const struct scan_call *call, struct scan_args *args)
{
	if (!scan_in(m->programs, call->program))
		return false;
	scan_args_read(call, m->valued, args);
	if (m->verbs && !scan_in(m->verbs, scan_args_operand(call, args, 0)))
		return false;
	if (m->verbs2 && !scan_in(m->verbs2, scan_args_operand(call, args, 1)))
		return false;
	if (m->needs && !scan_args_find(args, m->needs))
		return false;
	struct text location = scan_args_value(args, " --location ");
	return !location.len || text_equal(location, TEXT("global"));
}

/* ---- what the options say ---- */

static bool insecure(const struct order *o)
{
	struct text index = scan_args_value(&o->args, " -i --index-url --default-index --registry -s --source ");
	return scan_args_find(&o->args, " --trusted-host --allow-insecure-host ") || text_starts(index, TEXT("http://"));
}

/* It takes programs of releases, which the registry has no hashes of. */
static bool is_binstall(const struct order *o)
{
	return text_equal(o->call->program, TEXT("cargo-binstall")) ||
	       text_equal(scan_args_operand(o->call, &o->args, 0), TEXT("binstall"));
}

static void apply_index(struct order *o)
{
	o->like.origin = scan_args_value(&o->args, " -i --index-url --default-index --index --extra-index-url --registry -s --source ");
	o->like.check = insecure(o) ? CHECK_NONE : is_binstall(o) ? CHECK_TRANSPORT : CHECK_REGISTRY;
	if (scan_args_find(&o->args, " --require-hashes ")) {
		o->like.check = CHECK_PINNED;
		o->like.note = TEXT("hashes stand in a list of requirements");
	}
}

static void apply_version_option(struct order *o, struct scan_named *named)
{
	struct text version = scan_args_value(&o->args, o->manager->way == WAY_GEM ? " -v --version " : " --version --vers ");
	bool takes = o->manager->way == WAY_CARGO || o->manager->way == WAY_GEM;
	if (!takes || !version.len)
		return;
	if (text_starts(version, TEXT("=")))
		version = scan_trim(version, "= ");
	named->version = version;
	named->pin = scan_pin_exact(version);
}

/* cargo install --git URL [--rev | --tag | --branch] */
static void apply_git_option(struct order *o, struct software *item)
{
	struct text url = scan_args_value(&o->args, " --git ");
	struct text rev = scan_args_value(&o->args, " --rev "), tag = scan_args_value(&o->args, " --tag ");
	struct text branch = scan_args_value(&o->args, " --branch ");
	if (o->manager->way != WAY_CARGO || !url.len)
		return;
	item->origin = url;
	item->version = rev.len ? rev : tag.len ? tag : branch;
	item->pin = branch.len ? PIN_RANGE : scan_pin_ref(item->version);
	item->check = item->pin == PIN_DIGEST ? CHECK_PINNED : text_starts(url, TEXT("http:")) ? CHECK_NONE : CHECK_TRANSPORT;
}

static struct text note_of(const struct order *o)
{
	if (o->manager->way == WAY_CARGO && !is_binstall(o) && !scan_args_find(&o->args, " --locked "))
		return TEXT("without --locked its dependencies move");
	return o->like.note;
}

/* ---- operands ---- */

static void add_named(struct order *o, size_t word, const struct scan_named *named)
{
	struct software item = o->like;
	item.name = named->name;
	item.version = named->version;
	item.pin = named->pin;
	item.note = note_of(o);
	if (named->origin.len) {
		item.origin = named->origin;
		item.check = named->pinned ? CHECK_PINNED : named->secure ? CHECK_TRANSPORT : CHECK_NONE;
	}
	apply_git_option(o, &item);
	scan_add_word(o->call, word, item);
}

static void add_word(struct order *o, size_t word, struct text spelled)
{
	struct scan_named named;
	struct arena *a = o->call->place->work->arena;
	bool get = text_equal(scan_args_operand(o->call, &o->args, 0), TEXT("get"));
	if (get && !text_has(spelled, '@'))
		return;
	if (!spelled.len || text_equal(spelled, TEXT("\\")))
		return;
	if (!o->manager->name(a, spelled, &named)) {
		o->files = true;
		return;
	}
	size_t dollar = scan_find(named.name, TEXT("$"));
	if ((dollar != SIZE_MAX && !named.origin.len) || text_has(named.name, '`') || text_has(named.name, ' ')) {
		o->unknown = true;
		return;
	}
	apply_version_option(o, &named);
	add_named(o, word, &named);
}

/* Names in one unquoted variable are several words. */
static void add_operand(struct order *o, size_t word)
{
	const struct shell_word *w = &o->call->command->words[word];
	struct text raw = { o->call->place->shell->script.at + w->begin, w->end - w->begin }, rest = w->value;
	size_t from = o->call->place->work->out->software.count;
	if (!w->known || !text_has(w->value, ' ') || text_has(raw, '"') || text_has(raw, '\'')) {
		add_word(o, word, w->value);
		return;
	}
	for (struct text one; text_cut(&rest, ' ', &one);)
		add_word(o, word, one);
	for (size_t i = from; i < o->call->place->work->out->software.count; i++)
		if (!o->call->place->work->out->software.at[i].edit.why_not.len)
			o->call->place->work->out->software.at[i].edit.why_not = TEXT("several names stand in one variable");
}

/* What the command installs besides may not be lost with the last name that goes. */
static void keep_all(struct order *o, struct text why)
{
	struct software_list *list = &o->call->place->work->out->software;
	for (size_t i = o->first; i < list->count; i++)
		if (!list->at[i].edit.why_not.len)
			list->at[i].edit.why_not = why;
}

/* A file, -e FOLDER, what is installed beside it into its environment. */
static void keep_with_files(struct order *o)
{
	if (o->manager->name == scan_name_pypi && scan_args_find(&o->args, " -e --editable "))
		o->files = true;
	if (o->files)
		keep_all(o, TEXT("the command installs a file or a folder, too"));
	if (o->manager->name == scan_name_pypi && scan_args_find(&o->args, " --with --with-requirements --with-editable --preinstall "))
		keep_all(o, TEXT("the command installs packages into its environment, too"));
}

/* -r FILE */
static void tell_lists(struct order *o)
{
	struct text list = scan_args_value(&o->args, " -r --requirement --requirements ");
	if (o->manager->name != scan_name_pypi || !list.len)
		return;
	SCAN_DOUBT(o->call, "the list " TEXT_F " of what " TEXT_F " installs was not looked into", TEXT_A(list), TEXT_A(o->call->program));
	keep_all(o, TEXT("the command installs a list, too"));
}

static void add_git_alone(struct order *o, size_t operands)
{
	struct text url = scan_args_value(&o->args, " --git ");
	struct scan_named named;
	if (o->manager->way != WAY_CARGO || operands || !url.len || !scan_name_url(o->call->place->work->arena, url, &named))
		return;
	add_named(o, o->call->first, &named);
}

static void tell_unknown(struct order *o)
{
	if (o->call->fed)
		SCAN_DOUBT(o->call, "xargs gives names to " TEXT_F " that were not looked into", TEXT_A(o->call->program));
	if (!o->unknown)
		return;
	SCAN_DOUBT(o->call, "a part of what " TEXT_F " installs is not known", TEXT_A(o->call->program));
	keep_all(o, TEXT("a part of what the command installs is not known"));
}

static void carry_out(struct order *o)
{
	size_t from = (o->manager->verbs ? 1 : 0) + (o->manager->verbs2 ? 1 : 0);
	o->like.way = o->manager->way;
	o->first = o->call->place->work->out->software.count;
	apply_index(o);
	for (size_t i = from; i < o->args.operands.count; i++)
		add_operand(o, o->args.operands.at[i]);
	tell_lists(o);
	keep_with_files(o);
	add_git_alone(o, o->args.operands.count - from);
	tell_unknown(o);
}

static void tell_stranger(const struct scan_call *call)
{
	struct text verb = call->first + 1 < call->command->word_count ? call->command->words[call->first + 1].value
								      : (struct text){ 0 };
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		if (!scan_in(strangers[i].programs, call->program) || !scan_in(strangers[i].verbs, verb))
			continue;
		SCAN_DOUBT(call, TEXT_F " " TEXT_F " installs what was not looked into", TEXT_A(call->program), TEXT_A(verb));
		return;
	}
}

void scan_languages(const struct scan_call *call)
{
	struct scan_call c = as_manager(call);
	struct order o = { .call = &c };
	for (size_t i = 0; i < sizeof managers / sizeof *managers; i++) {
		if (!fits(&managers[i], &c, &o.args))
			continue;
		o.manager = &managers[i];
		carry_out(&o);
		return;
	}
	tell_stranger(&c);
}
