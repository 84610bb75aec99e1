/* A client of a chat server, and the lines that it says and hears. */
#ifndef MEMBER_H
#define MEMBER_H

#include "protocol.h"

#include <stdint.h>

enum { MOST_LINE = 400, MOST_REST = 2048, OUT = 16384 }; /* bytes */

struct member {
    const struct protocol *protocol;
    int fd;
    bool here; /* it has joined */
    bool gone; /* it was disconnected */
    int turn;  /* the last turn that it was counted in, with reach */
    int next;  /* the least number of the next line */
    size_t rest_len;
    char rest[MOST_REST]; /* the beginning of a unit that is not complete */
};

/* Lines "line 0000012xxxx" of `size` bytes, and the first of them that was not yet sent. */
struct speech {
    struct member *from;
    size_t size;
    int next;
    size_t at, len; /* out[at..len) has lines before `next` that the socket has not yet taken */
    char out[OUT];
};

/* Connects it, and asks to join the room; ends the program if that fails. */
void Join(struct member *m, const struct protocol *protocol, uint16_t port, int number,
          bool speaks);

/* Receives some of what has arrived, and calls heard() for each line that is not a repetition. */
void receive(struct member *m, void (*heard)(struct member *m, int number));

/* Sends lines before the number `end`, as many as the socket takes at once.  False: some are left.
 * Ends the program when the speaker was disconnected. */
bool Speak(struct speech *s, int end);

#endif
