#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/bounds.h"
#include "cmd/say.h"
#include "cmd/target.h"
#include "cmd/verbs.h"
#include "format/json.h"
#include "store/ownership.h"
#include "store/receipt.h"
#include "sys/fs.h"
#include "sys/pool.h"

static const struct option_spec OPTIONS[] = {
	{ "root", 'r', "DIR", "the Debian tree to work on (default: /)" },
	{ "user", 'u', "USER", "a name or number (default: the user of the last apply)" },
	{ "all", 'a', NULL, "the files of store objects too, not only their directories" },
	{ "dry-run", 'n', NULL, "tell how many would change hands; change nothing" },
	{ "jobs", 'j', "N", "work with N workers (default: one for each processor)" },
	{ 0 },
};

static void report_text(const struct account *to, const struct ownership_change *change, bool planned)
{
	printf("%zu of %zu files and directories %s to %s (%lu:%lu)\n", change->changed, change->seen,
	       planned ? "would be given" : "given", to->name.at, (unsigned long)to->uid, (unsigned long)to->gid);
	if (change->left)
		printf("  left as %s: %zu (a file with a second name, or a secret of root's, may be somebody else's)\n",
		       change->left == 1 ? "it is" : "they are", change->left);
}

static void report(const struct call *call, const struct account *to, const struct ownership_change *change)
{
	bool planned = call_flag(call, "dry-run");
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	if (!call->json) {
		if (!call->quiet)
			report_text(to, change, planned);
		return;
	}
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", !change->changed ? TEXT("unchanged") : planned ? TEXT("planned") : TEXT("given"));
	json_pair(&o, "user", to->name);
	json_pair_u64(&o, "uid", to->uid);
	json_pair_u64(&o, "changed", change->changed);
	json_pair_u64(&o, "seen", change->seen);
	json_pair_u64(&o, "left", change->left);
	say_json_end(&o);
}

/* A user whose number has changed since is found by his name. */
static int tell_user(const struct root *root, struct call *call, struct account *to, struct receipt *receipt, struct fault *f)
{
	struct text user = call_text(call, "user", NULL);
	bool found;
	int code = receipt_read(root->fd, &call->arena, receipt, &found, f);
	if (code < 0)
		return code;
	if (!user.at && !found)
		return fault_set(f, FAULT_SYSTEM, "there is no receipt of an apply here, so whose store it is must be said: --user USER");
	return account_find(root, user.at ? user : receipt->user, &call->arena, to, f);
}

/* The next apply works for the user of the receipt. It is given, too. */
static int remember(const struct root *root, struct receipt *receipt, const struct ownership_gift *gift, struct fault *f)
{
	struct ownership_change again = { 0 };
	if (gift->pretend || !receipt->user.at || text_equal(receipt->user, gift->to->name))
		return 0;
	receipt->user = gift->to->name;
	int code = receipt_write(root->fd, receipt, f);
	return code == 0 ? ownership_give_state(root->fd, gift, &again, f) : code;
}

/* The locks of nixgraft and of Nix's collector keep both away meanwhile. */
struct held {
	int own, gc;
};

static int take(const struct root *root, const struct call *call, struct held *held, struct fault *f)
{
	struct waiter waiter = say_waiter(call);
	int code = layout_lock(root->fd, GRAFT_LOCK, &waiter, &held->own, f);
	if (code == 0)
		code = layout_lock(root->fd, NIX_GC_LOCK, &waiter, &held->gc, f);
	return code < 0 && geteuid() != 0 ? fault_wrap(f, "only root can give the store away") : code;
}

static int check_there(const struct root *root, struct fault *f)
{
	struct stat st;
	int code = layout_check(root->fd, f);
	if (code < 0 || fs_stat(root->fd, GRAFT_STATE, &st) == 0 || errno != ENOENT)
		return code;
	return fault_set(f, FAULT_SYSTEM, "there is no store here that nixgraft made (" GRAFT_STATE " is missing); run `nixgraft apply` first");
}

/* The store directory is the last that changes hands, by which who looks at it knows that all has. */
static int give(const struct root *root, const struct ownership_gift *gift, struct receipt *receipt, struct ownership_change *change,
		struct fault *f)
{
	int code = ownership_give_state(root->fd, gift, change, f);
	if (code == 0)
		code = ownership_give_store(root->fd, gift, change, f);
	return code == 0 ? remember(root, receipt, gift, f) : code;
}

static int rechown_run(struct call *call, struct fault *f)
{
	struct root root = { .fd = -1 };
	struct held held = { -1, -1 };
	struct account to;
	struct receipt receipt;
	struct ownership_change change = { 0 };
	uint64_t jobs = pool_processors();
	int code = call_no_operands(call, f);
	if (code == 0)
		code = call_number(call, "jobs", JOBS_MAX, &jobs, f);
	if (code == 0)
		code = target_root(&root, call, f);
	if (code == 0)
		code = check_there(&root, f);
	if (code == 0 && !call_flag(call, "dry-run"))
		code = take(&root, call, &held, f);
	if (code == 0)
		code = tell_user(&root, call, &to, &receipt, f);
	if (code == 0) {
		struct ownership_gift gift = { .to = &to,
					       .whole = call_flag(call, "all"),
					       .jobs = (unsigned)jobs,
					       .pretend = call_flag(call, "dry-run") };
		code = ownership_tell_former(&root, receipt.user, &call->arena, &gift, f);
		if (code == 0)
			code = give(&root, &gift, &receipt, &change, f);
		if (code == 0 && !gift.pretend)
			say_former(call, &gift.former);
	}
	if (code == 0)
		report(call, &to, &change);
	fs_close(&held.gc);
	fs_close(&held.own);
	fs_close(&root.fd);
	return code;
}

const struct command cmd_rechown = {
	.name = "rechown",
	.summary = "give the store to its user again, after his number changed",
	.text = "For dev containers that give the image's user another number (updateRemoteUserUID): run as root, it gives\n"
		"Nix's state and the directories of the store to the user of the last apply, by his name. That is all that a\n"
		"single-user Nix needs: files of store objects are only read, and stay as they are, so that an overlay does not\n"
		"copy them. When somebody else than root had the store, a new user gets the files, too. Objects stay valid.\n"
		"\n"
		"  nixgraft rechown              after the number of the user has changed\n"
		"  nixgraft rechown --user dev   to somebody else\n",
	.options = OPTIONS,
	.run = rechown_run,
};
