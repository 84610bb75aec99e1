/* Receiving in batches, with a recvmmsg(2) of this file and failing allocations:
 * lib/receive/inbox.c. */
#include "blocks.h"
#include "receive/inside.h"
#include "unit.h"

#include <errno.h>

enum { FD = 1000, FRAGMENTS = 3 };

static struct {
    int flags, result;
    unsigned count;
    unsigned char *base[FRAGMENTS];
    size_t len[FRAGMENTS], control[FRAGMENTS];
    void *name[FRAGMENTS];
    socklen_t namelen[FRAGMENTS];
    int level, type; /* of a control message beside that of the stack */
} call;

static void put(struct msghdr *m, struct cmsghdr *c, int level, int type, uint16_t stream)
{
    const struct sctp_rcvinfo rcv = {.rcv_sid = stream, .rcv_assoc_id = 3};

    assert_non_null(c);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(sizeof(rcv));
    memcpy(CMSG_DATA(c), &rcv, sizeof(rcv));
    m->msg_controllen = CMSG_SPACE(sizeof(rcv));
}

int recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout)
{
    assert_int_equal(fd, FD);
    assert_null(timeout);
    call.flags = flags;
    call.count = count;
    for (unsigned i = 0; i < count; i++) {
        struct msghdr *m = &headers[i].msg_hdr;

        assert_int_equal(m->msg_iovlen, 1);
        call.base[i] = m->msg_iov->iov_base;
        call.len[i] = m->msg_iov->iov_len;
        call.control[i] = m->msg_controllen;
        call.name[i] = m->msg_name;
        call.namelen[i] = m->msg_namelen;
        memset(m->msg_iov->iov_base, 'a' + (int)i, m->msg_iov->iov_len);
        put(m, CMSG_FIRSTHDR(m), call.level, call.type, (uint16_t)(i + 5));
        m->msg_namelen = 16; /* as the kernel writes it */
        m->msg_flags = MSG_EOR;
        headers[i].msg_len = i + 1;
    }
    errno = EAGAIN;
    return call.result < (int)count ? call.result : (int)count;
}

static int start(void **state)
{
    memset(&call, 0, sizeof(call));
    call.level = IPPROTO_SCTP;
    call.type = SCTP_RCVINFO;
    call.result = FRAGMENTS;
    blocks_before = blocks;
    return 0;
}

UNIT_TEST(a_batch_has_room_for_aligned_fragments_side_by_side)
{
    struct unp_inbox *in = unp_inbox_new(FRAGMENTS, 33);

    assert_non_null(in);
    assert_int_equal(unp_inbox_recv(in, FD, MSG_DONTWAIT), FRAGMENTS);
    assert_int_equal(call.count, FRAGMENTS);
    assert_int_equal(call.flags, MSG_DONTWAIT | MSG_WAITFORONE);
    for (int i = 0; i < FRAGMENTS; i++) {
        assert_int_equal(call.len[i], 48);
        assert_ptr_equal(call.base[i], call.base[0] + 48 * i);
        assert_int_equal(call.control[i], CMSG_SPACE(sizeof(struct sctp_rcvinfo)));
        assert_null(call.name[i]);
        assert_int_equal(call.namelen[i], 0);
    }
    unp_inbox_free(in);
    in = unp_inbox_new(1, 48);
    unp_inbox_recv(in, FD, 0);
    assert_int_equal(call.len[0], 48);
    unp_inbox_free(in);
}

UNIT_TEST(a_fragment_has_its_data_and_information)
{
    struct unp_inbox *in = unp_inbox_new(FRAGMENTS, 16);

    assert_non_null(in);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(unp_inbox_recv(in, FD, 0), FRAGMENTS);
        for (int i = 0; i < FRAGMENTS; i++) {
            const struct unp_fragment *f = unp_inbox_fragment(in, i);

            assert_ptr_equal(f->data, call.base[i]);
            assert_int_equal(f->len, i + 1);
            assert_int_equal(f->flags, MSG_EOR);
            assert_null(f->from);
            assert_int_equal(f->rcv.rcv_sid, i + 5);
            assert_int_equal(f->rcv.rcv_assoc_id, 3);
            /* The call gets the whole room again, whatever the previous one wrote there. */
            assert_int_equal(call.control[i], CMSG_SPACE(sizeof(struct sctp_rcvinfo)));
        }
    }
    unp_inbox_free(in);
}

UNIT_TEST(other_control_messages_are_ignored)
{
    static const int others[][2] = {{IPPROTO_SCTP, SCTP_SNDRCV}, {SOL_SOCKET, SCTP_RCVINFO}};
    struct unp_inbox *in = unp_inbox_new(1, 16);

    assert_non_null(in);
    for (size_t i = 0; i < COUNT(others); i++) {
        call.level = IPPROTO_SCTP;
        call.type = SCTP_RCVINFO;
        unp_inbox_recv(in, FD, 0);
        assert_int_equal(unp_inbox_fragment(in, 0)->rcv.rcv_sid, 5);
        call.level = others[i][0];
        call.type = others[i][1];
        unp_inbox_recv(in, FD, 0);
        assert_int_equal(unp_inbox_fragment(in, 0)->rcv.rcv_sid,
                         0); /* not that of the previous call */
    }
    unp_inbox_free(in);
}

UNIT_TEST(addresses_are_received_if_they_are_wanted)
{
    struct unp_inbox *in = unp_inbox_new(FRAGMENTS, 16);

    assert_non_null(in);
    assert_int_equal(unp_inbox_want_addresses(in), 0);
    for (int round = 0; round < 2; round++) {
        unp_inbox_recv(in, FD, 0);
        for (int i = 0; i < FRAGMENTS; i++) {
            assert_int_equal(call.namelen[i], sizeof(struct sockaddr_storage));
            assert_ptr_equal(unp_inbox_fragment(in, i)->from, call.name[i]);
            assert_ptr_equal((struct sockaddr_storage *)call.name[0] + i, call.name[i]);
        }
    }
    unp_inbox_free(in);
}

UNIT_TEST(a_failed_receive_changes_no_fragment)
{
    struct unp_inbox *in = unp_inbox_new(FRAGMENTS, 16);

    assert_non_null(in);
    unp_inbox_recv(in, FD, 0);
    call.result = -1;
    unp_inbox_fragment(in, 0)->len = 77;
    assert_fails(unp_inbox_recv(in, FD, 0), EAGAIN);
    assert_int_equal(unp_inbox_fragment(in, 0)->len, 77);
    call.result = 1;
    unp_inbox_fragment(in, 1)->len = 78;
    assert_int_equal(unp_inbox_recv(in, FD, 0), 1);
    assert_int_equal(unp_inbox_fragment(in, 0)->len, 1);
    assert_int_equal(unp_inbox_fragment(in, 1)->len, 78);
    unp_inbox_free(in);
}

UNIT_TEST(without_memory_there_is_no_inbox)
{
    struct unp_inbox *in;

    if (!CAN_FAIL)
        skip();
    for (unsigned i = 1; i <= 6; i++) {
        fail_in = i;
        assert_null(unp_inbox_new(FRAGMENTS, 16));
        assert_int_equal(fail_in, 0);
    }
    in = unp_inbox_new(FRAGMENTS, 16);
    assert_non_null(in);
    fail_in = 1;
    assert_int_equal(unp_inbox_want_addresses(in), -1);
    unp_inbox_free(in);
    unp_inbox_free(NULL);
    unp_inbox_free(NULL);
}

int main(void)
{
    return run_all_tests(start, check_blocks);
}
