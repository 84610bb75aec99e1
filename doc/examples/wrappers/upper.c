/*
 * upper - the same service on the wrapper library alone
 *
 * A receive that fails ends the program, a message above 64 KiB comes in parts, and a client that
 * does not read its replies stops the server: ../framework/upper.c has none of this.
 */
#include <ctype.h>
#include <unpsctp.h>

int main(void)
{
    struct unp_setup setup = {.port = SERV_PORT, .ostreams = DEFAULT_OSTREAMS, .buffer = 1 << 20};
    static unsigned char data[65536];
    int fd = Unp_listen(&setup);

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
