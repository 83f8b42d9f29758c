#include "store/trust.h"

#include "format/narinfo.h"
#include "format/storepath.h"

int trust_add(struct trust *t, struct arena *a, struct text key, struct fault *f)
{
	struct trust_key k;
	struct text rest = key;
	if (!text_cut(&rest, ':', &k.name) || !k.name.len || k.name.len > KEY_NAME_MAX || !rest.len)
		return fault_set(f, FAULT_USAGE, "trusted key '" TEXT_F "': must be NAME:BASE64", TEXT_A(key));
	if (!decode_base64(rest, k.bytes, sizeof k.bytes))
		return fault_set(f, FAULT_USAGE,
				 "trusted key '" TEXT_F "': what follows the colon must be the base64 of 32 bytes",
				 TEXT_A(key));
	if (t->keys.count == KEYS_MAX)
		return fault_set(f, FAULT_USAGE, "more than %d trusted keys", KEYS_MAX);
	k.name = arena_copy(a, k.name);
	LIST_PUSH(&t->keys, a, k);
	return 0;
}

int trust_add_lock(struct trust *t, struct arena *a, const struct lock *lock, struct fault *f)
{
	for (size_t i = 0; i < lock->cache_count; i++)
		for (size_t k = 0; k < lock->caches[i].keys.count; k++) {
			int code = trust_add(t, a, lock->caches[i].keys.at[k], f);
			if (code < 0)
				return code;
		}
	return 0;
}

static bool good(const struct trust *t, struct text fingerprint, struct text signature)
{
	struct text name, rest = signature;
	uint8_t bytes[ED25519_SIG_BYTES];
	if (!text_cut(&rest, ':', &name) || !decode_base64(rest, bytes, sizeof bytes))
		return false;
	for (size_t i = 0; i < t->keys.count; i++)
		if (text_equal(t->keys.at[i].name, name) &&
		    crypto_ed25519_verify(t->keys.at[i].bytes, bytes, fingerprint))
			return true;
	return false;
}

/* Is one of `signatures` ("<name>:<base64>") a good one over `fingerprint` (narinfo_fingerprint) by a believed key?
 * Source: Nix libstore/path-info.cc, checkSignatures. */
static bool is_signed(const struct trust *t, struct text fingerprint, struct texts signatures)
{
	for (size_t i = 0; i < signatures.count; i++)
		if (good(t, fingerprint, signatures.at[i]))
			return true;
	return false;
}

bool trust_path(const struct trust *t, const struct lock_path *p)
{
	if (p->ca.len && storepath_ca_holds(p->path, p->ca, &p->nar_digest, p->references))
		return true;
	struct arena scratch = { 0 };
	struct text fingerprint =
		narinfo_fingerprint(p->path, &p->nar_digest, p->nar_size, p->references, &scratch);
	bool yes = is_signed(t, fingerprint, p->signatures);
	arena_drop(&scratch);
	return yes;
}

int trust_check(const struct trust *t, const struct lock_system *system, struct fault *f)
{
	const struct lock_path *bad = NULL;
	size_t count = 0;
	for (size_t i = 0; i < system->path_count; i++)
		if (!trust_path(t, &system->paths[i]) && count++ == 0)
			bad = &system->paths[i];
	if (!bad)
		return 0;
	return fault_set(f, FAULT_VERIFY,
			 STORE_PREFIX TEXT_F " (%zu of %zu path%s) has no good signature by a trusted key: "
			 "its hash, size, references or signature was changed, or its key is missing; run "
			 "`nixgraft lock` again from a cache you trust",
			 TEXT_A(bad->path), count, system->path_count, text_plural(system->path_count));
}
