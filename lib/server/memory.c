/* The default memory limit of a server. */
#include "server.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define SHARE 4 /* the limit is 1/SHARE of the memory */

/* The number in a file; SIZE_MAX: no limit. */
static size_t limit_in(const char *path)
{
    FILE *f = fopen(path, "re");
    size_t n;
    int found;

    if (!f)
        return SIZE_MAX;
    found = fscanf(f, "%zu", &n);
    fclose(f);
    return found == 1 ? n : SIZE_MAX; /* "max" is not a number */
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t limit_of(int resource)
{
    struct rlimit limit;

    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
               ? (size_t)limit.rlim_cur
               : SIZE_MAX;
}

size_t unp_memory_default(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t bytes = (size_t)1 << 30;

    /* A machine may have more memory than a process of 32 bits can address. */
    if (pages > 0 && page > 0 && __builtin_mul_overflow((size_t)pages, (size_t)page, &bytes))
        bytes = SIZE_MAX;

    /* A container's control group, version 2 or 1, may allow less than the machine has. */
    bytes = smaller(bytes, limit_in("/sys/fs/cgroup/memory.max"));
    bytes = smaller(bytes, limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
    bytes = smaller(bytes, limit_of(RLIMIT_AS));
    bytes = smaller(bytes, limit_of(RLIMIT_DATA));
    return bytes / SHARE;
}
