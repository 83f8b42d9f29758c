#include "format/flakelock.h"

#include <stddef.h>

#include "base/bounds.h"
#include "sys/crypto.h"

#define FLAKE_VERSION_MIN 5 /* of flake.lock; Nix 2.4 and later write 7 */
#define FLAKE_VERSION_MAX 7
#define FLAKE_STEPS_MAX 1000           /* names followed for all inputs: what goes on for longer is a circle */
#define LAST_MODIFIED_MAX (1ULL << 53) /* seconds: what every reader of JSON holds exactly */
#define GIT_REV_BYTES 20               /* a SHA-1 */

/* ---- what an input is locked to ---- */

static int check_rev(const struct json_at *locked, struct text rev, struct fault *f)
{
	uint8_t bytes[GIT_REV_BYTES];

	if (!rev.at || decode_hex(rev, bytes, sizeof bytes))
		return 0;
	return json_fault(locked, f, "rev must be 40 hex digits, not '" TEXT_F "'", TEXT_A(rev));
}

static int check_nar_hash(const struct json_at *locked, struct text hash, struct fault *f)
{
	struct digest digest;

	if (!hash.at || (text_starts(hash, TEXT("sha256-")) && digest_parse(hash, &digest)))
		return 0;
	return json_fault(locked, f, "narHash must be \"sha256-\" and base64, not '" TEXT_F "'", TEXT_A(hash));
}

int flakelock_read_input(const struct json_at *locked, struct arena *a, struct flake_input *out, struct fault *f)
{
	const struct {
		const char *key;
		struct text *to;
	} texts[] = {
		{ "type", &out->type }, { "owner", &out->owner }, { "repo", &out->repo },
		{ "url", &out->url },   { "rev", &out->rev },     { "narHash", &out->nar_hash },
	};
	struct json_at modified;
	int code;

	if (!json_holds_object(locked))
		return json_fault(locked, f, "must be an object");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		code = json_opt_text(locked, texts[i].key, texts[i].to, f);
		if (code)
			return code;
		if (texts[i].to->at)
			*texts[i].to = arena_copy(a, *texts[i].to);
	}
	code = check_rev(locked, out->rev, f);
	if (!code)
		code = check_nar_hash(locked, out->nar_hash, f);
	if (!code && json_member(locked, "lastModified", &modified))
		code = json_get_u64(locked, "lastModified", LAST_MODIFIED_MAX, &out->last_modified, f);
	return code;
}

/* ---- which node an input is ---- */

/* The graph of a flake.lock while inputs are looked up in it. */
struct graph {
	struct json_at nodes;        /* the object of all nodes */
	struct text root;            /* the key of the root's */
	unsigned steps;              /* how many more names may be followed */
	const struct json_at *asked; /* the root's input that is looked up, for messages */
	struct fault *fault;         /* the caller's */
};

static int find_input(struct graph *g, struct text node, const struct json_at *name, struct json_at *input)
{
	struct json_at at, inputs;
	struct text text;
	int code = json_text(name, &text, g->fault);

	if (code)
		return code;
	if (!g->steps)
		return json_fault(g->asked, g->fault, "follows inputs in a circle, or more than %d of them",
				  FLAKE_STEPS_MAX);
	g->steps--;
	if (!json_member(&g->nodes, node.at, &at) || !json_member(&at, "inputs", &inputs) ||
	    !json_member(&inputs, text.at, input))
		return json_fault(g->asked, g->fault, "the node '" TEXT_F "' has no input '" TEXT_F "' to follow",
				  TEXT_A(node), TEXT_A(text));
	input->up = g->asked;
	return 0;
}

/* The node's key that `input` stands for: the key itself, or a way of input names from the root ("follows"). */
static int resolve(struct graph *g, const struct json_at *input, struct text *node)
{
	if (!json_holds_array(input))
		return json_text(input, node, g->fault);
	*node = g->root;
	for (struct json_at name = { 0 }; json_next(input, &name);) {
		struct json_at next;
		int code = find_input(g, *node, &name, &next);

		if (!code)
			code = resolve(g, &next, node);
		if (code)
			return code;
	}
	return 0;
}

/* People are shown it. */
static bool is_name(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if ((unsigned char)t.at[i] < ' ' || t.at[i] > '~')
			return false;
	}
	return t.len;
}

static int read_input(struct graph *g, const struct json_at *input, struct arena *a, struct flake_input *out)
{
	struct json_at at, locked;
	struct text node;
	int code;

	g->asked = input;
	if (!is_name(text_of(input->key)))
		return json_fault(input, g->fault, "the name of an input must be of printable ASCII characters");
	code = resolve(g, input, &node);
	if (code)
		return code;
	out->name = arena_copy(a, text_of(input->key));
	if (!json_member(&g->nodes, node.at, &at))
		return json_fault(input, g->fault, "there is no node '" TEXT_F "'", TEXT_A(node));
	return json_member(&at, "locked", &locked) ? flakelock_read_input(&locked, a, out, g->fault) : 0;
}

static int check_version(const struct json_at *root, struct fault *f)
{
	uint64_t version;
	int code = json_get_u64(root, "version", UINT64_MAX, &version, f);

	if (!code && (version < FLAKE_VERSION_MIN || version > FLAKE_VERSION_MAX))
		return json_fault(root, f, "version must be %d to %d; write it anew with `nix flake lock`",
				  FLAKE_VERSION_MIN, FLAKE_VERSION_MAX);
	return code;
}

static int read_inputs(const struct json_at *root, struct arena *a, struct flakelock *out, struct fault *f)
{
	struct graph g = { .steps = FLAKE_STEPS_MAX, .fault = f };
	struct json_at node, inputs;
	int code = check_version(root, f);

	if (!code)
		code = json_get_text(root, "root", &g.root, f);
	if (!code)
		code = json_get_object(root, "nodes", &g.nodes, f);
	if (code)
		return code;
	if (!json_member(&g.nodes, g.root.at, &node))
		return json_fault(&g.nodes, f, "there is no node '" TEXT_F "', which \"root\" names", TEXT_A(g.root));
	if (!json_member(&node, "inputs", &inputs))
		return 0;
	if (!json_holds_object(&inputs))
		return json_fault(&inputs, f, "must be an object");
	out->inputs = arena_alloc(a, json_count(&inputs), sizeof *out->inputs);
	for (struct json_at input = { 0 }; !code && json_next(&inputs, &input);)
		code = read_input(&g, &input, a, &out->inputs[out->input_count++]);
	return code;
}

int flakelock_parse(struct text bytes, const char *what, struct arena *a, struct flakelock *out, struct fault *f)
{
	struct json_at root;
	int code;

	*out = (struct flakelock){ 0 };
	if (bytes.len > FLAKE_LOCK_MAX)
		return fault_set(f, FAULT_INPUT, "%s: %zu bytes; a flake.lock may have at most %u", what, bytes.len,
				 FLAKE_LOCK_MAX);
	code = json_parse(bytes, what, &root, f);
	if (code)
		return code;
	out->digest = crypto_sha256(bytes);
	code = read_inputs(&root, a, out, f);
	json_drop(&root);
	return code;
}
