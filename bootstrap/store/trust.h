/* trust: the public keys that are believed, and what they vouch for. Pure: keys and signatures in, verdicts out. */
#ifndef STORE_TRUST_H
#define STORE_TRUST_H

#include "base/arena.h"
#include "base/fault.h"
#include "format/lock.h"
#include "sys/crypto.h"

#define TRUST_NIXOS_URL "https://cache.nixos.org"
#define TRUST_NIXOS_KEY "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="

/* A public key. */
struct trust_key {
	struct text name;                   /* what stands before the colon; several keys may share it */
	uint8_t bytes[ED25519_KEY_BYTES];   /* the key */
};

/* The keys that are believed. Zero-initialise; lives in the arena it was filled from. */
struct trust {
	LIST(struct trust_key) keys; /* in order of adding */
};

/* Adds a key "<name>:<base64 of 32 bytes>"; the same key twice is fine. FAULT_USAGE tells what is wrong with `key`. */
MUST_CHECK int trust_add(struct trust *t, struct arena *a, struct text key, struct fault *f);

/* Adds every key of every cache of the lock. */
MUST_CHECK int trust_add_lock(struct trust *t, struct arena *a, const struct lock *lock, struct fault *f);

/* May this path be believed: a good signature, or a store path that follows from its ca? */
bool trust_path(const struct trust *t, const struct lock_path *path);

/* FAULT_VERIFY names the first path of `system` that may not be believed, and how many more. */
MUST_CHECK int trust_check(const struct trust *t, const struct lock_system *system, struct fault *f);

#endif
