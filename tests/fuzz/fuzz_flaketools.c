/* An edit adds just its lines; what is read back is what was there and what was added, whatever the file. */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "format/flaketools.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool has(const struct flaketools *block, struct text name)
{
	for (size_t i = 0; i < block->tools.count; i++)
		if (text_equal(block->tools.at[i].name, name))
			return true;
	return false;
}

static void check_block(struct text flake, const struct flaketools *block)
{
	must(block->end < flake.len && block->tools.count <= TOOLS_MAX);
	for (size_t i = 0; i < block->tools.count; i++) {
		const struct flake_tool *tool = &block->tools.at[i];
		must(tool->at < block->end && (i == 0 || tool[-1].at < tool->at));
		must(tool->name.len > 0 && (!tool->attribute.len || flaketools_valid(tool->name, tool->attribute)));
	}
}

static void check_add(struct text flake, const struct flaketools *block, struct arena *a)
{
	struct flake_tool tools[] = { { TEXT("m\'0"), TEXT("a.7.in"), 0 }, { TEXT("\x20"), TEXT("b"), 0 } };
	struct flaketools again;
	struct fault f = { 0 };
	BUFFER_AUTO to = { 0 };
	size_t expected = block->tools.count + !has(block, tools[0].name) + !has(block, tools[1].name);
	flaketools_add(flake, block, (struct flake_tools){ tools, 2 }, &to);
	if (expected > TOOLS_MAX || to.len > FLAKE_NIX_MAX)
		return;
	must(flaketools_parse(buffer_view(&to), "output", a, &again, &f) == 0);
	must(again.tools.count == expected && has(&again, tools[0].name) && has(&again, tools[1].name));
	must(again.sorted == block->sorted);
	BUFFER_AUTO twice = { 0 };
	flaketools_add(buffer_view(&to), &again, (struct flake_tools){ tools, 2 }, &twice);
	must(text_equal(buffer_view(&twice), buffer_view(&to)));
}

static void check_replace(struct text flake, const struct flaketools *block, struct arena *a)
{
	struct flake_tool tool = { TEXT("only"), TEXT("one"), 0 };
	struct flaketools again;
	struct fault f = { 0 };
	BUFFER_AUTO to = { 0 };
	flaketools_replace(flake, block, (struct flake_tools){ &tool, 1 }, &to);
	if (to.len > FLAKE_NIX_MAX)
		return;
	must(flaketools_parse(buffer_view(&to), "output", a, &again, &f) == 0);
	must(again.tools.count == 1 && has(&again, tool.name));
}

static void check_url(struct text flake)
{
	struct fault f = { 0 }, g = { 0 };
	BUFFER_AUTO to = { 0 };
	BUFFER_AUTO again = { 0 };
	if (flaketools_set_url(flake, TEXT("nixpkgs"), TEXT("path:/x"), &to, &f))
		return;
	must(flaketools_set_url(buffer_view(&to), TEXT("nixpkgs"), TEXT("path:/x"), &again, &g) == 0);
	must(text_equal(buffer_view(&to), buffer_view(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text flake = { (const char *)data, size };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct flaketools block;
	int code = flaketools_parse(flake, "input", &a, &block, &f);
	must(code == f.code && (code == 0 || code == FAULT_INPUT || code == FAULT_DIFFERS));
	if (code == 0) {
		check_block(flake, &block);
		check_add(flake, &block, &a);
		check_replace(flake, &block, &a);
	}
	check_url(flake);
	arena_drop(&a);
	return 0;
}
