/* The standard descriptors of a program. */
#include "unpsctp.h"

#include <fcntl.h>
#include <unistd.h>

void Unp_open_standard_files(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        err_sys("open /dev/null");
    close(fd);
}
