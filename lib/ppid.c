/* Payload protocol identifiers: IANA's registry, "SCTP Payload Protocol Identifiers". */
#include "unpsctp.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

static const struct {
    uint32_t ppid;
    const char *name;
} names[] = {
    {1, "iua"},
    {2, "m2ua"},
    {3, "m3ua"},
    {4, "sua"},
    {5, "m2pa"},
    {6, "v5ua"},
    {7, "h248"},
    {8, "bicc"},
    {9, "tali"},
    {10, "dua"},
    {11, "asap"},
    {12, "enrp"},
    {13, "h323"},
    {14, "qipc"},
    {15, "simco"},
    {16, "ddp-segment"},
    {17, "ddp-control"},
    {18, "s1ap"},
    {19, "rua"},
    {20, "hnbap"},
    {21, "forces-hp"},
    {22, "forces-mp"},
    {23, "forces-lp"},
    {24, "sbc-ap"},
    {25, "nbap"},
    {27, "x2ap"},
    {28, "ircp"},
    {29, "lcs-ap"},
    {30, "mpich2"},
    {31, "sabp"},
    {32, "fgp"},
    {33, "ppp"},
    {34, "calcapp"},
    {35, "ssp"},
    {36, "npmp-control"},
    {37, "npmp-data"},
    {38, "echo"},
    {39, "discard"},
    {40, "daytime"},
    {41, "chargen"},
    {42, "rna"},
    {43, "m2ap"},
    {44, "m3ap"},
    {45, "ssh"},
    {46, "diameter"},
    {47, "diameter-dtls"},
    {48, "r14p"},
    {50, "webrtc-dcep"},
    {51, "webrtc-string"},
    {52, "webrtc-binary-partial"},
    {53, "webrtc-binary"},
    {54, "webrtc-string-partial"},
    {55, "pua"},
    {56, "webrtc-string-empty"},
    {57, "webrtc-binary-empty"},
    {58, "xwap"},
    {59, "xw-control-plane"},
    {60, "ngap"},
    {61, "xnap"},
    {62, "f1ap"},
    {63, "http"},
    {64, "e1ap"},
    {65, "ele2"},
    {66, "ngap-dtls"},
    {67, "xnap-dtls"},
    {68, "f1ap-dtls"},
    {69, "e1ap-dtls"},
    {70, "e2-cp"},
    {71, "e2-up"},
    {72, "e2-du"},
    {73, "w1ap"},
};

#define NAMES (sizeof(names) / sizeof(names[0]))

const char *unp_ppid_name(uint32_t ppid)
{
    for (size_t i = 0; i < NAMES; i++)
        if (names[i].ppid == ppid)
            return names[i].name;
    return NULL;
}

int64_t unp_ppid_parse(const char *text)
{
    unsigned long long n;
    char *end;

    for (size_t i = 0; i < NAMES; i++)
        if (strcasecmp(text, names[i].name) == 0)
            return names[i].ppid;
    if (text[0] < '0' || text[0] > '9')
        return -1;
    /* Decimal unless it begins with 0x: a leading zero, as in 010, does not mean octal. */
    errno = 0;
    n = strtoull(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
    if (errno || *end || n > UINT32_MAX)
        return -1;
    return (int64_t)n;
}
