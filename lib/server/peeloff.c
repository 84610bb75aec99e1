/* sctp_peeloff(3) that does not lose the association, and a line that tells of it (-v, -J). */
#include "program.h"
#include "json/event.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Linux shuts the association down when it has peeled it off and finds no descriptor for it (6.1,
 * net/sctp/socket.c).  The userland stack needs two. */
static bool has_descriptors(void)
{
    int spare[2];

    if (pipe2(spare, O_CLOEXEC) < 0)
        return false;
    close(spare[0]);
    close(spare[1]);
    return true;
}

int unp_peeloff(int fd, sctp_assoc_t id)
{
    return has_descriptors() ? sctp_peeloff(fd, id) : -1;
}

void unp_report_peeled(sctp_assoc_t id, const char *what, bool json)
{
    struct unp_line *line = unp_line_new();

    if (line && json) {
        unp_number_json("peeled_off", "assoc_id", id, line->f);
    } else if (line) {
        unp_print_time(line->f);
        fprintf(line->f, "association %d has %s of its own\n", id, what);
    }
    if (line)
        unp_line_print(line);
}
