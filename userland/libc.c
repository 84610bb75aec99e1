/* libc's own functions: the next ones of their names after ours. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "libc.h"

enum { NOT_STARTED = 127 }; /* as of the dynamic linker, for a symbol that it does not find */

struct libc_calls libc_table;
bool libc_known;

static void *find(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) {
        /* Not say(): it needs one of these functions. */
        dprintf(STDERR_FILENO,
                "libsctp_userland: cannot start: the C library has no %s(); use one that has, such "
                "as glibc 2.34\n",
                name);
        _exit(NOT_STARTED);
    }
    return function;
}

/* Two threads may be here, or one twice, as dlsym may allocate: both write the same. */
void libc_find(void)
{
#define X(type, name, args) *(void **)&libc_table.name = find(#name);
    LIBC_FUNCTIONS(X)
#undef X
    __atomic_store_n(&libc_known, true, __ATOMIC_RELEASE);
}

__attribute__((constructor)) static void find_at_start(void)
{
    libc_find();
}
