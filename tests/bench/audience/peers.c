/* How many connections a server on this host still has, from the kernel's tables. */
#include "peers.h"
#include "unpsctp.h"

#include <netinet/tcp.h>
#include <stdio.h>

#define STATE_ESTABLISHED 3 /* of an association in the kernel, which user space sees as 4 */

int established(bool sctp, uint16_t port)
{
    const char *path = sctp ? "/proc/net/sctp/assocs" : "/proc/net/tcp";
    const char *format =
        sctp ? "%*s %*s %*d %*d %u %*d %*d %*d %*d %*d %*d %u" : "%*d: %*x:%x %*x:%*x %x";
    FILE *table = fopen(path, "r");
    char line[1024];
    int count = 0;

    if (!table)
        err_sys("%s", path);
    while (fgets(line, sizeof(line), table)) {
        unsigned first, second;

        if (sscanf(line, format, &first, &second) != 2)
            continue;
        count += sctp ? first == STATE_ESTABLISHED && second == port
                      : first == port && second == TCP_ESTABLISHED;
    }
    fclose(table);
    return count;
}
