/*
 * outsider - sends packets to an association between two other processes
 *
 *   outsider TO FROM MODE [NUMBER]
 *
 * The packets go to the end whose SCTP and UDP port at 127.0.0.1 is TO, and seem to come from SCTP
 * port FROM.  The outsider does not know the verification tags.
 *
 *   closed   a SACK from a UDP port that is then closed
 *   open     a SACK from a UDP port that stays open until the end of input; counts the packets that
 *            come there, and aborts the association if one of them has its tag
 *   abort    ABORT and SHUTDOWN COMPLETE, with and without the T bit
 *   init     a whole handshake, as if FROM had restarted; prints each answer
 *   own      as open, but with the tag of an association that the outsider itself has, from another
 *            address with the same SCTP port
 *   silent   a server at TO that does not answer: asks the client that connects for its tag, with
 *            an INIT from another address that lists the server's address
 *   forward  FORWARD TSNs in an association of its own, which skip 64 messages of stream 0 again
 *            and again, until the end of input
 *   restart  sets up an association of NUMBER streams and restarts it with 10; prints the answer to
 *            the COOKIE ECHO, or to the HEARTBEAT after it
 *   move     sets up an association of two addresses, sends part of a message from the second one,
 *            and restarts without it; prints the answer to a HEARTBEAT when the data has been
 *            acknowledged
 *   around   a SACK from each of 300 other addresses of the loopback interface
 *   blue     packets out of the blue, a SACK and a SHUTDOWN ACK; prints each answer
 *   flood    NUMBER packets: noise, chunks of all types, packets of an association of its own,
 *            replayed or mutated; no faster than the other end reads
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, ROOM = 2048, ANSWER_MS = 60000 };
enum {
    DATA,
    INIT,
    INIT_ACK,
    SACK,
    HEARTBEAT,
    ABORT = 6,
    SHUTDOWN_ACK = 8,
    COOKIE_ECHO = 10,
    COMPLETE = 14,
    FORWARD_TSN = 192
};

struct packet {
    unsigned char bytes[ROOM];
    size_t size;
};

static uint16_t to, from;

static uint32_t crc32c(const unsigned char *p, size_t size)
{
    static uint32_t table[256];
    uint32_t crc = ~0u;
    for (uint32_t i = 0; !table[255] && i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] & 1 ? table[i] >> 1 ^ 0x82f63b78 : table[i] >> 1;
    }
    while (size--)
        crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
    return ~crc;
}

static void put16(unsigned char *p, unsigned n)
{
    p[0] = (unsigned char)(n >> 8);
    p[1] = (unsigned char)n;
}

static void put32(unsigned char *p, uint32_t n)
{
    put16(p, n >> 16);
    put16(p + 2, n & 0xffff);
}

static void address_it(struct packet *p, uint16_t source)
{
    put16(p->bytes, source);
    put16(p->bytes + 2, to);
}

static void check_it(struct packet *p)
{
    put32(p->bytes + 8, 0);
    uint32_t sum = crc32c(p->bytes, p->size);
    for (int i = 0; i < 4; i++)
        p->bytes[8 + i] = (unsigned char)(sum >> 8 * i);
}

static struct packet make(uint32_t tag, unsigned type, unsigned flags, const void *body,
                          size_t size)
{
    struct packet p = {.size = HEADER + 4 + (size + 3) / 4 * 4};
    address_it(&p, from);
    put32(p.bytes + 4, tag);
    p.bytes[HEADER] = (unsigned char)type;
    p.bytes[HEADER + 1] = (unsigned char)flags;
    put16(p.bytes + HEADER + 2, (unsigned)(4 + size));
    memcpy(p.bytes + HEADER + 4, body, size);
    check_it(&p);
    return p;
}

static struct sockaddr_in at(uint32_t host, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(host)};
}

/* A UDP socket bound to this address and port (0: any). */
static int bound_udp(uint32_t host, uint16_t port)
{
    struct sockaddr_in here = at(host, port);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
        err(1, "outsider: UDP socket");
    return fd;
}

static int open_udp_at(uint32_t host)
{
    struct sockaddr_in end = at(INADDR_LOOPBACK, to);
    int fd = bound_udp(host, 0);
    if (connect(fd, (struct sockaddr *)&end, sizeof end) < 0)
        err(1, "outsider: UDP socket");
    return fd;
}

static int open_udp(void)
{
    return open_udp_at(INADDR_LOOPBACK);
}

static void send_it(int fd, const struct packet *p)
{
    /* An error is that of a previous packet, whose port was closed. */
    if (send(fd, p->bytes, p->size, 0) < 0)
        send(fd, p->bytes, p->size, 0);
}

static bool receive(int fd, struct packet *p, int ms)
{
    struct pollfd event = {.fd = fd, .events = POLLIN};
    ssize_t n = poll(&event, 1, ms) == 1 ? recv(fd, p->bytes, sizeof p->bytes, MSG_DONTWAIT) : -1;
    p->size = n > 0 ? (size_t)n : 0;
    return n > HEADER;
}

static void print_chunk(const struct packet *p)
{
    static const char *const names[] = {
        "DATA",          "INIT",       "INIT ACK", "SACK",         "HEARTBEAT",
        "HEARTBEAT ACK", "ABORT",      "SHUTDOWN", "SHUTDOWN ACK", "ERROR",
        "COOKIE ECHO",   "COOKIE ACK", "ECNE",     "CWR",          "SHUTDOWN COMPLETE"};
    unsigned type = p->bytes[HEADER];
    printf("%s\n", type < sizeof names / sizeof *names ? names[type] : "another chunk");
    fflush(stdout);
}

/* --- attacks ----------------------------------------------------------------------------- */

static const unsigned char zeros[16];

static void closed(void)
{
    int fd = open_udp();
    struct packet p = make((uint32_t)random(), SACK, 0, zeros, 12);
    send_it(fd, &p);
    close(fd);
}

static void stay_open(uint32_t tag_sent)
{
    int fd = open_udp(), n = 0;
    char byte;
    struct packet p = make(tag_sent, SACK, 0, zeros, 12), tag = {0};
    send_it(fd, &p);
    puts("sent");
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    for (; receive(fd, &p, 0); n++)
        tag = p;
    printf("received %d packets\n", n);
    if (n) {
        p = make(0, ABORT, 1, zeros, 0);
        memcpy(p.bytes + 4, tag.bytes + 4, 4);
        check_it(&p);
        send_it(fd, &p);
    }
    close(fd);
}

static void around(void)
{
    struct packet p = make((uint32_t)random(), SACK, 0, zeros, 12);
    for (unsigned i = 1; i <= 300; i++) {
        int fd = open_udp_at(INADDR_LOOPBACK + 0x100 * i);
        send_it(fd, &p);
        close(fd);
    }
}

static void abort_it(void)
{
    int fd = open_udp();
    for (unsigned i = 0; i < 4; i++) {
        struct packet p = make((uint32_t)random(), i & 2 ? COMPLETE : ABORT, i & 1, zeros, 0);
        send_it(fd, &p);
    }
    close(fd);
}

/* INIT, with 7 as the outsider's tag. */
static struct packet make_init(void)
{
    unsigned char body[16];
    put32(body, 7);
    put32(body + 4, 65536);
    put16(body + 8, 10);
    put16(body + 10, 10);
    put32(body + 12, 1);
    return make(0, INIT, 0, body, sizeof body);
}

/* Makes a COOKIE ECHO of an INIT ACK's cookie and initiate tag. */
static bool make_echo(const struct packet *ack, struct packet *echo)
{
    for (size_t at = HEADER + 20; at + 4 <= ack->size;) {
        size_t size = (size_t)ack->bytes[at + 2] << 8 | ack->bytes[at + 3];
        if (size < 4 || at + size > ack->size)
            return false;
        if (ack->bytes[at] == 0 && ack->bytes[at + 1] == 7) {
            *echo = make(0, COOKIE_ECHO, 0, ack->bytes + at + 4, size - 4);
            memcpy(echo->bytes + 4, ack->bytes + HEADER + 4, 4);
            check_it(echo);
            return true;
        }
        at += (size + 3) / 4 * 4;
    }
    return false;
}

static void restart(void)
{
    int fd = open_udp();
    struct packet p = make_init(), answer, echo;
    send_it(fd, &p);
    if (!receive(fd, &answer, ANSWER_MS))
        errx(1, "outsider: no answer");
    print_chunk(&answer);
    if (answer.bytes[HEADER] == INIT_ACK && make_echo(&answer, &echo)) {
        send_it(fd, &echo);
        if (receive(fd, &answer, ANSWER_MS))
            print_chunk(&answer);
    }
    close(fd);
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

enum { OTHER_HOST = INADDR_LOOPBACK + 1 };

/* Sets up an association.  Returns the tag that its packets need. */
static uint32_t establish(int fd, const struct packet *init)
{
    struct packet answer, echo, ack;
    send_it(fd, init);
    if (!receive(fd, &answer, ANSWER_MS) || !make_echo(&answer, &echo))
        errx(1, "outsider: no INIT ACK");
    send_it(fd, &echo);
    if (!receive(fd, &ack, ANSWER_MS))
        errx(1, "outsider: no COOKIE ACK");
    return get32(answer.bytes + HEADER + 4);
}

static void restart_own(unsigned streams)
{
    static const unsigned char heartbeat[] = {0, 1, 0, 8, 1, 2, 3, 4};
    int fd = open_udp();
    struct packet first = make_init(), again = make_init(), answer, echo;
    put16(first.bytes + HEADER + 12, streams);
    check_it(&first);
    uint32_t tag = establish(fd, &first);
    put32(again.bytes + HEADER + 4, 8); /* another tag */
    check_it(&again);
    send_it(fd, &again);
    if (!receive(fd, &answer, ANSWER_MS) || !make_echo(&answer, &echo))
        errx(1, "outsider: no INIT ACK");
    send_it(fd, &echo);
    struct packet p = make(tag, HEARTBEAT, 0, heartbeat, sizeof heartbeat);
    send_it(fd, &p);
    if (!receive(fd, &answer, ANSWER_MS))
        errx(1, "outsider: no answer");
    print_chunk(&answer);
    close(fd);
}

/* The next packet that begins with this chunk. */
static struct packet wait_for(int fd, unsigned type)
{
    struct packet p;
    do {
        if (!receive(fd, &p, ANSWER_MS))
            errx(1, "outsider: no answer");
    } while (p.bytes[HEADER] != type);
    return p;
}

/* INIT of an association with the first n addresses. */
static struct packet init_with(uint32_t tag, size_t n)
{
    /* tag, window, streams, TSN 1; addresses */
    unsigned char body[] = {0, 0, 0, 0, 0,   1, 0, 0, 0, 10, 0, 10, 0,   0, 0, 1,
                            0, 5, 0, 8, 127, 0, 0, 1, 0, 5,  0, 8,  127, 0, 0, 2};
    put32(body, tag);
    return make(0, INIT, 0, body, 16 + 8 * n);
}

static void restart_moved(void)
{
    enum { SACK_DELAY_MS = 200, FIRST_FRAGMENT = 2 };
    static const unsigned char heartbeat[] = {0, 1, 0, 8, 1, 2, 3, 4};
    unsigned char data[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 'h', 'e', 'y', '.'};
    struct sockaddr_in here, end = at(INADDR_LOOPBACK, to);
    socklen_t size = sizeof here;
    int fd = open_udp();
    if (getsockname(fd, (struct sockaddr *)&here, &size) < 0)
        err(1, "outsider: UDP socket");
    int other = bound_udp(OTHER_HOST, ntohs(here.sin_port));
    if (connect(other, (struct sockaddr *)&end, sizeof end) < 0)
        err(1, "outsider: UDP socket");
    struct packet first = init_with(7, 2), again = init_with(8, 1), echo;
    uint32_t tag = establish(fd, &first);
    struct packet p = make(tag, DATA, FIRST_FRAGMENT, data, sizeof data);
    send_it(other, &p);
    data[3] = 2; /* the next TSN, whose acknowledgement is delayed */
    p = make(tag, DATA, 0, data, sizeof data);
    send_it(other, &p);
    send_it(fd, &again);
    p = wait_for(fd, INIT_ACK);
    if (!make_echo(&p, &echo))
        errx(1, "outsider: no cookie");
    send_it(fd, &echo);
    poll(NULL, 0, 2 * SACK_DELAY_MS);
    p = make(get32(p.bytes + HEADER + 4), HEARTBEAT, 0, heartbeat, sizeof heartbeat);
    send_it(fd, &p);
    while (receive(fd, &p, 2 * SACK_DELAY_MS))
        print_chunk(&p);
    close(fd);
    close(other);
}

static void with_own_tag(void)
{
    int fd = open_udp_at(OTHER_HOST);
    struct packet init = make_init();
    stay_open(establish(fd, &init));
    close(fd);
}

static void forward(void)
{
    /* tag 7, window, streams, TSN 1; FORWARD TSN is supported */
    static const unsigned char body[] = {0, 0,  0, 7, 0, 1, 0,    0, 0, 10,
                                         0, 10, 0, 0, 0, 1, 0xc0, 0, 0, 4};
    unsigned char skip[4 + 4 * 64] = {0};
    struct packet p = make(0, INIT, 0, body, sizeof body);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int fd = open_udp();
    uint32_t tag = establish(fd, &p);
    for (unsigned i = 0; i < 64; i++)
        put16(skip + 4 + 4 * i + 2, i);
    puts("forwards");
    fflush(stdout);
    for (uint32_t tsn = 1; poll(&input, 1, 1) == 0; tsn++) {
        put32(skip, tsn);
        p = make(tag, FORWARD_TSN, 0, skip, sizeof skip);
        send_it(fd, &p);
        while (receive(fd, &p, 0)) {
        }
    }
    close(fd);
}

/* The second INIT lists no address.  Its answer, a refusal, shows that the client has handled the
 * first. */
static void ask_for_tag(void)
{
    struct sockaddr_in client;
    struct packet init, answer;
    unsigned char body[24] = {0, 0, 0, 7, 0, 1, 0, 0, 0,   10, 0, 10,
                              0, 0, 0, 1, 0, 5, 0, 8, 127, 0,  0, 1};
    socklen_t size = sizeof client;
    int server = bound_udp(INADDR_LOOPBACK, to);
    puts("silent");
    fflush(stdout);
    if (recvfrom(server, init.bytes, sizeof init.bytes, 0, (struct sockaddr *)&client, &size) <=
        HEADER)
        err(1, "outsider: no INIT");
    from = to;
    to = ntohs(client.sin_port);
    int fd = open_udp_at(OTHER_HOST);
    size = sizeof client;
    if (getsockname(fd, (struct sockaddr *)&client, &size) < 0)
        err(1, "outsider: UDP socket");
    int listed = bound_udp(INADDR_LOOPBACK, ntohs(client.sin_port));
    struct packet p = make(0, INIT, 0, body, sizeof body), blank = make_init();
    send_it(fd, &p);
    send_it(fd, &blank);
    if (!receive(fd, &answer, ANSWER_MS))
        errx(1, "outsider: no answer");
    print_chunk(&answer);
    if (receive(listed, &answer, 0) &&
        memcmp(answer.bytes + HEADER + 4, init.bytes + HEADER + 4, 4) == 0)
        puts("it told its tag");
}

static void out_of_the_blue(void)
{
    int fd = open_udp();
    for (int i = 0; i < 2; i++) {
        struct packet answer,
            p = make((uint32_t)random(), i ? SHUTDOWN_ACK : SACK, 0, zeros, i ? 0 : 12);
        send_it(fd, &p);
        if (!receive(fd, &answer, ANSWER_MS))
            errx(1, "outsider: no answer");
        if (memcmp(p.bytes + 4, answer.bytes + 4, 4) == 0 && answer.bytes[HEADER + 1] == 1)
            print_chunk(&answer);
    }
    close(fd);
}

/* --- flood ------------------------------------------------------------------------------- */

enum { SOCKETS = 8, KNOWN = 16 };
static struct packet known[KNOWN];
static int n_known;

static void know(const struct packet *p)
{
    if (n_known < KNOWN && p->size > HEADER)
        known[n_known++] = *p;
}

/* Sets up an association from the SCTP port after FROM, to learn its packets.  A client refuses it.
 */
static void learn(int fd)
{
    uint16_t port = from;
    from++;
    struct packet p = make_init(), answer, echo;
    know(&p);
    send_it(fd, &p);
    if (receive(fd, &answer, ANSWER_MS)) {
        know(&answer);
        if (answer.bytes[HEADER] == INIT_ACK && make_echo(&answer, &echo)) {
            know(&echo);
            send_it(fd, &echo);
            while (receive(fd, &answer, 100))
                know(&answer);
        }
    }
    from = port;
}

static size_t fill(unsigned char *at, size_t most)
{
    size_t size = (size_t)random() % (most + 1);
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)random();
    return size;
}

/* Well-formed chunks of random types, with a random tag. */
static void chunks(struct packet *p)
{
    unsigned n = 1 + (unsigned)random() % 4;
    *p = (struct packet){.size = HEADER};
    put32(p->bytes + 4, (uint32_t)random());
    while (n--) {
        unsigned char *chunk = p->bytes + p->size;
        size_t body = fill(chunk + 4, 64);
        chunk[0] = (unsigned char)(random() % 4 ? random() % 16 : random());
        chunk[1] = (unsigned char)random();
        put16(chunk + 2, (unsigned)(4 + body));
        p->size += 4 + (body + 3) / 4 * 4;
    }
}

static void make_any(struct packet *p)
{
    int kind = (int)random() % 4;
    if (kind == 0) { /* noise */
        p->size = fill(p->bytes, 1400);
        if (random() % 2 || p->size < HEADER)
            return;
    } else if (kind == 1) {
        chunks(p);
    } else { /* replayed, or mutated */
        *p = known[random() % n_known];
        for (int n = kind == 2 ? 0 : 1 + (int)random() % 8; n > 0; n--)
            p->bytes[(size_t)random() % p->size] = (unsigned char)random();
        if (kind == 3 && random() % 4 == 0)
            p->size = (size_t)random() % p->size;
    }
    if (p->size >= HEADER) {
        if (kind != 2 || random() % 2)
            address_it(p, from);
        if (random() % 8)
            check_it(p);
    }
}

/* The bytes in the UDP receive buffer of the other end. */
static unsigned long waiting(void)
{
    FILE *f = fopen("/proc/self/net/udp", "r");
    char line[256];
    unsigned port;
    unsigned long queued, sum = 0;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, " %*d: %*x:%x %*x:%*x %*x %*x:%lx", &port, &queued) == 2 && port == to)
            sum += queued;
    if (f)
        fclose(f);
    return sum;
}

static void flood(long number)
{
    int fds[SOCKETS];
    struct packet p;
    for (int i = 0; i < SOCKETS; i++)
        fds[i] = open_udp();
    learn(fds[0]);
    for (long i = 0; i < number; i++) {
        int *fd = &fds[random() % SOCKETS];
        make_any(&p);
        send_it(*fd, &p);
        while (receive(*fd, &p, 0)) {
        }
        if (i % 100 == 99) {
            close(*fd);
            *fd = open_udp();
        }
        while (i % 16 == 15 && waiting() > 16384)
            poll(NULL, 0, 1);
    }
    printf("%ld packets\n", number);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        errx(2, "usage: outsider TO FROM MODE [NUMBER]");
    to = (uint16_t)atoi(argv[1]);
    from = (uint16_t)atoi(argv[2]);
    const char *mode = argv[3];
    srandom(argc > 5 ? (unsigned)atoi(argv[5]) : 1);
    if (strcmp(mode, "closed") == 0)
        closed();
    else if (strcmp(mode, "open") == 0)
        stay_open((uint32_t)random());
    else if (strcmp(mode, "own") == 0)
        with_own_tag();
    else if (strcmp(mode, "forward") == 0)
        forward();
    else if (strcmp(mode, "restart") == 0 && argc > 4)
        restart_own((unsigned)atoi(argv[4]));
    else if (strcmp(mode, "move") == 0)
        restart_moved();
    else if (strcmp(mode, "silent") == 0)
        ask_for_tag();
    else if (strcmp(mode, "abort") == 0)
        abort_it();
    else if (strcmp(mode, "around") == 0)
        around();
    else if (strcmp(mode, "init") == 0)
        restart();
    else if (strcmp(mode, "blue") == 0)
        out_of_the_blue();
    else if (strcmp(mode, "flood") == 0 && argc > 4)
        flood(atol(argv[4]));
    else
        errx(2, "no mode %s", mode);
    return 0;
}
