#include "sys/crypto.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

struct hasher {
	EVP_MD_CTX *state; /* always ready to take bytes */
};

void crypto_start(void)
{
	/* Whoever comes first decides: libcurl's own wish to load openssl.cnf comes later and does nothing. */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) ||
	    !OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		fault_no_memory();
}

struct hasher *hasher_make(void)
{
	struct hasher *h = malloc(sizeof *h);

	if (!h)
		fault_no_memory();
	h->state = EVP_MD_CTX_new();
	if (!h->state || !EVP_DigestInit_ex(h->state, EVP_sha256(), NULL))
		fault_no_memory();
	return h;
}

void hasher_add(struct hasher *h, const void *bytes, size_t len)
{
	if (!EVP_DigestUpdate(h->state, bytes, len))
		fault_no_memory();
}

struct digest hasher_end(struct hasher *h)
{
	struct digest d;

	if (!EVP_DigestFinal_ex(h->state, d.bytes, NULL) || !EVP_DigestInit_ex(h->state, NULL, NULL))
		fault_no_memory();
	return d;
}

void hasher_drop(struct hasher *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->state);
	free(h);
}

struct digest crypto_sha256(struct text t)
{
	struct digest d;

	if (!EVP_Digest(t.at, t.len, d.bytes, NULL, EVP_sha256(), NULL))
		fault_no_memory();
	return d;
}

bool crypto_ed25519_verify(const uint8_t key[ED25519_KEY_BYTES], const uint8_t sig[ED25519_SIG_BYTES],
			   struct text message)
{
	EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, ED25519_KEY_BYTES);
	EVP_MD_CTX *state = EVP_MD_CTX_new();
	bool good = public && state && EVP_DigestVerifyInit(state, NULL, NULL, NULL, public) == 1 &&
		    EVP_DigestVerify(state, sig, ED25519_SIG_BYTES, (const uint8_t *)message.at, message.len) == 1;

	EVP_MD_CTX_free(state);
	EVP_PKEY_free(public);
	/* Nothing that a failure left in this thread's queue may be read as the error of a later TLS call. */
	ERR_clear_error();
	return good;
}
