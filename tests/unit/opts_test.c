/* sctp_opts with a model of the socket: what it asks for, what it lists, and that nothing leaks. */
#include "blocks.h"
#include "client/client.h"
#include "option/option.h"
#include "unit.h"
#include "unit_getpaddrs.h"

#include <sys/syscall.h>

struct step {
    int refuse;      /* errno of reading "status" and "event" … */
    const char *why; /* … and the reason */
    int failed;      /* exit status of connecting; 0: it succeeds */
    int paths;       /* addresses of the peer */
    unsigned fail_in;
};
#define END_OF_SCRIPT 0

int program_main(int argc, char **argv);

static struct step model;
static bool closed; /* the program came to its end, and has freed all */

static void report_leaks(void)
{
    fail_in = 0;
    fflush(stdout);
    if (closed && blocks != blocks_before)
        printf("[leaks: %ld]\n", blocks - blocks_before);
}

static void begin_script(const struct step *steps)
{
    static char buffer[BUFSIZ];

    model = *steps;
    setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
    atexit(report_leaks);
    blocks_before = blocks;
    fail_in = model.fail_in;
}

#include "run_script.h"

int socket(int family, int type, int protocol)
{
    assert_int_equal(protocol, IPPROTO_SCTP);
    printf("[socket]\n");
    return 9;
}

int close(int fd)
{
    if (fd == 9) {
        closed = true;
        printf("[close]\n");
    }
    return (int)syscall(SYS_close, fd);
}

int unp_client_connect(struct unp_client *c, sctp_assoc_t *id, char *why, size_t size)
{
    const char *const *option = c->setup.options;

    printf("[connect %s:%u, %u streams, wait %u%s", c->host, c->port, c->setup.ostreams, c->wait,
           c->setup.stack_defaults ? ", the stack's defaults" : "");
    for (; option && *option; option++)
        printf(", %s", *option);
    printf("]\n");
    *id = 7;
    snprintf(why, size, "it failed");
    return model.failed ? -model.failed : 9;
}

void unp_client_free(struct unp_client *c)
{
    printf("[free]\n");
}

int unp_opt_set(int fd, sctp_assoc_t id, const char *text, char *why, size_t size)
{
    printf("[%d set %s]\n", id, text);
    return 0;
}

/* Values are 0 but for those of rtoinfo, and the key. */
int unp_opt_read(int fd, sctp_assoc_t id, const struct unp_opt_request *r,
                 struct unp_opt_reading *answer, char *why, size_t size)
{
    const struct sctp_rtoinfo rto = {.srto_initial = 3000, .srto_max = 60000, .srto_min = 1000};
    bool refused = strcmp(r->opt->name, "status") == 0 || strcmp(r->opt->name, "event") == 0;

    printf("[%d read %s]\n", id, r->opt->name);
    if (refused && model.refuse) {
        snprintf(why, size, "%s", model.why);
        errno = model.refuse;
        return -1;
    }
    *answer = (struct unp_opt_reading){
        .opt = r->opt, .named = r->named, .data = calloc(1, OPT_ROOM), .len = r->len};
    memcpy(answer->data, r->value, r->len);
    if (r->opt->number == SCTP_RTOINFO)
        memcpy(answer->data, &rto, sizeof(rto));
    return 0;
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr **addrs)
{
    struct sockaddr_in *list = calloc(2, sizeof(*list));

    for (uint32_t i = 0; i < 2; i++) {
        list[i].sin_family = AF_INET;
        list[i].sin_addr.s_addr = htonl(0x0a000001 + i);
    }
    *addrs = (struct sockaddr *)(void *)list;
    if (model.paths <= 0)
        free(list);
    errno = EBADF;
    return model.paths;
}

#define OPTS(...)   ARGS("sctp_opts", __VA_ARGS__)
#define MODEL(...)  ((const struct step[]){{__VA_ARGS__}})
#define CONNECT     "[connect host:9877, 10 streams, wait 10, the stack's defaults]\n"
#define NEW_SOCKET  "[socket]\n"
#define END_OF_LIST "[free]\n[close]\n"

UNIT_TEST(a_host_is_connected_to_with_the_stack_s_defaults)
{
    run_script(MODEL(0), OPTS("host", "rtoinfo.max"), EXIT_OK, CONNECT,
               "[7 read rtoinfo]\n"
               "rtoinfo.max                                60000 ms\n",
               END_OF_LIST);
    run_script(MODEL(0),
               OPTS("-w", "3", "-o", "7", "-O", "rtoinfo.max=5", "-O", "primary_addr=10.0.0.1",
                    "host:77", "rtoinfo.max"),
               EXIT_OK,
               "[connect host:77, 7 streams, wait 3, the stack's defaults, rtoinfo.max=5]\n"
               "[7 set primary_addr=10.0.0.1]\n"
               "[7 read rtoinfo]\n"
               "rtoinfo.max                                60000 ms\n",
               END_OF_LIST);
}

UNIT_TEST(without_a_host_the_options_of_a_new_socket_are_listed)
{
    run_script(MODEL(0), OPTS("nodelay=on", "-v", "-n", "rtoinfo"), EXIT_OK, NEW_SOCKET,
               "[0 set nodelay=on]\n"
               "[0 read rtoinfo]\n"
               "rtoinfo.initial                            3000 ms  SCTP_RTOINFO\n"
               "rtoinfo.max                                60000 ms  SCTP_RTOINFO\n"
               "rtoinfo.min                                1000 ms  SCTP_RTOINFO\n"
               "[0 read nodelay]\n"
               "nodelay                                    off  SCTP_NODELAY\n",
               END_OF_LIST);
}

UNIT_TEST(an_option_of_an_association_needs_a_host)
{
    run_script(
        MODEL(0), OPTS("-O", "primary_addr=10.0.0.1"), EXIT_USAGE,
        "sctp_opts: option \"primary_addr=10.0.0.1\": it needs an association: name a host to "
        "connect to\n");
}

UNIT_TEST(a_host_that_does_not_exist_may_be_a_misspelt_option)
{
    run_script(MODEL(.failed = EXIT_NO_HOST), OPTS("rtinfo"), EXIT_NO_HOST,
               "[connect rtinfo:9877, 10 streams, wait 10, the stack's defaults]\n"
               "sctp_opts: it failed; as an option: unknown option \"rtinfo\"; did you mean "
               "rtoinfo?\n");
    run_script(MODEL(.failed = EXIT_REFUSED), OPTS("rtinfo"), EXIT_REFUSED,
               "[connect rtinfo:9877, 10 streams, wait 10, the stack's defaults]\n"
               "sctp_opts: it failed\n");
}

UNIT_TEST(a_missing_value_has_the_reason_without_the_name)
{
    run_script(MODEL(.refuse = EPERM, .why = "status: not permitted"), OPTS("host", "status"),
               EXIT_INCOMPLETE, CONNECT,
               "[7 read status]\n"
               "status                                     - (not permitted)\n",
               END_OF_LIST);
    run_script(MODEL(.refuse = EPERM, .why = "status - not permitted"), OPTS("host", "status"),
               EXIT_INCOMPLETE, CONNECT,
               "[7 read status]\n"
               "status                                     - (status - not permitted)\n",
               END_OF_LIST);
    run_script(MODEL(.refuse = EPERM, .why = "statu: not permitted"),
               OPTS("-v", "host", "status.state"), EXIT_INCOMPLETE, CONNECT,
               "[7 read status]\n"
               "status.state                               - (statu: not permitted)  SCTP_STATUS\n",
               END_OF_LIST);
    run_script(MODEL(.refuse = EINVAL, .why = "status: wrong"), OPTS("status"), EXIT_INCOMPLETE,
               NEW_SOCKET,
               "[0 read status]\n"
               "status                                     - (of an association only)\n",
               END_OF_LIST);
}

/* EINVAL is about one key, so that the next one is read; other errors are about the socket. */
UNIT_TEST(keys_are_read_until_one_fails_as_all_others_would)
{
    run_script(MODEL(.refuse = EPERM, .why = "no"), OPTS("event"), EXIT_INCOMPLETE, NEW_SOCKET,
               "[0 read event]\n"
               "event[data_io]                             - (no)\n",
               END_OF_LIST);
    run_script(MODEL(.refuse = EINVAL, .why = "no"), OPTS("event[shutdown]", "host"),
               EXIT_INCOMPLETE, CONNECT,
               "[7 read event]\n"
               "event[shutdown]                            - (no)\n",
               END_OF_LIST);
}

UNIT_TEST(an_option_of_paths_is_listed_for_each_path)
{
    run_script(MODEL(.paths = 2), OPTS("host", "peer_addr_params.hbinterval"), EXIT_OK, CONNECT,
               "[7 read peer_addr_params]\n"
               "peer_addr_params.hbinterval@10.0.0.1       0 ms\n"
               "[7 read peer_addr_params]\n"
               "peer_addr_params.hbinterval@10.0.0.2       0 ms\n",
               END_OF_LIST);
    run_script(MODEL(.paths = 0), OPTS("host", "peer_addr_params.hbinterval"), EXIT_OK, CONNECT,
               END_OF_LIST);
    run_script(MODEL(.paths = -1), OPTS("host", "peer_addr_params"), EXIT_SYSTEM, CONNECT,
               "sctp_opts: sctp_getpaddrs: Bad file descriptor\n");
}

/* With a host, those of an association. */
UNIT_TEST(all_options_are_listed)
{
    for (int host = 0; host < 2; host++) {
        const char *got =
            transcript(MODEL(.paths = 1), host ? OPTS("host") : ARGS("sctp_opts"), EXIT_OK);

        for (size_t i = 0; i < unp_opts_count; i++) {
            const struct unp_opt *o = &unp_opts[i];
            bool listed = o->is & OPT_GET ? !host || o->id >= 0 : !host;
            char line[100];

            if (o->is & OPT_GET)
                snprintf(line, sizeof(line), "[%d read %s]\n", host ? 7 : 0, o->name);
            else
                snprintf(line, sizeof(line), "\n%-42s - (can only be set)\n", o->name);
            if (!strstr(got, line) == listed)
                fail_msg("%s is %slisted", o->name, listed ? "not " : "");
        }
    }
}

UNIT_TEST(json_has_the_name_the_constant_the_value_and_its_units)
{
    run_script(
        MODEL(.paths = 1), OPTS("-J", "host", "rtoinfo", "peer_addr_params.pathmaxrxt"), EXIT_OK,
        CONNECT,
        "[[7 read rtoinfo]\n"
        "{\"option\":\"rtoinfo\",\"constant\":\"SCTP_RTOINFO\",\"name\":\"rtoinfo\","
        "\"value\":{\"initial\":3000,\"max\":60000,\"min\":1000},"
        "\"units\":{\"initial\":\"ms\",\"max\":\"ms\",\"min\":\"ms\"}}"
        "[7 read peer_addr_params]\n"
        ",{\"option\":\"peer_addr_params\",\"constant\":\"SCTP_PEER_ADDR_PARAMS\","
        "\"name\":\"peer_addr_params\",\"address\":\"10.0.0.1\",\"value\":{\"pathmaxrxt\":0},"
        "\"units\":{\"hbinterval\":\"ms\",\"pathmtu\":\"bytes\",\"sackdelay\":\"ms\"}}]\n",
        END_OF_LIST);
    run_script(MODEL(.refuse = EPERM, .why = "status: no"), OPTS("-J", "status"), EXIT_INCOMPLETE,
               NEW_SOCKET,
               "[[0 read status]\n"
               "{\"option\":\"status\",\"constant\":\"SCTP_STATUS\",\"name\":\"status\","
               "\"missing\":\"no\"}]\n",
               END_OF_LIST);
}

UNIT_TEST(without_memory_the_failure_is_reported)
{
    if (!CAN_FAIL)
        skip();
    run_script(MODEL(.fail_in = 1), OPTS("rtoinfo"), EXIT_SYSTEM,
               "sctp_opts: start: Cannot allocate memory\n");
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
