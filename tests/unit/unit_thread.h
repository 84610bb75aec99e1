/* The state of another thread. */
#ifndef UNIT_THREAD_H
#define UNIT_THREAD_H

#include "unit.h"

#include <sys/syscall.h>

/* As in /proc: 'S' if the thread sleeps. */
static inline char state_of(pid_t thread)
{
    char name[60], line[200] = "";
    FILE *stat;

    snprintf(name, sizeof(name), "/proc/self/task/%d/stat", thread);
    stat = fopen(name, "r");
    assert_non_null(stat);
    assert_non_null(fgets(line, sizeof(line), stat));
    fclose(stat);
    return strrchr(line, ')')[2];
}

#endif
