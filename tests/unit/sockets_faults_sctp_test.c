/*
 * Packets that trigger faults of libusrsctp 0.9.5 which later versions mend (SECURITY.md): a
 * comment names the commit.  The program and its other associations must not suffer.
 * Built with ASan, with a libusrsctp that was, the test detects accesses to freed memory.
 */
#include "unit_wire.h"

static struct {
    int many, client; /* a server, and an association with it that must last */
    sctp_assoc_t id;
    struct sockaddr_storage at;
    struct wire_end peer;
} t;

enum { SOON = 10000 /* ms */ };
static const unsigned char heartbeat[] = {0, 1, 0, 4};

static int begin(void **state)
{
    t.many = open_endpoint("127.0.0.1", 10, 10, &t.at);
    t.client = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    set_timeouts(t.client);
    t.id = associate(t.client, &t.at);
    t.peer = wire_open("127.0.0.1", port_of(&t.at));
    return 0;
}

static int end(void **state)
{
    close(t.peer.udp);
    close(t.client);
    close(t.many);
    return 0;
}

/* The server gets a message from the association, on which it was not aborted. */
static void assert_unharmed(void)
{
    char text[100];

    assert_int_equal(send_on(t.client, t.id, 0, "still here", 10), 0);
    do
        assert_true(recv(t.many, text, sizeof(text), 0) > 0);
    while (memcmp(text, "still here", 10) != 0);
}

/* ---- packets without the tag of an association ------------------------------ */

/* The packet seems to come from the client of the association. */
static void chunk_of_client(uint32_t tag, unsigned type, const void *body, size_t size)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof(at);
    struct wire_end client = t.peer;
    struct wire w;

    assert_int_equal(getsockname(t.client, sockaddr_of(&at), &len), 0);
    client.from = port_of(&at);
    w = wire_packet(&client, tag);
    wire_chunk(&w, type, 0, body, size);
    wire_send(&client, &w);
    assert_unharmed();
}

/* c08562ec: a parameter of length 0 causes an endless loop. */
UNIT_TEST(endless_parameter)
{
    unsigned char body[INIT_FIXED + 8] = {[INIT_FIXED + 1] = 12};

    wire_init(body, WIRE_TAG, 65536, 10, 10);
    chunk_of_client(0, CHUNK_INIT, body, sizeof(body));
}

/* f438eacb: a wrong INIT aborts the association with its source. */
UNIT_TEST(wrong_init)
{
    static const struct {
        uint32_t tag, window;
        unsigned out, in, parameter;
    } wrong[] = {{0, 65536, 10, 10, 0},
                 {WIRE_TAG, 1000, 10, 10, 0},
                 {WIRE_TAG, 65536, 0, 10, 0},
                 {WIRE_TAG, 65536, 10, 0, 0},
                 {WIRE_TAG, 65536, 10, 10, 0x8002}, /* AUTH: random, chunks, HMACs */
                 {WIRE_TAG, 65536, 10, 10, 0x8003},
                 {WIRE_TAG, 65536, 10, 10, 0x8004},
                 {WIRE_TAG, 65536, 10, 10, 0x8008}}; /* extensions */

    for (size_t i = 0; i < COUNT(wrong); i++) {
        unsigned char body[INIT_FIXED + 8] = {[INIT_FIXED + 3] = 5, [INIT_FIXED + 4] = 0xc1};

        wire_init(body, wrong[i].tag, wrong[i].window, wrong[i].out, wrong[i].in);
        wire_put16(body + INIT_FIXED, wrong[i].parameter);
        chunk_of_client(0, CHUNK_INIT, body, wrong[i].parameter ? sizeof(body) : INIT_FIXED);
    }
}

/* 3bb35ee1: a SHUTDOWN ACK with a wrong tag is answered in the name of an association. */
UNIT_TEST(shutdown_ack)
{
    chunk_of_client(WIRE_TAG, CHUNK_SHUTDOWN_ACK, "", 0);
}

/* ---- chunks of a peer ------------------------------------------------------- */

/* 53dd9da2, 5931e4e0, 8157ef0c: chunks of wrong length, or an INIT beside others. */
UNIT_TEST(wrong_lengths)
{
    static const unsigned types[] = {CHUNK_INIT,
                                     CHUNK_INIT_ACK,
                                     CHUNK_SACK,
                                     CHUNK_HEARTBEAT_ACK,
                                     CHUNK_SHUTDOWN,
                                     CHUNK_SHUTDOWN_ACK,
                                     CHUNK_ERROR,
                                     CHUNK_COOKIE_ACK,
                                     CHUNK_ECNE,
                                     CHUNK_CWR,
                                     CHUNK_SHUTDOWN_COMPLETE,
                                     CHUNK_FORWARD_TSN,
                                     CHUNK_RECONFIG,
                                     0xc1,
                                     0x80,
                                     0x0f,
                                     0x81,
                                     0x40,
                                     CHUNK_COOKIE_ECHO,
                                     CHUNK_ABORT};
    static const size_t sizes[] = {0, 1, 3, 4, 7, 13, 20, 64};
    unsigned char body[64];
    struct wire_end e = wire_open("127.0.0.2", port_of(&t.at)); /* not the client's ports */
    bool there = false;

    for (size_t i = 0; i < COUNT(body); i++)
        body[i] = (unsigned char)i;
    for (size_t i = 0; i < COUNT(types); i++)
        for (size_t k = 0; k < COUNT(sizes); k++)
            for (int beside = 0; beside < 3; beside++) {
                struct wire w;

                if (!there) {
                    e.from++; /* another association */
                    wire_associate(&e, "", 0);
                }
                w = wire_packet(&e, e.tag);
                if (beside == 1)
                    wire_chunk(&w, CHUNK_HEARTBEAT, 0, heartbeat, sizeof(heartbeat));
                wire_chunk(&w, types[i], 0, body, sizes[k]);
                if (beside == 2)
                    wire_chunk(&w, CHUNK_HEARTBEAT, 0, heartbeat, sizeof(heartbeat));
                wire_send(&e, &w);
                there = wire_heartbeat(&e, 200);
            }
    close(e.udp);
    assert_unharmed();
}

/* ---- restarts --------------------------------------------------------------- */

static const unsigned char can_reset[] = {0x80, 8, 0, 5, CHUNK_RECONFIG, 0, 0, 0};

/* The association of the server that came up last. */
static sctp_assoc_t last_id(void)
{
    uint32_t list[20] = {0};
    socklen_t len = sizeof(list);

    assert_int_equal(getsockopt(t.many, IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST, list, &len), 0);
    for (uint32_t i = 2; i <= list[0]; i++)
        if (list[i] > list[1])
            list[1] = list[i];
    return (sctp_assoc_t)list[1];
}

static int reset_streams(sctp_assoc_t id)
{
    const struct sctp_reset_streams reset = {.srs_assoc_id = id,
                                             .srs_flags = SCTP_STREAM_RESET_OUTGOING};

    return setsockopt(t.many, IPPROTO_SCTP, SCTP_RESET_STREAMS, &reset, sizeof(reset));
}

static void enable_reset(void)
{
    const struct sctp_assoc_value on = {.assoc_value = 1};

    assert_int_equal(setsockopt(t.many, IPPROTO_SCTP, SCTP_RECONFIG_SUPPORTED, &on, sizeof(on)), 0);
    assert_int_equal(setsockopt(t.many, IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, &on, sizeof(on)),
                     0);
}

/* 0f8d5830: a peer that restarts while a stream reset is outstanding, and then answers it. */
UNIT_TEST(restart_during_reset)
{
    unsigned char answer[] = {0, 16, 0, 12, 0, 0, 0, 0, 0, 0, 0, 1};
    struct wire w;

    enable_reset();
    wire_associate(&t.peer, can_reset, sizeof(can_reset));
    assert_int_equal(reset_streams(last_id()), 0);
    wire_await(&t.peer, &w, CHUNK_RECONFIG);
    w = wire_cookie(&t.peer, WIRE_TAG + 1, can_reset, sizeof(can_reset));
    wire_send(&t.peer, &w);
    wire_put32(answer + 4, t.peer.stack_tsn);
    w = wire_packet(&t.peer, t.peer.tag);
    wire_chunk(&w, CHUNK_HEARTBEAT, 0, heartbeat, sizeof(heartbeat));
    wire_chunk(&w, CHUNK_RECONFIG, 0, answer, sizeof(answer));
    wire_send(&t.peer, &w);
    assert_false(wire_heartbeat(&t.peer, SOON));
    assert_unharmed();
}

/* 28e2ea73: a peer that restarts an association whose socket the program has closed; `unsent`:
 * before all messages were acknowledged. */
static void restart_closed(bool unsent)
{
    const struct sctp_sndrcvinfo to_all = {.sinfo_flags = SCTP_SENDALL};
    struct sockaddr_storage at;
    int fd = open_endpoint("127.0.0.1", 10, 10, &at);
    struct wire_end e = wire_open("127.0.0.1", port_of(&at));
    struct wire w;

    wire_associate(&e, "", 0);
    if (unsent)
        assert_int_equal(sctp_send(fd, "text", 4, &to_all, 0), 4);
    close(fd);
    w = wire_cookie(&e, WIRE_TAG + 1, "", 0);
    wire_send(&e, &w);
    wire_heartbeat(&e, SOON);
    wire_say(&e, CHUNK_ABORT, 0, "", 0);
    assert_unharmed();
    close(e.udp);
}

UNIT_TEST(restart_of_closed_socket)
{
    restart_closed(false);
    restart_closed(true);
}

/* 6e026691: a peer restarts without the address that replaces its failed primary one.  Its
 * association sends no data from then on. */
UNIT_TEST(restart_without_alternate)
{
    static const unsigned char both[] = {0, 5, 0, 8, 127, 0, 0, 1, 0, 5, 0, 8, 127, 0, 0, 2};
    const struct sctp_rtoinfo quick = {.srto_initial = 50, .srto_min = 50, .srto_max = 50};
    const struct sctp_paddrparams fails = {.spp_pathmaxrxt = 1};
    struct sockaddr_storage other = address("127.0.0.2", t.peer.from);
    struct wire_end second = t.peer;
    struct wire w;
    const unsigned char *p;

    second.udp = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(second.udp, sockaddr_of(&other), sizeof(struct sockaddr_in)), 0);
    setsockopt(t.many, IPPROTO_SCTP, SCTP_RTOINFO, &quick, sizeof(quick));
    setsockopt(t.many, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &fails, sizeof(fails));
    wire_associate(&t.peer, both, sizeof(both));
    p = wire_await(&second, &w, CHUNK_HEARTBEAT); /* answered: the address is confirmed */
    second.tag = t.peer.tag;
    wire_say(&second, CHUNK_HEARTBEAT_ACK, 0, p + 4, wire_get16(p + 2) - 4u);
    assert_true(wire_heartbeat(&second, SOON));
    assert_int_equal(send_on(t.many, last_id(), 0, "text", 4), 0);
    wire_await(&second, &w, CHUNK_DATA);
    wire_await(&second, &w, CHUNK_DATA); /* the first address has failed */
    w = wire_cookie(&t.peer, WIRE_TAG + 1, both, 8);
    wire_send(&t.peer, &w);
    wire_await(&t.peer, &w, CHUNK_COOKIE_ACK);
    assert_int_equal(send_on(t.many, last_id(), 0, "text", 4), 0);
    assert_true(wire_heartbeat(&t.peer, SOON));
    wire_say(&t.peer, CHUNK_ABORT, 0, "", 0);
    assert_unharmed();
    close(second.udp);
}

/* ---- fragments -------------------------------------------------------------- */

static struct {
    int l, s;
    struct wire_end e;
} f;

static void fragments_associate(void)
{
    static const unsigned char skips[] = {0xc0, 0, 0, 4};

    if (f.s >= 0) {
        close(f.s);
        f.e.from = f.e.from == UINT16_MAX ? 1024 : f.e.from + 1;
    }
    wire_associate(&f.e, skips, sizeof(skips));
    f.s = accept4(f.l, NULL, NULL, SOCK_NONBLOCK);
    assert_true(f.s >= 0);
}

static void say_data(uint32_t tsn, unsigned flags, unsigned stream, unsigned ssn, size_t size)
{
    unsigned char body[12 + 1400] = {0};

    wire_put32(body, tsn);
    wire_put16(body + 4, stream);
    wire_put16(body + 6, ssn);
    wire_say(&f.e, CHUNK_DATA, flags, body, 12 + size);
}

static void say_forward(uint32_t tsn)
{
    unsigned char body[4 + 4 * 4];
    size_t n = (size_t)random() % 4;

    wire_put32(body, tsn);
    for (size_t i = 0; i < n; i++) {
        wire_put16(body + 4 + 4 * i, (unsigned)random() % 3);
        wire_put16(body + 6 + 4 * i, (unsigned)random() % 8);
    }
    wire_say(&f.e, CHUNK_FORWARD_TSN, 0, body, 4 + 4 * n);
}

/* Fragments of some messages, in an order that is a little wrong, a few of which are missing. */
static void say_fragments(uint32_t first)
{
    enum { MOST = 16, FIRST = 2, LAST = 1, UNORDERED = 4 };
    struct {
        unsigned flags, stream, ssn;
    } d[MOST];
    uint32_t order[MOST] = {0}, n = 0, ssn[3] = {0};
    char text[20000];

    while (n < MOST - 4) {
        unsigned stream = (unsigned)random() % 3, unordered = random() % 3 ? UNORDERED : 0;
        unsigned parts = 1 + (unsigned)random() % 4;

        for (unsigned i = 0; i < parts; i++, n++) {
            d[n].flags = unordered | (i == 0 ? FIRST : 0) | (i == parts - 1 ? LAST : 0);
            d[n].flags ^= random() % 40 ? 0 : 1u << random() % 3;
            d[n].stream = stream;
            d[n].ssn = unordered ? 0 : ssn[stream];
            order[n] = n;
        }
        ssn[stream] += !unordered;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i + (uint32_t)random() % (n - i < 5 ? n - i : 5), swap = order[i];

        order[i] = order[k];
        order[k] = swap;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = order[i];

        if (random() % 6)
            say_data(first + k, d[k].flags, d[k].stream, d[k].ssn,
                     1 + (size_t)random() % (random() % 2 ? 1400 : 40));
        if (random() % 8 == 0)
            say_forward(first + (uint32_t)random() % n);
        if (random() % 8 == 0)
            recv(f.s, text, 1 + (size_t)random() % sizeof(text), 0);
    }
    say_forward(first + n - 1);
    while (random() % 4 && recv(f.s, text, 1 + (size_t)random() % sizeof(text), 0) > 0) {
    }
}

/* b882f261: FORWARD TSN while fragments of unordered messages wait.  FRAGMENTS=100000 sends so many
 * sets of fragments. */
UNIT_TEST(fragments)
{
    const char *number = getenv("FRAGMENTS");
    long sets = number ? atol(number) : 100, associations = 1;
    const int small = 4096;
    struct sockaddr_storage at = address("127.0.0.1", 0);
    socklen_t len = sizeof(at);
    uint32_t tsn = WIRE_TSN;
    struct wire w;

    srandom((unsigned)sets);
    f.l = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    f.s = -1;
    setsockopt(f.l, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    assert_int_equal(bind(f.l, sockaddr_of(&at), sizeof(struct sockaddr_in)), 0);
    assert_int_equal(listen(f.l, 5), 0);
    assert_int_equal(getsockname(f.l, sockaddr_of(&at), &len), 0);
    f.e = wire_open("127.0.0.1", port_of(&at));
    fragments_associate();
    for (long i = 0; i < sets; i++) {
        say_fragments(tsn);
        tsn += 16;
        while (wire_receive(&f.e, &w, 0)) {
        }
        if (!wire_heartbeat(&f.e, SOON) || tsn > WIRE_TSN + 400) {
            fragments_associate();
            associations++;
            tsn = WIRE_TSN;
        }
    }
    if (number)
        print_message("# %ld associations\n", associations);
    close(f.s);
    close(f.l);
    close(f.e.udp);
    assert_unharmed();
}

int main(void)
{
    if (!userland()) {
        puts("1..0 # skip the kernel's stack does not get these packets over UDP");
        return 0;
    }
    return run_all_tests(begin, end);
}
