/* What the echo server and its client agree on. */
#ifndef ECHO_H
#define ECHO_H

#define SERV_PORT           9877    /* UNP's */
#define DEFAULT_OSTREAMS    10      /* UNP's SERV_MAX_SCTP_STRM */
#define DEFAULT_MAX_MESSAGE 1048576 /* 1 MiB */
#define DEFAULT_WAIT        10      /* seconds */

#endif
