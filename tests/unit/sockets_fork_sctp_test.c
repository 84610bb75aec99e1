/*
 * New processes from a program that has an association and threads: by fork, vfork, posix_spawn,
 * system and popen.  While the program forks, one thread allocates memory and one loads libraries,
 * so that their locks are taken in many of the children.  FORKS sets the number of forks (50).
 */
#include "unit_sctp.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { EXECUTED = 7, WELL = 23, TOO_LONG = 60 };

static char *const command[] = {"sh", "-c", "exit 7", NULL};

/* Few on the kernel's stack: it is only the reference, and a process costs 20 ms in the lab. */
static int forks(void)
{
    const char *text = getenv("FORKS");

    return text ? atoi(text) : userland() ? 50 : 10;
}

static void interrupt(int number)
{
}

/* Waits for a child; kills it if it hangs.  Negative: the signal that ended it. */
static int exit_status(pid_t pid)
{
    const struct sigaction action = {.sa_handler = interrupt};
    int status = -1;

    assert_true(pid > 0);
    sigaction(SIGALRM, &action, NULL);
    alarm(TOO_LONG);
    if (waitpid(pid, &status, 0) < 0) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    alarm(0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- the program -------------------------------------------------------------- */

static bool stop;

static void *allocate(void *arg)
{
    unsigned seed = 1;

    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        void *block = malloc((size_t)rand_r(&seed) % 100000);

        *(void *volatile *)arg = block; /* so that the compiler does not remove malloc() */
        free(block);
    }
    return NULL;
}

/* Loads a library that nothing else has loaded. */
static void *load_libraries(void *arg)
{
    bool *loaded = arg;

    do {
        void *library = dlopen("libBrokenLocale.so.1", RTLD_NOW);

        *loaded = library && dlclose(library) == 0;
    } while (*loaded && !__atomic_load_n(&stop, __ATOMIC_RELAXED));
    return NULL;
}

struct program {
    pthread_t allocator, loader;
    void *block;
    bool loaded;
    int fd, peer;
    sctp_assoc_t id;
};

static int start_threads(void **state)
{
    static struct program p;

    stop = false;
    *state = &p;
    return pthread_create(&p.allocator, NULL, allocate, &p.block) ||
           pthread_create(&p.loader, NULL, load_libraries, &p.loaded);
}

static int end_threads(void **state)
{
    struct program *p = *state;

    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    return pthread_join(p->allocator, NULL) || pthread_join(p->loader, NULL) || !p->loaded;
}

static int start(void **state)
{
    struct sockaddr_storage mine, peers;
    struct program *p;

    if (start_threads(state) != 0)
        return -1;
    p = *state;
    p->fd = open_endpoint("127.0.0.2", 1, 1, &mine);
    p->peer = open_endpoint("127.0.0.2", 1, 1, &peers);
    p->id = associate(p->fd, &peers);
    return 0;
}

static int end(void **state)
{
    struct program *p = *state;

    return close(p->fd) || close(p->peer) || end_threads(state);
}

static void assert_association_lives(const struct program *p)
{
    char text[10];

    assert_int_equal(send_on(p->fd, p->id, 0, "hello", 5), 0);
    assert_int_equal(recv(p->peer, text, sizeof(text), 0), 5);
}

/* ---- the cost -------------------------------------------------------------------- */

/* This test comes first, while this process has touched no table.  The table of descriptors alone
 * has 2048 pages; reading one that was not touched is a page fault. */
UNIT_TEST(a_child_that_uses_no_socket_touches_no_table)
{
    enum { FAULTS = 1000 };
    pid_t pid = fork();

    if (pid == 0) {
        struct rusage used;

        getrusage(RUSAGE_SELF, &used);
        _exit(used.ru_minflt < FAULTS ? WELL : 1);
    }
    assert_int_equal(exit_status(pid), WELL);
}

UNIT_TEST_AGAIN(with_a_socket, a_child_that_uses_no_socket_touches_no_table,
                "a_child_that_uses_no_socket_touches_no_table (the parent has one)", start, end,
                NULL)

#define WITH_ASSOCIATION(f) UNIT_TEST_WITH(f, start, end, NULL)

/* ---- children that execute a program -------------------------------------------- */

WITH_ASSOCIATION(a_child_of_fork_executes_a_program)
{
    for (int i = 0; i < forks(); i++) {
        pid_t pid = fork();

        if (pid == 0) {
            execv("/bin/sh", command);
            _exit(1);
        }
        assert_int_equal(exit_status(pid), EXECUTED);
        assert_association_lives(*state);
    }
}

/* The child shares the parent's memory, but its closes must not close the parent's descriptors. */
static pid_t by_vfork(const struct program *p)
{
    pid_t pid = vfork();

    if (pid == 0) {
        close(p->fd);
        dup2(STDERR_FILENO, p->peer);
        execv("/bin/sh", command);
        _exit(1);
    }
    return pid;
}

WITH_ASSOCIATION(a_child_of_vfork_closes_descriptors_and_executes_a_program)
{
    for (int i = 0; i < forks() / 2; i++) {
        assert_int_equal(exit_status(by_vfork(*state)), EXECUTED);
        assert_association_lives(*state);
    }
}

WITH_ASSOCIATION(a_child_of_posix_spawn_closes_descriptors_and_executes_a_program)
{
    struct program *p = *state;
    posix_spawn_file_actions_t actions;

    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_addclose(&actions, p->fd), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, p->peer), 0);
    for (int i = 0; i < forks() / 2; i++) {
        pid_t pid = -1;

        assert_int_equal(posix_spawn(&pid, "/bin/sh", &actions, NULL, command, environ), 0);
        assert_int_equal(exit_status(pid), EXECUTED);
        assert_association_lives(p);
    }
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
}

WITH_ASSOCIATION(system_and_popen_run_commands)
{
    for (int i = 0; i < forks() / 5; i++) {
        char line[10] = "";
        FILE *pipe;

        assert_int_equal(WEXITSTATUS(system("exit 7")), EXECUTED);
        pipe = popen("echo hello", "r");
        assert_non_null(pipe);
        assert_non_null(fgets(line, sizeof(line), pipe));
        assert_string_equal(line, "hello\n");
        assert_int_equal(pclose(pipe), 0);
        assert_association_lives(*state);
    }
}

/* ---- children that open sockets -------------------------------------------------- */

/* Without assertions: after a failed one the child would go on with the tests. */
static bool talks_to_itself(void)
{
    struct sockaddr_storage at = address("127.0.0.2", 0);
    socklen_t len = sizeof(at);
    const struct timeval tv = {.tv_sec = PATIENCE};
    char text[10];
    int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    int to = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

    return fd >= 0 && to >= 0 && bind(fd, sockaddr_of(&at), unp_sock_len(sockaddr_of(&at))) == 0 &&
           listen(fd, 1) == 0 && getsockname(fd, sockaddr_of(&at), &len) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0 &&
           sctp_sendmsg(to, "hello", 5, sockaddr_of(&at), unp_sock_len(sockaddr_of(&at)), 0, 0, 0,
                        0, 0) == 5 &&
           recv(fd, text, sizeof(text), 0) == 5 && close(fd) == 0 && close(to) == 0;
}

/* The exit status of a child that has `generations` more descendants.  It ends by _exit(2), because
 * other locks of the C library may be taken. */
static int result_of_child(int generations)
{
    int status;
    pid_t pid;

    if (!talks_to_itself())
        return 1;
    if (generations == 0)
        return WELL;
    pid = fork();
    if (pid == 0)
        _exit(result_of_child(generations - 1));
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != WELL)
        return 2;
    return talks_to_itself() ? WELL : 3;
}

WITH_ASSOCIATION(a_child_and_a_grandchild_open_their_own_sockets)
{
#ifdef __SANITIZE_ADDRESS__ /* in a child its allocator may be locked by a thread of the parent */
    skip();
#endif
    for (int i = 0; i < forks() / 10; i++) {
        pid_t pid;

        fflush(NULL);
        pid = fork();
        if (pid == 0)
            _exit(result_of_child(2));
        assert_int_equal(exit_status(pid), WELL);
        assert_association_lives(*state);
    }
}

/* The closes must not unbind the port, and must not send a packet. */
WITH_ASSOCIATION(a_child_that_closes_inherited_sockets_leaves_the_parent_s_open)
{
    struct program *p = *state;
    pid_t pid = fork();

    if (pid == 0) {
        _exit(close(p->fd) == 0 && close(p->peer) == 0 && close(p->fd) < 0 && errno == EBADF ? WELL
                                                                                             : 1);
    }
    assert_int_equal(exit_status(pid), WELL);
    assert_association_lives(p);
}

/* Without fork handlers, as after vfork, the userland stack cannot tell whether the memory is still
 * its parent's. */
WITH_ASSOCIATION(a_child_of_clone_cannot_open_a_socket)
{
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid == 0) {
        int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);

        _exit((userland() ? fd < 0 && errno == EOPNOTSUPP : fd >= 0) ? WELL : 1);
    }
    assert_int_equal(exit_status(pid), WELL);
    assert_association_lives(*state);
}

int main(void)
{
    return run_all_tests(NULL, NULL);
}
