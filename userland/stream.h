/* stdio on a socket. */
#ifndef STREAM_H
#define STREAM_H

/* The process exits: sends what was printed into streams and not flushed.  Unlocked. */
void stream_flush(void);

#endif
