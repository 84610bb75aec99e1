/*
 * upper - the same service on the wrapper library alone
 *
 * Each call that fails ends the program, and a client that does not read its replies stops the
 * server: see ../framework/upper.c.
 */
#include <ctype.h>
#include <unpsctp.h>

int main(void)
{
    struct unp_setup setup = {.port = SERV_PORT, .ostreams = DEFAULT_OSTREAMS, .buffer = 1 << 20};
    static unsigned char data[65536];
    const int on = 1;
    int fd = Unp_listen(&setup);

    Setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on));
    for (;;) {
        struct sctp_rcvinfo rcv;
        struct sctp_sndinfo snd = {};
        struct iovec iov = {.iov_base = data, .iov_len = sizeof(data)};
        socklen_t len = sizeof(rcv);
        unsigned int type = 0;
        int flags = 0;
        char text[200];
        ssize_t n = Sctp_recvv(fd, &iov, 1, NULL, NULL, &rcv, &len, &type, &flags);

        if (flags & MSG_NOTIFICATION) {
            puts(unp_notification_text((union sctp_notification *)data, (size_t)n, text,
                                       sizeof(text)));
            continue;
        }
        for (ssize_t i = 0; i < n; i++)
            data[i] = (unsigned char)toupper(data[i]);
        snd.snd_assoc_id = rcv.rcv_assoc_id;
        unp_send_info(fd, data, (size_t)n, &snd, NULL, 0); /* fails if the client has left */
    }
}
