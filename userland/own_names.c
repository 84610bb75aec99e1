/*
 * libusrsctp's references to its own functions and variables.
 *
 * It exports about 600.  The dynamic linker resolves each reference to the first definition in the
 * process, which is the program's if the program has the same name (m_free, sctp_listen, hz).
 * After loading, own_names_bind() points these references back at libusrsctp's definitions.
 * References to functions that this library replaces (entry_usrsctp.c) are left unchanged.
 */
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libusrsctp.h"

typedef ElfW(Rela) relocation;
typedef ElfW(Sym) symbol_entry;

struct range {
    uintptr_t from, to;
};

/* Where a library is. */
struct place {
    const struct link_map *map;
    struct range all, protected; /* protected: what the loader has made read-only, in whole pages */
};

/* The linker's names for the first byte of this library and the one after its last. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static int find_place(struct dl_phdr_info *info, size_t info_size, void *arg)
{
    struct place *place = arg;
    const uintptr_t page = (uintptr_t)getpagesize();
    (void)info_size;
    if (info->dlpi_addr != place->map->l_addr)
        return 0;
    place->all.from = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        const uintptr_t from = info->dlpi_addr + p->p_vaddr, to = from + p->p_memsz;
        if (p->p_type == PT_LOAD && to > place->all.to)
            place->all.to = to;
        else if (p->p_type == PT_GNU_RELRO)
            place->protected = (struct range){from & -page, to & -page};
    }
    return 1;
}

static bool is_in(const struct range *r, uintptr_t address)
{
    return r->from <= address && address < r->to;
}

/* An address in the dynamic section.  On most architectures, glibc has already added the
 * library's load address. */
static uintptr_t absolute(const struct link_map *map, uintptr_t address)
{
    return address < map->l_addr ? address + map->l_addr : address;
}

struct tables {
    const relocation *list[2]; /* of variables, of functions */
    size_t size[2];
    const symbol_entry *symbols;
};

/* False: it has none, or not in this form, as on 32-bit machines. */
static bool find_tables(const struct link_map *map, struct tables *t)
{
    memset(t, 0, sizeof(*t));
    for (const ElfW(Dyn) *d = map->l_ld; d && d->d_tag != DT_NULL; d++) {
        const void *p = (const void *)absolute(map, d->d_un.d_ptr);
        switch (d->d_tag) {
        case DT_RELA:
            t->list[0] = p;
            break;
        case DT_RELASZ:
            t->size[0] = d->d_un.d_val;
            break;
        case DT_JMPREL:
            t->list[1] = p;
            break;
        case DT_PLTRELSZ:
            t->size[1] = d->d_un.d_val;
            break;
        case DT_PLTREL:
            if (d->d_un.d_val != DT_RELA)
                return false;
            break;
        case DT_SYMTAB:
            t->symbols = p;
            break;
        default:
            break;
        }
    }
    return t->symbols && (t->list[0] || t->list[1]);
}

static size_t symbol_of(const relocation *r)
{
    return sizeof(r->r_info) == 8 ? (size_t)((uint64_t)r->r_info >> 32) : (size_t)r->r_info >> 8;
}

/* Every relocation that names a function or variable of libusrsctp holds its address plus an
 * addend. */
static void bind_one(const struct link_map *map, const struct tables *t, const relocation *r,
                     const struct range *own, const struct range *ours)
{
    const symbol_entry *symbol = &t->symbols[symbol_of(r)];
    const int type = symbol->st_info & 0xf;
    uintptr_t now, *slot = (uintptr_t *)(map->l_addr + r->r_offset);
    if (symbol_of(r) == 0 || symbol->st_shndx == SHN_UNDEF ||
        (type != STT_FUNC && type != STT_OBJECT))
        return;
    memcpy(&now, slot, sizeof(now));
    if (is_in(own, now) || is_in(ours, now))
        return;
    now = map->l_addr + symbol->st_value + (uintptr_t)r->r_addend;
    memcpy(slot, &now, sizeof(now));
}

void own_names_bind(const struct link_map *map)
{
    const struct range ours = {(uintptr_t)__ehdr_start, (uintptr_t)_end};
    struct place place = {.map = map};
    struct tables t;
    if (!find_tables(map, &t) || !dl_iterate_phdr(find_place, &place))
        return;
    void *protected = (void *)place.protected.from;
    const size_t size = place.protected.to - place.protected.from;
    if (size && mprotect(protected, size, PROT_READ | PROT_WRITE) < 0) {
        debug("names of the program may take the place of the stack's: %s", strerror(errno));
        return;
    }
    for (int i = 0; i < 2; i++)
        for (size_t n = 0; t.list[i] && n < t.size[i] / sizeof(*t.list[i]); n++)
            bind_one(map, &t, &t.list[i][n], &place.all, &ours);
    if (size)
        mprotect(protected, size, PROT_READ);
}
