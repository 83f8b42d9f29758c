/* objects: store objects made by hand, signed with the household's key, put into its caches or its store. */
#ifndef UNIT_OBJECTS_H
#define UNIT_OBJECTS_H

#include "household.h"

#include "store/tree.h"

/* A leaf of a tree, in the NAR's order: 'f' file, 'x' executable, 'l' symlink, 'd' empty directory; "" is the root. */
struct leaf {
	const char *path; /* below the root node */
	char kind;        /* as above */
	const char *text; /* contents or target */
};

/* A store object that a cache can have. */
struct object {
	struct lock_path path; /* what the lock says of it */
	struct text nar;       /* its NAR, which is also the file in a cache */
};

/* ---- NARs ---- */

UNUSED static void object_put_leaf(struct buffer *to, const struct leaf *leaf)
{
	if (leaf->kind == 'l') {
		nar_put_symlink(to, text_of(leaf->text));
	} else if (leaf->kind == 'd') {
		nar_put_directory(to);
		nar_put_directory_end(to);
	} else {
		nar_put_file(to, leaf->kind == 'x', strlen(leaf->text));
		buffer_text(to, text_of(leaf->text));
		nar_put_file_end(to, strlen(leaf->text));
	}
}

/* A directory of the leaves, whose paths begin the same for `skip` bytes. */
UNUSED static void object_put_folder(struct buffer *to, const struct leaf *leaves, size_t count, size_t skip)
{
	nar_put_directory(to);
	for (size_t i = 0, next; i < count; i = next) {
		size_t len = strcspn(leaves[i].path + skip, "/");
		nar_put_entry(to, (struct text){ leaves[i].path + skip, len });
		for (next = i + 1; next < count; next++)
			if (strncmp(leaves[next].path + skip, leaves[i].path + skip, len + 1))
				break;
		if (leaves[i].path[skip + len])
			object_put_folder(to, leaves + i, next - i, skip + len + 1);
		else
			object_put_leaf(to, &leaves[i]);
		nar_put_entry_end(to);
	}
	nar_put_directory_end(to);
}

UNUSED static struct text object_nar(struct household *h, const struct leaf *leaves, size_t count)
{
	BUFFER_AUTO nar = { 0 };
	nar_put_magic(&nar);
	if (count == 1 && !*leaves[0].path)
		object_put_leaf(&nar, &leaves[0]);
	else
		object_put_folder(&nar, leaves, count, 0);
	return arena_copy(&h->arena, buffer_view(&nar));
}

/* ---- objects ---- */

UNUSED static struct texts object_list(struct household *h, size_t count, ...)
{
	struct texts list = { arena_alloc(&h->arena, count, sizeof *list.at), count };
	va_list args;
	va_start(args, count);
	for (size_t i = 0; i < count; i++)
		list.at[i] = va_arg(args, struct text);
	va_end(args);
	texts_sort_unique(&list);
	return list;
}
#define NO_TEXTS ((struct texts){ 0 })

/* A base name whose hash part is made from the name. */
UNUSED static struct text object_base(struct household *h, const char *name)
{
	struct digest digest = crypto_sha256(text_of(name));
	char hash[STORE_HASH_CHARS + 1];
	encode_nix32(hash, digest.bytes, 20);
	return text_of(house_say(h, "%s-%s", hash, name));
}

/* Signs what the path says now. */
UNUSED static void object_sign(struct household *h, struct object *o)
{
	struct lock_path *p = &o->path;
	struct text print = narinfo_fingerprint(p->path, &p->nar_digest, p->nar_size, p->references, &h->arena);
	uint8_t bytes[ED25519_SIG_BYTES];
	size_t size = sizeof bytes;
	char base64[BASE64_CHARS(ED25519_SIG_BYTES) + 1];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, h->pair), 1);
	assert_int_equal(EVP_DigestSign(context, bytes, &size, (const uint8_t *)print.at, print.len), 1);
	EVP_MD_CTX_free(context);
	encode_base64(base64, bytes, sizeof bytes);
	p->signatures = object_list(h, 1, text_of(house_say(h, HOUSE_KEY_NAME ":%s", base64)));
}

/* The object of that NAR: its file in a cache is the NAR itself. */
UNUSED static struct object object_of_nar(struct household *h, const char *name, struct text nar,
					  struct texts references)
{
	struct object o = { .nar = nar, .path = { .path = object_base(h, name), .references = references } };
	struct lock_path *p = &o.path;
	p->nar_digest = p->file_digest = crypto_sha256(nar);
	p->nar_size = p->file_size = nar.len;
	p->cache = h->caches[0];
	p->url = text_of(house_say(h, "nar/%s.nar", name));
	p->codec = CODEC_NONE;
	object_sign(h, &o);
	return o;
}

#define OBJECT(h, name, references, ...)                                                                               \
	object_of_nar(h, name,                                                                                         \
		      object_nar(h, (const struct leaf[]){ __VA_ARGS__ },                                              \
				 sizeof((const struct leaf[]){ __VA_ARGS__ }) / sizeof(struct leaf)),                  \
		      references)

/* ---- where objects are ---- */

/* Puts the object's file into `folder` of the host ("cache" or "cache2"). */
UNUSED static void object_put_file(struct household *h, const struct object *o, const char *folder)
{
	const char *path = house_say(h, "/%s/" TEXT_F, folder, TEXT_A(o->path.url));
	WORKS(fs_write(h->host, path, 0644, o->nar, &h->f));
}

/* What a narinfo may lack. */
enum object_lack { LACKS_NOTHING = 0, LACKS_FILE_HASH = 1, LACKS_SIGNATURE = 2, LACKS_FILE = 4 };

/* Puts narinfo and file into `folder`, without what `lacks` names. */
UNUSED static void object_publish(struct household *h, const struct object *o, const char *folder, unsigned lacks)
{
	const struct lock_path *p = &o->path;
	char digest[DIGEST_NIX32_SIZE];
	BUFFER_AUTO info = { 0 };
	buffer_printf(&info, "StorePath: " STORE_PREFIX TEXT_F "\nURL: " TEXT_F "\nCompression: none\n",
		      TEXT_A(p->path), TEXT_A(p->url));
	if (!(lacks & LACKS_FILE_HASH))
		buffer_printf(&info, "FileHash: %s\nFileSize: %zu\n", digest_nix32(&p->file_digest, digest),
			      (size_t)p->file_size);
	buffer_printf(&info, "NarHash: %s\nNarSize: %zu\nReferences:", digest_nix32(&p->nar_digest, digest),
		      (size_t)p->nar_size);
	for (size_t i = 0; i < p->references.count; i++)
		buffer_printf(&info, " " TEXT_F, TEXT_A(p->references.at[i]));
	buffer_printf(&info, "\n");
	for (size_t i = 0; i < p->signatures.count && !(lacks & LACKS_SIGNATURE); i++)
		buffer_printf(&info, "Sig: " TEXT_F "\n", TEXT_A(p->signatures.at[i]));
	if (p->ca.len)
		buffer_printf(&info, "CA: " TEXT_F "\n", TEXT_A(p->ca));
	const char *path = house_say(h, "/%s/" TEXT_F ".narinfo", folder, TEXT_A(storepath_hash(p->path)));
	WORKS(fs_write(h->host, path, 0644, buffer_view(&info), &h->f));
	if (!(lacks & LACKS_FILE))
		object_put_file(h, o, folder);
}

/* Unpacks it into the store of the root. */
UNUSED static void object_install(struct household *h, const struct object *o)
{
	struct stream_memory from;
	WORKS(fs_make_dirs(h->root.fd, STORE_DIR, 0755, &h->f));
	FD_AUTO dir = house_dir(h, STORE_DIR);
	stream_memory_open(&from, o->nar);
	WORKS(tree_unpack(dir, o->path.path.at, &from.stream, &h->f));
}

/* The full path of the object beneath the root, and of `more` in it. */
UNUSED static const char *object_at(struct household *h, const struct object *o, const char *more)
{
	return house_say(h, STORE_PREFIX TEXT_F "%s", TEXT_A(o->path.path), more);
}

#endif
