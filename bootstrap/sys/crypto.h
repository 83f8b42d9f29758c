/* crypto: SHA-256 and Ed25519, by OpenSSL. */
#ifndef SYS_CRYPTO_H
#define SYS_CRYPTO_H

#include "base/encode.h"
#include "base/fault.h"

#define ED25519_KEY_BYTES 32 /* a public key (RFC 8032) */
#define ED25519_SIG_BYTES 64 /* a signature (RFC 8032) */

struct hasher; /* a SHA-256 under way; one thread at a time */

/* To be called once, first in main: OpenSSL without any configuration file of the host. */
void crypto_start(void);

/* A fresh SHA-256; the caller drops it. Memory exhaustion ends the program with exit status 5. */
struct hasher *hasher_make(void);

/* Takes in `len` bytes. */
void hasher_add(struct hasher *h, const void *bytes, size_t len);

/* The digest of all that was added; the hasher starts afresh. */
struct digest hasher_end(struct hasher *h);

/* Frees; hasher_drop(NULL) is legal. */
void hasher_drop(struct hasher *h);

/* The digest of `t`. */
struct digest crypto_sha256(struct text t);

/* Is `sig` the signature of `message` by `key`? (RFC 8032, pure Ed25519.) */
bool crypto_ed25519_verify(const uint8_t key[ED25519_KEY_BYTES], const uint8_t sig[ED25519_SIG_BYTES],
			   struct text message);

#endif
