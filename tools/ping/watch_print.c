/* What sctp_ping --watch prints: a line for each change, and a summary. */
#include "client/interrupt.h"
#include "watch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static void print_json(const struct watch *w, const char *what, const char *addr, const char *name,
                       int64_t number, const char *text)
{
    struct unp_json j;

    ping_json_begin(&j, "change");
    unp_json_string(&j, "what", what);
    unp_json_string(&j, "host", w->p->asked.client.host);
    unp_json_number(&j, "port", w->p->asked.client.port);
    if (addr)
        unp_json_string(&j, "addr", addr);
    if (number >= 0)
        unp_json_number(&j, name, number);
    else if (name)
        unp_json_string(&j, "state", name);
    unp_json_string(&j, "text", text);
    if (strcmp(what, "up") == 0)
        ping_json_paths(&j, w->p);
    ping_json_end(&j);
}

void watch_print(struct watch *w, const char *what, const char *addr, const char *name,
                 int64_t number, const char *fmt, ...)
{
    char text[2048], clock[24];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (w->associations != 1 || strcmp(what, "up") != 0)
        w->changes++;
    if (w->p->asked.json)
        print_json(w, what, addr, name, number, text);
    else
        printf("%s%s %s\n", ping_target(), ping_clock(clock, sizeof(clock)), text);
    Unp_flush_stdout("write the changes");
}

void watch_print_summary(const struct watch *w, int status)
{
    const struct unp_client *client = &w->p->asked.client;
    int64_t now = ping_now();
    double up = (double)(w->up_time + (w->up ? now - w->since : 0)) / 1e6;
    double all = (double)(now - w->p->began) / 1e6;
    struct unp_json j;

    if (!w->p->asked.json) {
        if (!ping_has_target())
            printf("\n--- %s port %u, watched for %.3f s ---\n", client->host, client->port, all);
        printf("%sup for %.3f s, %" PRIu64 " association%s, %" PRIu64 " lost, %" PRIu64
               " failure%s of a path, %" PRIu64 " stall%s of data\n",
               ping_target(), up, w->associations, w->associations == 1 ? "" : "s", w->losses,
               w->paths_down, w->paths_down == 1 ? "" : "s", w->stalls, w->stalls == 1 ? "" : "s");
    } else {
        ping_json_begin(&j, "watched");
        unp_json_string(&j, "host", client->host);
        unp_json_number(&j, "port", client->port);
        unp_json_number(&j, "status", status);
        unp_json_real(&j, "seconds", all, 3);
        unp_json_real(&j, "up_seconds", up, 3);
        unp_json_number(&j, "associations", (int64_t)w->associations);
        unp_json_number(&j, "lost", (int64_t)w->losses);
        unp_json_number(&j, "paths_down", (int64_t)w->paths_down);
        unp_json_number(&j, "stalls", (int64_t)w->stalls);
        ping_json_end(&j);
    }
    Unp_flush_stdout("write the summary");
}
