/* scandata: what is known of downloads while a file is looked through. */
#ifndef PLAN_SCANDATA_H
#define PLAN_SCANDATA_H

#include "plan/scanwork.h"

#define FETCH_NONE SIZE_MAX /* no download */

/* What a download turned out to be; the later ones win. */
enum scan_role {
	ROLE_UNUSED,   /* nobody took it up */
	ROLE_FILE,     /* it lies in a file */
	ROLE_SOFTWARE, /* it was put in place */
	ROLE_DEB,      /* it was installed as a Debian package */
	ROLE_PIPED,    /* it was run as a script */
	ROLE_PROOF,    /* a checksum or a signature of another one */
	ROLE_LOOKUP,   /* it told a version or a URL */
	ROLE_SOURCE,   /* a list of apt's sources */
	ROLE_KEY,      /* a key of apt's, or of a signature */
};

/* A download. */
struct scan_fetch {
	const struct scan_place *place; /* its script; that of an ADD has no shell */
	size_t command;                 /* index of the command */
	size_t instruction;             /* of the file */
	size_t stage;                   /* of the file */
	size_t at;                      /* byte of the file, where the URL stands */
	struct scan_named named;        /* what the URL says */
	struct text address;            /* the URL */
	enum scan_role role;            /* what it is */
	enum software_check check;      /* who vouches for it */
	enum software_check proof;      /* ROLE_PROOF: who vouches for the checksums */
	struct text puts;               /* the program that it puts in place */
	struct text note;               /* for people */
	struct text why_not;            /* why it cannot be taken out */
	bool by_gpg;                    /* was it verified by gpg? */
	LIST(size_t) serves;            /* commands of its script that serve it */
	LIST(size_t) proofs;            /* downloads that serve it */
};

/* Where something lies. */
struct scan_where {
	struct text path;   /* as scan_path makes it */
	size_t fetch;       /* which download; of a text: what a part of it was taken from, or FETCH_NONE */
	size_t stage;       /* in which stage */
	bool folder;        /* is all below it the download's? */
	bool loose;         /* is only that the download's which nobody else claims? It was unpacked into a common folder */
	bool member;        /* was it taken out of an archive by its name? */
	bool text;          /* is it a text that a script wrote? */
	struct text words;  /* the text */
	const struct scan_place *place; /* of a text: the script, */
	size_t command;     /* and the index of its command */
};

/* What a variable of a script holds. */
struct scan_held {
	struct text name;          /* the variable's */
	struct scan_stream stream; /* what */
};

/* A key that signs packages or files. */
struct scan_key {
	struct text path;  /* where it lies; none: in apt's or gpg's own keyring */
	struct text host;  /* from where; none: it stands in the file, or comes by its fingerprint */
	size_t fetch;      /* which download, or FETCH_NONE */
	size_t stage;      /* in which stage */
	bool apt;          /* is it apt's? false: gpg's */
	const struct scan_place *place; /* the script that brought it in; NULL: another instruction */
	size_t command;    /* index of the command that did */
};

/* A source of apt's packages, until the keys are known. */
struct scan_source {
	size_t software;       /* index in the scan's list */
	struct text host;      /* of its URL */
	struct text signed_by; /* path of a key; none: any of apt's */
	size_t stage;          /* in which stage */
};

/* A clone, which may still be set to another version. */
struct scan_clone {
	size_t software;    /* index in the scan's list */
	struct text folder; /* where it lies */
	size_t stage;       /* in which stage */
};

/* All downloads of a file. */
struct scan_flow {
	LIST(struct scan_fetch) fetches;  /* in order */
	LIST(struct scan_where) paths;    /* the latest last */
	LIST(struct scan_held) held;      /* of the script at hand */
	LIST(struct scan_key) keys;       /* in order */
	LIST(struct scan_source) sources; /* in order */
	LIST(struct scan_clone) clones;   /* in order */
	struct text folder;               /* the script's working directory */
};

#endif
