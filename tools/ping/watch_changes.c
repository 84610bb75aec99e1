/*
 * What has changed since sctp_ping --watch last looked: the paths, the primary path, the
 * acknowledgement of data.
 *
 * The stack's notifications end each wait, so a change is seen when it happens.  What the stack
 * does not report, such as an RTO, is polled.
 */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#define STALL 3       /* intervals without an acknowledgement that are a stall … */
#define LEAST 3000000 /* … but at least this time, us */

/* ---- Paths ---------------------------------------------------------------------- */

/* Makes room for the addresses that the server has added. */
static void Grow(struct watch *w)
{
    size_t count = w->p->paths.count;

    if (count <= w->paths)
        return;
    w->path = reallocarray(w->path, count, sizeof(*w->path));
    if (!w->path)
        err_sys("watch the paths");
    memset(w->path + w->paths, 0, (count - w->paths) * sizeof(*w->path));
    w->paths = count;
}

static void look_at_state(struct watch *w, const struct ping_path *path,
                          const struct watch_path *was)
{
    const char *state = ping_path_state(path);
    int now = path->info.spinfo_state;

    if (path->known != was->known) {
        watch_print(w, "path", path->name, path->known ? state : "removed", -1,
                    "path %s: the server has %s the address", path->name,
                    path->known ? "added" : "removed");
        return;
    }
    if (!path->known || now == was->state)
        return;
    w->paths_down += now == SCTP_INACTIVE;
    if (now == SCTP_ACTIVE)
        watch_print(w, "path", path->name, state, -1, "path %s is %s", path->name,
                    was->state == SCTP_UNCONFIRMED ? "confirmed" : "up again");
    else
        watch_print(w, "path", path->name, state, -1, "path %s is %s", path->name,
                    now == SCTP_INACTIVE ? "down" : state);
}

/* A heartbeat or message that is not answered doubles the RTO. */
static void look_at_rto(struct watch *w, const struct ping_path *path, struct watch_path *was)
{
    uint32_t rto = path->info.spinfo_rto;

    if (was->rto && rto >= 2 * was->rto) {
        was->backed_off = true;
        watch_print(w, "rto", path->name, "ms", rto, "path %s: RTO doubled to %u ms", path->name,
                    rto);
    } else if (was->backed_off && rto <= was->rto / 2) {
        was->backed_off = false;
        watch_print(w, "rto", path->name, "ms", rto, "path %s: RTO back to %u ms", path->name, rto);
    } else if (was->backed_off && rto < was->rto) {
        return; /* between the two */
    }
    was->rto = rto;
}

static void look_at_paths(struct watch *w)
{
    struct ping_paths *paths = &w->p->paths;

    ping_paths_ask(paths, w->p->a.fd, w->p->a.id);
    Grow(w);
    for (size_t i = 0; i < paths->count; i++) {
        look_at_state(w, &paths->path[i], &w->path[i]);
        if (paths->path[i].known)
            look_at_rto(w, &paths->path[i], &w->path[i]);
        w->path[i].known = paths->path[i].known;
        w->path[i].state = paths->path[i].info.spinfo_state;
    }
    if (*w->primary && strcmp(w->primary, paths->primary) != 0)
        watch_print(w, "primary", paths->primary, NULL, -1, "primary path: %s, before %s",
                    paths->primary, w->primary);
    memcpy(w->primary, paths->primary, sizeof(w->primary));
}

/* ---- Data ------------------------------------------------------------------------- */

static void look_at_data(struct watch *w)
{
    const struct ping *p = w->p;
    int64_t limit = STALL * p->asked.interval > LEAST ? STALL * p->asked.interval : LEAST;
    int64_t past = ping_now() - w->stalled;
    struct sctp_status status;

    if (!w->stalled || unp_get_status(p->a.fd, p->a.id, &status) < 0)
        return;
    if (status.sstat_unackdata == 0) {
        if (w->no_progress)
            watch_print(w, "progress", NULL, "ms", past / 1000,
                        "data is acknowledged again, after %.3f s", (double)past / 1e6);
        w->stalled = 0;
        w->no_progress = false;
    } else if (past > limit && !w->no_progress) {
        w->no_progress = true;
        w->stalls++;
        watch_print(w, "stalled", NULL, "ms", past / 1000,
                    "no data progress: a message is unacknowledged for %.3f s", (double)past / 1e6);
    }
}

/* ---- Interface -------------------------------------------------------------------- */

void Watch_look(struct watch *w)
{
    if (w->p->restarts != w->restarts) {
        w->restarts = w->p->restarts;
        w->losses++;
        watch_print(w, "restart", NULL, NULL, -1,
                    "the server has restarted the association: messages may be lost");
    }
    look_at_paths(w);
    look_at_data(w);
}

/* "10.1.1.2, 10.1.2.2 (unconfirmed)" */
static void list_paths(const struct ping_paths *paths, char *buf, size_t size)
{
    size_t used = 0;

    *buf = '\0';
    for (size_t i = 0; i < paths->count && used < size; i++) {
        bool active = paths->path[i].info.spinfo_state == SCTP_ACTIVE;
        const char *state = active ? "" : ping_path_state(&paths->path[i]);

        used += (size_t)snprintf(buf + used, size - used, "%s%s%s%s%s", used ? ", " : "",
                                 paths->path[i].name, active ? "" : " (", state, active ? "" : ")");
    }
}

void Watch_up(struct watch *w)
{
    struct ping_paths *paths = &w->p->paths;
    int64_t now = ping_now();
    char list[600], back[60] = "";

    ping_paths_ask(paths, w->p->a.fd, w->p->a.id);
    Grow(w);
    memset(w->path, 0, w->paths * sizeof(*w->path));
    for (size_t i = 0; i < paths->count; i++)
        w->path[i] = (struct watch_path){.known = paths->path[i].known,
                                         .state = paths->path[i].info.spinfo_state,
                                         .rto = paths->path[i].info.spinfo_rto};
    memcpy(w->primary, paths->primary, sizeof(w->primary));
    if (w->losses)
        snprintf(back, sizeof(back), "back after %.3f s", (double)(now - w->since) / 1e6);
    w->up = true;
    w->since = now;
    w->stalled = 0;
    w->no_progress = false;
    w->restarts = w->p->restarts;
    w->associations++;
    list_paths(paths, list, sizeof(list));
    watch_print(w, "up", NULL, NULL, -1, "association %s: %s port %u", *back ? back : "up", list,
                w->p->asked.client.port);
}
