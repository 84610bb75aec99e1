/*
 * say - sends its second argument to the server on the host of its first, and prints the reply
 *
 *   ./say localhost hello
 */
#include <string.h>
#include <unistd.h>
#include <unpsctp.h>

int main(int argc, char **argv)
{
    struct unp_addrs server = {};
    char reply[65536];
    int fd, flags;
    ssize_t n;

    if (argc != 3)
        err_quit(EXIT_USAGE, "usage: say HOST TEXT");
    if (unp_addrs_add(&server, argv[1], SERV_PORT) != 0)
        err_quit(EXIT_NO_HOST, "%s: unknown host", argv[1]);
    fd = Socket(unp_addrs_family(&server), SOCK_STREAM, IPPROTO_SCTP);
    Sctp_connectx(fd, (struct sockaddr *)server.packed, server.count, NULL);
    if (Sctp_sendmsg(fd, argv[2], strlen(argv[2]), NULL, 0, 0, 0, 0, 0, 0) < 0)
        err_sys("send");
    n = Sctp_recvmsg(fd, reply, sizeof(reply), NULL, NULL, NULL, &flags);
    if (n == 0)
        err_quit(EXIT_LOST, "the server has ended the association");
    printf("%.*s\n", (int)n, reply);
    unp_addrs_free(&server);
    close(fd);
    return EXIT_OK;
}
