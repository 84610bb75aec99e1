/*
 * Reassembly of the messages of one association.
 *
 * With SCTP_FRAGMENT_INTERLEAVE at 1, fragments of one association may arrive between those of
 * others, but the messages of an association arrive one after the other.  Incomplete messages are
 * kept by stream nevertheless, for stacks and levels that interleave streams.
 */
#include "inside.h"
#include "unpsctp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Messages of the largest size that may be incomplete at the same time: libusrsctp begins to
 * deliver one while a lost packet holds up another. */
#define MAX_INCOMPLETE 4

struct unp_part {
    struct unp_part *next;
    struct sctp_rcvinfo rcv; /* of the first fragment, which has the PPID */
    unsigned char *data;
    size_t len, room;
};

static bool same_message(const struct sctp_rcvinfo *a, const struct sctp_rcvinfo *b)
{
    return a->rcv_sid == b->rcv_sid && !((a->rcv_flags ^ b->rcv_flags) & SCTP_UNORDERED);
}

/* The link to this stream's incomplete message, or to the end of the list. */
static struct unp_part **find_part(struct unp_reassembly *a, const struct sctp_rcvinfo *rcv)
{
    struct unp_part **link = &a->parts;

    while (*link && !same_message(&(*link)->rcv, rcv))
        link = &(*link)->next;
    return link;
}

/* Counts allocated bytes.  Negative numbers work, because size_t wraps around. */
static void account(struct unp_reassembly *a, size_t bytes)
{
    a->allocated += bytes;
    if (a->total)
        *a->total += bytes;
}

static int append(struct unp_reassembly *a, struct unp_part *part,
                  const struct unp_fragment *fragment)
{
    size_t need = part->len + fragment->len;

    if (need > part->room) {
        size_t room = need > 2 * part->room ? need : 2 * part->room;
        unsigned char *grown = realloc(part->data, room);

        if (!grown)
            return -1;
        account(a, room - part->room);
        part->data = grown;
        part->room = room;
    }
    if (fragment->len) /* data is NULL after an empty first fragment */
        memcpy(part->data + part->len, fragment->data, fragment->len);
    part->len = need;
    return 0;
}

/* Frees spare memory, because the data may stay in a send queue for long. */
static unsigned char *trimmed(const struct unp_part *part)
{
    unsigned char *data = part->len ? realloc(part->data, part->len) : NULL;

    return data ? data : part->data;
}

int unp_reassemble(struct unp_reassembly *a, const struct unp_fragment *fragment, size_t max,
                   struct unp_message *msg)
{
    struct unp_part **link = find_part(a, &fragment->rcv), *part = *link;

    if (fragment->len > max || (part && part->len > max - fragment->len) ||
        (max <= SIZE_MAX / MAX_INCOMPLETE && a->size + fragment->len > MAX_INCOMPLETE * max)) {
        errno = EMSGSIZE;
        return -1;
    }
    if (!part && (fragment->flags & MSG_EOR)) {
        *msg = (struct unp_message){
            .data = fragment->data, .len = fragment->len, .rcv = fragment->rcv};
        return 1;
    }
    if (!part) {
        part = calloc(1, sizeof(*part));
        if (!part)
            return -1;
        part->rcv = fragment->rcv;
        *link = part;
        account(a, sizeof(*part));
    }
    if (append(a, part, fragment) < 0)
        return -1;
    a->size += fragment->len;
    if (!(fragment->flags & MSG_EOR))
        return 0;

    *msg = (struct unp_message){.data = part->data, .len = part->len, .rcv = part->rcv};
    msg->data = msg->owned = trimmed(part);
    a->size -= part->len;
    account(a, -(part->room + sizeof(*part)));
    *link = part->next;
    free(part);
    return 1;
}

static void drop(struct unp_reassembly *a, struct unp_part **link)
{
    struct unp_part *part = *link;

    *link = part->next;
    a->size -= part->len;
    account(a, -(part->room + sizeof(*part)));
    free(part->data);
    free(part);
}

void unp_reassembly_abort(struct unp_reassembly *a, const struct sctp_pdapi_event *event)
{
    struct unp_part **link = &a->parts;

    while (*link && ((*link)->rcv.rcv_sid != event->pdapi_stream ||
                     (*link)->rcv.rcv_ssn != (uint16_t)event->pdapi_seq))
        link = &(*link)->next;
    if (*link)
        drop(a, link);
    else if (a->parts && !a->parts->next && !event->pdapi_stream && !event->pdapi_seq)
        drop(a, &a->parts);
}

void unp_reassembly_clear(struct unp_reassembly *a)
{
    while (a->parts)
        drop(a, &a->parts);
}
