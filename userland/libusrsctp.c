/*
 * Loading libusrsctp.
 *
 * It is loaded with dlopen when the first socket is made: a program whose kernel has SCTP never
 * loads it, and its 600 global symbols stay out of the program's namespace.  (The program's
 * symbols are visible to libusrsctp: see own_names.c.)
 */
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libusrsctp.h"
#include "userland.h"

#define LIBRARY "libusrsctp.so." USRSCTP_ABI /* the Makefile: that of the version installed */

struct usrsctp usr;
int least_lists = 1;

static void *library; /* of dlopen */
/* A copy of libusrsctp's variables from before it was started, for the child of a fork. */
static struct {
    char *at, *kept;
    size_t size;
} variables;

static bool find_functions(void)
{
#define X(name)                                                                                    \
    if (!(*(void **)&usr.name = dlsym(library, "usrsctp_" #name))) {                               \
        say("cannot use " LIBRARY ": it has no usrsctp_" #name "; install version 0.9.5");         \
        return false;                                                                              \
    }
    USRSCTP_FUNCTIONS(X)
#undef X
    *(void **)&usr.add_address = dlsym(library, "sctp_add_addr_to_vrf");
    *(void **)&usr.find_address = dlsym(library, "sctp_find_ifa_by_addr");
    *(void **)&usr.get_mbuf = dlsym(library, "sctp_get_mbuf_for_msg");
    *(void **)&usr.free_mbufs = dlsym(library, "m_freem");
    *(void **)&usr.input = dlsym(library, "sctp_common_input_processing");
    *(void **)&usr.checksum = dlsym(library, "sctp_calculate_cksum");
    usr.later = !dlsym(library, "sctp_mark_ifa_addr_down"); /* which later versions lack */
    usr.schedulers = dlsym(library, "sctp_ss_functions");
    *(void **)&usr.notify = dlsym(library, "sctp_ulp_notify");
    *(void **)&usr.start_timer = dlsym(library, "sctp_timer_start");
    return true;
}

/* The variables are the last writable segment, except for what the loader has made read-only. */
static int find_variables(struct dl_phdr_info *info, size_t info_size, void *map)
{
    ElfW(Addr) from = 0, to = 0, protected = 0;
    (void)info_size;
    if (info->dlpi_addr != ((struct link_map *)map)->l_addr)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && p->p_flags & PF_W) {
            from = info->dlpi_addr + p->p_vaddr;
            to = from + p->p_memsz;
        } else if (p->p_type == PT_GNU_RELRO) {
            protected = (info->dlpi_addr + p->p_vaddr + p->p_memsz) & -(ElfW(Addr))getpagesize();
        }
    }
    if (from < protected && protected < to)
        from = protected;
    variables.at = (char *)from;
    variables.size = to - from;
    return 1;
}

static bool bind_names_and_keep_variables(void)
{
    struct link_map *map;
    bool found = dlinfo(library, RTLD_DI_LINKMAP, &map) == 0;
    if (found)
        own_names_bind(map);
    if (found && dl_iterate_phdr(find_variables, map) &&
        (variables.kept = malloc(variables.size))) {
        memcpy(variables.kept, variables.at, variables.size);
        return true;
    }
    say("cannot use " LIBRARY ": no copy of its variables can be made, which the child of a fork "
        "needs; is there memory left?");
    return false;
}

bool libusrsctp_loaded(void)
{
    return library != NULL;
}

bool libusrsctp_load(void)
{
    static bool tried, loaded;
    if (!tried && !(library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL)))
        say("cannot load the SCTP stack: %s; install the package libusrsctp" USRSCTP_ABI
            " (Debian, Ubuntu)",
            dlerror());
    else if (!tried)
        loaded = find_functions() && bind_names_and_keep_variables();
    tried = true;
    return loaded;
}

void libusrsctp_reset(void)
{
    memcpy(variables.at, variables.kept, variables.size);
}
