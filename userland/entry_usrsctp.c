/*
 * Interposed: functions of libusrsctp's own, which it calls.
 *
 * A libusrsctp whose linker has bound its calls to its own functions (-Bsymbolic) works as well,
 * but is slow with thousands of associations.
 */
#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "libusrsctp.h"
#include "lock.h"
#include "timers.h"

/* ---- timers, in place of its sctp_callout.c --------------------------------- */

EXPORT int sctp_os_timer_start(struct timer *t, uint32_t ticks, void (*expired)(void *), void *arg);
EXPORT int sctp_os_timer_stop(struct timer *t);
EXPORT void sctp_handle_tick(uint32_t ticks);
EXPORT uint32_t sctp_get_tick_count(void);

int sctp_os_timer_start(struct timer *t, uint32_t ticks, void (*expired)(void *), void *arg)
{
    return timers_start(t, ticks, expired, arg);
}

int sctp_os_timer_stop(struct timer *t)
{
    return timers_stop(t);
}

/* For the stack's own thread, threads_nanosleep() has done this: the compiler may have made the
 * function a part of its only caller.  Others belong to a program that uses libusrsctp itself. */
void sctp_handle_tick(uint32_t ticks)
{
    if (!stack_thread)
        timers_tick(ticks);
}

uint32_t sctp_get_tick_count(void)
{
    return timers_now();
}

/* ---- hash tables ------------------------------------------------------------- */

EXPORT void *sctp_hashinit_flags(int elements, void *type, unsigned long *mask, int flags);

/* Makes a table of empty lists, which libusrsctp frees. */
void *sctp_hashinit_flags(int elements, void *type, unsigned long *mask, int flags)
{
    unsigned long wanted = (unsigned long)(elements < least_lists ? least_lists : elements), n = 1;
    (void)type;
    (void)flags;
    while (2 * n <= wanted)
        n *= 2;
    *mask = n - 1;
    return calloc(n, sizeof(void *));
}

/* ---- the checksum ------------------------------------------------------------ */

EXPORT uint32_t sctp_calculate_cksum(struct usr_mbuf *m, uint32_t offset);

#ifdef __x86_64__

static bool has_crc32(void)
{
    return __builtin_cpu_supports("sse4.2");
}

/* CRC32c, which has an instruction. */
__attribute__((target("sse4.2"))) static uint32_t crc32(uint32_t crc, const char *data, size_t n)
{
    uint64_t sum = crc, eight;
    for (; n >= sizeof(eight); n -= sizeof(eight), data += sizeof(eight)) {
        memcpy(&eight, data, sizeof(eight));
        sum = __builtin_ia32_crc32di(sum, eight);
    }
    crc = (uint32_t)sum;
    for (; n > 0; n--)
        crc = __builtin_ia32_crc32qi(crc, (unsigned char)*data++);
    return crc;
}

#else

static bool has_crc32(void)
{
    return false;
}

static uint32_t crc32(uint32_t crc, const char *data, size_t n)
{
    (void)data;
    (void)n;
    return crc;
}

#endif

/* The checksum of a packet that begins at this offset of a chain. */
uint32_t sctp_calculate_cksum(struct usr_mbuf *m, uint32_t offset)
{
    uint32_t crc = UINT32_MAX;
    if (!has_crc32())
        return usr.checksum(m, offset);
    for (; m; m = m->next) {
        uint32_t skipped = offset < (uint32_t)m->len ? offset : (uint32_t)m->len;
        crc = crc32(crc, m->data + skipped, (uint32_t)m->len - skipped);
        offset -= skipped;
    }
    return ~crc;
}
