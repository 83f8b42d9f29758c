#include "format/dpkgversion.h"

/* A version taken apart. */
struct version {
	struct text epoch;    /* may be empty: 0 */
	struct text upstream; /* what is between */
	struct text revision; /* may be empty */
};

static bool at_digit(struct text t)
{
	return t.len && t.at[0] >= '0' && t.at[0] <= '9';
}

/* Weight of the first character outside a number: '~' before the end (and a digit), then letters, then the rest. */
static int weight(struct text t)
{
	int c = t.len ? (unsigned char)t.at[0] : 0;
	if (!t.len || at_digit(t))
		return 0;
	if (c == '~')
		return -1;
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return letter ? c : c + 256;
}

static struct text take_number(struct text *t)
{
	struct text number = *t;
	while (at_digit(*t))
		*t = text_skip(*t, 1);
	number.len -= t->len;
	while (number.len && number.at[0] == '0')
		number = text_skip(number, 1);
	return number;
}

static int compare_numbers(struct text a, struct text b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return text_compare(a, b);
}

static int compare_part(struct text a, struct text b)
{
	while (a.len || b.len) {
		while ((a.len && !at_digit(a)) || (b.len && !at_digit(b))) {
			int order = weight(a) - weight(b);
			if (order)
				return order;
			a = text_skip(a, 1);
			b = text_skip(b, 1);
		}
		int order = compare_numbers(take_number(&a), take_number(&b));
		if (order)
			return order;
	}
	return 0;
}

static struct version take_apart(struct text t)
{
	struct version v = { .upstream = t };
	if (text_has(t, ':'))
		text_cut(&v.upstream, ':', &v.epoch);
	size_t len = v.upstream.len;
	while (len && v.upstream.at[len - 1] != '-')
		len--;
	if (!len)
		return v;
	v.revision = text_skip(v.upstream, len);
	v.upstream.len = len - 1;
	return v;
}

int dpkg_version_compare(struct text a, struct text b)
{
	struct version x = take_apart(a), y = take_apart(b);
	int order = compare_part(x.epoch, y.epoch);
	if (!order)
		order = compare_part(x.upstream, y.upstream);
	return order ? order : compare_part(x.revision, y.revision);
}

bool dpkg_version_fits(struct text version, enum dpkg_operator op, struct text wanted)
{
	/* The signs of the order that fit: a bit each for below, equal, above. */
	static const unsigned char fits[] = {
		[DPKG_LESS] = 1, [DPKG_AT_MOST] = 3, [DPKG_EQUAL] = 2, [DPKG_AT_LEAST] = 6, [DPKG_MORE] = 4,
	};
	if (op == DPKG_ANY || !version.len)
		return op == DPKG_ANY;
	int order = dpkg_version_compare(version, wanted);
	return fits[op] & (order < 0 ? 1 : order == 0 ? 2 : 4);
}
