/*
 * emulator - says why a test cannot run in an emulator
 *
 *   emulator guardian     the process that aborts the associations of one that was killed
 *   emulator stdin <&-    a program that is started with a closed standard input
 *
 * Prints the reason and exits 0, or exits 1: the test can run.
 */
#include "emulator.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[])
{
    const char *what = argc == 2 ? argv[1] : "", *why = NULL;

    if (strcmp(what, "guardian") == 0)
        why = lacks_guardian();
    else if (strcmp(what, "stdin") == 0)
        why = fcntl(0, F_GETFD) >= 0 ? "qemu-user opens the program as its standard input" : NULL;
    if (why)
        puts(why);
    return why ? 0 : 1;
}
