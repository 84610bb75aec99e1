/* Values of options: an int, a flag, or a structure that is copied. */
#include <errno.h>
#include <string.h>

#include "option.h"

/* As in the kernel, the value is cut to the caller's room. */
int option_give_int(int n, void *value, socklen_t *length)
{
    if (*length > sizeof(n))
        *length = sizeof(n);
    memcpy(value, &n, *length);
    return 0;
}

int option_take_int(const void *value, socklen_t length, int *n)
{
    if (length < sizeof(*n))
        return refuse(EINVAL);
    memcpy(n, value, sizeof(*n));
    return 0;
}

int option_give(const void *from, socklen_t size, void *value, socklen_t *length)
{
    if (*length < size)
        return refuse(EINVAL);
    memcpy(value, from, size);
    *length = size;
    return 0;
}

int option_take_flag(bool *flag, const void *value, socklen_t length)
{
    int n;
    if (option_take_int(value, length, &n) < 0)
        return -1;
    *flag = n != 0;
    return 0;
}
