/*
 * Ways to a socket that are not the C library's usual calls: syscall(2), sendfile, splice, and,
 * past the userland stack, another symbol of the C library, a program that is executed, a message
 * that passes the descriptor, the child of a fork.
 */
#include "unit_pair.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static void assert_received(int fd, const char *text)
{
    char buf[100] = "";

    assert_int_equal(recv(fd, buf, sizeof(buf), 0), strlen(text));
    assert_string_equal(buf, text);
}

/* The association has lost nothing, and has no message that the test did not send. */
static void assert_association_intact(void)
{
    assert_int_equal(send(one.c, "and", 3, 0), 3);
    assert_received(one.s, "and");
    assert_int_equal(send(one.s, "back", 4, 0), 4);
    assert_received(one.c, "back");
}

/* ---- syscall(2) ----------------------------------------------------------------- */

WITH_PAIR(system_calls_by_number_send_and_receive)
{
    char buf[10];
    struct iovec iov = {"six", 3};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    assert_int_equal(syscall(SYS_write, one.c, "one", 3), 3);
    assert_received(one.s, "one");
    assert_int_equal(syscall(SYS_writev, one.c, &iov, 1), 3);
    assert_received(one.s, "six");
    assert_int_equal(syscall(SYS_sendto, one.c, "two", 3, 0, NULL, 0), 3);
    assert_received(one.s, "two");
    assert_int_equal(syscall(SYS_sendmsg, one.c, &msg, 0), 3);
    iov = (struct iovec){buf, sizeof(buf)};
    assert_int_equal(syscall(SYS_recvmsg, one.s, &msg, 0), 3);
    assert_memory_equal(buf, "six", 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(send(one.s, "back", 4, 0), 4);
    assert_int_equal(syscall(SYS_read, one.c, buf, sizeof(buf)), 4);
    assert_int_equal(syscall(SYS_readv, one.c, &iov, 1), 4);
    assert_int_equal(syscall(SYS_recvfrom, one.c, buf, sizeof(buf), 0, NULL, NULL), 4);
    assert_fails((int)syscall(SYS_recvfrom, one.c, buf, 4, MSG_DONTWAIT, NULL, NULL), EAGAIN);
}

WITH_PAIR(system_calls_by_number_connect_accept_and_close)
{
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), accepted, copy;

    assert_true(fd >= 0);
    assert_int_equal(syscall(SYS_connect, fd, &one.at, sizeof(one.at)), 0);
    accepted = (int)syscall(SYS_accept4, one.l, &from, &len, 0);
    assert_true(accepted >= 0);
    copy = (int)syscall(SYS_dup, accepted);
    assert_int_equal(syscall(SYS_close, accepted), 0);
    assert_int_equal(send(copy, "one", 3, 0), 3);
    assert_received(fd, "one");
    assert_int_equal(syscall(SYS_close, copy), 0);
    assert_int_equal(recv(fd, &from, 1, 0), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(syscall(SYS_getpid), getpid());
}

/* ---- sendfile, splice --------------------------------------------------------------- */

/* A file with these bytes. */
static int file_of(const char *data, size_t size)
{
    FILE *file = tmpfile();
    int fd = dup(fileno(file));

    fclose(file);
    assert_int_equal(write(fd, data, size), size);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

WITH_PAIR(sendfile_sends_a_part_of_a_file)
{
    int file = file_of("0123456789", 10);
    off_t at = 2;

    assert_int_equal(sendfile(one.c, file, &at, 3), 3);
    assert_received(one.s, "234");
    assert_int_equal(at, 5);
    assert_int_equal(sendfile(one.c, file, NULL, 4), 4);
    assert_received(one.s, "0123");
    assert_int_equal(sendfile(one.c, file, NULL, 100), 6);
    assert_received(one.s, "456789");
    assert_int_equal(sendfile(one.c, file, NULL, 100), 0);
    assert_int_equal(syscall(SYS_sendfile, one.c, file, &at, 1), 1);
    assert_received(one.s, "5");
    close(file);
}

static void *send_whole_file(void *fd)
{
    static char data[200000];
    int file;
    off_t at = 0;

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i / 7);
    file = file_of(data, sizeof(data));
    while (at < (off_t)sizeof(data) && sendfile(*(int *)fd, file, &at, sizeof(data)) > 0)
        ;
    close(file);
    shutdown(*(int *)fd, SHUT_WR);
    return NULL;
}

WITH_PAIR(sendfile_sends_a_large_file_whole)
{
    char buf[5000];
    pthread_t thread;
    size_t total = 0;
    ssize_t n;

    assert_int_equal(pthread_create(&thread, NULL, send_whole_file, &one.c), 0);
    while ((n = recv(one.s, buf, sizeof(buf), 0)) > 0)
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal(buf[i], (char)(total++ / 7));
    assert_int_equal(n, 0);
    assert_int_equal(total, 200000);
    pthread_join(thread, NULL);
}

WITH_PAIR(a_sendfile_that_fails_leaves_the_file_where_it_was)
{
    int file = file_of("data", 4);
    off_t at = 1;

    assert_fails((int)sendfile(one.l, file, &at, 2), EPIPE);
    assert_int_equal(at, 1);
    assert_int_equal(lseek(file, 0, SEEK_CUR), 0);
    assert_int_equal(sendfile(one.c, file, NULL, 4), 4);
    close(file);
}

WITH_PAIR(splice_moves_data_between_a_pipe_and_a_socket)
{
    int ends[2];
    char buf[10];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "abcdef", 6), 6);
    assert_int_equal(splice(ends[0], NULL, one.c, NULL, 4, 0), 4);
    assert_received(one.s, "abcd");
    assert_int_equal(splice(ends[0], NULL, one.c, NULL, 100, 0), 2);
    assert_received(one.s, "ef");
    assert_fails((int)splice(ends[0], NULL, one.c, NULL, 1, SPLICE_F_NONBLOCK), EAGAIN);
    assert_int_equal(send(one.s, "answer", 6, 0), 6);
    assert_int_equal(splice(one.c, NULL, ends[1], NULL, 4, 0), 4);
    assert_int_equal(read(ends[0], buf, sizeof(buf)), 4);
    assert_memory_equal(buf, "answ", 4);
    assert_received(one.c, "er");
    assert_int_equal(fcntl(one.c, F_SETFL, O_NONBLOCK), 0);
    assert_fails((int)splice(one.c, NULL, ends[1], NULL, 4, SPLICE_F_NONBLOCK), EAGAIN);
    close(ends[0]);
    close(ends[1]);
}

WITH_PAIR(a_splice_that_fails_leaves_the_data_in_the_pipe_or_the_socket)
{
    int ends[2];
    char buf[10];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    assert_fails((int)splice(ends[0], NULL, one.l, NULL, 3, 0), EPIPE);
    assert_int_equal(read(ends[0], buf, sizeof(buf)), 3);
    assert_int_equal(send(one.s, "answer", 6, 0), 6);
    close(ends[0]);
    assert_fails((int)splice(one.c, NULL, ends[1], NULL, 4, 0), EPIPE);
    assert_received(one.c, "answer");
    close(ends[1]);
}

/* ---- past the userland stack ----------------------------------------------------------- */

#define USERLAND_ONLY                                                                              \
    if (!userland())                                                                               \
    skip()

/* The C library's, as for a program that makes the system call by an instruction of its own. */
static long (*direct(void))(long, ...)
{
    void *library = dlopen("libc.so.6", RTLD_NOW);
    long (*function)(long, ...) = NULL;

    *(void **)&function = dlsym(library, "syscall");
    assert_non_null(function);
    dlclose(library); /* the program is linked with it */
    return function;
}

WITH_PAIR(a_direct_system_call_fails_at_once_and_loses_nothing)
{
    long (*call)(long, ...) = direct();
    struct iovec iov = {(char[10]){""}, 10};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    struct pollfd p = {.fd = one.c, .events = POLLIN};
    int file = file_of("data", 4), ends[2];
    char buf[10];

    USERLAND_ONLY;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "data", 4), 4);
    for (int with_poll = 0; with_poll < 2; with_poll++) {
        assert_int_equal(send(one.s, "answer", 6, 0), 6);
        if (with_poll)
            assert_int_equal(polled(one.c, POLLIN, SOON), POLLIN);
        alarm_in(60);
        assert_fails((int)call(SYS_write, one.c, "lost?", 5), ENOTCONN);
        assert_fails((int)call(SYS_read, one.c, buf, sizeof(buf)), ENOTCONN);
        assert_fails((int)call(SYS_writev, one.c, &iov, 1), ENOTCONN);
        assert_fails((int)call(SYS_readv, one.c, &iov, 1), ENOTCONN);
        assert_fails((int)call(SYS_sendto, one.c, "lost?", 5, 0, NULL, 0), ENOTCONN);
        assert_fails((int)call(SYS_recvfrom, one.c, buf, 9, 0, NULL, NULL), ENOTCONN);
        assert_fails((int)call(SYS_sendmsg, one.c, &msg, 0), ENOTCONN);
        assert_fails((int)call(SYS_recvmsg, one.c, &msg, 0), ENOTCONN);
        assert_fails((int)call(SYS_sendfile, one.c, file, NULL, 4), ENOTCONN);
        assert_fails((int)call(SYS_splice, ends[0], NULL, one.c, NULL, 4, 0), ENOTCONN);
        assert_fails((int)call(SYS_splice, one.c, NULL, ends[1], NULL, 4, 0), ENOTCONN);
        assert_int_equal(call(SYS_accept4, one.l, NULL, NULL, 0), -1);
        assert_int_equal(call(SYS_ppoll, &p, 1, NULL, NULL, 0), 1);
        assert_true(p.revents & POLLHUP);
        alarm_in(0);
        assert_received(one.c, "answer");
        if (with_poll)
            assert_int_equal(polled(one.c, POLLIN | POLLOUT, 0), POLLOUT);
        assert_association_intact();
    }
    close(file);
    close(ends[0]);
    close(ends[1]);
}

/* The exit status of a shell command whose standard input is a socket. */
static int run_with_input(int fd, const char *command)
{
    char *const argv[] = {"sh", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;

    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO), 0);
    assert_int_equal(posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environ), 0);
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

WITH_PAIR(a_program_that_is_executed_with_a_socket_fails_at_once)
{
    USERLAND_ONLY;
    assert_int_equal(send(one.s, "answer", 6, 0), 6);
    assert_int_equal(run_with_input(one.c, "exec timeout 60 cat 2>/dev/null"), 1);
    assert_int_equal(run_with_input(one.c, "exec timeout 60 echo lost >&0 2>/dev/null"), 1);
    assert_received(one.c, "answer");
    assert_association_intact();
}

WITH_PAIR(a_socket_cannot_be_passed_to_another_process)
{
    int ends[2];
    struct iovec iov = {"x", 1};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control = {.header = {CMSG_LEN(2 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    int fds[2] = {STDERR_FILENO, STDERR_FILENO};

    USERLAND_ONLY;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
    assert_int_equal(sendmsg(ends[0], &msg, 0), 1);
    fds[1] = one.c;
    memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
    assert_fails((int)sendmsg(ends[0], &msg, 0), EBADFD);
    close(ends[0]);
    close(ends[1]);
    assert_association_intact();
}

/* ---- the child of a fork ------------------------------------------------------------------- */

/* Runs f in a child: it must return 0, for which it has a minute.  Without assertions, because the
 * child would go on with the tests. */
static void in_fork(int (*f)(void))
{
    int status;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        alarm(60);
        _exit(f());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("status %d, signal %d", WEXITSTATUS(status), WTERMSIG(status));
}

static int epoll, copy;

static int poll_in_child(void)
{
    struct pollfd p[2] = {{.fd = one.c, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    struct epoll_event event = {.events = EPOLLIN};
    fd_set set;

    for (int i = 0; i < 2; i++)
        if (poll(p, 1 + (nfds_t)i, -1) < 1 || p[0].revents != POLLNVAL || p[0].fd != one.c)
            return 1;
    FD_ZERO(&set);
    FD_SET(one.c, &set);
    if (select(one.c + 1, &set, NULL, NULL, NULL) != -1 || errno != EBADFD)
        return 2;
    if (epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, one.c, &event) != -1 || errno != EBADFD)
        return 3;
    return write(one.c, "x", 1) == -1 && errno == EBADFD ? 0 : 4;
}

WITH_PAIR(in_the_child_of_a_fork_a_socket_is_polled_in_vain_only_for_a_moment)
{
    USERLAND_ONLY;
    in_fork(poll_in_child);
    assert_int_equal(polled(one.c, POLLIN | POLLOUT, SOON), POLLOUT);
    in_fork(poll_in_child);
    assert_association_intact();
}

/* The epoll instance is the parent's, with one.c, its duplicate and one.s. */
static int wait_in_child(void)
{
    struct epoll_event event[5];

    for (int most = 2; most < 5; most += 2) {
        int n = epoll_wait(epoll, event, most, -1);

        for (int i = 0; i < n; i++)
            if (i < 3 && event[i].events != EPOLLERR)
                return 1;
        if (most == 2 ? n != 2 : n < 3)
            return 2;
    }
    if (epoll_ctl(epoll, EPOLL_CTL_DEL, one.c, NULL) != 0 || close(copy) != 0)
        return 3;
    if (epoll_wait(epoll, event, 1, -1) != 1 || event[0].events != EPOLLERR ||
        event[0].data.fd != one.s)
        return 4;
    if (close(one.s) != 0 || epoll_wait(epoll, event, 5, 0) < 0)
        return 5;
    close(epoll);
    return dup2(epoll_create1(0), epoll) == epoll && epoll_wait(epoll, event, 5, 0) == 0 ? 0 : 6;
}

WITH_PAIR(in_the_child_of_a_fork_an_inherited_epoll_reports_an_error)
{
    struct epoll_event event = {.events = EPOLLIN};

    USERLAND_ONLY;
    epoll = epoll_create1(0);
    copy = dup(one.c);
    for (int i = 0; i < 3; i++) {
        event.data.fd = i == 0 ? one.c : i == 1 ? copy : one.s;
        assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event), 0);
    }
    in_fork(wait_in_child);
    assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
    assert_int_equal(send(one.c, "for s", 5, 0), 5);
    assert_int_equal(epoll_wait(epoll, &event, 1, SOON), 1);
    assert_int_equal(event.events, EPOLLIN);
    assert_int_equal(event.data.fd, one.s);
    assert_received(one.s, "for s");
    close(epoll);
    close(copy);
    assert_association_intact();
}

/* ---- duplicates in epoll ------------------------------------------------------------------- */

WITH_PAIR(a_socket_and_its_duplicate_can_be_in_one_epoll_instance)
{
    struct epoll_event event = {.events = EPOLLIN}, got[3];
    int fds[2] = {one.c, dup(one.c)}, sum = 0;

    epoll = epoll_create1(0);
    for (int i = 0; i < 2; i++) {
        event.data.fd = fds[i];
        assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event), 0);
        assert_fails(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event), EEXIST);
    }
    assert_int_equal(send(one.s, "one", 3, 0), 3);
    assert_int_equal(polled(one.c, POLLIN, SOON), POLLIN);
    assert_int_equal(epoll_wait(epoll, got, 3, SOON), 2);
    sum = got[0].data.fd + got[1].data.fd;
    assert_int_equal(sum, fds[0] + fds[1]);
    event.data.fd = 1000;
    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_MOD, fds[1], &event), 0);
    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[0], NULL), 0);
    assert_fails(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[0], NULL), ENOENT);
    assert_int_equal(epoll_wait(epoll, got, 3, SOON), 1);
    assert_int_equal(got[0].data.fd, 1000);
    close(fds[1]);
    close(epoll);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    return run_all_tests(NULL, NULL);
}
