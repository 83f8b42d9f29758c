/* purge: may a Debian package go, now that something else does its work? Pure.
 *
 * Judged is each package by itself, as `apt-get -s purge NAME` would: with it go those whose Depends or Pre-Depends
 * would no longer be satisfied by what is left (alternatives, versions, Provides and architectures respected), and so
 * on. It may be purged when none of these was installed by hand, is essential, protected or held, or is needed by one
 * that is. What apt could install instead is not known here. A dependency that is not satisfied before is nobody's
 * reason.
 * Source: Debian Policy 7.2-7.5, deb-control(5), apt-get(8); dpkg lib/dpkg/depcon.c (deparchsatisfied). */
#ifndef PLAN_PURGE_H
#define PLAN_PURGE_H

#include "base/arena.h"
#include "format/dpkg.h"

/* The answer, first reason first. */
enum purge_answer {
	PURGE_YES,       /* it may go, and `going` with it */
	PURGE_ABSENT,    /* it is not installed */
	PURGE_ESSENTIAL, /* it is Essential or Protected, or apt itself, as apt sees it */
	PURGE_HELD,      /* it is on hold */
	PURGE_NEEDED,    /* `keeping` need it */
};

/* Some packages, sorted as in the database. */
struct purge_packages {
	const struct dpkg_package **at; /* the database's */
	size_t count;                   /* how many */
};

/* The verdict on one package; the lists are filled whatever the answer is, but empty with PURGE_ABSENT. */
struct purge_verdict {
	const struct dpkg_package *package; /* the database's; NULL with PURGE_ABSENT */
	enum purge_answer answer;      /* may it be purged? */
	struct purge_packages keeping; /* would break, and are to stay: manual, essential, protected or held ones, and
					* automatic ones that such a one needs */
	struct purge_packages going;   /* would break, and may go with it: automatic ones */
	struct purge_packages missing; /* would stay, and recommend something that goes: a note, no reason */
};

/* The word for an answer in machine output: "yes", "absent", "essential", "held", "needed". */
const char *purge_answer_name(enum purge_answer answer);

/* Judges each of `names` ("<name>" or "<name>:<architecture>", as dpkg_find takes them). Gives names.count verdicts in
 * the arena, in that order; they point into `db`. */
struct purge_verdict *purge_judge(const struct dpkg *db, struct texts names, struct arena *a);

#endif
