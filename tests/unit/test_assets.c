#include "samples.h"

#include "base/assets.h"

static void are_the_files_of_the_tree(void **state)
{
	static const struct {
		struct text (*asset)(void);
		const char *file;
	} all[] = {
		{ asset_flake_nix, "template/flake.nix" },   { asset_graft_nix, "template/graft.nix" },
		{ asset_gitignore, "template/.gitignore" },  { asset_apt_map, "apt-map.tsv" },
		{ asset_release_map, "release-map.tsv" },
	};
	const char *top = getenv("NIXGRAFT_TOP");
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		char path[4096];
		struct text asset = all[i].asset(), bytes;
		snprintf(path, sizeof path, "%s/overlays/%s", top ? top : ".", all[i].file);
		bytes = sample_read(path);
		assert_true(asset.len > 0);
		assert_true(text_equal(asset, bytes));
		assert_int_equal(asset.at[asset.len], 0);
		free((void *)(uintptr_t)bytes.at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_the_files_of_the_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
