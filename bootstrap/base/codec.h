/* codec: the names of the compressions that a narinfo may declare. */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stdbool.h>

#include "base/text.h"

/* Codecs of a narinfo's Compression field. */
enum codec { CODEC_NONE, CODEC_XZ, CODEC_ZSTD, CODEC_BZIP2, CODEC_GZIP, CODEC_BROTLI, CODEC_COUNT };

/* The name as a narinfo has it: "none", "xz", "zstd", "bzip2", "gzip", "br". */
const char *codec_name(enum codec c);

/* The codec of a name, exact letters; false when unknown. An empty name is no codec here. */
bool codec_parse(struct text name, enum codec *c);

#endif
