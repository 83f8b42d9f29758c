#include "store/wiring.h"

#include <fcntl.h>

#include "base/buffer.h"
#include "format/json.h"
#include "format/storepath.h"
#include "store/layout.h"
#include "sys/fs.h"

#define DEBIAN_LOCALES "/usr/lib/locale/locale-archive"

#define MARK "# Made by nixgraft"
#define MARK_KEY "madeBy" /* Nix ignores members of a registry that it does not know */

bool wiring_made(struct text bytes)
{
	return text_starts(bytes, TEXT(MARK)) || text_starts(bytes, TEXT("{\n  \"" MARK_KEY "\": \"nixgraft\""));
}

/* The lock's own CA bundle, for bases that have none. */
static struct text own_bundle(const struct lock_system *system, struct arena *a)
{
	for (size_t i = 0; system && i < system->path_count; i++)
		if (text_starts(storepath_name(system->paths[i].path), TEXT("nss-cacert-")))
			return arena_printf(a, STORE_PREFIX TEXT_F "/etc/ssl/certs/ca-bundle.crt", TEXT_A(system->paths[i].path));
	return TEXT("");
}

#define USER_PROFILE                                                                                                   \
	"if [ -n \"${HOME:-}\" ]; then\n"                                                                             \
	"	case \":$PATH:\" in\n"                                                                              \
	"	*\":$HOME/.nix-profile/bin:\"*) ;;\n"                                                               \
	"	*) PATH=\"$PATH:$HOME/.nix-profile/bin\" ;;\n"                                                       \
	"	esac\n"                                                                                             \
	"fi\n"

struct text wiring_profile_d(const struct lock_system *system, bool linked, struct arena *a)
{
	struct text bundle = own_bundle(system, a);
	const char *folder = linked ? WIRING_LINKS : GRAFT_PROFILE "/bin";
	return arena_printf(a,
			    MARK "; the next `nixgraft apply` replaces it. For login shells of every sort.\n"
			    "# The commands of closure.lock are links in " GRAFT_PROFILE "/bin; what this does, links cannot do.\n"
			    "case \":${PATH:-}:\" in\n"
			    "*:%s:*) ;;\n"
			    "*) PATH=\"%s${PATH:+:$PATH}\" ;;\n"
			    "esac\n"
			    "%s"
			    "export PATH\n"
			    "if [ -z \"${NIX_SSL_CERT_FILE:-}\" ]; then\n"
			    "	for nixgraft_ca in " WIRING_BUNDLE "%s" TEXT_F "; do\n"
			    "		if [ -e \"$nixgraft_ca\" ]; then\n"
			    "			export NIX_SSL_CERT_FILE=\"$nixgraft_ca\"\n"
			    "			break\n"
			    "		fi\n"
			    "	done\n"
			    "	unset nixgraft_ca\n"
			    "fi\n"
			    "if [ -z \"${LOCALE_ARCHIVE:-}\" ] && [ -e " DEBIAN_LOCALES " ]; then\n"
			    "	export LOCALE_ARCHIVE=" DEBIAN_LOCALES "\n"
			    "fi\n",
			    folder, folder, system->nix.len ? USER_PROFILE : "", bundle.len ? " " : "", TEXT_A(bundle));
}

struct wiring_base wiring_look(int root)
{
	FD_AUTO bundle = fs_open(root, WIRING_BUNDLE, O_PATH);
	FD_AUTO locales = fs_open(root, DEBIAN_LOCALES, O_PATH);
	return (struct wiring_base){ bundle >= 0, locales >= 0 };
}

struct text wiring_bundle(const struct lock_system *system, const struct wiring_base *base, struct arena *a)
{
	return base->has_bundle ? TEXT(WIRING_BUNDLE) : own_bundle(system, a);
}

struct wiring_variable *wiring_variables(const struct lock_system *system, const struct wiring_base *base, struct arena *a,
					 size_t *count)
{
	struct wiring_variable *out = arena_alloc(a, 2, sizeof *out);
	struct text bundle = wiring_bundle(system, base, a);
	*count = 0;
	if (bundle.len)
		out[(*count)++] = (struct wiring_variable){ "NIX_SSL_CERT_FILE", bundle };
	if (base->has_locales)
		out[(*count)++] = (struct wiring_variable){ "LOCALE_ARCHIVE", TEXT(DEBIAN_LOCALES) };
	return out;
}

struct text wiring_nix_conf(const struct lock *lock, bool emulated, struct arena *a)
{
	BUFFER_AUTO b = { 0 };
	LIST(struct text) keys = { 0 };
	buffer_printf(&b, MARK " from closure.lock; the next `nixgraft apply` replaces it.\n"
			  "build-users-group =\n"
			  "sandbox = false\n");
	if (emulated)
		buffer_printf(&b, "filter-syscalls = false\n");
	buffer_printf(&b, "experimental-features = nix-command flakes\n"
			  "flake-registry = " NIX_REGISTRY "\n"
			  "substituters =");
	for (size_t i = 0; i < lock->cache_count; i++) {
		buffer_printf(&b, " " TEXT_F, TEXT_A(lock->caches[i].url));
		for (size_t k = 0; k < lock->caches[i].keys.count; k++)
			LIST_PUSH(&keys, a, lock->caches[i].keys.at[k]);
	}
	struct texts sorted = LIST_TEXTS(keys);
	texts_sort_unique(&sorted);
	buffer_printf(&b, "\ntrusted-public-keys =");
	for (size_t i = 0; i < sorted.count; i++)
		buffer_printf(&b, " " TEXT_F, TEXT_A(sorted.at[i]));
	buffer_printf(&b, "\n");
	return arena_copy(a, buffer_view(&b));
}

static void put_input(struct json_out *o, const struct flake_input *in)
{
	const struct {
		const char *key;
		struct text value;
	} facts[] = { { "type", in->type }, { "owner", in->owner }, { "repo", in->repo },
		      { "url", in->url },   { "rev", in->rev },	    { "narHash", in->nar_hash } };
	json_open(o, '{', false);
	json_pair_bool(o, "exact", true);
	json_key(o, "from");
	json_open(o, '{', true);
	json_pair(o, "id", in->name);
	json_pair(o, "type", TEXT("indirect"));
	json_close(o, '}');
	json_key(o, "to");
	json_open(o, '{', false);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		if (facts[i].value.len)
			json_pair(o, facts[i].key, facts[i].value);
	if (in->last_modified)
		json_pair_u64(o, "lastModified", in->last_modified);
	json_close(o, '}');
	json_close(o, '}');
}

struct text wiring_registry(const struct lock *lock, struct arena *a)
{
	BUFFER_AUTO b = { 0 };
	struct json_out o;
	json_begin(&o, &b);
	json_open(&o, '{', false);
	json_pair(&o, MARK_KEY, TEXT("nixgraft"));
	json_key(&o, "flakes");
	json_open(&o, '[', false);
	for (size_t i = 0; lock->has_flake && i < lock->flake.input_count; i++)
		if (lock->flake.inputs[i].type.len && !text_equal(lock->flake.inputs[i].type, TEXT("path")))
			put_input(&o, &lock->flake.inputs[i]);
	json_close(&o, ']');
	json_pair_u64(&o, "version", 2);
	json_close(&o, '}');
	json_end(&o);
	return arena_copy(a, buffer_view(&b));
}
