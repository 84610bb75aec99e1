/*
 * Changes to libusrsctp's stream schedulers: lifetime.c's, and one for versions after 0.9.5.
 *
 * These remove a message that was sent in fragments only when the next one is wanted.  Their "first
 * come, first served" then stays with the stream of that message, even if it has no other: the
 * association sends nothing any more.  Here the scheduler is told once more what was taken,
 * nothing, so that it looks whether the stream has more to send.
 */
#include "scheduler.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libusrsctp.h"
#include "stack.h"

static struct scheduler first_come; /* as it was */

static void remove_and_leave(struct control_block *c, struct association *a, struct stream *s,
                             struct message *m)
{
    first_come.remove(c, a, s, m);
    first_come.taken(c, NULL, a, s, 0);
}

/* Whether libusrsctp's table is as expected. */
static bool table_fits(const struct scheduler *table)
{
    Dl_info info;
    const ElfW(Sym) * symbol;
    return table && dladdr1(table, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
           symbol->st_size == SCHEDULERS * sizeof(*table);
}

void scheduler_start(void)
{
    struct scheduler *table = usr.schedulers;
    const uintptr_t page = (uintptr_t)getpagesize(), from = (uintptr_t)table & -page;
    const size_t size = (uintptr_t)table + SCHEDULERS * sizeof(*table) - from;
    if (first_come.next)
        return; /* the child of a fork */
    if (!table_fits(table) || mprotect((void *)from, size, PROT_READ | PROT_WRITE) < 0) {
        debug("the schedulers are libusrsctp's own");
        return;
    }
    first_come = table[FIRST_COME];
    lifetime_start(table);
    if (usr.later)
        table[FIRST_COME].remove = remove_and_leave;
    mprotect((void *)from, size, PROT_READ);
}
