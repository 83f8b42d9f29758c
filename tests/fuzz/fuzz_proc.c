/* fuzz_proc: the Nix system that an ELF header stands for: one we know, told by class, byte order and machine alone, from 20 bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sys/proc.h"

#define HEAD 20 /* bytes that matter */

#define REQUIRE(truth)                                                                                                 \
	do {                                                                                                           \
		if (!(truth))                                                                                          \
			abort();                                                                                       \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text system = proc_elf_system((struct text){ (const char *)data, size }), again;
	char head[HEAD] = "\177ELF";

	REQUIRE(!system.len == !system.at);
	if (!system.len)
		return 0;
	REQUIRE(size >= HEAD && memcmp(data, head, 4) == 0);
	REQUIRE(text_ends(system, TEXT("-linux")) && strlen(system.at) == system.len);
	memcpy(head + 4, data + 4, 2);
	memcpy(head + 18, data + 18, 2);
	again = proc_elf_system((struct text){ head, HEAD });
	REQUIRE(text_equal(again, system));
	head[5] ^= 3; /* the other byte order */
	again = proc_elf_system((struct text){ head, HEAD });
	REQUIRE(!text_equal(again, system));
	REQUIRE(!proc_elf_system((struct text){ head, HEAD - 1 }).len);
	return 0;
}
