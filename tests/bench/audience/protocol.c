/*
 * The protocols that audience speaks: how a client joins, says a line, and finds the end of a unit.
 *
 * The room is channel #r, topic r or subject r; a speaker that would receive its own lines there
 * subscribes to s.  Servers' PINGs are not answered: the first answer is due after two minutes.
 */
#include "protocol.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t put(char *to, const char *bytes, size_t len)
{
    memcpy(to, bytes, len);
    return len;
}

/* The length of the first line, with its end. */
static size_t line(const char *from, size_t len)
{
    const char *end = memchr(from, '\n', len);

    return end ? (size_t)(end + 1 - from) : 0;
}

/* ---- sctp_chat_srv and fanout: messages; relay: lines ---------------------- */

/* The server may send the speaker its own lines, as it may sctp_chat_cli. */
static size_t chat_join(char *to, int number, bool speaks)
{
    (void)number;
    return speaks ? put(to, "/echo on", 8) : 0;
}

static size_t lines_join(char *to, int number, bool speaks)
{
    (void)to;
    (void)number;
    (void)speaks;
    return 0;
}

static size_t lines_say(char *to, const char *text, size_t len)
{
    put(to, text, len);
    to[len] = '\n';
    return len + 1;
}

/* ---- IRC (RFC 2812) ------------------------------------------------------- */

static size_t irc_join(char *to, int number, bool speaks)
{
    (void)speaks; /* it does not receive its own lines */
    return (size_t)sprintf(to, "NICK m%d\r\nUSER m 0 * :m\r\nJOIN #r\r\n", number);
}

static size_t irc_say(char *to, const char *text, size_t len)
{
    return (size_t)sprintf(to, "PRIVMSG #r :%.*s\r\n", (int)len, text);
}

/* ---- MQTT 3.1.1, QoS 0 ---------------------------------------------------- */

static size_t mqtt_join(char *to, int number, bool speaks)
{
    static const char connect_subscribe[] = "\x10\x0c\0\4MQTT\4\2\0\0\0\0" /* a clean session */
                                            "\x82\6\0\1\0\1r";             /* QoS: the final 0 */

    (void)number; /* the server names it */
    put(to, connect_subscribe, sizeof(connect_subscribe));
    if (speaks)
        to[sizeof(connect_subscribe) - 2] = 's';
    return sizeof(connect_subscribe);
}

/* PUBLISH; the remaining length has seven bits in each byte, the lowest first. */
static size_t mqtt_say(char *to, const char *text, size_t len)
{
    size_t at = put(to, "\x30", 1), rest;

    for (rest = 3 + len; rest > 127; rest /= 128)
        to[at++] = (char)(rest % 128 | 128);
    to[at++] = (char)rest;
    at += put(to + at, "\0\1r", 3);
    return at + put(to + at, text, len);
}

static size_t mqtt_unit(const char *from, size_t len)
{
    size_t rest = 0;

    for (size_t at = 1; at < len && at < 5; at++) {
        rest += (size_t)(from[at] & 127) << 7 * (at - 1);
        if (!(from[at] & 128))
            return at + 1 + rest <= len ? at + 1 + rest : 0;
    }
    return 0;
}

/* ---- NATS ----------------------------------------------------------------- */

static size_t nats_join(char *to, int number, bool speaks)
{
    (void)number;
    return (size_t)sprintf(to, "CONNECT {\"verbose\":false}\r\nSUB %c 1\r\nPING\r\n",
                           speaks ? 's' : 'r');
}

static size_t nats_say(char *to, const char *text, size_t len)
{
    return (size_t)sprintf(to, "PUB r %zu\r\n%.*s\r\n", len, (int)len, text);
}

/* "MSG r 1 LENGTH" and the text, each with CR LF; other units are lines. */
static size_t nats_unit(const char *from, size_t len)
{
    size_t head = line(from, len), all;

    if (!head || head < 8 || memcmp(from, "MSG r 1 ", 8) != 0)
        return head;
    all = head + strtoul(from + 8, NULL, 10) + 2;
    return all <= len ? all : 0;
}

static const struct protocol protocols[] = {
    {"chat", true, chat_join, put, NULL, "*** you are"},
    {"lines", false, lines_join, lines_say, line, "*** you are"},
    {"irc", false, irc_join, irc_say, line, " 366 "},          /* the end of the list of names */
    {"mqtt", false, mqtt_join, mqtt_say, mqtt_unit, "\x90\3"}, /* SUBACK */
    {"nats", false, nats_join, nats_say, nats_unit, "PONG"},
};

const struct protocol *protocol_named(const char *name)
{
    for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
        if (strcmp(protocols[i].name, name) == 0)
            return &protocols[i];
    return NULL;
}
