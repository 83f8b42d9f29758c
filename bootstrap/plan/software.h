/* software: each way by which a Containerfile or a devcontainer.json brings software into an image, as it was found. What to do
 * about it is plan/migrate's to say.
 *
 * Names, which are the keys of the maps: WAY_APT and the like: the Debian package. All else has its kind before it:
 *
 *     github:cli/cli  gitlab:owner/name                of a release, a file of the repository, or a clone
 *     npm:prettier  pypi:ruff  crates:ripgrep  go:golang.org/x/tools/gopls  gem:fpm
 *     image:ghcr.io/astral-sh/uv                       without tag and digest
 *     feature:ghcr.io/devcontainers/features/node      without version; feature:./local
 *     url:go.dev/dl/go1.22.linux-amd64.tar.gz          other downloads and repositories of apt: scheme and query are gone
 *     ppa:owner/name                                   WAY_SOURCE alone
 *     ./scripts/install.sh                             WAY_SCRIPT and lists of requirements: the path as written
 *
 * A variable that is not known stands in a name as it was written: "url:e.org/${FILE}"; a version that is not known is none. */
#ifndef PLAN_SOFTWARE_H
#define PLAN_SOFTWARE_H

#include "base/arena.h"
#include "base/text.h"

/* How it comes. */
enum software_way {
	WAY_APT,      /* apt, apt-get, aptitude install NAME */
	WAY_SOURCE,   /* add-apt-repository, sources.list, a key: what apt will take packages from */
	WAY_DEB,      /* a .deb that is downloaded and installed */
	WAY_PIPED,    /* curl or wget piped into a shell, or a script downloaded and run */
	WAY_DOWNLOAD, /* an archive or a program that is downloaded and put in place */
	WAY_ADD,      /* ADD of a URL */
	WAY_IMAGE,    /* COPY --from another image that no stage of the file is */
	WAY_PIP,      /* pip, pip3, python -m pip */
	WAY_PIPX,     /* pipx install */
	WAY_UV,       /* uv tool install, uv pip install */
	WAY_NPM,      /* npm, yarn, pnpm, bun: installed globally */
	WAY_CARGO,    /* cargo install and cargo binstall */
	WAY_GO,       /* go install */
	WAY_GEM,      /* gem install */
	WAY_CLONE,    /* git clone, then built or installed */
	WAY_SCRIPT,   /* a script of the build context that installs: install.sh, setup.sh */
	WAY_FEATURE,  /* a dev container Feature */
};

/* Is it the same tomorrow? */
enum software_pin {
	PIN_NONE,    /* no version at all, or "latest" */
	PIN_RANGE,   /* a moving version: 1.*, ^1, ~=1.2, a branch, a major tag */
	PIN_VERSION, /* one version, by name */
	PIN_DIGEST,  /* by hash: a digest, a commit, a checksum that stands in the file */
};

/* Who vouches for the bytes? */
enum software_check {
	CHECK_NONE,        /* nobody: plain http, or https with checks off */
	CHECK_TRANSPORT,   /* https alone */
	CHECK_SAME_ORIGIN, /* a checksum or a signing key that is fetched from where the file comes from */
	CHECK_REGISTRY,    /* the registry's own index: signed by Debian's archive key, or hashes of an index over https */
	CHECK_KEY,         /* a signature by a key that stands in the file or comes from elsewhere */
	CHECK_PINNED,      /* a hash that stands in the file */
};

/* What must go from the file when it moves: words of one command, or some commands of one script, or an instruction. */
struct software_edit {
	size_t instruction; /* index in the Containerfile; SIZE_MAX: cannot be rewritten */
	bool whole;         /* the whole instruction goes (COPY --from, ADD); then there are no words and no commands */
	size_t script;      /* which script of that instruction: 0 the shell form; 1.. its here-documents */
	size_t command;     /* WAY_APT and such: the command whose words these are */
	size_t *words;      /* indexes of its words that go; none: whole commands go */
	size_t word_count;  /* how many */
	size_t *commands;   /* indexes of commands that go and serve nothing else */
	size_t command_count; /* how many */
	size_t *helpers;      /* indexes of commands that serve this and others, and go when all go that name them */
	size_t helper_count;  /* how many */
	struct text why_not;  /* why it cannot be rewritten, for people; none when it can */
};

/* Software that comes in. Texts are in the arena or slices of the file. */
struct software {
	enum software_way way;     /* how */
	struct text name;          /* as above */
	struct text version;       /* as asked for; none when none was */
	struct text origin;        /* URL, image, registry or suite ("-t bookworm-backports"); none for the default one */
	struct text command;       /* the program that it puts in place, where that can be seen; else none */
	enum software_pin pin;     /* is it pinned? */
	enum software_check check; /* is it verified? */
	struct text note;          /* what people should know: "only upgraded", "checksum from the same release", ... or none */
	bool upgrade;              /* apt --only-upgrade: of what the base brings */
	size_t stage;              /* index of the stage; 0 for a devcontainer.json */
	size_t at;                 /* byte of the file, where it is named */
	unsigned line;             /* the line of that byte, from 1 */
	struct software_edit edit; /* what to take out */
};

/* All of a file, in order of its lines. */
struct software_list {
	struct software *at; /* the first */
	size_t count;        /* how many */
	size_t room;         /* how many fit before it moves: a LIST */
};

/* The words for the three enums: "apt", "source", "deb", "piped", ...; "no", "range", "version", "digest"; "none", "https",
 * "same-origin", "registry", "key", "pinned". */
const char *software_way_name(enum software_way way);
const char *software_pin_name(enum software_pin pin);
const char *software_check_name(enum software_check check);

/* What a name begins with, "github:", "npm:", ...; none of a Debian package's. */
struct text software_kind(struct text name);

/* A Debian package's name without its architecture. */
struct text software_package(struct text name);

/* The name that people call it by: what stands behind the kind and the last slash, without an architecture. */
struct text software_called(const struct software *software);

/* The key of the tables (format/toolmap): the package, or the name with its kind. */
struct text software_key(const struct software *software, struct arena *a);

#endif
