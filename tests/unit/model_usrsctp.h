/*
 * A stand-in for libusrsctp's socket calls, for the unit tests of the userland stack: it records
 * what was set and asked for, and returns what the test wants.
 */
#ifndef MODEL_USRSCTP_H
#define MODEL_USRSCTP_H

#include "unit.h"

#include <errno.h>

#include "../../userland/libusrsctp.h"

/* The errno of a call that has failed: not 0. */
static inline int error_of_call(void)
{
    assert_int_not_equal(errno, 0);
    return errno;
}

enum { MODEL_ROOM = 1 << 17, MODEL_CALLS = 64 };

struct model_option {
    int level, name;
    socklen_t size;
    _Alignas(8) unsigned char value[MODEL_ROOM]; /* of a get: what was asked for */
};

static struct {
    int sets, gets;
    struct model_option set[MODEL_CALLS], get[MODEL_CALLS];
    /* The answers to getsockopt by name, and the errors of both; others succeed, and a get leaves
     * the value as it is. */
    struct {
        int name, error;
        const void *value;
        socklen_t size;
    } answer[MODEL_CALLS];
    int answers;
    uint32_t id; /* of getassocid() for any address */
    /* Messages that were sent, and what sendv() returns: each result once, then success. */
    struct model_message {
        unsigned char data[1000];
        size_t size;
        union {
            struct sockaddr sa;
            struct sockaddr_in in;
        } to;
        int addresses;
        unsigned info;
        struct usr_sctp_sendv_spa how;
        uint32_t send_buffer, chunks; /* the limits at that time */
    } sent[MODEL_CALLS];
    int n_sent;
    int errors[MODEL_CALLS], n_errors, next_error;
    uint32_t chunks; /* the limit that was set last */
    /* Results of recvv(), one after the other; then EAGAIN. */
    struct model_input {
        const void *data;
        size_t size;
        int flags, error;
        unsigned type;
        struct usr_sctp_recvv_rn info;
        struct sockaddr_in from;
        size_t given; /* of data */
    } input[MODEL_CALLS];
    int n_input, next_input;
    size_t last_room;           /* for data, of the last recvv() */
    struct socket *so;          /* NULL: any */
    unsigned connected_to[200]; /* the list of connectx(), of n addresses */
    int n_connected, connect_error;
} model;

static int model_answer(int name)
{
    for (int i = model.answers - 1; i >= 0; i--)
        if (model.answer[i].name == name)
            return i;
    return -1;
}

static inline void model_returns(int name, const void *value, size_t size)
{
    model.answer[model.answers].name = name;
    model.answer[model.answers].value = value;
    model.answer[model.answers++].size = (socklen_t)size;
}

static inline void model_fails(int name, int error)
{
    model.answer[model.answers].name = name;
    model.answer[model.answers++].error = error;
}

static void model_record(struct model_option *o, int level, int name, const void *value,
                         socklen_t size)
{
    assert_true(size <= sizeof(o->value));
    o->level = level;
    o->name = name;
    o->size = size;
    if (size)
        memcpy(o->value, value, size);
}

static int model_setsockopt(struct socket *so, int level, int name, const void *value,
                            socklen_t size)
{
    int i = model_answer(name);

    assert_true(model.sets < MODEL_CALLS);
    model_record(&model.set[model.sets++], level, name, value, size);
    if (i < 0 || !model.answer[i].error)
        return 0;
    errno = model.answer[i].error;
    return -1;
}

static int model_getsockopt(struct socket *so, int level, int name, void *value, socklen_t *size)
{
    int i = model_answer(name);

    assert_true(model.gets < MODEL_CALLS);
    model_record(&model.get[model.gets++], level, name, value, *size);
    if (i >= 0 && model.answer[i].error) {
        errno = model.answer[i].error;
        return -1;
    }
    if (i >= 0) {
        assert_true(*size >= model.answer[i].size);
        memcpy(value, model.answer[i].value, model.answer[i].size);
        *size = model.answer[i].size;
    }
    return 0;
}

static usr_sctp_assoc_t model_getassocid(struct socket *so, struct sockaddr *address)
{
    return model.id;
}

static int model_set_chunks(uint32_t n)
{
    model.chunks = n;
    return 1;
}

static int model_last_int(int level, int name)
{
    int n = -1;

    for (int i = 0; i < model.sets; i++)
        if (model.set[i].level == level && model.set[i].name == name)
            memcpy(&n, model.set[i].value, sizeof(n));
    return n;
}

static ssize_t model_sendv(struct socket *so, const void *data, size_t size, struct sockaddr *to,
                           int addresses, void *info, socklen_t info_size, unsigned type, int flags)
{
    struct model_message *m = &model.sent[model.n_sent++];
    int error = model.next_error < model.n_errors ? model.errors[model.next_error++] : 0;

    assert_true(model.n_sent < MODEL_CALLS && size <= sizeof(m->data));
    assert_int_equal(flags, 0);
    assert_true(to || addresses == 0);
    memset(m, 0, sizeof(*m));
    if (size)
        memcpy(m->data, data, size);
    m->size = size;
    if (to)
        memcpy(&m->to, to, sizeof(m->to));
    m->addresses = addresses;
    m->info = type;
    if (type == usr_SCTP_SENDV_SPA)
        assert_int_equal(info_size, sizeof(m->how));
    else if (type == usr_SCTP_SENDV_SNDINFO)
        assert_int_equal(info_size, sizeof(m->how.sendv_sndinfo));
    else
        assert_int_equal(info_size, 0);
    if (info_size)
        memcpy(type == usr_SCTP_SENDV_SNDINFO ? (void *)&m->how.sendv_sndinfo : (void *)&m->how,
               info, info_size);
    m->send_buffer = (uint32_t)model_last_int(SOL_SOCKET, SO_SNDBUF);
    m->chunks = model.chunks;
    errno = error;
    return error ? -1 : (ssize_t)size;
}

static inline struct model_input *model_gets(const void *data, size_t size, int flags)
{
    struct model_input *i = &model.input[model.n_input++];

    *i = (struct model_input){.data = data, .size = size, .flags = flags};
    return i;
}

static ssize_t model_recvv(struct socket *so, void *data, size_t size, struct sockaddr *from,
                           socklen_t *from_size, void *info, socklen_t *info_size, unsigned *type,
                           int *flags)
{
    struct model_input *i = &model.input[model.next_input];
    bool peek = *flags & MSG_PEEK, whole;
    size_t n;

    assert_int_equal(*flags & ~MSG_PEEK, 0);
    assert_true(!model.so || so == model.so);
    model.last_room = size;
    if (model.next_input == model.n_input || i->error) {
        errno = model.next_input == model.n_input ? EAGAIN : i->error;
        model.next_input += model.next_input < model.n_input;
        return -1;
    }
    n = i->size - i->given < size ? i->size - i->given : size;
    if (n)
        memcpy(data, (const char *)i->data + i->given, n);
    if (from && *from_size >= sizeof(i->from))
        memcpy(from, &i->from, sizeof(i->from));
    if (info && *info_size >= sizeof(i->info))
        memcpy(info, &i->info, sizeof(i->info));
    *type = i->type;
    whole = i->given + n == i->size;
    *flags = whole ? i->flags : i->flags & ~MSG_EOR;
    if (!peek)
        i->given += n;
    if (!peek && whole)
        model.next_input++;
    return (ssize_t)n;
}

static int model_connectx(struct socket *so, const struct sockaddr *list, int n,
                          usr_sctp_assoc_t *id)
{
    memcpy(model.connected_to, list, (size_t)n * sizeof(struct sockaddr_in));
    model.n_connected = n;
    *id = model.id;
    errno = model.connect_error;
    return errno ? -1 : 0;
}

static inline void model_begin(void)
{
    memset((char *)&model + offsetof(__typeof__(model), answer), 0,
           sizeof(model) - offsetof(__typeof__(model), answer));
    model.sets = model.gets = 0;
    usr.setsockopt = model_setsockopt;
    usr.getsockopt = model_getsockopt;
    usr.getassocid = model_getassocid;
    usr.sysctl_set_sctp_max_chunks_on_queue = model_set_chunks;
    usr.sendv = model_sendv;
    usr.recvv = model_recvv;
    usr.connectx = model_connectx;
}

/* Only this association was asked about. */
static inline void assert_asked_about(uint32_t id)
{
    for (int i = 0; i < model.gets; i++)
        if (model.get[i].name == usr_SCTP_STATUS || model.get[i].name == usr_SCTP_GET_SNDBUF_USE)
            assert_memory_equal(model.get[i].value, &id, sizeof(id));
}

/* The last value of `name` that was set. */
static inline const void *model_last_set(int name, socklen_t *size)
{
    for (int i = model.sets - 1; i >= 0; i--)
        if (model.set[i].name == name) {
            *size = model.set[i].size;
            return model.set[i].value;
        }
    fail_msg("option %#x was not set", (unsigned)name);
    return NULL;
}

#endif
