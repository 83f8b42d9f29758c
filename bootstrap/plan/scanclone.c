#include "plan/scanclone.h"

#include "plan/scanargs.h"
#include "plan/scantext.h"

#define GIT_VALUED                                                                                                     \
	" -C -c --git-dir --work-tree -b --branch --depth -o --origin --reference -j --jobs --shallow-since --filter "   \
	"--config -u --upload-pack --template --separate-git-dir --server-option -B --orphan "

/* A revision of git is a hash of all that is in it. */
static void set_ref(struct software *item, struct text ref)
{
	bool hash = scan_pin_ref(ref) == PIN_DIGEST;
	item->pin = scan_pin_ref(ref);
	item->version = ref;
	if (text_has(ref, '$')) {
		item->version = (struct text){ 0 };
		item->pin = PIN_NONE;
	}
	if (hash)
		item->check = CHECK_PINNED;
}

static void on_clone(const struct scan_call *call, const struct scan_args *args, size_t operand)
{
	const struct scan_place *place = call->place;
	struct text url = scan_args_operand(call, args, operand), into = scan_args_operand(call, args, operand + 1);
	struct software item = { .way = WAY_CLONE, .origin = url };
	struct scan_named named;
	if (!scan_name_url(place->work->arena, url, &named))
		return;
	item.name = named.name;
	item.check = named.secure ? CHECK_TRANSPORT : CHECK_NONE;
	set_ref(&item, scan_args_value(args, " -b --branch "));
	struct scan_clone clone = { place->work->out->software.count, { 0 }, place->state ? place->state->stage : 0 };
	struct text base = scan_base(scan_trim(url, "/"));
	base = text_ends(base, TEXT(".git")) ? scan_head(base, base.len - 4) : base;
	clone.folder = scan_flow_path(place, into.len ? into : base);
	struct software *added = scan_add_word(call, args->operands.at[operand], item);
	if (!added)
		return;
	if (!added->edit.why_not.len)
		added->edit.why_not = TEXT("what is made of the clone is not known");
	LIST_PUSH(&place->work->flow->clones, place->work->arena, clone);
}

/* The clone that the command works in: the last one at that folder, or the last one of all. */
static struct software *clone_at(const struct scan_call *call, struct text folder)
{
	struct scan_flow *flow = call->place->work->flow;
	size_t stage = call->place->state ? call->place->state->stage : 0;
	struct text full = scan_flow_path(call->place, folder);
	if (!flow->clones.count || !scan_step(call->place->work, flow->clones.count))
		return NULL;
	for (size_t i = flow->clones.count; i-- > 0;)
		if (flow->clones.at[i].stage == stage && text_equal(flow->clones.at[i].folder, full))
			return &call->place->work->out->software.at[flow->clones.at[i].software];
	return &call->place->work->out->software.at[flow->clones.at[flow->clones.count - 1].software];
}

static void on_checkout(const struct scan_call *call, const struct scan_args *args)
{
	struct software *item = clone_at(call, scan_args_value(args, " -C "));
	struct text ref = scan_args_operand(call, args, 1);
	bool whole = !scan_in(" reset ", scan_args_operand(call, args, 0)) || scan_args_find(args, " --hard ");
	if (!item || !whole || !ref.len || scan_in(" . HEAD FETCH_HEAD ", ref))
		return;
	set_ref(item, ref);
}

void scan_clone(const struct scan_call *call)
{
	struct scan_args args;
	if (!text_equal(call->program, TEXT("git")))
		return;
	scan_args_read(call, GIT_VALUED, &args);
	struct text verb = scan_args_operand(call, &args, 0);
	if (text_equal(verb, TEXT("clone")))
		on_clone(call, &args, 1);
	else if (text_equal(verb, TEXT("remote")) && text_equal(scan_args_operand(call, &args, 1), TEXT("add")))
		on_clone(call, &args, 3);
	else if (scan_in(" checkout switch reset ", verb))
		on_checkout(call, &args);
}
