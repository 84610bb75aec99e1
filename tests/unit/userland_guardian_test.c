/*
 * The process that aborts the associations of one that has ended: userland/guardian.c.
 */
#include "model_udp.h"

#include "../tools/emulator.h"

static const unsigned char header[] = "\1\2\3\4abcd????";
static const unsigned char abort_packet[] =
    "\1\2\3\4abcd????\6\0\0\x1d\0\xc\0\x19the process has ended\0\0\0";

UNIT_TEST(the_guardian_aborts_the_associations_that_are_noted_at_the_end)
{
    const union address us = at("127.0.0.5", 0), any = at("0.0.0.0", 0), six = at("::1", 0);
    unsigned char came[2000], check[4];
    union address from, moved, to_six;
    int notes[4], four = peer, lost;

    skip_because(lacks_guardian());
    errno = EINTR; /* of an earlier call */
    guardian_start();
    notes[0] = guardian_note(&at_peer, &us, header);
    moved = at_peer;
    moved.in.sin_port = htons(9);
    notes[1] = guardian_note(&moved, &any,
                             (const unsigned char *)"\5\6\7\x8"
                                                    "efgh????");
    notes[2] = guardian_note(&moved, &us, header);
    assert_true(notes[0] == 0 && notes[1] == 1 && notes[2] == 2);
    guardian_forget(notes[0]);
    guardian_forget(-1);
    notes[0] = guardian_note(&moved, &us, header);
    guardian_moved(notes[0], &at_peer);
    assert_int_equal(notes[0], 0);      /* the place of the forgotten one */
    guardian_moved(notes[1], &at_peer); /* the peer has another UDP port */
    from = at("127.0.0.7", address_port(&at_peer));
    guardian_moved(notes[2], &from); /* another address, and another family */
    peer = -1;
    open_peer("::1");
    guardian_moved(notes[2], &at_peer);
    guardian_moved(-1, &at_peer);
    to_six = at_peer;
    to_six.in6.sin6_port = htons(9);
    notes[3] = guardian_note(&to_six, &six, header);
    guardian_moved(notes[3], &at_peer);
    guardian_end();
    assert_int_equal(peer_receives(came, &from), sizeof(abort_packet) - 1);
    assert_true(address_same_host(&from, &six));
    assert_int_equal(peer_receives(came, &from), -1);
    close(peer);
    peer = four;
    lost = 0;
    for (int i = 0; i < 2; i++) {
        uint32_t expected;

        assert_int_equal(peer_receives(came, &from), sizeof(abort_packet) - 1);
        memcpy(check, came + 8, 4);
        memset(came + 8, 0, 4);
        expected = sum(came, sizeof(abort_packet) - 1);
        assert_memory_equal(check, &expected, 4);
        assert_memory_equal(came + 12, abort_packet + 12, sizeof(abort_packet) - 13);
        assert_memory_equal(came,
                            i ? "\5\6\7\x8"
                                "efgh"
                              : "\1\2\3\4abcd",
                            8);
        assert_int_equal(address_same_host(&from, &us), i == 0);
    }
    assert_int_equal(peer_receives(came, &from), -1);
    assert_int_equal(lost, 0);
}

UNIT_TEST(the_guardian_keeps_no_file_open_and_is_left_alone_after_a_fork)
{
    int ends[2], end;
    char byte;

    assert_int_equal(pipe(ends), 0);
    guardian_start();
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    for (end = 512; descriptor_get(end) != &descriptor_own || fcntl(end, F_GETFL) != O_WRONLY;
         end++)
        assert_true(end < 2000); /* our end of its pipe */
    guardian_after_fork();
    assert_int_equal(fcntl(end, F_GETFD), -1);
    assert_null(descriptor_get(end));
    assert_int_equal(dup2(ends[0], end), end);
    guardian_end();
    assert_true(fcntl(end, F_GETFD) >= 0);
    close(end);
    close(ends[0]);
}

UNIT_TEST(without_a_guardian_nothing_is_noted)
{
    guardian_after_fork();
    assert_int_equal(guardian_note(&at_peer, &at_peer, header), -1);
    guardian_forget(0);
    guardian_moved(0, &at_peer);
    guardian_end();
    guardian_start();
    for (int i = 0; i < GUARDIAN_NOTES; i++)
        if (guardian_note(&(union address){.sa.sa_family = 0}, &at_peer, header) != i)
            fail_msg("note %d", i);
    assert_int_equal(guardian_note(&at_peer, &at_peer, header), -1);
    guardian_forget(5);
    assert_int_equal(guardian_note(&at_peer, &at_peer, header), 5);
    assert_int_equal(guardian_note(&at_peer, &at_peer, header), -1);
    guardian_forget(5);
    guardian_end();
}

int main(void)
{
    alarm(120);
    return run_all_tests(begin, NULL);
}
