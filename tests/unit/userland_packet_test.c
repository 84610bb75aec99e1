/*
 * Which INITs the userland stack drops (userland/packet.c).  Each is valid except in one respect,
 * so that each condition is tested by itself.
 */
#include "unit.h"

#include <arpa/inet.h>

#include "../../userland/libusrsctp.h"
#include "../../userland/packet.h"

/* Definitions of other files that packet.c uses. */
struct usrsctp usr;
bool debugging;

static char traced[1000];

void debug(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(traced, sizeof(traced), format, args);
    va_end(args);
}

uint16_t address_port(const union address *address)
{
    return ntohs(address->in.sin_port);
}

/* A stand-in for CRC32c that depends on all bytes. */
static uint32_t sum(void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint32_t n = 0;

    for (size_t i = 0; i < size; i++)
        n = n * 31 + bytes[i];
    return n;
}

/* ---- packets ---------------------------------------------------------------- */

enum { RANDOM = 0x8002, CHUNKS = 0x8003, HMACS = 0x8004, SUPPORTED = 0x8008, UNKNOWN = 0xc000 };
enum { ASCONF_ACK = 0x80, ASCONF = 0xc1 };

static struct {
    unsigned char bytes[70000];
    size_t size;
} packet;

static void put(size_t at, size_t n)
{
    packet.bytes[at] = (unsigned char)(n >> 8);
    packet.bytes[at + 1] = (unsigned char)n;
}

static void set_length(void)
{
    put(PACKET_HEADER + 2, packet.size - PACKET_HEADER);
}

/* Makes the smallest valid INIT or INIT ACK, without parameters. */
static void begin(unsigned char type)
{
    memset(&packet, 0, sizeof(packet));
    packet.bytes[PACKET_HEADER] = type;
    packet.bytes[PACKET_HEADER + 7] = 1; /* tag */
    put(PACKET_HEADER + 10, 1500);       /* window */
    put(PACKET_HEADER + 12, 1);          /* outbound streams */
    put(PACKET_HEADER + 14, 1);          /* inbound */
    packet.size = PACKET_HEADER + 20;
    set_length();
}

static void add(unsigned type, const void *value, size_t size)
{
    put(packet.size, type);
    put(packet.size + 2, 4 + size);
    memcpy(packet.bytes + packet.size + 4, value, size);
    packet.size += 4 + (size + 3) / 4 * 4;
    set_length();
}

static const unsigned char zeros[300], hmacs[] = {0, 3, 0, 1}, sha256[] = {0, 3};
static const unsigned char both[] = {ASCONF, ASCONF_ACK}, acks[] = {ASCONF_ACK},
                           asconf[] = {ASCONF};

static bool harmful(void)
{
    unsigned char *exact = exact_copy(packet.bytes, packet.size);
    bool is = packet_harmful(exact, packet.size);

    free(exact);
    return is;
}

/* ---- answers and traces --------------------------------------------------------- */

UNIT_TEST(an_answer_has_the_initiate_tag_or_the_reflected_tag)
{
    unsigned char answer[PACKET_ANSWER_SIZE];

    usr.crc32c = sum;
    begin(CHUNK_INIT);
    memcpy(packet.bytes, "\1\2\3\4\5\6\7\x8", 8); /* ports, and a tag that an INIT has not */
    assert_int_equal(packet_answer(packet.bytes, packet.size, CHUNK_ABORT, answer), 16);
    assert_memory_equal(answer, "\3\4\1\2\0\0\0\1", 8); /* the INIT's own */
    assert_memory_equal(answer + 12, "\6\0\0\4", 4);
    assert_true(packet_intact(answer, sizeof(answer)));
    answer[0] ^= 1;
    assert_false(packet_intact(answer, sizeof(answer)));
    packet.bytes[PACKET_HEADER] = CHUNK_SHUTDOWN_ACK;
    packet_answer(packet.bytes, packet.size, CHUNK_SHUTDOWN_COMPLETE, answer);
    assert_memory_equal(answer, "\3\4\1\2\5\6\7\x8", 8);
    assert_memory_equal(answer + 12, "\x0e\1\0\4", 4); /* the T bit */
    packet.bytes[PACKET_HEADER] = CHUNK_INIT;
    packet_answer(packet.bytes, PACKET_HEADER + 8, CHUNK_ABORT, answer);
    assert_memory_equal(answer + 4, "\0\0\0\1", 4);
    packet_answer(packet.bytes, PACKET_HEADER + 7, CHUNK_ABORT,
                  answer); /* the INIT is cut before its tag */
    assert_memory_equal(answer + 4, "\5\6\7\x8", 4);
}

UNIT_TEST(the_trace_names_the_first_of_many_chunks)
{
    const union address peer = {.in = {.sin_family = AF_INET}};
    unsigned char bytes[12 + 400] = {0};
    char expected[300] = "sent";

    debugging = true;
    for (size_t at = 12; at < sizeof(bytes); at += 4)
        memcpy(bytes + at, "\5\0\0\4", 4);
    for (int i = 0; i < 10; i++)
        strcat(expected, " HEARTBEAT ACK");
    strcat(expected, ", port 0 to 0, 0.0.0.0 UDP port 0");
    trace_packet("sent", &peer, bytes, sizeof(bytes));
    assert_string_equal(traced, expected);
    debugging = false;
    traced[0] = '\0';
}

UNIT_TEST(chunks_are_found_and_traced)
{
    union address peer = {
        .in = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x7f000001)}};
    static const unsigned char bytes[] = "\0\1\0\2....----"
                                         "\3\0\0\5x..."
                                         "\x81\0\0\4"
                                         "\xa\0\0\x8yyyy"
                                         "\0\0\0\4";

    unsigned char large[12 + 516 + 4] = {[12 + 2] = 2, [12 + 3] = 4, [12 + 516] = 7};

    assert_ptr_equal(packet_chunk(large, sizeof(large), 7), large + 12 + 516);
    assert_ptr_equal(packet_chunk(bytes, sizeof(bytes) - 1, 3), bytes + 12);
    assert_ptr_equal(packet_chunk(bytes, sizeof(bytes) - 1, 10), bytes + 24);
    assert_ptr_equal(packet_chunk(bytes, sizeof(bytes) - 1, 0), bytes + 32);
    assert_null(packet_chunk(bytes, sizeof(bytes) - 2, 0));
    assert_null(packet_chunk(bytes, sizeof(bytes) - 1, 1));
    trace_packet("sent", &peer, bytes, sizeof(bytes) - 1);
    assert_string_equal(traced, "");
    debugging = true;
    trace_packet("sent", &peer, bytes, 12);
    assert_string_equal(traced, "");
    trace_packet("sent", &peer, bytes, sizeof(bytes) - 1);
    assert_string_equal(traced,
                        "sent SACK chunk 129 COOKIE ECHO DATA, port 1 to 2, 127.0.0.1 UDP port 9");
    peer.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    trace_packet("received", &peer, bytes, 13);
    assert_string_equal(traced, "received, port 1 to 2, ::1 UDP port 0");
}

/* Of libusrsctp's cookie only the tie tags and the peer's INIT matter. */
UNIT_TEST(a_cookie_with_tie_tags_restarts_an_association)
{
    enum {
        TIE_TAGS = 24 + sizeof(struct timeval),
        OUTBOUND_STREAMS = TIE_TAGS + 88,
        SIZE = TIE_TAGS + 96
    };
    unsigned char echo[SIZE] = {0};
    unsigned streams = 7;

    echo[OUTBOUND_STREAMS] = 1;
    echo[OUTBOUND_STREAMS + 1] = 2;
    echo[TIE_TAGS - 1] = echo[TIE_TAGS + 8] = 1;
    assert_false(packet_restarts(echo, SIZE, &streams));
    assert_int_equal(streams, 0x102);
    for (int i = TIE_TAGS; i < TIE_TAGS + 8; i++) {
        echo[i] = 1;
        assert_true(packet_restarts(echo, SIZE, &streams));
        assert_false(packet_restarts(echo, SIZE - 1, &streams)); /* too short for our cookie */
        assert_int_equal(streams, 0);
        echo[i] = 0;
    }
}

/* ---- dropped INITs ----------------------------------------------------------------- */

UNIT_TEST(the_smallest_valid_init_passes)
{
    begin(CHUNK_INIT);
    assert_false(harmful());
    begin(CHUNK_INIT_ACK);
    assert_false(harmful());
    put(PACKET_HEADER + 10, 65535);
    put(PACKET_HEADER + 8, 1);
    assert_false(harmful());
}

UNIT_TEST(other_chunks_are_not_checked)
{
    for (unsigned type = 0; type < 256; type++) {
        begin((unsigned char)type);
        packet.size = PACKET_HEADER + 4;
        set_length();
        assert_int_equal(harmful(), type == CHUNK_INIT || type == CHUNK_INIT_ACK);
    }
}

UNIT_TEST(an_init_without_its_fixed_part_is_dropped)
{
    for (unsigned char type = CHUNK_INIT; type <= CHUNK_INIT_ACK; type++) {
        begin(type);
        packet.size--; /* of the packet */
        assert_true(harmful());
        begin(type);
        put(PACKET_HEADER + 2, 19); /* of the chunk */
        assert_true(harmful());
        packet.size = PACKET_HEADER + 3; /* not even a chunk */
        assert_false(harmful());
    }
}

UNIT_TEST(an_init_without_tag_window_or_streams_is_dropped)
{
    begin(CHUNK_INIT);
    packet.bytes[PACKET_HEADER + 7] = 0;
    assert_true(harmful());
    packet.bytes[PACKET_HEADER + 8] = 1; /* the window is not part of the tag */
    assert_true(harmful());
    for (size_t at = PACKET_HEADER + 4; at < PACKET_HEADER + 8;
         at++) { /* a tag with any byte set is valid */
        begin(CHUNK_INIT);
        packet.bytes[PACKET_HEADER + 7] = 0;
        packet.bytes[at] = 1;
        assert_false(harmful());
    }
    begin(CHUNK_INIT);
    put(PACKET_HEADER + 10, 1499);
    assert_true(harmful());
    put(PACKET_HEADER + 8, 1); /* 65536 more */
    assert_false(harmful());
    for (size_t at = PACKET_HEADER + 12; at <= PACKET_HEADER + 14; at += 2) {
        begin(CHUNK_INIT);
        put(at, 0);
        assert_true(harmful());
        put(at, 256);
        assert_false(harmful());
    }
}

UNIT_TEST(an_init_that_is_too_long_is_dropped)
{
    begin(CHUNK_INIT);
    while (packet.size + 256 <= PACKET_HEADER + 63480)
        add(UNKNOWN, zeros, 252);
    add(UNKNOWN, zeros, 63487 - 4 - (packet.size - PACKET_HEADER));
    put(PACKET_HEADER + 2, 63487);
    assert_false(harmful());
    put(PACKET_HEADER + 2, 63488);
    assert_true(harmful());
}

UNIT_TEST(a_parameter_shorter_than_its_header_is_dropped)
{
    for (unsigned char type = CHUNK_INIT; type <= CHUNK_INIT_ACK; type++) {
        begin(type);
        add(UNKNOWN, zeros, 0);
        assert_false(harmful());
        put(packet.size - 2, 3);
        assert_true(harmful());
        begin(type);
        add(UNKNOWN, zeros, 5); /* and padding */
        add(UNKNOWN, zeros, 0);
        assert_false(harmful());
        put(packet.size - 2, 0);
        assert_true(harmful());
        packet.size--; /* less than a header is none */
        set_length();
        assert_false(harmful());
    }
}

UNIT_TEST(authentication_needs_random_and_sha1)
{
    begin(CHUNK_INIT);
    add(RANDOM, zeros, 32);
    add(HMACS, hmacs, sizeof(hmacs));
    add(CHUNKS, both, 2);
    assert_false(harmful());
    begin(CHUNK_INIT);
    add(RANDOM, zeros, 31);
    assert_true(harmful());
    begin(CHUNK_INIT);
    add(RANDOM, zeros, 33);
    assert_true(harmful());
    begin(CHUNK_INIT);
    add(HMACS, sha256, sizeof(sha256));
    assert_true(harmful());
    begin(CHUNK_INIT); /* chunks to be signed, but no random number */
    add(HMACS, hmacs, sizeof(hmacs));
    add(CHUNKS, both, 2);
    assert_true(harmful());
    begin(CHUNK_INIT); /* no HMAC */
    add(RANDOM, zeros, 32);
    add(CHUNKS, both, 2);
    assert_true(harmful());
    begin(CHUNK_INIT); /* no chunks */
    add(RANDOM, zeros, 32);
    add(CHUNKS, both, 0);
    assert_false(harmful());
}

UNIT_TEST(address_changes_need_their_chunks_signed)
{
    static const struct {
        const unsigned char *supported, *is_signed;
        size_t supported_size, signed_size;
        bool harmful;
    } cases[] = {
        {both, both, 2, 2, false},  {both, asconf, 2, 1, true},  {both, acks, 2, 1, true},
        {acks, both, 1, 2, false},  {acks, asconf, 1, 1, true},  {asconf, acks, 1, 1, true},
        {zeros, acks, 4, 1, false}, {asconf, both, 1, 2, false}, {asconf, zeros, 1, 1, true},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        begin(CHUNK_INIT);
        add(RANDOM, zeros, 32);
        add(HMACS, hmacs, sizeof(hmacs));
        add(SUPPORTED, cases[i].supported, cases[i].supported_size);
        add(CHUNKS, cases[i].is_signed, cases[i].signed_size);
        if (harmful() != cases[i].harmful)
            fail_msg("case %zu", i);
    }
    begin(CHUNK_INIT); /* and no authentication at all */
    add(SUPPORTED, asconf, 1);
    assert_true(harmful());
    begin(CHUNK_INIT);
    add(SUPPORTED, zeros, 1);
    assert_false(harmful());
}

UNIT_TEST(a_parameter_longer_than_libusrsctp_reads_is_dropped)
{
    static const unsigned types[] = {CHUNKS, SUPPORTED, HMACS};

    for (size_t i = 0; i < COUNT(types); i++) {
        for (size_t size = 256; size <= 257; size++) {
            unsigned char value[257] = {0, 1};

            begin(CHUNK_INIT);
            add(RANDOM, zeros, 32);
            add(HMACS, hmacs, sizeof(hmacs));
            packet.size -= types[i] == HMACS ? 8 : 0; /* in its place */
            add(types[i], types[i] == HMACS ? value : zeros, size);
            assert_int_equal(harmful(), size == 257);
        }
    }
    begin(CHUNK_INIT_ACK); /* an INIT ACK is checked less strictly: its sender was asked */
    add(RANDOM, zeros, 33);
    add(SUPPORTED, asconf, 1);
    assert_false(harmful());
}

UNIT_TEST(a_truncated_parameter_is_checked_up_to_the_end_of_the_packet)
{
    begin(CHUNK_INIT);
    add(RANDOM, zeros, 32);
    add(HMACS, hmacs, sizeof(hmacs));
    put(packet.size - 6, 4000);
    assert_false(harmful());
    packet.size -= 2;
    set_length();
    assert_true(harmful()); /* without its SHA-1 */
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
