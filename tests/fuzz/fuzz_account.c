/* Whoever a passwd file knows has a name that is one path component, and a home that is absolute or none. */
#include <stdlib.h>

#include "store/account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uid_t uids[] = { 0, 1000, UINT32_MAX };
	for (size_t i = 0; i < sizeof uids / sizeof *uids; i++) {
		struct arena a = { 0 };
		struct account account;
		bool known = account_parse((struct text){ (const char *)data, size }, uids[i], &a, &account);
		if (account.uid != uids[i] || known != (account.name.at != NULL))
			abort();
		if (known && (!account.name.len || text_has(account.name, '/') || account.name.at[account.name.len]))
			abort();
		if (account.home.at && (account.home.at[0] != '/' || account.home.at[account.home.len]))
			abort();
		arena_drop(&a);
	}
	return 0;
}
