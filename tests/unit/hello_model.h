/* What hello_client_test and hello_server_test share: the transcript, and the check for leaks. */
#ifndef HELLO_MODEL_H
#define HELLO_MODEL_H

#include "blocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Written without a buffer: output that precedes it in the transcript has been flushed. */
#define CALL(...) dprintf(STDOUT_FILENO, __VA_ARGS__)

static bool closed; /* the program came to its end, and has freed all */

static void report_leaks(void)
{
    fflush(stdout);
    if (closed && blocks != blocks_before)
        CALL("[leaks: %ld]\n", blocks - blocks_before);
}

static void begin_transcript(void)
{
    static char buffer[BUFSIZ];

    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    atexit(report_leaks);
    blocks_before = blocks;
}

#endif
