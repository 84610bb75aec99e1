/* Chooses the stack: SCTP_STACK if it names one, otherwise the kernel's if the kernel has SCTP. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libc.h"
#include "userland.h"

/* Other errors, such as too many open descriptors, do not mean that the kernel lacks SCTP. */
static bool kernel_lacks_sctp(void)
{
    int fd = libc.socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
    if (fd < 0)
        fd = libc.socket(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP);
    if (fd < 0)
        return errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == EAFNOSUPPORT;
    libc.close(fd);
    return false;
}

static enum { UNDECIDED, KERNEL, USERLAND, NEITHER } choice;
static bool asked_for; /* with SCTP_STACK=userland */

static void decide(void)
{
    const char *wanted = getenv("SCTP_STACK");
    debugging = getenv("SCTP_USERLAND_DEBUG") && *getenv("SCTP_USERLAND_DEBUG") != '0';
    if (!wanted || !*wanted || strcmp(wanted, "auto") == 0) {
        choice = kernel_lacks_sctp() ? USERLAND : KERNEL;
    } else if (strcmp(wanted, "kernel") == 0) {
        choice = KERNEL;
    } else if (strcmp(wanted, "userland") == 0) {
        choice = USERLAND;
        asked_for = true;
    } else {
        say("SCTP_STACK=%s is not a stack; set it to auto, kernel or userland", wanted);
        choice = NEITHER;
    }
    debug("%s", choice == USERLAND ? "userland stack" : "kernel stack");
}

int choice_userland(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, decide);
    if (choice == NEITHER)
        return refuse(EINVAL);
    return choice == USERLAND;
}

void choice_announce(void)
{
    static bool announced;
    if (!announced && !asked_for)
        say("note: this kernel has no SCTP; using the userland stack, over UDP "
            "(set SCTP_STACK=userland to suppress this note)");
    announced = true;
}
