/* The default memory limit of a server: lib/server/memory.c. */
#include "server/server.h"
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <sys/resource.h>

static struct {
    long pages, page;     /* of the machine; below 1: unknown */
    const char *v2, *v1;  /* the limits of the control group; NULL: no such file */
    rlim_t address, data; /* of the process */
    int unknown;          /* a limit of the process that cannot be read; -1: none */
    int files;            /* open ones */
} machine;

/* Sanitizers use these calls before main(). */
static bool in_test;

long __sysconf(int name); /* glibc's calls */
FILE *_IO_fopen(const char *path, const char *mode);
int _IO_fclose(FILE *f);

long sysconf(int name)
{
    if (!in_test)
        return __sysconf(name);
    return name == _SC_PHYS_PAGES ? machine.pages : name == _SC_PAGESIZE ? machine.page : -1;
}

FILE *fopen(const char *path, const char *mode)
{
    const char *text = strcmp(path, "/sys/fs/cgroup/memory.max") == 0 ? machine.v2
                       : strcmp(path, "/sys/fs/cgroup/memory/memory.limit_in_bytes") == 0
                           ? machine.v1
                           : NULL;

    if (!in_test)
        return _IO_fopen(path, mode);
    assert_int_equal(mode[0], 'r');
    machine.files += text != NULL;
    return text ? fmemopen((void *)(uintptr_t)text, strlen(text), "r") : NULL;
}

int fclose(FILE *f)
{
    machine.files--;
    return _IO_fclose(f);
}

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
    if (!in_test)
        return prlimit(0, resource, NULL, limit);
    errno = EINVAL;
    limit->rlim_cur = resource == RLIMIT_AS ? machine.address : machine.data;
    return (int)resource == machine.unknown ? -1 : 0;
}

/* A machine of 4 GiB that limits nothing. */
static int start(void **state)
{
    memset(&machine, 0, sizeof(machine));
    machine.pages = 1 << 19; /* 2 GiB */
    machine.page = 4096;
    machine.address = machine.data = RLIM_INFINITY;
    machine.unknown = -1;
    in_test = true;
    return 0;
}

static int stop(void **state)
{
    in_test = false;
    return 0;
}

#define MIB ((size_t)1 << 20)

UNIT_TEST(the_limit_is_a_quarter_of_the_machines_memory)
{
    assert_int_equal(unp_memory_default(), 512 * MIB);
    machine.pages = 4;
    machine.page = 1;
    assert_int_equal(unp_memory_default(), 1);
    machine.pages = LONG_MAX; /* more than a process can address */
    machine.page = 8;
    assert_int_equal(unp_memory_default(), SIZE_MAX / 4);
}

UNIT_TEST(a_machine_of_unknown_size_is_taken_to_have_1_GiB)
{
    machine.pages = -1;
    assert_int_equal(unp_memory_default(), 256 * MIB);
    machine.pages = 0;
    assert_int_equal(unp_memory_default(), 256 * MIB);
    machine.pages = 1 << 20;
    machine.page = 0;
    assert_int_equal(unp_memory_default(), 256 * MIB);
}

UNIT_TEST(a_control_group_may_allow_less)
{
    machine.v2 = "1073741824\n";
    assert_int_equal(unp_memory_default(), 256 * MIB);
    machine.v1 = "536870912\n";
    assert_int_equal(unp_memory_default(), 128 * MIB);
    machine.v2 = "max\n";
    assert_int_equal(unp_memory_default(), 128 * MIB);
    machine.v1 = "9223372036854771712\n"; /* version 1 without a limit */
    assert_int_equal(unp_memory_default(), 512 * MIB);
    assert_int_equal(machine.files, 0);
}

UNIT_TEST(the_limits_of_the_process_may_allow_less)
{
    machine.address = 1024 * MIB;
    assert_int_equal(unp_memory_default(), 256 * MIB);
    machine.data = 512 * MIB;
    assert_int_equal(unp_memory_default(), 128 * MIB);
    machine.unknown = RLIMIT_DATA;
    assert_int_equal(unp_memory_default(), 256 * MIB);
}

int main(void)
{
    return run_all_tests(start, stop);
}
