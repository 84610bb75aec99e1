/*
 * Several targets of sctp_ping: a process for each, so that no target waits for another, and each
 * line begins with the name of its target.
 */
#include "client/interrupt.h"
#include "ping.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- The list ------------------------------------------------------------------- */

void Ping_add_target(struct ping_options *o, char *text)
{
    struct ping_target *grown = reallocarray(o->targets, o->target_count + 1, sizeof(*grown));
    uint16_t port = o->client.port;

    if (!grown)
        err_sys("list the targets");
    o->targets = grown;
    grown[o->target_count].name = strdup(text);
    grown[o->target_count].host = strdup(Unp_host(text, &port, o->client.port_given));
    grown[o->target_count].port = port;
    if (!grown[o->target_count].name || !grown[o->target_count].host)
        err_sys("list the targets");
    o->target_count++;
}

/* A target in each line; "#" begins a comment. */
void Ping_read_targets(struct ping_options *o, const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char line[1024];

    if (!f)
        err_sys("%s", path);
    while (fgets(line, sizeof(line), f)) {
        char *word = line + strspn(line, " \t");

        word[strcspn(word, " \t\r\n#")] = '\0';
        if (*word)
            Ping_add_target(o, word);
    }
    if (ferror(f))
        err_sys("%s", path);
    if (f != stdin)
        fclose(f);
}

void ping_free_targets(struct ping_options *o)
{
    for (size_t i = 0; i < o->target_count; i++) {
        free(o->targets[i].name);
        free(o->targets[i].host);
    }
    free(o->targets);
}

/* ---- Processes --------------------------------------------------------------------- */

static pid_t *pids;
static size_t running;

/* A terminal sends its signals to the children as well. */
static void forward(int signo, siginfo_t *info, void *context)
{
    int err = errno;

    (void)context;
    for (size_t i = 0; info->si_code <= 0 && i < running; i++)
        if (pids[i] > 0)
            kill(pids[i], signo);
    errno = err;
}

static void forward_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGQUIT};
    struct sigaction act = {.sa_sigaction = forward, .sa_flags = SA_SIGINFO | SA_RESTART};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &act, NULL);
}

static pid_t start(const struct ping_options *o, const struct ping_target *target,
                   int (*run)(struct ping_options *))
{
    struct ping_options one = *o;
    pid_t parent = getpid(), pid = fork();

    if (pid < 0)
        err_sys("fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_INCOMPLETE);
    one.client.host = target->host;
    one.client.port = target->port;
    ping_set_target(target->name);
    exit(run(&one));
}

int ping_run_targets(struct ping_options *o, int (*run)(struct ping_options *))
{
    int result = EXIT_OK;

    pids = calloc(o->target_count, sizeof(*pids));
    if (!pids)
        err_sys("start");
    for (size_t i = 0; i < o->target_count; i++)
        pids[running++] = start(o, &o->targets[i], run);
    forward_signals();
    for (size_t i = 0; i < running; i++) {
        int status = 0;
        pid_t pid = pids[i];

        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        pids[i] = 0;
        status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        result = result ? result : status;
    }
    free(pids);
    return result;
}
