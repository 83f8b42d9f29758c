#include "plan/scanverify.h"

#include <string.h>

#include "plan/scanargs.h"
#include "plan/scantext.h"

/* ---- checksums ---- */

/* How good a checksum or a key is that was itself downloaded, for another download. */
static enum software_check better_of(const struct scan_place *place, size_t fetch, size_t proof)
{
	const struct scan_fetch *f = scan_flow_fetch(place, fetch), *p = scan_flow_fetch(place, proof);
	enum software_check own = p->proof >= CHECK_KEY ? p->proof : CHECK_NONE;
	enum software_check by = scan_same_origin(f->named.host, p->named.host) ? CHECK_SAME_ORIGIN : CHECK_KEY;
	return own > by ? CHECK_KEY : by;
}

static void prove(const struct scan_place *place, size_t fetch, size_t proof)
{
	struct scan_fetch *f = scan_flow_fetch(place, fetch);
	scan_flow_role(place, proof, ROLE_PROOF);
	scan_flow_verified(place, fetch, better_of(place, fetch, proof));
	LIST_PUSH(&f->proofs, place->work->arena, proof);
}

/* Something that can be checked: no checksum or key itself, of the script at hand, not checked before. */
static bool is_open(const struct scan_place *place, size_t fetch, size_t proof)
{
	const struct scan_fetch *f = scan_flow_fetch(place, fetch);
	return fetch != proof && f->place == place && f->check < CHECK_SAME_ORIGIN && f->role < ROLE_PROOF && f->role > ROLE_UNUSED;
}

static void check_one(const struct scan_call *call, size_t fetch, struct scan_stream sums)
{
	const struct scan_place *place = call->place;
	scan_flow_serve(call, fetch);
	if (sums.writer) {
		struct scan_call by = *call;
		by.index = sums.writer - 1;
		scan_flow_serve(&by, fetch);
	}
	if (sums.kind == STREAM_WORDS && scan_has_hash(sums.words)) {
		scan_flow_verified(place, fetch, CHECK_PINNED);
		scan_flow_fetch(place, fetch)->named.pinned = true;
	} else if (sums.fetch != FETCH_NONE && sums.fetch != fetch) {
		prove(place, fetch, sums.fetch);
	} else if (sums.kind == STREAM_WORDS && !scan_flow_fetch(place, fetch)->note.len) {
		scan_flow_fetch(place, fetch)->note = TEXT("the checksum is not in the file");
	}
}

/* The downloads that lines of checksums name. */
static size_t check_named(const struct scan_call *call, struct scan_stream sums)
{
	size_t found = 0, from = 0;
	for (size_t i = 0; sums.words.len && i <= sums.words.len; i++) {
		if (i < sums.words.len && !text_has(TEXT(" \t\n*\\"), sums.words.at[i]))
			continue;
		struct text one = { sums.words.at + from, i - from };
		from = i + 1;
		if (!one.len || scan_hex(one) == one.len)
			continue;
		size_t fetch = scan_flow_at(call->place, one, false);
		if (fetch == FETCH_NONE)
			continue;
		check_one(call, fetch, sums);
		found++;
	}
	return found;
}

/* All that is open in the script, when the lines name nothing that is known; one hash alone checks the last. */
static void check_open(const struct scan_call *call, struct scan_stream sums)
{
	const struct scan_flow *flow = call->place->work->flow;
	if (!scan_step(call->place->work, flow->fetches.count))
		return;
	for (size_t i = flow->fetches.count; i-- > 0;) {
		if (!is_open(call->place, i, sums.fetch))
			continue;
		check_one(call, i, sums);
		if (sums.kind == STREAM_WORDS)
			return;
	}
}

static struct scan_stream sums_of(const struct scan_call *call, struct text path)
{
	struct scan_stream inner = call->place->inner[call->index];
	if (inner.kind == STREAM_FILE || inner.kind == STREAM_PART)
		return inner;
	if (!path.len || scan_in(" - /dev/stdin ", path))
		return scan_flow_input(call);
	return scan_flow_read(call->place, path);
}

/* A list of checksums that nobody downloaded comes with the build context. */
static void check_by_context(const struct scan_call *call)
{
	const struct scan_flow *flow = call->place->work->flow;
	if (!scan_step(call->place->work, flow->fetches.count))
		return;
	for (size_t i = flow->fetches.count; i-- > 0;) {
		if (!is_open(call->place, i, FETCH_NONE))
			continue;
		scan_flow_serve(call, i);
		scan_flow_verified(call->place, i, CHECK_PINNED);
		flow->fetches.at[i].named.pinned = true;
		flow->fetches.at[i].note = TEXT("its checksum is in a file of the build context");
	}
}

/* A list that the script wrote is the download's from now on: whoever removes it serves that. */
static void own_list(const struct scan_call *call, struct scan_stream sums, struct text path)
{
	const struct scan_flow *flow = call->place->work->flow;
	for (size_t i = flow->fetches.count; sums.writer && i-- > 0;) {
		const struct scan_fetch *f = &flow->fetches.at[i];
		if (!scan_step(call->place->work, 1) || f->place != call->place)
			return;
		if (!f->serves.count || f->serves.at[f->serves.count - 1] != sums.writer - 1)
			continue;
		scan_flow_put(call->place, (struct scan_where){ .path = scan_flow_path(call->place, path), .fetch = i });
		return;
	}
}

static void on_sum(const struct scan_call *call, const struct scan_args *args)
{
	struct scan_stream in = sums_of(call, scan_args_operand(call, args, 0));
	bool shasum = scan_args_find(args, " -c --check ") != NULL;
	if (!shasum) {
		if (in.kind == STREAM_FILE)
			call->place->streams[call->index] = (struct scan_stream){ .kind = STREAM_SUM, .fetch = in.fetch };
		return;
	}
	if (in.kind == STREAM_NONE && args->operands.count)
		check_by_context(call);
	else if (in.kind != STREAM_NONE && !check_named(call, in))
		check_open(call, in);
	own_list(call, in, scan_args_operand(call, args, 0));
	if (in.fetch != FETCH_NONE && (in.kind == STREAM_FILE || in.kind == STREAM_PART))
		scan_flow_role(call->place, in.fetch, ROLE_PROOF);
}

/* ---- comparisons: [ "$(sha256sum FILE | cut ...)" = HASH ] ---- */

static bool variable_is_hash(const struct scan_place *place, struct text text)
{
	for (struct text name, value; scan_next_variable(&text, &name);)
		if (place->state && stage_variable(place->state, name, &value) && scan_has_hash(value))
			return true;
	return scan_has_hash(text);
}

/* What the variables hold beside the sum itself: the checksum that was downloaded. */
static struct scan_stream expected_of(const struct scan_place *place, struct text text)
{
	struct scan_stream found = { .fetch = FETCH_NONE };
	for (struct text rest = text, name; scan_next_variable(&rest, &name);) {
		struct scan_stream s = scan_flow_variable(place, (struct text){ name.at - 1, name.len + 1 });
		if (s.kind == STREAM_FILE || s.kind == STREAM_PART)
			found = s;
	}
	return found;
}

static struct scan_stream sum_in(const struct scan_place *place, size_t command, struct text text)
{
	struct scan_stream in = place->inner[command];
	if (in.kind == STREAM_SUM)
		return in;
	for (struct text rest = text, name; scan_next_variable(&rest, &name);) {
		in = scan_flow_variable(place, (struct text){ name.at - 1, name.len + 1 });
		if (in.kind == STREAM_SUM)
			return in;
	}
	return (struct scan_stream){ .fetch = FETCH_NONE };
}

static void compare(const struct scan_place *place, size_t command, struct text text)
{
	struct scan_call call = { .place = place, .index = command, .command = &place->shell->commands[command] };
	struct scan_stream sum = sum_in(place, command, text);
	if (sum.kind != STREAM_SUM)
		return;
	struct scan_stream expected = expected_of(place, text);
	if (expected.kind == STREAM_NONE && (scan_has_hash(text) || variable_is_hash(place, text)))
		expected = (struct scan_stream){ .kind = STREAM_WORDS, .fetch = FETCH_NONE, .words = TEXT("00000000000000000000000000000000") };
	if (expected.kind != STREAM_NONE)
		check_one(&call, sum.fetch, expected);
}

void scan_verify_compare(const struct scan_place *place, size_t command)
{
	const struct shell_command *c = &place->shell->commands[command];
	struct text text = { place->shell->script.at + c->begin, c->end - c->begin };
	if (text_starts(text, TEXT("[[")) || text_starts(text, TEXT("if")))
		compare(place, command, text);
}

static void on_test(const struct scan_call *call, const struct scan_args *args)
{
	(void)args;
	for (size_t i = call->first; i < call->command->word_count && i < call->first + 8; i++) {
		struct text value = call->command->words[i].value;
		if (sum_in(call->place, call->index, value).kind != STREAM_SUM)
			continue;
		for (size_t k = call->first; k < call->command->word_count && k < call->first + 8; k++)
			if (k != i || scan_has_hash(value))
				compare(call->place, call->index,
					arena_printf(call->place->work->arena, TEXT_F " " TEXT_F, TEXT_A(value),
						     TEXT_A(call->command->words[k].value)));
		return;
	}
}

/* ---- signatures ---- */

/* What brings a key into gpg's keyring serves what is verified with it. */
static void take_key(const struct scan_call *call, size_t fetch, const struct scan_key *key)
{
	struct scan_call by = *call;
	by.index = key->command;
	scan_flow_serve(&by, fetch);
	if (key->fetch != FETCH_NONE)
		LIST_PUSH(&scan_flow_fetch(call->place, fetch)->proofs, call->place->work->arena, key->fetch);
}

/* gpgconf --kill: gpg has done its work. */
static void on_gpgconf(const struct scan_call *call, const struct scan_args *args)
{
	const struct scan_flow *flow = call->place->work->flow;
	if (!scan_args_find(args, " --kill -K ") || !scan_step(call->place->work, flow->fetches.count))
		return;
	for (size_t i = 0; i < flow->fetches.count; i++)
		if (flow->fetches.at[i].by_gpg && flow->fetches.at[i].place == call->place)
			scan_flow_serve(call, i);
}

/* The key that gpg would use: the worst that was brought into its keyring in this stage. */
static enum software_check gpg_key(const struct scan_call *call, size_t fetch, struct text keyring)
{
	const struct scan_flow *flow = call->place->work->flow;
	const struct scan_fetch *f = scan_flow_fetch(call->place, fetch);
	size_t by = keyring.len ? scan_flow_at(call->place, keyring, false) : FETCH_NONE;
	enum software_check check = CHECK_KEY;
	if (by != FETCH_NONE)
		return better_of(call->place, fetch, by);
	if (keyring.len || !scan_step(call->place->work, flow->keys.count))
		return check;
	for (size_t i = 0; i < flow->keys.count; i++) {
		const struct scan_key *k = &flow->keys.at[i];
		if (k->stage != f->stage || k->apt)
			continue;
		if (k->host.len && scan_same_origin(k->host, f->named.host))
			check = CHECK_SAME_ORIGIN;
		if (k->place == call->place && !scan_why_not_together(k->place, k->command).len)
			take_key(call, fetch, k);
	}
	return check;
}

/* The signed one is a list of checksums, or the download itself: what hangs on the list is as good as the list. */
static void signed_by(const struct scan_call *call, size_t fetch, enum software_check check)
{
	struct scan_flow *flow = call->place->work->flow;
	scan_flow_serve(call, fetch);
	scan_flow_verified(call->place, fetch, check);
	for (size_t i = 0; i < flow->fetches.count && scan_step(call->place->work, 1); i++)
		for (size_t k = 0; k < flow->fetches.at[i].proofs.count; k++)
			if (flow->fetches.at[i].proofs.at[k] == fetch)
				scan_flow_verified(call->place, i, check);
}

/* "tool.tar.gz.asc" belongs to "tool.tar.gz". */
static size_t signed_file(const struct scan_call *call, struct text signature)
{
	const char *dot = signature.len ? memrchr(signature.at, '.', signature.len) : NULL;
	return dot ? scan_flow_at(call->place, scan_head(signature, (size_t)(dot - signature.at)), false) : FETCH_NONE;
}

/* gpg --decrypt --output SUMS SUMS.asc: what is signed is in the signature. */
static void on_decrypt(const struct scan_call *call, const struct scan_args *args)
{
	struct scan_stream in = sums_of(call, scan_args_operand(call, args, 0));
	struct text out = scan_args_value(args, " -o --output ");
	if (in.kind != STREAM_FILE)
		return;
	signed_by(call, in.fetch, gpg_key(call, in.fetch, (struct text){ 0 }));
	if (out.len)
		scan_flow_store(call, out, in);
	else
		call->place->streams[call->index] = in;
}

static void on_gpg(const struct scan_call *call, const struct scan_args *args)
{
	bool verifies = text_starts(call->program, TEXT("gpgv")) || scan_args_find(args, " --verify ");
	struct text signature = scan_args_operand(call, args, 0), file = scan_args_operand(call, args, 1);
	if (scan_args_find(args, " --decrypt -d "))
		on_decrypt(call, args);
	if (!verifies)
		return;
	size_t proof = scan_flow_at(call->place, signature, false);
	size_t fetch = file.len ? scan_flow_at(call->place, file, false) : signed_file(call, signature);
	if (fetch == FETCH_NONE)
		return;
	if (proof != FETCH_NONE && proof != fetch) {
		scan_flow_role(call->place, proof, ROLE_PROOF);
		LIST_PUSH(&scan_flow_fetch(call->place, fetch)->proofs, call->place->work->arena, proof);
	}
	scan_flow_fetch(call->place, fetch)->by_gpg = true;
	signed_by(call, fetch, gpg_key(call, fetch, scan_args_value(args, " --keyring ")));
}

/* Signatures in the style of minisign and cosign: one file, and options that name a key, a signature, a certificate. */
static void on_signature(const struct scan_call *call, const struct scan_args *args)
{
	struct text file = scan_args_value(args, " -m ");
	size_t count = args->operands.count;
	if (!file.len && count)
		file = scan_args_operand(call, args, count - 1);
	size_t fetch = scan_flow_at(call->place, file, false);
	enum software_check check = CHECK_KEY;
	if (fetch == FETCH_NONE)
		return;
	for (size_t i = 0; i < args->options.count; i++) {
		const struct scan_option *o = &args->options.at[i];
		bool key = scan_in(" -p --key -verify -pubin -certfile --certificate-chain ", o->name);
		size_t proof = o->value.len ? scan_flow_at(call->place, o->value, false) : FETCH_NONE;
		struct scan_stream held = scan_flow_variable(call->place, o->value);
		struct scan_named url;
		if (proof == FETCH_NONE && (held.kind == STREAM_FILE || held.kind == STREAM_PART))
			proof = held.fetch;
		if (proof == fetch)
			continue;
		if (key && scan_name_url(call->place->work->arena, o->value, &url) &&
		    scan_same_origin(url.host, scan_flow_fetch(call->place, fetch)->named.host))
			check = CHECK_SAME_ORIGIN;
		if (proof == FETCH_NONE)
			continue;
		if (key || scan_in(" -P ", o->name))
			check = better_of(call->place, fetch, proof);
		scan_flow_role(call->place, proof, ROLE_PROOF);
		LIST_PUSH(&scan_flow_fetch(call->place, fetch)->proofs, call->place->work->arena, proof);
	}
	size_t beside = scan_flow_at(call->place, arena_printf(call->place->work->arena, TEXT_F ".minisig", TEXT_A(file)), false);
	if (beside != FETCH_NONE && beside != fetch) {
		scan_flow_role(call->place, beside, ROLE_PROOF);
		LIST_PUSH(&scan_flow_fetch(call->place, fetch)->proofs, call->place->work->arena, beside);
	}
	signed_by(call, fetch, check);
}

static void on_attestation(const struct scan_call *call, const struct scan_args *args)
{
	if (text_equal(scan_args_operand(call, args, 0), TEXT("attestation")))
		on_signature(call, args);
}

static const struct verifier {
	const char *programs;
	const char *valued;
	void (*carry_out)(const struct scan_call *call, const struct scan_args *args);
} verifiers[] = {
	{ " sha256sum sha512sum sha1sum sha384sum sha224sum md5sum shasum b2sum b3sum ", " -a --algorithm ", on_sum },
	{ " gpg gpg2 gpgv gpgv2 ",
	  " --keyring --homedir --keyserver -o --output --import-options --trust-model --status-fd -r --recipient --primary-keyring ", on_gpg },
	{ " gpgconf ", " --homedir ", on_gpgconf },
	{ " minisign rsign signify signify-openbsd ", " -m -p -P -x -s -c -t ", on_signature },
	{ " cosign slsa-verifier ",
	  " --key --signature --certificate --certificate-identity --certificate-identity-regexp --certificate-oidc-issuer "
	  "--certificate-oidc-issuer-regexp --bundle --rekor-url --certificate-chain --source-uri --source-tag --provenance-path ", on_signature },
	{ " openssl ", " -verify -signature -sigfile -inkey -in -certfile -CAfile -content ", on_signature },
	{ " gh ", " --owner -o --repo -R --bundle -b --cert-identity ", on_attestation },
	{ " [ test ", " ", on_test },
};

bool scan_verifying(const struct scan_call *call)
{
	struct scan_args args;
	for (size_t i = 0; i < sizeof verifiers / sizeof *verifiers; i++) {
		if (!scan_in(verifiers[i].programs, call->program))
			continue;
		scan_args_read(call, verifiers[i].valued, &args);
		verifiers[i].carry_out(call, &args);
		return true;
	}
	return false;
}
