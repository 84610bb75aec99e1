/*
 * A socket of the userland stack on a stand-in for libusrsctp.  No call here waits.
 */
#ifndef MODEL_MESSAGE_H
#define MODEL_MESSAGE_H

#include "blocks.h"
#include "model_usrsctp.h"

#include <arpa/inet.h>
#include <limits.h>

#include "../../userland/event.h"
#include "../../userland/lock.h"
#include "../../userland/socket.h"
#include "../../userland/stack.h"
#include "../../userland/udp_port.h"

enum { ID = 1007, STACK_ID = 7 };
static struct usock s;
static const struct sockaddr_in peer = {
    .sin_family = AF_INET, .sin_port = 0x1234, .sin_addr = {0x0100007f}};

static long blocks_before;

static inline int begin(void **state)
{
    while (usock_next_ready())
        ;
    free(s.event);
    model_begin();
    model.so = (struct socket *)&s; /* any but NULL */
    s = (struct usock){.so = model.so,
                       .type = SOCK_SEQPACKET,
                       .domain = AF_INET,
                       .id_base = 1000,
                       .nonblocking = true,
                       .listening = true,
                       .bound = true,
                       .want_rcvinfo = true,
                       .send_buffer = 4711};
    blocks_before = blocks;
    return 0;
}

static inline int end(void **state)
{
    free(s.event);
    s.event = NULL;
    assert_int_equal(blocks, blocks_before);
    return 0;
}

static struct {
    _Alignas(struct cmsghdr) unsigned char bytes[1000];
    size_t size;
} control;

#endif
