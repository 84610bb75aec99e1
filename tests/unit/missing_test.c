/* Why there is no SCTP, on simulated machines: lib/missing.c. */
#include "unit.h"
#include "unpsctp.h"

#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static struct utsname uts;

/* ---- a simulated root directory ------------------------------------------- */

static int make_root(void **state)
{
    char *root = strdup("/tmp/missing_test.XXXXXX");

    setenv("SCTP_STACK", "kernel", 1); /* otherwise the message is about the userland stack */
    *state = root;
    return root && mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove(path);
}

static int remove_root(void **state)
{
    int rc = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);

    free(*state);
    return rc;
}

/* Makes a file and the directories above it; "%s" in the path is the kernel's release. */
static void make_file(const char *root, const char *path, const char *text)
{
    char name[512], full[1024];
    FILE *f;

    if (strstr(path, "%s"))
        snprintf(name, sizeof(name), "%.*s%s%s", (int)(strstr(path, "%s") - path), path,
                 uts.release, strstr(path, "%s") + 2);
    else
        snprintf(name, sizeof(name), "%s", path);
    snprintf(full, sizeof(full), "%s%s", root, name);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *why(int err, const char *root)
{
    static char buf[1024];

    memset(buf, '#', sizeof(buf));
    unp_why_missing(err, root, buf, sizeof(buf));
    assert_non_null(memchr(buf, '\0', sizeof(buf)));
    return buf;
}

static void assert_starts(const char *text, const char *part)
{
    if (strncmp(text, part, strlen(part)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, part);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in \"%s\"", part, text);
}

/* Makes a machine whose kernel has the module, but not loaded. */
static void install_module(const char *root)
{
    make_file(root, "/lib/modules/%s/modules.dep",
              "kernel/net/dccp/dccp.ko:\n"
              "kernel/net/sctp/sctp.ko: kernel/net/ipv4/udp_tunnel.ko kernel/lib/libcrc32c.ko\n");
}

/* ---- tests ---------------------------------------------------------------- */

UNIT_TEST(for_an_installed_module_modprobe_is_suggested)
{
    install_module(*state);
    assert_starts(why(EPROTONOSUPPORT, *state),
                  "the sctp module is installed but not loaded; 'sudo modprobe sctp'; or ");
    assert_starts(why(ESOCKTNOSUPPORT, *state),
                  "the sctp module is installed but not loaded; 'sudo modprobe sctp'; or ");
}

UNIT_TEST(a_compressed_module_counts_as_installed)
{
    make_file(*state, "/lib/modules/%s/modules.dep",
              "kernel/net/sctp/sctp.ko.zst: kernel/lib/libcrc32c.ko.zst\n");
    assert_contains(why(EPROTONOSUPPORT, *state), "installed but not loaded");
}

UNIT_TEST(a_module_of_a_similar_name_does_not_count)
{
    make_file(*state, "/lib/modules/%s/modules.dep",
              "kernel/net/netfilter/xt_sctp.ko:\n"
              "kernel/net/sctp/sctp_diag.ko: kernel/net/ipv4/inet_diag.ko\n");
    assert_lacks(why(EPROTONOSUPPORT, *state), "installed but not loaded");
}

UNIT_TEST(a_denied_permission_is_reported_as_a_policy)
{
    install_module(*state);
    assert_contains(why(EPERM, *state), "Operation not permitted");
    assert_contains(why(EPERM, *state), "policy");
    assert_contains(why(EACCES, *state), "Permission denied");
    assert_contains(why(EACCES, *state), "policy");
    assert_lacks(why(EPERM, *state), "modprobe");
}

UNIT_TEST(a_kernel_that_has_loaded_sctp_but_refuses_it_is_reported)
{
    install_module(*state);
    make_file(*state, "/etc/modprobe.d/sctp.conf", "blacklist sctp\n");
    make_file(*state, "/proc/net/sctp/snmp", "");
    assert_contains(why(EPROTONOSUPPORT, *state), "Protocol not supported");
    assert_contains(why(EPROTONOSUPPORT, *state), "has SCTP loaded");
    assert_lacks(why(EPROTONOSUPPORT, *state), "modprobe");
}

UNIT_TEST(a_blacklist_line_is_found_in_every_directory)
{
    static const char *const files[] = {"/etc/modprobe.d/sctp.conf", "/run/modprobe.d/x.conf",
                                        "/usr/local/lib/modprobe.d/x.conf",
                                        "/usr/lib/modprobe.d/x.conf", "/lib/modprobe.d/x.conf"};
    char path[1024];

    install_module(*state);
    make_file(*state, "/etc/modprobe.d/a.conf", "options snd index=1\n");
    for (size_t i = 0; i < COUNT(files); i++) {
        make_file(*state, files[i], "# why not\nblacklist dccp\nblacklist sctp\n");
        snprintf(path, sizeof(path), "is blacklisted in %s%s;", (char *)*state, files[i]);
        assert_contains(why(EPROTONOSUPPORT, *state), path);
        assert_contains(why(EPROTONOSUPPORT, *state), "'sudo modprobe sctp'");
        snprintf(path, sizeof(path), "%s%s", (char *)*state, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_contains(why(EPROTONOSUPPORT, *state), "installed but not loaded");
}

UNIT_TEST(a_blacklist_line_has_many_forms)
{
    static const char *const lines[] = {"install dccp /bin/true\ninstall sctp /bin/false\n",
                                        "\t blacklist \t sctp  \n", "blacklist sctp"};

    install_module(*state);
    for (size_t i = 0; i < COUNT(lines); i++) {
        make_file(*state, "/etc/modprobe.d/CIS.conf", lines[i]);
        assert_contains(why(EPROTONOSUPPORT, *state), "blacklisted in");
        assert_contains(why(EPROTONOSUPPORT, *state), "/etc/modprobe.d/CIS.conf");
    }
}

UNIT_TEST(comments_and_other_lines_are_not_a_blacklist)
{
    install_module(*state);
    make_file(*state, "/etc/modprobe.d/a.conf",
              "# blacklist sctp\n"
              "#blacklist sctp\n"
              "  # install sctp /bin/false\n"
              "blacklist sctp_diag\n"
              "blacklist xt_sctp\n"
              "blacklist\n"
              "sctp\n"
              "alias sctp net-pf-2-proto-132\n"
              "options sctp x=1\n"
              "softdep sctp pre: crc32c\n"
              "\n");
    make_file(*state, "/etc/modprobe.d/b.conf.disabled", "blacklist sctp\n");
    make_file(*state, "/etc/modprobe.d/README", "blacklist sctp\n");
    assert_contains(why(EPROTONOSUPPORT, *state), "installed but not loaded");
}

UNIT_TEST(without_visible_modules_modprobe_on_the_host_is_suggested)
{
    const char *text = why(EPROTONOSUPPORT, *state);

    assert_contains(text, uts.release);
    assert_contains(text, "container");
    assert_contains(text, "'sudo modprobe sctp' on the host");
    make_file(*state, "/lib/modules/0.0.1-other/modules.dep", "kernel/net/sctp/sctp.ko:\n");
    assert_contains(why(EPROTONOSUPPORT, *state), "container");
}

UNIT_TEST(for_a_kernel_built_without_sctp_another_kernel_is_suggested)
{
    const char *text;

    make_file(*state, "/lib/modules/%s/modules.dep", "kernel/net/dccp/dccp.ko:\n");
    make_file(*state, "/boot/config-%s", "CONFIG_IP_DCCP=m\n# CONFIG_IP_SCTP is not set\n");
    text = why(EPROTONOSUPPORT, *state);
    assert_contains(text, "built without it");
    assert_contains(text, "# CONFIG_IP_SCTP is not set");
    assert_contains(text, "/boot/config-");
    assert_contains(text, "CONFIG_IP_SCTP");
    assert_lacks(text, "linux-modules-extra");
}

UNIT_TEST(for_a_missing_module_its_installation_is_suggested)
{
    const char *text;

    make_file(*state, "/lib/modules/%s/modules.dep", "kernel/net/dccp/dccp.ko:\n");
    make_file(*state, "/boot/config-%s", "CONFIG_INET_SCTP_DIAG=m\nCONFIG_IP_SCTP=m\n");
    text = why(EPROTONOSUPPORT, *state);
    assert_contains(text, "as a module that is not installed");
    assert_contains(text, "linux-modules-extra-");
    assert_contains(text, uts.release);
    assert_contains(text, "kernel-modules-extra");
}

UNIT_TEST(without_a_kernel_configuration_both_ways_out_are_named)
{
    const char *text;

    make_file(*state, "/lib/modules/%s/modules.dep", "");
    text = why(EPROTONOSUPPORT, *state);
    assert_contains(text, "no sctp module installed");
    assert_contains(text, "linux-modules-extra-");
    assert_contains(text, "or boot a kernel that has CONFIG_IP_SCTP");
}

UNIT_TEST(a_module_after_a_very_long_line_is_found)
{
    char *list = malloc(10000);

    assert_non_null(list);
    memset(list, 'x', 10000);
    strcpy(list + 9000, "\nkernel/net/sctp/sctp.ko:\n");
    make_file(*state, "/lib/modules/%s/modules.dep", list);
    free(list);
    assert_contains(why(EPROTONOSUPPORT, *state), "installed but not loaded");
}

UNIT_TEST(a_stack_that_does_not_exist_is_the_only_cause)
{
    install_module(*state);
    setenv("SCTP_STACK", "nonsense", 1);
    assert_string_equal(why(EINVAL, *state),
                        "SCTP_STACK=nonsense is none of auto, kernel and userland");
}

/* This test is linked with the userland stack, unless it is built with USERLAND=no. */
UNIT_TEST(the_userland_stack_is_suggested_if_it_was_not_tried)
{
    void *library = dlopen("libsctp_userland.so", RTLD_LAZY | RTLD_NOLOAD);
    bool linked = library != NULL;
    const char *by_name = "; or run it with scripts/withuserland: SCTP over UDP, on any kernel";

    install_module(*state);
    assert_contains(why(EPROTONOSUPPORT, *state),
                    linked ? "; or unset SCTP_STACK, for SCTP over UDP" : by_name);
    assert_contains(why(EPERM, *state),
                    linked ? "; or set SCTP_STACK=userland, for SCTP over UDP" : by_name);
    for (int i = 0; i < 2; i++) { /* it was tried */
        if (i)
            setenv("SCTP_STACK", "auto", 1);
        else
            unsetenv("SCTP_STACK");
        assert_starts(
            why(EPROTONOSUPPORT, *state),
            linked ? "the userland stack cannot start, for the reason in its own message; "
                     "the kernel's stack: the sctp module is installed but not loaded; "
                   : "the sctp module is installed but not loaded; 'sudo modprobe sctp'; or");
    }
    setenv("SCTP_STACK", "userland", 1);
    if (linked)
        assert_string_equal(why(EPROTONOSUPPORT, *state),
                            "the userland stack cannot start, for the reason in its own message");
    if (library)
        dlclose(library);
}

UNIT_TEST(a_very_long_root_does_not_overflow)
{
    char root[4000];

    memset(root, '/', sizeof(root) - 1);
    root[sizeof(root) - 1] = '\0';
    why(EPROTONOSUPPORT, root);
    memset(root, 'x', sizeof(root) - 1);
    why(EPROTONOSUPPORT, root);
}

UNIT_TEST(a_buffer_of_any_size_is_terminated)
{
    install_module(*state);
    make_file(*state, "/etc/modprobe.d/a.conf", "blacklist sctp\n");
    for (size_t size = 1; size < 400; size++) {
        char *buf = guarded(size);

        if (size & 2)
            setenv("SCTP_STACK", "auto", 1); /* it has a longer message */
        else
            setenv("SCTP_STACK", "kernel", 1);
        unp_why_missing(size & 1 ? EPROTONOSUPPORT : EPERM, *state, buf, size);
        assert_non_null(memchr(buf, '\0', size));
        free_guarded(buf, size);
    }
}

int main(void)
{
    uname(&uts);
    return run_all_tests(make_root, remove_root);
}
