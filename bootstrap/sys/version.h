/* version: which libraries are inside. */
#ifndef SYS_VERSION_H
#define SYS_VERSION_H

#include "base/text.h"

/* A library. */
struct version {
	const char *name;    /* as its makers call it */
	const char *version; /* of the headers that it was built with: in a static binary also of the code */
};

/* The libraries; ends with an all-zero entry. Never asks libcurl at run time: its optional parts are stubs here. */
extern const struct version VERSIONS[];

#endif
