/* libc's own functions: the next ones of the same name after ours, in the linker's order. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include "libc.h"

enum { NOT_STARTED = 127 }; /* the dynamic linker's status for a symbol that it does not find */

struct libc_calls libc_table;
bool libc_known;

static void *find(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) {
        /* say() would need one of these functions. */
        dprintf(STDERR_FILENO,
                "libsctp_userland: cannot start: the C library has no %s(); use one that has, such "
                "as glibc 2.31\n",
                name);
        _exit(NOT_STARTED);
    }
    return function;
}

/* Two threads may run this at once, or one recursively, as dlsym may allocate.  They write the same
 * values. */
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
