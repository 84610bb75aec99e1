/*
 * The guardian: aborts the associations of a process that was killed.
 *
 * The kernel ends the associations of a process that is killed, calls _exit or dies of a
 * signal.  A stack inside the process dies with it, and the peers would not notice until they send
 * data or their heartbeats fail, which takes minutes.  The guardian is a small process that only
 * holds one end of a pipe.  When this process's end closes, it sends an ABORT for each association
 * that is noted in the memory they share (association.c notes them).
 *
 * It is made by clone(2) without an exit signal, so that wait(2) does not see it and there is no
 * SIGCHLD.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "descriptor.h"
#include "guardian.h"
#include "libc.h"
#include "libusrsctp.h"
#include "packet.h"
#include "udp.h"
#include "userland.h"

union end {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

struct note {
    union end to; /* with UDP's port; family 0: none */
    union end from;
    unsigned char header[PACKET_HEADER]; /* SCTP's: ports, the peer's tag */
};

static struct {
    uint32_t n; /* the notes after these were never used */
    struct note note[GUARDIAN_NOTES];
} * shared; /* with the guardian */
static uint32_t freed[GUARDIAN_NOTES], n_freed;
static int our_end = -1;
static pid_t guardian;

/* ---- in the process ------------------------------------------------------- */

int guardian_note(const union address *peer, const union address *from, const unsigned char *packet)
{
    if (!shared || (!n_freed && shared->n == GUARDIAN_NOTES))
        return -1;
    uint32_t i = n_freed ? freed[--n_freed] : shared->n;
    struct note *n = &shared->note[i];
    union end to;
    memcpy(&to, peer, sizeof(to));
    memcpy(n->header, packet, PACKET_HEADER);
    memcpy(&n->from, from, sizeof(n->from));
    memcpy((char *)&n->to + sizeof(to.sa.sa_family), (char *)&to + sizeof(to.sa.sa_family),
           sizeof(to) - sizeof(to.sa.sa_family));
    __atomic_store_n(&n->to.sa.sa_family, to.sa.sa_family, __ATOMIC_RELEASE);
    if (i == shared->n)
        __atomic_store_n(&shared->n, i + 1, __ATOMIC_RELEASE);
    return (int)i;
}

void guardian_moved(int note, const union address *peer)
{
    if (note < 0 || !shared)
        return;
    union end *to = &shared->note[note].to;
    if (to->sa.sa_family != peer->sa.sa_family)
        return;
    if (peer->sa.sa_family == AF_INET
            ? to->in.sin_addr.s_addr == peer->in.sin_addr.s_addr
            : IN6_ARE_ADDR_EQUAL(&to->in6.sin6_addr, &peer->in6.sin6_addr))
        to->in.sin_port = peer->in.sin_port; /* sin6_port has the same offset */
}

void guardian_forget(int note)
{
    if (note < 0 || !shared)
        return;
    __atomic_store_n(&shared->note[note].to.sa.sa_family, 0, __ATOMIC_RELEASE);
    freed[n_freed++] = (uint32_t)note;
}

/* ---- in the guardian: no locks, no allocation ----------------------------- */

static void send_abort(const struct note *n, int fd)
{
    /* The cause is "user-initiated abort", with a reason (RFC 9260, 3.3.10.12). */
    static const char reason[] = "the process has ended";
    unsigned char packet[PACKET_HEADER + 8 + sizeof(reason) + 3] = {0};
    size_t text = sizeof(reason) - 1, size = PACKET_HEADER + 8 + (text + 3) / 4 * 4;
    memcpy(packet, n->header, PACKET_HEADER);
    memset(packet + 8, 0, 4);
    packet[PACKET_HEADER] = CHUNK_ABORT;
    packet[PACKET_HEADER + 3] = (unsigned char)(8 + text);
    packet[PACKET_HEADER + 5] = 12;
    packet[PACKET_HEADER + 7] = (unsigned char)(4 + text);
    memcpy(packet + PACKET_HEADER + 8, reason, text);
    uint32_t sum = usr.crc32c(packet, size);
    memcpy(packet + 8, &sum, sizeof(sum));

    _Alignas(struct cmsghdr) unsigned char control[UDP_SOURCE_ROOM];
    struct iovec iov = {packet, size};
    struct msghdr msg = {.msg_name = (void *)&n->to,
                         .msg_namelen = address_size(&n->to.sa),
                         .msg_iov = &iov,
                         .msg_iovlen = 1};
    union address from = {0};
    memcpy(&from, &n->from, sizeof(n->from));
    udp_set_source(&msg, &from, control);
    libc.sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void guard(int pipe_end)
{
    char byte;
    libc.syscall(SYS_setsid);
    prctl(PR_SET_NAME, "sctp-guardian");
    /* The guardian must not keep the process's files and sockets open. */
    if (libc.syscall(SYS_dup3, pipe_end, 0, 0) == 0)
        pipe_end = 0;
    libc.syscall(__NR_close_range, pipe_end + 1, ~0u, 0);
    while (libc.syscall(SYS_read, pipe_end, &byte, 1) < 0 && errno == EINTR) {
    }
    int v4 = libc.socket(AF_INET, SOCK_DGRAM, 0), v6 = libc.socket(AF_INET6, SOCK_DGRAM, 0);
    for (uint32_t i = 0; i < __atomic_load_n(&shared->n, __ATOMIC_ACQUIRE); i++)
        if (shared->note[i].to.sa.sa_family)
            send_abort(&shared->note[i], shared->note[i].to.sa.sa_family == AF_INET ? v4 : v6);
    libc.syscall(SYS_exit_group, 0);
}

/* ---- start and end -------------------------------------------------------- */

void guardian_start(void)
{
    int ends[2];
    /* Pages that are never touched take no memory. */
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  // cppcheck-suppress invalidFunctionArg
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    n_freed = 0;
    if (shared == MAP_FAILED || pipe2(ends, O_CLOEXEC) < 0) {
        debug("no guardian: %s", strerror(errno));
        shared = NULL;
        return;
    }
    /* The lock is held, so all signals are blocked, also in the guardian. */
    guardian = (pid_t)libc.syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
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

/* The child must not keep the parent's end of the pipe open, or the guardian would not see that the
 * parent has ended. */
void guardian_after_fork(void)
{
    if (our_end >= 0) {
        descriptor_unhide(our_end);
        libc.close(our_end);
    }
    if (shared)
        munmap(shared, sizeof(*shared));
    our_end = -1;
    shared = NULL;
}
