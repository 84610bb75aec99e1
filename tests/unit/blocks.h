/* Counts allocated memory, which detects leaks without AddressSanitizer, and makes allocations
 * fail. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "unit.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static _Atomic long blocks __attribute__((unused)); /* allocated and not freed */
static long blocks_before __attribute__((unused));  /* their number at the start of the test */

#ifndef __SANITIZE_ADDRESS__
static unsigned fail_in; /* the allocation that fails, counted from 1; 0: none */

#define CAN_FAIL true

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void __libc_free(void *block);

static bool fails(void)
{
    if (!fail_in || --fail_in)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    void *block = fails() ? NULL : __libc_malloc(size);

    blocks += block != NULL;
    return block;
}

void *calloc(size_t count, size_t size)
{
    void *block = fails() ? NULL : __libc_calloc(count, size);

    blocks += block != NULL;
    return block;
}

/* It always moves, so that a use of the old place shows. */
void *realloc(void *old, size_t size)
{
    size_t had = old ? malloc_usable_size(old) : 0;
    void *block = fails() ? NULL : __libc_malloc(size);

    blocks += !old && block;
    if (block && old) {
        memcpy(block, old, had < size ? had : size);
        memset(old, 0xdd, had);
        __libc_free(old);
    }
    return block;
}

void free(void *block)
{
    blocks -= block != NULL;
    __libc_free(block);
}
#else
static unsigned fail_in __attribute__((unused)); /* AddressSanitizer has malloc() */

#define CAN_FAIL false
#endif

/* To be called at the end of a test: fails it if memory has not been freed. */
static inline int check_blocks(void **state)
{
    if (blocks != blocks_before)
        print_error("%ld blocks of memory are not freed\n", blocks - blocks_before);
    return blocks == blocks_before ? 0 : -1;
}

#endif
