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

/* A table of relocations.  Some machines, such as i386, have no addends in it (ElfW(Rel)). */
struct relocations {
    const char *at;
    size_t size; /* of all, in bytes */
    bool addends;
};

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
    struct relocations list[2]; /* of variables, of functions */
    const symbol_entry *symbols;
};

/* False: it has none. */
static bool find_tables(const struct link_map *map, struct tables *t)
{
    memset(t, 0, sizeof(*t));
    for (const ElfW(Dyn) *d = map->l_ld; d && d->d_tag != DT_NULL; d++) {
        const void *p = (const void *)absolute(map, d->d_un.d_ptr);
        switch (d->d_tag) {
        case DT_RELA:
        case DT_REL:
            t->list[0].at = p;
            t->list[0].addends = d->d_tag == DT_RELA;
            break;
        case DT_RELASZ:
        case DT_RELSZ:
            t->list[0].size = d->d_un.d_val;
            break;
        case DT_JMPREL:
            t->list[1].at = p;
            break;
        case DT_PLTRELSZ:
            t->list[1].size = d->d_un.d_val;
            break;
        case DT_PLTREL:
            t->list[1].addends = d->d_un.d_val == DT_RELA;
            break;
        case DT_SYMTAB:
            t->symbols = p;
            break;
        default:
            break;
        }
    }
    return t->symbols && (t->list[0].at || t->list[1].at);
}

static size_t symbol_of(const relocation *r)
{
    return sizeof(r->r_info) == 8 ? (size_t)((uint64_t)r->r_info >> 32) : (size_t)r->r_info >> 8;
}

/* Every relocation that names a function or variable of libusrsctp holds its address plus an
 * addend.  Where the table has no addends, it is 0: the compiler refers to visible names by
 * R_386_GLOB_DAT and R_386_JMP_SLOT only. */
static void bind_one(const struct place *place, const symbol_entry *symbols, const relocation *r)
{
    const struct range ours = {(uintptr_t)__ehdr_start, (uintptr_t)_end};
    const uintptr_t base = place->map->l_addr;
    const symbol_entry *symbol = &symbols[symbol_of(r)];
    const int type = symbol->st_info & 0xf;
    uintptr_t now, *slot = (uintptr_t *)(base + r->r_offset);
    if (symbol_of(r) == 0 || symbol->st_shndx == SHN_UNDEF ||
        (type != STT_FUNC && type != STT_OBJECT))
        return;
    memcpy(&now, slot, sizeof(now));
    if (is_in(&place->all, now) || is_in(&ours, now))
        return;
    now = base + symbol->st_value + (uintptr_t)r->r_addend;
    memcpy(slot, &now, sizeof(now));
}

static void bind_all(const struct place *place, const symbol_entry *symbols,
                     const struct relocations *list)
{
    const size_t each = list->addends ? sizeof(ElfW(Rela)) : sizeof(ElfW(Rel));
    for (size_t at = 0; list->at && at + each <= list->size; at += each) {
        relocation r = {0};
        memcpy(&r, list->at + at, each);
        bind_one(place, symbols, &r);
    }
}

void own_names_bind(const struct link_map *map)
{
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
        bind_all(&place, t.symbols, &t.list[i]);
    if (size)
        mprotect(protected, size, PROT_READ);
}
