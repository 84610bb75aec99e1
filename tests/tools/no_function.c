/*
 * A program whose C library lacks the function that MISSING names.  The userland stack looks for
 * its functions with dlsym(3), which is this one here: for the others it finds something that is
 * not to be called, as the program is not to start.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *dlsym(void *restrict handle, const char *restrict name)
{
    const char *missing = getenv("MISSING");
    void (*other)(void) = abort;
    void *found = NULL;

    (void)handle;
    if (!missing || strcmp(name, missing) != 0)
        memcpy(&found, &other, sizeof(found));
    return found;
}

int main(void)
{
    puts("started");
}
