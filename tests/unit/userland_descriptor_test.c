/*
 * Descriptors and messages on standard error: userland/descriptor.c, references.c, call.c, say.c.
 */
#include "descriptors.h"
#include "model_socket.h"
#include "unit_thread.h"

#include <pthread.h>

/* ---- messages on stderr -----------------------------------------------------------------------
 */

static void say_much(void *size)
{
    char text[1000];

    memset(text, 'x', sizeof(text));
    debugging = false;
    debug("not this");
    errno = 77;
    say("%.*s", *(int *)size, text);
    if (errno != 77)
        _exit(1);
    debugging = true;
    debug("and %d", 5);
}

UNIT_TEST(a_message_is_a_line_of_at_most_511_bytes)
{
    const size_t start = strlen("libsctp_userland: ");

    for (int size = 490; size <= 495; size++) {
        char err[1200];
        size_t length;

        assert_int_equal(in_child(say_much, &size, err, sizeof(err)), 0);
        length = strcspn(err, "\n");
        assert_memory_equal(err, "libsctp_userland: x", start + 1);
        assert_int_equal(length, start + (size_t)size < 510 ? start + (size_t)size : 510);
        assert_int_equal(err[length - 1], 'x');
        assert_string_equal(err + length, "\nlibsctp_userland: and 5\n");
    }
}

/* ---- descriptors --------------------------------------------------------- */

UNIT_TEST(the_table_has_descriptors_up_to_its_limit)
{
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);

    assert_null(descriptor_get(-1));
    assert_null(descriptor_get(DESCRIPTOR_LIMIT));
    assert_null(descriptor_get(DESCRIPTOR_LIMIT - 1));
    descriptor_set(DESCRIPTOR_LIMIT - 1, s);
    assert_ptr_equal(descriptor_get(DESCRIPTOR_LIMIT - 1), s);
    assert_true(descriptor_ours(DESCRIPTOR_LIMIT - 1));
    assert_int_equal(descriptor_find(s), s->fd);
    descriptor_set(s->fd, NULL);
    assert_int_equal(descriptor_find(s), DESCRIPTOR_LIMIT - 1);
    descriptor_set(DESCRIPTOR_LIMIT - 1, NULL);
    assert_int_equal(descriptor_find(s), -1);
    descriptor_set(0, s);
    assert_int_equal(descriptor_find(s), 0);
    descriptor_set(0, NULL);
    descriptor_unhide(-1);
    descriptor_unhide(DESCRIPTOR_LIMIT);
}

UNIT_TEST(a_hidden_descriptor_is_moved_and_does_not_exist_for_the_program)
{
    int fd = open("/dev/null", O_RDONLY), hidden = descriptor_hide(fd);

    assert_true(hidden >= 512);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_true(fcntl(hidden, F_GETFD) & FD_CLOEXEC);
    assert_ptr_equal(descriptor_get(hidden), &descriptor_own);
    lock_release();
    errno = 0;
    assert_null(call_enter(hidden));
    assert_int_equal(errno, EBADF);
    assert_fails(reference_close(hidden), EBADF);
    assert_fails(reference_replaced(hidden), EBUSY);
    assert_int_equal(reference_replaced(5), 0);
    lock_take();
    assert_true(fcntl(hidden, F_GETFD) >= 0);
    descriptor_unhide(hidden);
    assert_null(descriptor_get(hidden));
    close(hidden);
}

UNIT_TEST(a_socket_is_released_with_its_last_descriptor)
{
    int fd, copy;
    struct usock *s = make(AF_INET, SOCK_STREAM, &fd);

    copy = dup(fd);
    lock_release();
    assert_int_equal(reference_copied(fd, copy), copy);
    assert_int_equal(s->descriptors, 2);
    udp_families[0].own_waiting = 1;
    assert_int_equal(reference_close(fd), 0);
    assert_int_equal(udp_families[0].own_waiting, 0); /* it waits for packets of our own */
    assert_int_equal(s->fd, copy);
    assert_int_equal(s->descriptors, 1);
    assert_fails(reference_close(fd), EBADF);
    assert_false(s->closed);
    be_in(0);
    assert_int_equal(reference_replaced(copy), 0);
    assert_int_equal(so.n_closed, 1);
    assert_null(descriptor_get(copy));
    lock_take();
    close(copy);
}

static int copy_of(int fd)
{
    int copy = dup(fd);

    return reference_copied(fd, copy) == copy ? reference_close(copy) : -1;
}

static struct {
    int (*call)(int fd);
    int fd, result;
    pid_t thread;
    bool done;
} other;

static void *call_from_another_thread(void *arg)
{
    __atomic_store_n(&other.thread, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    other.result = other.call(other.fd);
    __atomic_store_n(&other.done, true, __ATOMIC_SEQ_CST);
    return arg;
}

static bool other_is_done(void)
{
    return __atomic_load_n(&other.done, __ATOMIC_SEQ_CST);
}

UNIT_TEST(a_thread_waits_for_the_lock_before_it_changes_descriptors)
{
    static int (*const calls[])(int) = {copy_of, reference_replaced, reference_close};
    struct usock *s;
    pthread_t thread;

    for (size_t i = 0; i < COUNT(calls); i++) {
        memset(&other, 0, sizeof(other));
        s = make(AF_INET, SOCK_STREAM, &other.fd);
        s->descriptors = 2; /* it stays */
        other.call = calls[i];
        assert_int_equal(pthread_create(&thread, NULL, call_from_another_thread, NULL), 0);
        while (!__atomic_load_n(&other.thread, __ATOMIC_SEQ_CST) ||
               (!other_is_done() && state_of(other.thread) != 'S'))
            sched_yield();
        assert_false(other_is_done());
        assert_int_equal(s->descriptors, 2);
        lock_release();
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(other.result, 0);
        lock_take();
    }
}

static bool closed_beyond;

static int close_recorded(int fd)
{
    closed_beyond |= fd == DESCRIPTOR_LIMIT;
    return close(fd);
}

UNIT_TEST(a_duplicate_beyond_the_table_is_closed)
{
    int fd;
    struct usock *s = make(AF_INET, SOCK_STREAM, &fd);

    lock_release();
    libc_table.close = close_recorded;
    assert_fails(reference_copied(fd, DESCRIPTOR_LIMIT), EMFILE);
    libc_table.close = close;
    assert_true(closed_beyond);
    assert_int_equal(s->descriptors, 1);
    assert_int_equal(reference_copied(fd, DESCRIPTOR_LIMIT - 1), DESCRIPTOR_LIMIT - 1);
    assert_int_equal(s->descriptors, 2);
    descriptor_set(DESCRIPTOR_LIMIT - 1, NULL);
    s->descriptors = 1;
    lock_take();
}

/* What fails when a socket gets its descriptors. */
static enum { NOTHING, SHADOW, NAME, CONNECTION, BEYOND } fault;

static int make_faulty(int domain, int type, int protocol)
{
    int fd = socket(domain, type, protocol);

    if (fault != (type & SOCK_DGRAM ? SHADOW : BEYOND))
        return fd;
    close(fd);
    errno = EMFILE;
    return fault == SHADOW ? -1 : DESCRIPTOR_LIMIT;
}

static int bind_faulty(int fd, const struct sockaddr *to, socklen_t length)
{
    errno = ENOMEM;
    return fault == NAME ? -1 : bind(fd, to, length);
}

static int connect_faulty(int fd, const struct sockaddr *to, socklen_t length)
{
    errno = EPERM;
    return fault == CONNECTION ? -1 : connect(fd, to, length);
}

/* Once the program has polled a socket, others get the descriptors for that when they are made. */
UNIT_TEST(a_socket_whose_descriptors_cannot_be_made_leaves_none_open)
{
    static const int errors[] = {
        [SHADOW] = EMFILE, [NAME] = ENOMEM, [CONNECTION] = EMFILE, [BEYOND] = EMFILE};
    struct usock *s = make(AF_INET, SOCK_STREAM, NULL);
    int before = open_descriptors();

    libc_table.socket = make_faulty;
    libc_table.bind = bind_faulty;
    libc_table.connect = connect_faulty;
    libc_table.close = close_recorded;
    for (fault = SHADOW; fault <= NAME; fault++) {
        assert_fails(shadow_polled(s, false), errors[fault]);
        lock_release();
        assert_fails(call_polled(s->fd, false), ENOMEM);
        lock_take();
        assert_int_equal(open_descriptors(), before);
    }
    fault = NOTHING;
    assert_true(shadow_polled(s, false) >= 0);
    assert_int_equal(open_descriptors(), before + 2); /* the second one is for all sockets */
    before = open_descriptors();
    closed_beyond = false;
    for (fault = SHADOW; fault <= BEYOND; fault++) {
        assert_fails(usock_create(AF_INET, SOCK_STREAM), errors[fault]);
        assert_int_equal(open_descriptors(), before);
        assert_true(usocks == s && !s->next);
    }
    fault = NOTHING;
    assert_true(closed_beyond);
    libc_table.socket = socket;
    libc_table.bind = bind;
    libc_table.connect = connect;
    libc_table.close = close;
}

static void in_a_child(void *arg)
{
    int fd = *(int *)arg, own = descriptor_hide(dup(2));

    lock_release();
    if (!descriptor_borrowed()) /* made by fork(2), without the handler */
        _exit(2);
    if (reference_copied(fd, 300) != 300 || descriptor_get(300) || reference_replaced(fd) != 0 ||
        !descriptor_get(fd))
        _exit(3);
    descriptor_own_process();
    if (descriptor_borrowed())
        _exit(4);
    descriptor_set(0, descriptor_get(fd)); /* as after dup2() to standard input */
    descriptor_drop_inherited();
    if (descriptor_get(fd) != &descriptor_inherited || descriptor_get(own) ||
        fcntl(own, F_GETFD) >= 0 || descriptor_get(0) != &descriptor_inherited)
        _exit(5);
    errno = 0;
    if (call_enter(fd) || errno != EBADFD)
        _exit(6);
    if (reference_copied(fd, 300) != 300 || descriptor_get(300) != &descriptor_inherited)
        _exit(7);
    if (reference_close(fd) != 0 || descriptor_get(fd))
        _exit(8);
    usock_drop_inherited();
    if (usocks)
        _exit(9);
}

UNIT_TEST(inherited_sockets_are_told_apart)
{
    int fd;
    char err[500];

    make(AF_INET, SOCK_STREAM, &fd);
    assert_false(descriptor_borrowed());
    assert_int_equal(in_child(in_a_child, &fd, err, sizeof(err)), 0);
    assert_contains(err, "is an SCTP socket that was opened before fork()");
}

int main(void)
{
    return run_all_tests(begin, end);
}
