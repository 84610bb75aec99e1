/* Finds out, without privileges, why this machine has no SCTP socket. */
#include "unpsctp.h"

#include <errno.h>
#include <glob.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PATH_SIZE 512

/* Finds the first line of the file that contains `word`; `line` has no newline. */
static bool find_line(const char *path, const char *word, char *line, int size)
{
    FILE *f = fopen(path, "re");
    bool found = false;

    if (!f)
        return false;
    while (!found && fgets(line, size, f)) {
        line[strcspn(line, "\n")] = '\0';
        found = strstr(line, word) != NULL;
    }
    fclose(f);
    return found;
}

/* modprobe.d(5): "blacklist sctp" prevents loading on demand, "install sctp /bin/false" always. */
static bool forbids_sctp(const char *path)
{
    FILE *f = fopen(path, "re");
    char line[512], verb[64], module[64];
    bool found = false;

    if (!f)
        return false;
    while (!found && fgets(line, sizeof(line), f))
        found = sscanf(line, " %63s %63s", verb, module) == 2 && strcmp(module, "sctp") == 0 &&
                (strcmp(verb, "blacklist") == 0 || strcmp(verb, "install") == 0);
    fclose(f);
    return found;
}

static bool find_blacklist(const char *root, char *path, size_t size)
{
    char pattern[PATH_SIZE];
    bool found = false;
    glob_t files;

    snprintf(pattern, sizeof(pattern), "%s/{etc,run,usr/local/lib,usr/lib,lib}/modprobe.d/*.conf",
             root);
    if (glob(pattern, GLOB_BRACE, NULL, &files) != 0)
        return false;
    for (size_t i = 0; !found && i < files.gl_pathc; i++) {
        found = forbids_sctp(files.gl_pathv[i]);
        snprintf(path, size, "%s", files.gl_pathv[i]);
    }
    globfree(&files);
    return found;
}

static void module_missing(const char *root, const char *release, char *buf, size_t size)
{
    char path[PATH_SIZE], line[512];

    snprintf(path, sizeof(path), "%s/boot/config-%s", root, release);
    if (find_line(path, "CONFIG_IP_SCTP is not set", line, sizeof(line)))
        snprintf(buf, size,
                 "kernel %s is built without it (%s: %s); boot a kernel that has CONFIG_IP_SCTP",
                 release, path, line);
    else if (find_line(path, "CONFIG_IP_SCTP=m", line, sizeof(line)))
        snprintf(buf, size,
                 "kernel %s has it as a module that is not installed; install "
                 "linux-modules-extra-%s (Ubuntu) or kernel-modules-extra (Fedora, RHEL)",
                 release, release);
    else
        snprintf(buf, size,
                 "kernel %s has no sctp module installed; install linux-modules-extra-%s (Ubuntu) "
                 "or kernel-modules-extra (Fedora, RHEL), or boot a kernel that has CONFIG_IP_SCTP",
                 release, release);
}

void unp_why_not_in_kernel(int err, const char *root, char *buf, size_t size)
{
    char path[PATH_SIZE], line[512];
    struct utsname uts;

    uname(&uts);
    if (err == EPERM || err == EACCES) {
        snprintf(buf, size,
                 "%s: a security policy (seccomp, SELinux, AppArmor) denies it to this program; "
                 "allow SCTP sockets in that policy",
                 strerror(err));
        return;
    }
    snprintf(path, sizeof(path), "%s/proc/net/sctp", root);
    if (access(path, F_OK) == 0) {
        snprintf(buf, size,
                 "%s, although this kernel has SCTP loaded; is this a network namespace or sandbox "
                 "that forbids it?",
                 strerror(err));
        return;
    }
    if (find_blacklist(root, path, sizeof(path))) {
        snprintf(
            buf, size,
            "the sctp module is blacklisted in %s; remove that line, then 'sudo modprobe sctp'",
            path);
        return;
    }
    snprintf(path, sizeof(path), "%s/lib/modules/%s", root, uts.release);
    if (access(path, F_OK) != 0) {
        snprintf(buf, size,
                 "kernel %s has no SCTP loaded, and its modules cannot be seen from here (a "
                 "container?); 'sudo modprobe sctp' on the host, if its kernel has the module",
                 uts.release);
        return;
    }
    snprintf(path, sizeof(path), "%s/lib/modules/%s/modules.dep", root, uts.release);
    if (find_line(path, "/sctp.ko", line, sizeof(line)))
        snprintf(buf, size, "the sctp module is installed but not loaded; 'sudo modprobe sctp'");
    else
        module_missing(root, uts.release, buf, size);
}

static int is_userland(struct dl_phdr_info *library, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    return strstr(library->dlpi_name, "/libsctp_userland.so") != NULL;
}

static void __attribute__((format(printf, 3, 4)))
append(char *buf, size_t size, const char *fmt, ...)
{
    size_t used = strlen(buf);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf + used, size - used, fmt, ap);
    va_end(ap);
}

void unp_why_missing(int err, const char *root, char *buf, size_t size)
{
    const char *stack = getenv("SCTP_STACK");
    bool linked = dl_iterate_phdr(is_userland, NULL) != 0;
    bool denied = err == EPERM || err == EACCES; /* libsctp_userland(7) was not tried */

    *buf = '\0';
    if (err == EINVAL && stack) { /* libsctp_userland(7) rejected it */
        append(buf, size, "SCTP_STACK=%s is none of auto, kernel and userland", stack);
        return;
    }
    if (linked && !denied && !(stack && strcmp(stack, "kernel") == 0)) {
        append(buf, size, "the userland stack cannot start, for the reason in its own message");
        if (stack && strcmp(stack, "userland") == 0)
            return;
        append(buf, size, "; the kernel's stack: ");
    }
    unp_why_not_in_kernel(err, root, buf + strlen(buf), size - strlen(buf));
    if (!linked)
        append(buf, size, "; or run it with scripts/withuserland: SCTP over UDP, on any kernel");
    else if (denied)
        append(buf, size, "; or set SCTP_STACK=userland, for SCTP over UDP");
    else if (stack && strcmp(stack, "kernel") == 0)
        append(buf, size, "; or unset SCTP_STACK, for SCTP over UDP");
}
