#include "plan/delta.h"

void delta_make(const struct text *want, size_t want_count, const struct text *have, size_t have_count, struct arena *a,
		struct delta *out)
{
	size_t w = 0, h = 0;
	*out = (struct delta){ 0 };
	while (w < want_count || h < have_count) {
		int order = w == want_count ? 1 : h == have_count ? -1 : text_compare(want[w], have[h]);
		if (order < 0)
			LIST_PUSH(&out->missing, a, w);
		else if (order > 0)
			LIST_PUSH(&out->extra, a, h);
		else
			LIST_PUSH(&out->shared, a, w);
		w += order <= 0;
		h += order >= 0;
	}
}
