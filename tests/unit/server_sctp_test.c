/* A server whose program sets only its callbacks: what the fields that are 0 mean. */
#include "server/server.h"
#include "unit_sctp.h"

#include <errno.h>
#include <signal.h>

enum { LENGTH = 100000 };

static FILE *lines; /* the server's standard output */
static pid_t server;

static void echo(struct unp_server *srv, struct unp_association *a, const struct unp_message *msg)
{
    const struct sctp_sndinfo snd = {.snd_assoc_id = a->id};

    unp_sender_send(srv->out, a, msg, &snd);
}

/* Runs such a server in a child, with these addresses, each terminated by NUL, the list by an empty
 * one. */
static void serve(const char *addresses)
{
    static const struct unp_service service = {.message = echo};
    struct unp_server srv = {.service = &service};

    for (; *addresses; addresses += strlen(addresses) + 1)
        unp_addrs_add(&srv.setup.local, addresses, 0);
    Unp_server_start(&srv);
    unp_server_run(&srv);
    unp_report_finish();
    exit(0);
}

static void start(const char *addresses)
{
    int fds[2];

    fflush(NULL);
    assert_int_equal(pipe(fds), 0);
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        alarm(PATIENCE);
        serve(addresses);
    }
    close(fds[1]);
    lines = fdopen(fds[0], "r");
    assert_non_null(lines);
}

/* Returns the port in the server's first line. */
static uint16_t port_told(void)
{
    char line[200];
    unsigned port;

    assert_non_null(fgets(line, sizeof(line), lines));
    assert_int_equal(sscanf(line, "server_sctp_test: listening on port %u;", &port), 1);
    assert_in_range(port, 1, 65535);
    return (uint16_t)port;
}

/* The server must exit 0 on SIGTERM. */
static void stop(void)
{
    int status;

    fclose(lines);
    kill(server, SIGTERM);
    assert_int_equal(waitpid(server, &status, 0), server);
    assert_int_equal(status, 0);
}

static void is_served_at(const char *host, uint16_t port)
{
    static unsigned char sent[LENGTH], back[LENGTH];
    struct sockaddr_storage ours, theirs = address(host, port);
    int fd = open_endpoint(host, 5, 5, &ours);
    sctp_assoc_t id = associate(fd, &theirs);
    size_t len = 0;

    memset(sent, 'x', sizeof(sent));
    assert_int_equal(send_on(fd, id, 0, sent, sizeof(sent)), 0);
    while (len < sizeof(back)) {
        ssize_t n = recv(fd, back + len, sizeof(back) - len, 0);

        assert_true(n > 0);
        len += (size_t)n;
    }
    assert_memory_equal(back, sent, sizeof(back));
    close(fd);
}

UNIT_TEST(fields_of_0_mean_the_default)
{
    start("");
    is_served_at("127.0.0.1", port_told());
    stop();
}

UNIT_TEST(any_port_is_the_same_at_each_address)
{
    uint16_t port;

    start("127.0.0.1\0"
          "127.0.0.2\0");
    port = port_told();
    is_served_at("127.0.0.1", port);
    is_served_at("127.0.0.2", port);
    stop();
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
