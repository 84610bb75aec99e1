/*
 * Tells the peers when the process is gone.
 *
 * The kernel ends the associations of a process that is killed, calls _exit or dies of a signal.
 * A stack that lives in the process dies with it, and its peers would believe in it until they
 * have something to send or their heartbeats fail, which takes minutes.  So a small process stands
 * by, the guardian.  It has nothing but one end of a pipe, whose other end the process holds; when
 * that closes, it sends an ABORT for each association that is noted in the memory they share.
 *
 * It is made by clone(2) without an exit signal: wait(2) does not see it, and there is no SIGCHLD.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "userland.h"

enum { PLACES = 1 << 14, HEADER = 12 };
enum { ABORT = 6, COOKIE_ECHO = 10, COOKIE_ACK = 11, SHUTDOWN_COMPLETE = 14 };

/* An association; that of an older one whose place it takes is forgotten. */
struct note {
    union address to; /* with UDP's port */
    union address from;
    unsigned char header[HEADER]; /* SCTP's: ports, the peer's tag */
};

static struct note *notes; /* shared with the guardian */
static int our_end = -1;
static pid_t guardian;

/* --- in the process ----------------------------------------------------------------------- */

static struct note *place(const union address *peer, uint16_t ours, uint16_t theirs)
{
    const unsigned char *host = peer->sa.sa_family == AF_INET
                                    ? (const unsigned char *)&peer->in.sin_addr
                                    : peer->in6.sin6_addr.s6_addr + 12;
    uint32_t hash = (uint32_t)ours << 16 | theirs;
    for (int i = 0; i < 4; i++)
        hash = hash * 31 + host[i];
    return &notes[hash * 2654435761u >> 18];
}

void guardian_packet(const union address *peer, const union address *from,
                     const unsigned char *packet, size_t size, bool sent)
{
    if (!notes || size <= HEADER)
        return;
    unsigned char type = packet[HEADER];
    bool begins = sent && (type == COOKIE_ECHO || type == COOKIE_ACK);
    if (!begins && type != ABORT && type != SHUTDOWN_COMPLETE)
        return;
    uint16_t source = (uint16_t)(packet[0] << 8 | packet[1]);
    uint16_t destination = (uint16_t)(packet[2] << 8 | packet[3]);
    struct note *n = sent ? place(peer, source, destination) : place(peer, destination, source);
    n->to.sa.sa_family = 0; /* no longer valid, and not yet */
    if (begins) {
        union address to = *peer;
        memcpy(n->header, packet, HEADER);
        n->from = *from;
        memcpy((char *)&n->to + sizeof to.sa.sa_family, (char *)&to + sizeof to.sa.sa_family,
               sizeof to - sizeof to.sa.sa_family);
        __atomic_store_n(&n->to.sa.sa_family, to.sa.sa_family, __ATOMIC_RELEASE);
    }
}

/* --- in the guardian: no locks, no allocation ------------------------------------------------ */

static void send_abort(const struct note *n, int fd)
{
    /* The cause is "user-initiated abort", with a reason (RFC 9260, 3.3.10.12). */
    static const char reason[] = "the process has ended";
    unsigned char packet[HEADER + 8 + sizeof reason + 3] = {0};
    size_t text = sizeof reason - 1, size = HEADER + 8 + (text + 3) / 4 * 4;
    memcpy(packet, n->header, HEADER);
    memset(packet + 8, 0, 4);
    packet[HEADER] = ABORT;
    packet[HEADER + 3] = (unsigned char)(8 + text);
    packet[HEADER + 5] = 12;
    packet[HEADER + 7] = (unsigned char)(4 + text);
    memcpy(packet + HEADER + 8, reason, text);
    uint32_t sum = usr.crc32c(packet, size);
    memcpy(packet + 8, &sum, sizeof sum);

    _Alignas(struct cmsghdr) unsigned char control[UDP_SOURCE_ROOM];
    struct iovec iov = {packet, size};
    struct msghdr msg = {.msg_name = (void *)&n->to,
                         .msg_namelen = address_size(&n->to.sa),
                         .msg_iov = &iov,
                         .msg_iovlen = 1};
    udp_set_source(&msg, &n->from, control);
    libc.sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void guard(int pipe_end)
{
    char byte;
    syscall(SYS_setsid);
    prctl(PR_SET_NAME, "sctp-guardian");
    /* Whatever the process had open is not kept open by us. */
    if (syscall(SYS_dup3, pipe_end, 0, 0) == 0)
        pipe_end = 0;
    syscall(SYS_close_range, pipe_end + 1, ~0u, 0);
    while (syscall(SYS_read, pipe_end, &byte, 1) < 0 && errno == EINTR) {
    }
    int v4 = libc.socket(AF_INET, SOCK_DGRAM, 0), v6 = libc.socket(AF_INET6, SOCK_DGRAM, 0);
    for (int i = 0; i < PLACES; i++)
        if (notes[i].to.sa.sa_family)
            send_abort(&notes[i], notes[i].to.sa.sa_family == AF_INET ? v4 : v6);
    syscall(SYS_exit_group, 0);
}

/* --- beginning and end ------------------------------------------------------------------------ */

void guardian_start(void)
{
    int ends[2];
    notes = mmap(NULL, PLACES * sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                 // cppcheck-suppress invalidFunctionArg
                 -1, 0);
    if (notes == MAP_FAILED || pipe2(ends, O_CLOEXEC) < 0) {
        debug("no guardian: %s", strerror(errno));
        notes = NULL;
        return;
    }
    /* All signals are blocked here, and so in the guardian. */
    guardian = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (guardian == 0) {
        libc.close(ends[1]);
        guard(ends[0]);
    }
    libc.close(ends[0]);
    our_end = descriptor_hide(ends[1]);
    if (guardian < 0)
        debug("no guardian: %s", strerror(errno));
}

void guardian_end(void)
{
    if (our_end < 0)
        return;
    libc.close(our_end);
    our_end = -1;
    if (guardian > 0)
        waitpid(guardian, NULL, __WCLONE);
}

void guardian_after_fork(void)
{
    if (our_end >= 0)
        libc.close(our_end);
    if (notes)
        munmap(notes, PLACES * sizeof *notes);
    our_end = -1;
    notes = NULL;
}
