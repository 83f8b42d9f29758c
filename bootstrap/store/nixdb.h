/* nixdb: Nix's database beneath a root, opened by its folder and worked on as the folder's owner.
 *
 * SQLite believes what lies beside a database: a journal may name further files that are to be deleted. Whoever owns the store can put
 * one there; root must not carry it out with rights that its owner has not. */
#ifndef STORE_NIXDB_H
#define STORE_NIXDB_H

#include "store/layout.h"
#include "sys/dbfile.h"
#include "sys/proc.h"

/* An open database. Zero-initialise with folder -1. */
struct nixdb {
	struct dbfile *db; /* the connection */
	int folder;        /* NIX_STATE "/db", open as long */
	bool acting;       /* does the calling thread act as the folder's owner? */
	struct proc_self self; /* then: what it is otherwise */
};

/* Opens the file `name` of the database's folder. Between this and the end the calling thread has only the rights of the folder's owner
 * over files. FAULT_SYSTEM with SQLite's words, or when the kernel does not let root act as somebody else (not with DBFILE_READ). */
MUST_CHECK int nixdb_open(struct nixdb *n, const struct root *root, const char *name, enum dbfile_mode mode, struct fault *f);

/* Could nixdb_open write to what is there? FAULT_SYSTEM as it says; a missing folder is fine. */
MUST_CHECK int nixdb_check(const struct root *root, struct fault *f);

/* Ends it, after success and after a fault: dbfile_finish, dbfile_close. */
MUST_CHECK int nixdb_finish(struct nixdb *n, struct fault *f);
void nixdb_close(struct nixdb *n);

#endif
