/*
 * A socket of the userland stack whose options are set and read.
 */
#ifndef MODEL_OPTION_H
#define MODEL_OPTION_H

#include "blocks.h"
#include "model_usrsctp.h"

#include <arpa/inet.h>

#include "../../userland/option.h"
#include "../../userland/socket.h"

enum { ID = 1007, STACK_ID = 7 };
static struct usock s;

static long blocks_before;

static inline int begin(void **state)
{
    kept_options_free(&s);
    model_begin();
    s = (struct usock){.type = SOCK_SEQPACKET, .domain = AF_INET, .id_base = 1000, .fd = -1};
    blocks_before = blocks;
    return 0;
}

static inline int end(void **state)
{
    kept_options_free(&s);
    assert_int_equal(blocks, blocks_before);
    return 0;
}

static inline int set(int name, const void *value, socklen_t size)
{
    unsigned char *exact = exact_copy(value, size);
    int result;

    errno = 0;
    result = usock_setsockopt(&s, IPPROTO_SCTP, name, exact, size);
    assert_true(result >= -1);
    free(exact);
    return result < 0 ? error_of_call() : result;
}

static inline int get(int name, void *value, socklen_t *size)
{
    unsigned char *exact = exact_copy(value, *size);
    socklen_t room = *size;
    int result;

    errno = 0;
    result = usock_getsockopt(&s, IPPROTO_SCTP, name, exact, size);
    assert_true(result >= -1);
    memcpy(value, exact, room);
    free(exact);
    return result < 0 ? error_of_call() : result;
}

/* The value that libusrsctp's setsockopt() was given; it must have been called once. */
static inline const void *was_set(int name, socklen_t size)
{
    socklen_t got;
    const void *value = model_last_set(name, &got);

    assert_int_equal(model.sets, 1);
    assert_int_equal(model.set[0].level, IPPROTO_SCTP);
    assert_int_equal(got, size);
    return value;
}

#endif
