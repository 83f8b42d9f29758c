#include "plan/delta.h"

void delta_make(struct texts want, struct texts have, struct arena *a, struct delta *out)
{
	size_t w = 0, h = 0;
	*out = (struct delta){ 0 };
	while (w < want.count || h < have.count) {
		int order = w == want.count ? 1 : h == have.count ? -1 : text_compare(want.at[w], have.at[h]);
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
