/* The standard descriptors of a program. */
#include "unpsctp.h"

#include <fcntl.h>
#include <unistd.h>

/* Each is the lowest free descriptor when its turn comes.  If none is closed, /dev/null need not
 * exist, so a static program runs in an empty directory. */
void Unp_open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            err_sys("open /dev/null");
}
