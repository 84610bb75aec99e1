/* --version: the program, the libraries it runs with, and the SCTP stacks of this machine. */
#include "cmdline.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct search {
    const char *name;    /* how the file's name begins */
    char path[PATH_MAX]; /* of the library that is loaded; "": it is not */
};

static int compare(struct dl_phdr_info *info, size_t size, void *arg)
{
    const char *slash = strrchr(info->dlpi_name, '/');
    struct search *search = arg;

    (void)size;
    if (!slash || strncmp(slash + 1, search->name, strlen(search->name)) != 0)
        return 0;
    snprintf(search->path, sizeof(search->path), "%s", info->dlpi_name);
    return 1;
}

/* The file name of a loaded library, with symbolic links resolved: it ends with the version, for
 * which libsctp has no function.  NULL: it is not loaded. */
static const char *loaded_file(const char *name)
{
    static char path[PATH_MAX];
    struct search search = {.name = name};
    const char *slash;

    if (!dl_iterate_phdr(compare, &search) || !realpath(search.path, path))
        return NULL;
    slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_kernel(void)
{
    /* A system call, because libsctp_userland replaces libc's socket(). */
    long fd = syscall(SYS_socket, AF_INET, SOCK_SEQPACKET | SOCK_CLOEXEC, IPPROTO_SCTP);

    if (fd < 0) {
        printf("kernel: no SCTP (%s)\n", strerror(errno));
        return;
    }
    puts("kernel: has SCTP");
    close((int)fd);
}

static void print_userland(void)
{
    const char *file;
    void *library;

    if (!loaded_file("libsctp_userland.so")) {
        puts("userland: none");
        return;
    }
    library = dlopen("libusrsctp.so." USRSCTP_ABI, RTLD_NOW | RTLD_LOCAL);
    file = library ? loaded_file("libusrsctp.so") : NULL;
    printf("userland: libsctp_userland.so, %s\n",
           file ? file : "no libusrsctp.so." USRSCTP_ABI " installed");
    if (library)
        dlclose(library);
}

void Unp_print_version(void)
{
    const char *file = loaded_file("libsctp.so");

    printf("%s (onetomany) " UNPSCTP_VERSION "\n", program_invocation_short_name);
    printf("libsctp: %s\n", file ? file : "linked statically");
    print_kernel();
    print_userland();
    if (fflush(stdout))
        err_sys("write the version");
    exit(EXIT_OK);
}
