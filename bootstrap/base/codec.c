#include "base/codec.h"

static const char *const names[CODEC_COUNT] = {
	[CODEC_NONE] = "none",   [CODEC_XZ] = "xz",     [CODEC_ZSTD] = "zstd",
	[CODEC_BZIP2] = "bzip2", [CODEC_GZIP] = "gzip", [CODEC_BROTLI] = "br",
};

const char *codec_name(enum codec c)
{
	return names[c];
}

bool codec_parse(struct text name, enum codec *c)
{
	for (int i = 0; i < CODEC_COUNT; i++) {
		if (text_equal(name, text_of(names[i]))) {
			*c = (enum codec)i;
			return true;
		}
	}
	return false;
}
