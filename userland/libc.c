/* libc's own functions: the next ones of their names after ours. */
#include <dlfcn.h>
#include <stdlib.h>

#include "userland.h"

struct libc_calls libc_table;
bool libc_known;

void libc_find(void)
{
#define X(type, name, args) *(void **)&libc_table.name = dlsym(RTLD_NEXT, #name);
    LIBC_FUNCTIONS(X)
#undef X
    __atomic_store_n(&libc_known, true, __ATOMIC_RELEASE);
}
