#include "sys/version.h"

#include <archive.h>
#include <curl/curlver.h>
#include <jansson.h>
#include <lzma.h>
#include <nghttp2/nghttp2ver.h>
#include <openssl/opensslv.h>
#include <sqlite3.h>
#include <zlib.h>
#include <zstd.h>

const struct version VERSIONS[] = {
	{ "libarchive", ARCHIVE_VERSION_ONLY_STRING },
	{ "libcurl", LIBCURL_VERSION },
	{ "nghttp2", NGHTTP2_VERSION },
	{ "OpenSSL", OPENSSL_VERSION_STR },
	{ "liblzma", LZMA_VERSION_STRING },
	{ "zstd", ZSTD_VERSION_STRING },
	{ "zlib", ZLIB_VERSION },
	{ "jansson", JANSSON_VERSION },
	{ "SQLite", SQLITE_VERSION },
	{ 0 },
};
