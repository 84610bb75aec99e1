/*
 * Loading libusrsctp and the copy of its variables: userland/libusrsctp.c.  The dynamic linker's
 * functions are ours (Makefile), and "libusrsctp" is memory with program headers that a test
 * chooses.  It is loaded once in a process, so each test runs in a child.
 */
#include "unit.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include "../../userland/libusrsctp.h"

#define LIBRARY "libusrsctp.so." USRSCTP_ABI

enum { PAGES = 8 };

/* What the linker finds. */
static struct {
    bool no_library, no_map;
    const char *missing;       /* a function */
    const ElfW(Phdr) * header; /* the program headers */
    ElfW(Half) headers;
} is;

static struct link_map map;
static char names[100][60]; /* the functions that were looked up; their addresses are these */
static size_t looked_up;
static int opened;

/* ---- the linker ----------------------------------------------------------------------- */

void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags)
{
    CHECK(strcmp(name, LIBRARY) == 0 && flags == (RTLD_NOW | RTLD_LOCAL));
    opened++;
    return is.no_library ? NULL : &map;
}

char *__wrap_dlerror(void);
char *__wrap_dlerror(void)
{
    return (char *)(uintptr_t)LIBRARY ": no such file";
}

void *__wrap_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name)
{
    CHECK(library == &map);
    if (is.missing && strcmp(name, is.missing) == 0)
        return NULL;
    CHECK(looked_up < COUNT(names));
    strcpy(names[looked_up], name);
    return names[looked_up++];
}

int __wrap_dlinfo(void *library, int request, void *into);
int __wrap_dlinfo(void *library, int request, void *into)
{
    CHECK(library == &map && request == RTLD_DI_LINKMAP);
    *(struct link_map **)into = &map;
    return is.no_map ? -1 : 0;
}

/* The program itself comes first, at another address. */
int __wrap_dl_iterate_phdr(int (*f)(struct dl_phdr_info *, size_t, void *), void *arg);
int __wrap_dl_iterate_phdr(int (*f)(struct dl_phdr_info *, size_t, void *), void *arg)
{
    struct dl_phdr_info program = {.dlpi_addr = map.l_addr + 1,
                                   .dlpi_phdr = is.header,
                                   .dlpi_phnum = is.headers},
                        ours = program;
    int result = f(&program, sizeof(program), arg);

    ours.dlpi_addr = map.l_addr;
    return result ? result : f(&ours, sizeof(ours), arg);
}

void debug(const char *format, ...)
{
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vdprintf(STDERR_FILENO, format, args);
    va_end(args);
    dprintf(STDERR_FILENO, "\n");
}

/* ---- the variables ------------------------------------------------------------------------ */

/* A place or size in the memory: pages, and bytes. */
struct at {
    unsigned pages, bytes;
};

struct header {
    ElfW(Word) type, flags;
    struct at from, size;
};

struct layout {
    const char *what;
    struct header header[4]; /* one more follows, which must not be read */
    struct at from, to;      /* the variables */
};

enum { R = PF_R, RW = PF_R | PF_W, RX = PF_R | PF_X };

static size_t bytes_of(struct at at)
{
    return at.pages * (size_t)getpagesize() + at.bytes;
}

static void set_headers(const struct header *of, ElfW(Phdr) * to)
{
    static const struct header beyond = {PT_LOAD, RW, {6, 0}, {1, 0}};

    for (; of->type; of++, is.headers++)
        to[is.headers] = (ElfW(Phdr)){.p_type = of->type,
                                      .p_flags = of->flags,
                                      .p_vaddr = bytes_of(of->from),
                                      .p_filesz = 1,
                                      .p_memsz = bytes_of(of->size)};
    to[is.headers] = (ElfW(Phdr)){.p_type = beyond.type,
                                  .p_flags = beyond.flags,
                                  .p_vaddr = bytes_of(beyond.from),
                                  .p_memsz = bytes_of(beyond.size)};
    is.header = to;
}

static char *memory; /* of PAGES */

static void make_memory(void)
{
    size_t size = bytes_of((struct at){PAGES, 0});

    // cppcheck-suppress invalidFunctionArg
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    map.l_addr = (ElfW(Addr))memory;
    memset(memory, 'a', size);
}

static void load_and_reset(void *arg)
{
    const struct layout *l = arg;
    const size_t size = bytes_of((struct at){PAGES, 0}), from = bytes_of(l->from),
                 to = bytes_of(l->to);
    ElfW(Phdr) headers[COUNT(l->header) + 1];

    make_memory();
    set_headers(l->header, headers);
    CHECK(libusrsctp_load());
    memset(memory, 'b', size);
    libusrsctp_reset();
    for (size_t i = 0; i < size; i++)
        if (memory[i] != (i >= from && i < to ? 'a' : 'b')) {
            fprintf(stderr, "%s: byte %zu, of %zu to %zu", l->what, i, from, to);
            _exit(1);
        }
    /* As in the child of a child. */
    memset(memory, 'c', size);
    libusrsctp_reset();
    CHECK(memory[from] == 'a' && memory[to - 1] == 'a');
}

UNIT_TEST(a_reset_restores_the_writable_segment_but_not_what_the_loader_protects)
{
    static const struct layout layouts[] = {
        {"one segment", {{PT_LOAD, RW, {0, 0}, {2, 100}}}, {0, 0}, {2, 100}},
        {"code around it",
         {{PT_LOAD, R, {0, 0}, {1, 0}},
          {PT_LOAD, RW, {2, 16}, {1, 5}},
          {PT_LOAD, RX, {4, 0}, {1, 0}}},
         {2, 16},
         {3, 21}},
        {"a writable stack is no variable",
         {{PT_LOAD, RW, {1, 0}, {1, 0}}, {PT_GNU_STACK, RW, {3, 0}, {1, 0}}},
         {1, 0},
         {2, 0}},
        {"the last of two",
         {{PT_LOAD, RW, {1, 0}, {1, 0}}, {PT_LOAD, RW, {4, 0}, {1, 0}}},
         {4, 0},
         {5, 0}},
        {"the beginning is protected, in whole pages",
         {{PT_LOAD, RW, {1, 16}, {3, 0}}, {PT_GNU_RELRO, R, {1, 16}, {1, 100}}},
         {2, 0},
         {4, 16}},
        {"the protected part has no whole page",
         {{PT_LOAD, RW, {1, 16}, {1, 0}}, {PT_GNU_RELRO, R, {1, 16}, {0, 50}}},
         {1, 16},
         {2, 16}},
        {"another segment is protected",
         {{PT_LOAD, RW, {1, 0}, {1, 0}},
          {PT_GNU_RELRO, R, {1, 0}, {1, 0}},
          {PT_LOAD, RW, {4, 0}, {1, 0}}},
         {4, 0},
         {5, 0}},
        {"a later segment is protected",
         {{PT_LOAD, RW, {1, 0}, {1, 0}}, {PT_GNU_RELRO, R, {4, 0}, {1, 0}}},
         {1, 0},
         {2, 0}},
    };
    char err[300];

    for (size_t i = 0; i < COUNT(layouts); i++)
        if (in_child(load_and_reset, (void *)(uintptr_t)&layouts[i], err, sizeof(err)) != 0)
            fail_msg("%s: %s", layouts[i].what, err);
}

/* ---- loading ------------------------------------------------------------------------------ */

static ElfW(Phdr) some_headers[3];

static void have_library(void)
{
    static const struct header one[] = {{PT_LOAD, RW, {1, 0}, {1, 0}}, {0}};

    make_memory();
    set_headers(one, some_headers);
}

/* Whether a pointer in `usr` is that of the function with this name. */
static bool is_named(const void *pointer, const char *name)
{
    const char *address;

    memcpy(&address, pointer, sizeof(address));
    return strcmp(address, name) == 0;
}

static void load_all(void *arg)
{
    have_library();
    CHECK(!libusrsctp_loaded());
    CHECK(libusrsctp_load() && libusrsctp_loaded());
    CHECK(libusrsctp_load() && opened == 1);
#define X(name) CHECK(is_named(&usr.name, "usrsctp_" #name));
    USRSCTP_FUNCTIONS(X)
#undef X
    CHECK(is_named(&usr.add_address, "sctp_add_addr_to_vrf"));
    CHECK(is_named(&usr.find_address, "sctp_find_ifa_by_addr"));
    CHECK(is_named(&usr.get_mbuf, "sctp_get_mbuf_for_msg"));
    CHECK(is_named(&usr.free_mbufs, "m_freem"));
    CHECK(is_named(&usr.input, "sctp_common_input_processing"));
}

static void load_without_input(void *arg)
{
    have_library();
    is.missing = "sctp_common_input_processing";
    CHECK(libusrsctp_load() && !usr.input && usr.free_mbufs);
}

UNIT_TEST(the_functions_are_found_once_and_those_of_no_header_may_be_missing)
{
    char err[300];

    if (in_child(load_all, NULL, err, sizeof(err)) != 0 ||
        in_child(load_without_input, NULL, err, sizeof(err)) != 0)
        fail_msg("%s", err);
    assert_string_equal(err, "");
}

struct failure {
    bool no_library, no_map, loaded; /* loaded: in spite of the failure */
    const char *missing, *message;
};

static void fail_to_load(void *arg)
{
    const struct failure *f = arg;

    have_library();
    is.no_library = f->no_library;
    is.no_map = f->no_map;
    is.missing = f->missing;
    for (int i = 0; i < 2; i++)
        CHECK(!libusrsctp_load() && libusrsctp_loaded() == f->loaded && opened == 1);
}

UNIT_TEST(a_failure_to_load_is_explained_once)
{
    static const struct failure cases[] = {
        {.no_library = true,
         .message =
             "cannot load the SCTP stack: " LIBRARY
             ": no such file; install the package libusrsctp" USRSCTP_ABI " (Debian, Ubuntu)\n"},
        {.loaded = true,
         .missing = "usrsctp_bindx",
         .message = "cannot use " LIBRARY ": it has no usrsctp_bindx; install version 0.9.5\n"},
        {.loaded = true,
         .no_map = true,
         .message = "cannot use " LIBRARY ": no copy of its variables can be made, which the "
                    "child of a fork needs; is there memory left?\n"},
    };
    char err[300];

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(in_child(fail_to_load, (void *)(uintptr_t)&cases[i], err, sizeof(err)), 0);
        assert_string_equal(err, cases[i].message);
    }
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
