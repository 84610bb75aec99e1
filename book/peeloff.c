/*
 * peeloff - echo server with a socket and a thread for each association: UNP 23.10, sctpserv_fork.c
 *
 * sctp_peeloff() moves an association from the one-to-many socket to a one-to-one socket of its
 * own.  UNP gives it to a child process; here a thread serves it, because the userland stack, which
 * is part of the process, does not survive fork().
 *
 * To see: the first message is answered from the shared socket, all others by the thread.
 *
 * Try it:   terminal 1   build/book/peeloff
 *           terminal 2   build/book/streamcli 127.0.0.1
 *                        [0] hello
 *                        [0] again
 *
 * A production server must also                                        (see)
 *   - keep the order of messages that arrive during the move           echo/peel.c
 *   - bound the number of threads                                      echo/sctp_echo_srv.c
 *   - end all of them when it ends                                     echo/peel.c
 */
#include "cmdline/cmdline.h"
#include "unpsctp.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* As on a TCP socket, receiving returns 0 at the end, and -1 after an abort. */
static void *serve_one(void *arg)
{
    const int fd = (int)(intptr_t)arg;
    char buf[8192];
    int flags = 0;
    ssize_t n;

    while ((n = sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, NULL, &flags)) > 0 &&
           flags & MSG_EOR && send(fd, buf, (size_t)n, 0) == n) {
        printf("socket %d: a message of %zd bytes\n", fd, n);
        flags = 0; /* sctp_recvmsg(3) passes it to recvmsg(2) */
    }
    printf("socket %d: the association has ended\n", fd);
    close(fd);
    return NULL;
}

int main(void)
{
    const struct sctp_event_subscribe events = {.sctp_data_io_event = 1};
    struct sockaddr_in at = Unp_serv_address(NULL);
    static char buf[8192];
    int fd = Socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    pthread_attr_t detached;

    signal(SIGPIPE, SIG_IGN);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    Bind(fd, (struct sockaddr *)&at, sizeof(at));
    Setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof(events));
    Listen(fd, SOMAXCONN);
    setlinebuf(stdout);
    printf("peeloff: listening on port %u\n", ntohs(at.sin_port));
    for (;;) {
        struct sctp_sndrcvinfo info, reply = {0};
        int flags, peeled;
        ssize_t n = Sctp_recvmsg(fd, buf, sizeof(buf), NULL, NULL, &info, &flags);
        pthread_t thread;

        reply.sinfo_assoc_id = info.sinfo_assoc_id;
        if (!(flags & MSG_EOR)) {
            unp_abort(fd, info.sinfo_assoc_id, "message too large");
            continue;
        }
        Sctp_send(fd, buf, (size_t)n, &reply, 0);
        /* Sctp_peeloff() would exit if the client has left. */
        peeled = sctp_peeloff(fd, info.sinfo_assoc_id);
        if (peeled < 0)
            continue;
        printf("association %d: has socket %d now\n", info.sinfo_assoc_id, peeled);
        if (pthread_create(&thread, &detached, serve_one, (void *)(intptr_t)peeled) != 0)
            close(peeled);
    }
}
