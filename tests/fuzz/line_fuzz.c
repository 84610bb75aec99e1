/*
 * Any input of sctp_echo_cli: lines that come in fragments, "[n] text": lib/tty/line.c.
 *
 * The first byte sets the limit of a line, the second the sizes in which the rest is written.
 */
#include "tty/line.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes all available lines and compares them with the input. */
static void take_lines(struct unp_line_reader *r, const uint8_t *data, size_t size, size_t *at)
{
    enum unp_line_status status;
    char *text;
    size_t len;
    long stream = -1;

    while ((status = unp_line_next(r, &text, &len)) == LINE_READY || status == LINE_TOO_LONG) {
        const uint8_t *end = memchr(data + *at, '\n', size - *at);
        size_t n = end ? (size_t)(end - (data + *at)) : size - *at;

        if (status == LINE_READY ? len != n || memcmp(text, data + *at, n) != 0 : n <= r->max)
            abort();
        if (status == LINE_READY && unp_line_stream(text, len, &stream) == STREAM_OK && stream < 0)
            abort();
        *at += n + (end != NULL);
    }
    if ((status == LINE_END) != (r->eof && *at == size))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unp_line_reader r;
    size_t at = 0, given = 0, fragment;
    int fds[2];

    if (size < 2 || size > 60000) /* what a pipe can hold */
        return 0;
    if (pipe(fds) < 0)
        abort();
    unp_line_init(&r, fds[0], data[0]);
    fragment = 1 + data[1] * 16U;
    data += 2;
    size -= 2;
    do {
        size_t n = fragment < size - given ? fragment : size - given;

        if (n && write(fds[1], data + given, n) != (ssize_t)n)
            abort();
        given += n;
        if (n == 0)
            close(fds[1]);
        if (unp_line_fill(&r) < 0)
            abort();
        take_lines(&r, data, size, &at);
    } while (!r.eof);
    if (at != size || r.number > ULONG_MAX / 2)
        abort();
    unp_line_free(&r);
    close(fds[0]);
    return 0;
}
