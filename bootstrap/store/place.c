#include "store/place.h"

#include "store/layout.h"
#include "store/reader.h"
#include "store/wiring.h"

static bool is_file_of_ours(struct text path)
{
	static const char *const places[] = { PROFILE_D, NIX_CONF, NIX_REGISTRY };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (text_equal(path, text_of(places[i])))
			return true;
	return false;
}

bool place_is_ours(struct text path)
{
	for (struct text rest = path, part; text_cut(&rest, '/', &part);)
		if (text_equal(part, TEXT("..")))
			return false;
	return is_file_of_ours(path) || text_ends(path, TEXT("/.nix-profile")) || text_starts(path, TEXT(WIRING_LINKS "/")) || reader_owns(path);
}

bool place_holds_ours(struct text folder, struct arena *a)
{
	static const char *const places[] = { "/etc/profile.d/", "/etc/nix/", WIRING_LINKS "/", "/usr/local/share/", "/etc/fish/completions/" };
	struct text within = arena_printf(a, TEXT_F "/", TEXT_A(folder));
	bool ours = text_equal(folder, TEXT("/nix")) || place_is_ours(within);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		ours = ours || text_starts(text_of(places[i]), within);
	return ours;
}

bool place_may_have(const struct receipt_wire *w)
{
	return w->target.at ? place_is_ours(w->path) && text_starts(w->target, TEXT(NIX_PROFILES "/")) : is_file_of_ours(w->path);
}
