/* The verdicts of sctp_ping --check, and how they are printed. */
#include "check.h"
#include "client/interrupt.h"
#include "hint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static const struct verdict {
    int status;
    const char *name, *label;
    bool about_sctp; /* and so about SCTP over UDP, if that was asked for */
} verdicts[] = {
    {EXIT_OK, "works", "works", false},
    {EXIT_NO_SCTP, "no_sctp", "no SCTP here", false},
    {EXIT_NO_HOST, "no_host", "host unknown", false},
    {EXIT_NO_ROUTE, "no_route", "no route", false},
    {EXIT_REFUSED, "refused", "refused", true},
    {EXIT_NO_ANSWER, "no_answer", "no answer", true},
    {EXIT_LOST, "lost", "association lost", true},
    {EXIT_NO_ECHO, "no_echo", "no echo", true},
    {EXIT_SOME_PATHS, "some_paths", "some paths only", true},
    {EXIT_DATA_LOST, "data_lost", "DATA lost", true},
    {EXIT_SYSTEM, "failure", "failure", false},
};

static const struct verdict *verdict_of(int status)
{
    size_t i = 0;

    while (verdicts[i].status != status && verdicts[i].status != EXIT_SYSTEM)
        i++;
    return &verdicts[i];
}

/* `over_udp` is the verdict of SCTP over UDP if the check is not about that, otherwise NULL. */
static int print(const struct check *k, const struct verdict *v, const struct verdict *over_udp,
                 const char *text)
{
    const struct ping_options *asked = &k->p->asked;
    bool is_udp = k->over_udp && !over_udp;
    struct unp_json j;

    if (asked->json) {
        ping_json_begin(&j, "check");
        ping_json_mode(&j, k->p);
        unp_json_string(&j, "verdict", v->name);
        unp_json_number(&j, "status", v->status);
        unp_json_string(&j, "host", asked->client.host);
        unp_json_number(&j, "port", asked->client.port);
        unp_json_bool(&j, "over_udp", is_udp);
        if (over_udp)
            unp_json_string(&j, "verdict_over_udp", over_udp->name);
        unp_json_string(&j, "text", text);
        ping_json_paths(&j, k->p);
        ping_json_end(&j);
    } else if (!asked->quiet) {
        printf("%s%s%s: %s\n", ping_target(), v->label, is_udp && v->about_sctp ? " over UDP" : "",
               text);
    }
    Unp_flush_stdout("write the verdict");
    return v->status;
}

/* The kernel has no SCTP; `text` is what SCTP over UDP has shown. */
static int print_no_sctp(const struct check *k, const struct verdict *over_udp, const char *text)
{
    const struct ping_hint h = {.sa = unp_addrs_next(&k->found, NULL),
                                .port = k->p->asked.client.port,
                                .ms = (int)(k->spare / 1000),
                                .until = (k->last + k->p->stopped) / 1000};
    char why[1024], natively[PING_HINT_SIZE] = "", all[4096];

    unp_why_not_in_kernel(EPROTONOSUPPORT, "", why, sizeof(why));
    if (h.sa)
        ping_hint_natively(&h, natively, sizeof(natively));
    snprintf(all, sizeof(all), "%s%s; over UDP%s%s: %s", why, natively,
             over_udp->status == EXIT_OK ? " it " : ": ", over_udp->label, text);
    return print(k, verdict_of(EXIT_NO_SCTP), over_udp, all);
}

int check_tell(const struct check *k, int status, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (k->instead)
        return print_no_sctp(k, verdict_of(status), text);
    return print(k, verdict_of(status), NULL, text);
}

int check_tell_lost(const struct check *k)
{
    const struct ping *p = k->p;

    return check_tell(k, EXIT_LOST, "%s port %u: %s; did the server end it%s?", k->address,
                      p->asked.client.port,
                      *p->a.close_text ? p->a.close_text : "the association ended",
                      p->count.all.sent && !p->count.all.received
                          ? ", as it is no echo service (--connect needs none)"
                          : "");
}
