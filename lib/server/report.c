/*
 * Lines on standard output (-v, -J), without blocking the server.
 *
 * A server may not block on the reader of its output, and no call tells beforehand whether a write
 * will block: poll(2) answers for one page of a pipe, other processes may write to the same pipe, a
 * terminal may be stopped with Ctrl-S.  O_NONBLOCK is a flag of the open file, which the shell and
 * other programs share.  So a thread writes the lines, and only this thread blocks.  Its queue is
 * bounded: lines that do not fit are dropped and counted, and a later line gives their number.
 */
#include "inside.h"
#include "json/event.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROOM    262144 /* bytes that may wait; the last line may exceed it */
#define IDLE_MS 1000   /* when finishing: how long to wait for the next line … */
#define LAST_MS 5000   /* … and for all lines */

STAILQ_HEAD(line_queue, unp_line);

static struct {
    pthread_mutex_t lock;
    pthread_cond_t added, written; /* a line was added; a line was written */
    struct line_queue lines;       /* the first one is being written */
    size_t waiting;                /* bytes in lines */
    unsigned long done;            /* lines written so far */
    unsigned long left_out;        /* lines dropped since their number was last printed */
    unsigned long unwritten;       /* lines that could not be written, not yet in left_out */
    bool started, json, finishing;
    pthread_t thread;
} report = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .added = PTHREAD_COND_INITIALIZER,
            .written = PTHREAD_COND_INITIALIZER};

/* ---- the writing thread --------------------------------------------------- */

static bool write_all(const char *text, size_t len)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
    ssize_t n;

    for (; len; text += n, len -= (size_t)n) {
        n = write(STDOUT_FILENO, text, len);
        if (n >= 0)
            continue;
        n = 0;
        if (errno == EAGAIN) /* another process that shares the open file has set O_NONBLOCK */
            poll(&p, 1, -1);
        else if (errno != EINTR)
            return false;
    }
    return true;
}

/* False: it cannot be written, because the reader has closed the pipe, or the disk is full.  The
 * line may then be cut, so a newline goes before the next. */
static bool write_line(const char *text, size_t len)
{
    static bool cut; /* the previous line may be cut */

    if (cut && !write_all("\n", 1))
        return false;
    cut = !write_all(text, len);
    return !cut;
}

static void add(struct unp_line *line)
{
    STAILQ_INSERT_TAIL(&report.lines, line, link);
    report.waiting += line->len;
    pthread_cond_signal(&report.added);
}

static void print_drop_count(unsigned long count, FILE *f)
{
    if (report.json) {
        unp_number_json("left_out", "count", (int64_t)count, f);
        return;
    }
    unp_print_time(f);
    fprintf(
        f, "(%lu notification%s dropped: this output was not read in time, or cannot be written)\n",
        count, count == 1 ? " was" : "s were");
}

/* Adds the line with the number of dropped lines.  False: none were dropped, or no memory. */
static bool add_drop_count(void)
{
    struct unp_line *line = report.left_out ? calloc(1, sizeof(*line)) : NULL;

    if (!line)
        return false;
    line->events = report.left_out;
    line->f = open_memstream(&line->text, &line->len);
    if (line->f)
        print_drop_count(report.left_out, line->f);
    if (!line->f || fclose(line->f) != 0) {
        free(line->text);
        free(line);
        return false;
    }
    report.left_out = 0;
    add(line);
    return true;
}

static void *write_lines(void *unused)
{
    struct unp_line *line;
    bool written;

    pthread_mutex_lock(&report.lock);
    for (;;) {
        line = STAILQ_FIRST(&report.lines);
        if (!line && add_drop_count())
            continue;
        if (!line && report.finishing)
            break;
        if (!line) {
            pthread_cond_wait(&report.added, &report.lock);
            continue;
        }
        pthread_mutex_unlock(&report.lock);
        written = write_line(line->text, line->len);
        pthread_mutex_lock(&report.lock);
        if (!written)
            report.unwritten += line->events;
        STAILQ_REMOVE_HEAD(&report.lines, link);
        report.waiting -= line->len;
        report.done++;
        free(line->text);
        free(line);
        pthread_cond_signal(&report.written);
    }
    pthread_mutex_unlock(&report.lock);
    return unused;
}

int unp_report_start(bool json)
{
    sigset_t all, before;
    int err;

    STAILQ_INIT(&report.lines);
    report.json = json;
    report.finishing = false;
    sigfillset(&all); /* the serving thread handles the signals */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&report.thread, NULL, write_lines, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    report.started = err == 0;
    errno = err;
    return err ? -1 : 0;
}

/* ---- lines ---------------------------------------------------------------- */

static void drop_line(void)
{
    pthread_mutex_lock(&report.lock);
    report.left_out++;
    pthread_mutex_unlock(&report.lock);
}

static bool has_room(void)
{
    bool room;

    pthread_mutex_lock(&report.lock);
    room = report.waiting < ROOM;
    pthread_mutex_unlock(&report.lock);
    return room;
}

struct unp_line *unp_line_new(void)
{
    struct unp_line *line = NULL;

    if (!report.started || has_room())
        line = calloc(1, sizeof(*line));
    if (line)
        line->f = report.started ? open_memstream(&line->text, &line->len) : stdout;
    if (line && line->f)
        return line;
    free(line);
    drop_line();
    return NULL;
}

void unp_line_print(struct unp_line *line)
{
    if (line->f == stdout) {
        fflush(stdout);
        free(line);
        return;
    }
    if (fclose(line->f) != 0) {
        free(line->text);
        free(line);
        drop_line();
        return;
    }
    line->events = 1;
    pthread_mutex_lock(&report.lock);
    report.left_out += report.unwritten;
    report.unwritten = 0;
    add_drop_count();
    add(line);
    pthread_mutex_unlock(&report.lock);
}

/* ---- finishing ------------------------------------------------------------ */

/* Waits until one more line is written, or unp_now() reaches `limit`.  False: none was. */
static bool one_more_written(int64_t limit)
{
    const struct timespec until = {.tv_sec = limit / 1000, .tv_nsec = limit % 1000 * 1000000};
    unsigned long done = report.done;
    int err = 0;

    while (report.done == done && !err)
        err = pthread_cond_clockwait(&report.written, &report.lock, CLOCK_MONOTONIC, &until);
    return report.done != done;
}

void unp_report_finish(void)
{
    int64_t last = unp_now() + LAST_MS, idle;
    bool empty;

    if (!report.started)
        return;
    report.started = false;
    pthread_mutex_lock(&report.lock);
    report.finishing = true;
    pthread_cond_signal(&report.added);
    do {
        idle = unp_now() + IDLE_MS;
        empty = STAILQ_EMPTY(&report.lines) && !report.left_out;
    } while (!empty && one_more_written(idle < last ? idle : last));
    pthread_mutex_unlock(&report.lock);
    if (empty)
        pthread_join(report.thread, NULL);
    else
        pthread_detach(report.thread); /* it ends with the program */
}
