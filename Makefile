# onetomany: SCTP programs in the manner of Unix Network Programming.
#
#   make                 builds everything into build/
#   make check           runs all tests (installs what they need)
#   make USERLAND=no     builds without the userland stack: only libsctp and libc
#   make USRSCTP=DIR     builds into build/usrsctp/ for the libusrsctp that was built in its sources, DIR
#   make bench           measures both stacks into build/bench/; QUICK=1: a short run
#   make fuzz            runs each fuzz target for FUZZ_SECONDS=600 (clang)
#   make static          builds static programs for the kernel's SCTP into build/static/
#   make install         PREFIX=/usr/local, LIBDIR=PREFIX/lib, UNITDIR=PREFIX/lib/systemd/system, DESTDIR=
#   make dist            makes build/onetomany-VERSION.tar.gz of the last commit
#   make mutants         FILES="lib/x.c ..." MINUTES=10: lists faults in them that the tests do not detect
#   make lint            clang-format, cppcheck, shellcheck, perl -c, mandoc
#   make V=1             shows the commands
#   make WERROR=1        makes warnings errors, as CI does
#   make SANITIZE=address    builds with ASan and UBSan into build/address/
#   make SANITIZE=undefined  builds with UBSan alone into build/undefined/
#   make SANITIZE=fuzzer     builds with ASan and UBSan for libFuzzer into build/fuzzer/

CFLAGS ?= -O2 -g
OBJCOPY ?= objcopy
CSTD := -std=gnu11 -D_GNU_SOURCE
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes $(if $(WERROR),-Werror)
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
UNITDIR ?= $(PREFIX)/lib/systemd/system
VERSION := $(shell sed -n 's/^.define UNPSCTP_VERSION "\(.*\)"/\1/p' lib/unpsctp.h)
BUILD := build
# As dpkg-buildflags does with hardening=+all.  -fPIE is also that of objects that -fPIC follows.
ifeq ($(SANITIZE),)
HARDEN := -fstack-protector-strong -Wformat -Werror=format-security -fPIE \
	$(if $(findstring _FORTIFY_SOURCE,$(CFLAGS) $(CPPFLAGS))$(findstring -O0,$(CFLAGS)),,-D_FORTIFY_SOURCE=2)
HARDEN_LINK := -Wl,-z,relro,-z,now
PIE := $(HARDEN_LINK) -fPIE -pie
else
BUILD := build/$(SANITIZE)
CFLAGS := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=undefined
ifeq ($(SANITIZE),address)
CFLAGS += -fsanitize=address
endif
ifeq ($(SANITIZE),fuzzer)
override CC := clang
CFLAGS += -fsanitize=address,fuzzer-no-link
endif
endif

# USRSCTP: its autotools build in the sources, or cmake in a folder of them.
usrsctp_header := /usr/include/usrsctp.h
ifneq ($(USRSCTP),)
BUILD := build/usrsctp
usrsctp_header := $(USRSCTP)/usrsctplib/usrsctp.h
usrsctp_library := $(abspath $(firstword $(wildcard $(USRSCTP)/usrsctplib/.libs/libusrsctp.so $(USRSCTP)/usrsctplib/libusrsctp.so \
	$(USRSCTP)/*/usrsctplib/libusrsctp.so)))
usrsctp_path := -L$(dir $(usrsctp_library)) -Wl,-rpath,$(dir $(usrsctp_library))
ifeq ($(usrsctp_library)$(filter clean,$(MAKECMDGOALS)),)
$(error there is no libusrsctp.so in $(USRSCTP): build it there, shared)
endif
endif

# The line printed for each step: none with -s, the command itself with V=1.
quiet := $(or $(V),$(findstring s,$(firstword -$(MAKEFLAGS))))
# The search for built-in rules takes a second at each start.
MAKEFLAGS += -r
Q := $(if $(V),,@)
say = $(if $(quiet),,@printf '  %-6s %s\n' $(1) $(2))

# lib/ is the wrapper library.  Its folders use it and are a second archive, so a program that links
# only the wrapper library contains nothing of them.
lib := $(BUILD)/lib/wrappers.a
rooms := $(BUILD)/lib/rooms.a
lib_src := $(sort $(wildcard lib/*.c))
# The library that is installed: its headers, what these need, and no other visible symbol than those of
# lib/unpsctp.map.  ABI is the number in the soname: see HACKING.md.
ABI := 0
public_headers := unpsctp.h receive/receive.h receive/receiver.h server/server.h
public_src := $(lib_src) $(sort $(wildcard lib/server/*.c lib/receive/*.c lib/json/*.c)) lib/tty/text.c
library := $(BUILD)/libunpsctp.so.$(ABI) $(BUILD)/libunpsctp.a
rooms_src := $(sort $(wildcard lib/*/*.c))
userland_src := $(sort $(wildcard userland/*.c))
programs := sctp_echo_srv sctp_echo_cli sctp_ping sctp_opts sctp_console sctp_chat_srv sctp_chat_cli \
	sctp_hello_srv sctp_hello_cli
# One file each, in the order of book/README.md.
book := streamserv streamcli streamserv_n eofserv abortcli autoclose partial notify unordered \
	bindx addrs heartbeat peeloff chatserv chatcli
book_files := book/README.md $(book:%=book/%.c)
unit_tests := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/*_test.c)))
fuzz_targets := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
test_tools := $(patsubst tests/tools/%.c,%,$(sort $(wildcard tests/tools/*.c)))
bench_tools := $(patsubst tests/bench/%.c,%,$(sort $(wildcard tests/bench/*.c)))
ifeq ($(USERLAND),no)
bench_tools := $(filter-out usrsctp one_thread,$(bench_tools))
unit_tests := $(filter-out userland_%,$(unit_tests))
endif

sctp_echo_srv_src := echo/sctp_echo_srv.c echo/peel.c
sctp_echo_srv_libs := -pthread
sctp_echo_cli_src := $(addprefix echo/,sctp_echo_cli.c cli_input.c cli_options.c cli_print.c outstanding.c)
sctp_echo_cli_libs := -ledit
sctp_echo_cli_static_libs := -lbsd -ltinfo -lmd
sctp_ping_src := $(sort $(wildcard tools/ping/*.c))
sctp_ping_libs := -pthread
sctp_opts_src := tools/sctp_opts.c
sctp_console_src := $(sort $(wildcard tools/console/*.c))
# lib/tty/terminal*.c need libedit; only programs that use them link these files of the archive.
sctp_console_libs := -ledit
sctp_chat_srv_src := $(addprefix chat/,sctp_chat_srv.c room.c load.c log.c talk.c member.c name.c)
sctp_chat_srv_libs := -pthread
sctp_chat_cli_src := $(addprefix chat/,sctp_chat_cli.c cli_complete.c cli_hear.c cli_input.c cli_options.c \
	cli_say.c name.c present.c said.c show.c typed.c)
sctp_chat_cli_libs := -ledit
sctp_hello_srv_src := hello/sctp_hello_srv.c hello/options.c
sctp_hello_cli_src := hello/sctp_hello_cli.c hello/options.c

bin := $(addprefix $(BUILD)/,$(programs))
completions := $(PREFIX)/share/bash-completion/completions
man := echo/sctp_echo_srv.1 echo/sctp_echo_cli.1 tools/ping/sctp_ping.1 tools/sctp_opts.1 \
	tools/console/sctp_console.1 \
	chat/sctp_chat_srv.1 chat/sctp_chat_cli.1 hello/sctp_hello_srv.1 hello/sctp_hello_cli.1 lib/sctp_events.7

ifeq ($(wildcard /usr/include/netinet/sctp.h)$(filter check clean lint uninstall,$(MAKECMDGOALS)),)
$(warning libsctp is not in /usr/include: scripts/deps build installs it)
endif

ifeq ($(wildcard $(usrsctp_header))$(filter no,$(USERLAND))$(filter check clean lint uninstall,$(MAKECMDGOALS)),)
$(warning libusrsctp is not in /usr/include: scripts/deps build installs it, make USERLAND=no does without)
endif

all: $(bin) $(book:%=$(BUILD)/book/%) $(library)

# Installed programs find the userland stack by its path, which is its soname: they need no search path,
# and load no other library of this name.
private := $(LIBDIR)/onetomany
installed_userland := $(if $(filter no,$(USERLAND)),,$(BUILD)/installed/libsctp_userland.so)

# Before glibc 2.34, dlopen() and timers are in libraries of their own.
libsctp := -lsctp -ldl -lrt -pthread

# Linked before libc, so that the dynamic linker searches the userland stack first.  It looks for each
# library in twenty places of each directory of the path, so the path is short.
ifneq ($(USERLAND),no)
userland := $(BUILD)/libsctp_userland.so
man += userland/withuserland.1 userland/libsctp_userland.7
link_userland = -Wl,--no-as-needed -L$(BUILD) -lsctp_userland \
	-Wl,-rpath,'$(if $(filter $(BUILD),$(@D)),$$ORIGIN:$$ORIGIN/../lib,$$ORIGIN/..)'
endif

test-programs: all $(if $(SANITIZE),,static) $(addprefix $(BUILD)/tests/,$(unit_tests) $(test_tools) $(bench_tools) all_programs)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CSTD) $(WARN) $(HARDEN) $(CFLAGS) $(CPPFLAGS) $(PIC) -Ilib -MMD -MP -c -o $@ $<

# libusrsctp's header defines the same names as the kernel's, so its names get the prefix usr_.
renamed := $(BUILD)/userland/usrsctp_renamed.h
$(renamed): $(usrsctp_header) Makefile
	@mkdir -p $(@D)
	$(call say,SED,$@)
	$(Q)sed -E '/USRSCTP_(SYSCTL|TUNABLE)_DECL\(/!s/\b(sctp_|SCTP_|SPP_|MSG_NOTIFICATION)/usr_\1/g' $< >$@

$(userland_src:%.c=$(BUILD)/%.o): $(renamed)
$(userland_src:%.c=$(BUILD)/%.o): CPPFLAGS += -I$(BUILD)/userland -fvisibility=hidden
$(userland_src:%.c=$(BUILD)/%.o): PIC := -fPIC

# The number in the soname of libusrsctp and in the name of its package: 1 in Debian 11.
usrsctp_abi := $(or $(patsubst .%,%,$(suffix $(firstword \
	$(wildcard $(or $(dir $(usrsctp_library)),/usr/lib/*/)libusrsctp.so.[0-9])))),2)
$(addprefix $(BUILD)/,userland/libusrsctp.o lib/cmdline/version.o tests/unit/options_test.o tests/unit/userland_libusrsctp_test.o): \
	CPPFLAGS += -DUSRSCTP_ABI='"$(usrsctp_abi)"'

# They define functions that FORTIFY has as inline functions, which clang takes for definitions.
ifneq ($(findstring clang,$(CC)),)
$(BUILD)/userland/entry%.o: CPPFLAGS += -U_FORTIFY_SOURCE
endif

# -Bsymbolic-functions: its functions call each other, also where the program has one of that name.
# Before glibc 2.34, dlsym() and threads are in libraries of their own.
link_stack = $(CC) $(CFLAGS) $(HARDEN_LINK) $(LDFLAGS) $(usrsctp_path) -shared -Wl,-Bsymbolic-functions \
	-o $@ $(filter %.o,$^) -ldl -pthread
$(userland): $(userland_src:%.c=$(BUILD)/%.o)
	$(call say,LD,$@)
	$(Q)$(link_stack)

$(BUILD)/installed/libsctp_userland.so: $(userland_src:%.c=$(BUILD)/%.o) FORCE
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(link_stack) -Wl,-soname,$(private)/$(@F)

# Calls within the library are bound to it, so they are as fast as those of a program.
$(lib_src:%.c=$(BUILD)/%.o) $(rooms_src:%.c=$(BUILD)/%.o): PIC := -fPIC -fno-semantic-interposition

$(BUILD)/libunpsctp.so.$(ABI): lib/unpsctp.map $(public_src:%.c=$(BUILD)/%.o)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(HARDEN_LINK) $(LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,--version-script=$< \
		$(if $(SANITIZE),,-Wl,-z,defs) -Wl,-Bsymbolic-functions -o $@ $(filter %.o,$^) $(libsctp) -pthread

# One object file, whose other symbols are local: they cannot collide with those of a program.
$(BUILD)/libunpsctp.a: lib/unpsctp.map $(public_src:%.c=$(BUILD)/%.o)
	$(call say,AR,$@)
	$(Q)$(LD) -r --force-group-allocation -o $(BUILD)/unpsctp.o $(filter %.o,$^)
	$(Q)sed -n 's/^    \([A-Za-z].*\);/\1/p' $< >$(BUILD)/unpsctp.symbols
	$(Q)$(OBJCOPY) --keep-global-symbols=$(BUILD)/unpsctp.symbols $(BUILD)/unpsctp.o
	$(Q)rm -f $@ && $(AR) qcsD $@ $(BUILD)/unpsctp.o

$(lib): $(lib_src:%.c=$(BUILD)/%.o)
$(rooms): $(rooms_src:%.c=$(BUILD)/%.o)
$(lib) $(rooms):
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

# Without the warnings about getaddrinfo and dlopen, if the linker can: see doc/pods.md.
quiet_static = $(shell $(CC) -Wl,--no-warnings -Wl,--version >/dev/null 2>&1 && echo -Wl,--no-warnings)

define program
$(BUILD)/$(1): $($(1)_src:%.c=$(BUILD)/%.o) $(rooms) $(lib) | $(userland)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(PIE) $$(LDFLAGS) -o $$@ $$^ $$(link_userland) $(libsctp) $$($(1)_libs)

$(BUILD)/installed/$(1): $($(1)_src:%.c=$(BUILD)/%.o) $(rooms) $(lib) $(installed_userland) FORCE
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(PIE) $$(LDFLAGS) -o $$@ $$(filter-out FORCE,$$^) $(libsctp) $$($(1)_libs)

$(BUILD)/static/$(1): $($(1)_src:%.c=$(BUILD)/%.o) $(rooms) $(lib)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(HARDEN_LINK) $$(LDFLAGS) $$(quiet_static) -static-pie -s -o $$@ $$^ $(libsctp) $$($(1)_libs) $$($(1)_static_libs)
endef
$(foreach p,$(programs),$(eval $(call program,$(p))))

$(BUILD)/book/%: $(BUILD)/book/%.o $(rooms) $(lib) | $(userland)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(PIE) $(LDFLAGS) -o $@ $^ $(link_userland) $(libsctp) -pthread

# Unit tests may use objects of the programs.  The functions in place of others have unused parameters,
# and the steps of scripts leave members out.  They are no functions of FORTIFY.
$(BUILD)/tests/unit/%.o: CPPFLAGS += -U_FORTIFY_SOURCE -Wno-unused-parameter -Wno-missing-field-initializers
unit_of := chat/name chat/present chat/said chat/show chat/typed tools/console/typed echo/outstanding tools/ping/count
$(BUILD)/tests/%_test: $(BUILD)/tests/unit/%_test.o $(unit_of:%=$(BUILD)/%.o) $(rooms) $(lib) | $(userland)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(PIE) $(LDFLAGS) -o $@ $(filter %.o $(userland_parts),$^) $(rooms) $(lib) $(link_userland) $(libsctp) -lcmocka -pthread $(unit_libs)
$(BUILD)/tests/terminal_test: unit_libs := -ledit

$(addprefix $(BUILD)/tests/,talk_test talk_list_test): $(BUILD)/chat/talk.o $(BUILD)/chat/member.o
$(BUILD)/tests/member_test: $(BUILD)/chat/member.o
$(BUILD)/tests/load_test: $(BUILD)/chat/load.o
$(BUILD)/tests/room_test: $(BUILD)/chat/room.o $(BUILD)/chat/load.o
$(BUILD)/tests/chat_cli_test: $(addprefix $(BUILD)/chat/,cli_complete.o cli_hear.o cli_input.o cli_say.o)
$(BUILD)/tests/echo_cli_test: $(addprefix $(BUILD)/echo/,cli_input.o cli_print.o)
$(addprefix $(BUILD)/tests/console_,peers_test line_test command_test receive_test): \
	$(patsubst %,$(BUILD)/tools/console/%.o,command complete line peers receive say status steer)
$(BUILD)/tests/ping_probe_test: $(BUILD)/tools/ping/probe.o
$(BUILD)/tests/ping_paths_test: $(BUILD)/tools/ping/paths.o
$(BUILD)/tests/ping_print_test: $(addprefix $(BUILD)/tools/ping/,line.o print.o summary.o)
$(BUILD)/tests/ping_beat_test: $(BUILD)/tools/ping/beat.o
$(BUILD)/tests/ping_hint_test: $(BUILD)/tools/ping/hint.o
$(BUILD)/tests/ping_between_test: $(BUILD)/tools/ping/between.o
$(BUILD)/tests/ping_nat_test: $(BUILD)/tools/ping/nat.o
$(BUILD)/tests/ping_watch_test: $(addprefix $(BUILD)/tools/ping/,line.o watch_changes.o watch_print.o)
$(BUILD)/tests/ping_mtu_test: $(addprefix $(BUILD)/tools/ping/,check_echo.o check_mtu.o line.o)
$(BUILD)/tests/ping_check_test: $(addprefix $(BUILD)/tools/ping/,beat.o between.o check.o check_echo.o check_mtu.o check_paths.o hint.o line.o nat.o verdict.o)
# Tests that call main() of a program, which has another name there.
$(BUILD)/%.main.o: $(BUILD)/%.o
	$(Q)$(OBJCOPY) --redefine-sym main=program_main $< $@
$(BUILD)/tests/chat_client_test: $(patsubst %,$(BUILD)/chat/%.o,sctp_chat_cli.main cli_complete cli_hear cli_input \
	cli_options cli_say)
$(BUILD)/tests/chat_server_test: $(patsubst %,$(BUILD)/chat/%.o,sctp_chat_srv.main load log member room talk)
$(BUILD)/tests/echo_client_test: $(patsubst %,$(BUILD)/echo/%.o,sctp_echo_cli.main cli_input cli_options cli_print)
$(BUILD)/tests/peel_test: $(BUILD)/echo/peel.o
$(BUILD)/tests/echo_server_test: $(BUILD)/echo/sctp_echo_srv.main.o
$(BUILD)/tests/book_partial_test: $(BUILD)/book/partial.main.o
$(BUILD)/tests/hello_client_test: $(addprefix $(BUILD)/hello/,sctp_hello_cli.main.o options.o)
$(BUILD)/tests/hello_server_test: $(addprefix $(BUILD)/hello/,sctp_hello_srv.main.o options.o)
$(BUILD)/tests/console_run_test: $(patsubst %,$(BUILD)/tools/console/%.o,sctp_console.main command complete line \
	options peers receive say status steer)
$(BUILD)/tests/ping_run_test: $(patsubst %,$(BUILD)/tools/ping/%.o,sctp_ping.main beat between check check_echo check_mtu check_paths connect heartbeat hint interface line \
	nat options paths print probe resolve summary talk targets verdict watch watch_changes watch_print)
$(BUILD)/tests/opts_test: $(BUILD)/tools/sctp_opts.main.o
# Unit tests of the userland stack link its files, and have stubs in place of some.  They leave out the
# interposed functions, which would take the place of the C library's.
userland_parts := $(BUILD)/userland/parts.a
$(userland_parts): $(patsubst %.c,$(BUILD)/%.o,$(filter-out userland/entry% userland/stream%,$(userland_src)))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $^
userland_unit_tests := $(filter userland_%,$(unit_tests))
$(userland_unit_tests:%=$(BUILD)/tests/%): $(userland_parts)
$(userland_unit_tests:%=$(BUILD)/tests/unit/%.o): $(renamed)
$(userland_unit_tests:%=$(BUILD)/tests/unit/%.o): CPPFLAGS += -I$(BUILD)/userland
# It defines these functions as __wrap_NAME.  To define them as NAME would take them from ASan as well.
$(BUILD)/tests/userland_libusrsctp_test: unit_libs := $(addprefix -Xlinker --wrap=,dlopen dlerror dlsym dlinfo dl_iterate_phdr)

$(BUILD)/tests/%: $(BUILD)/tests/tools/%.o $(rooms) $(lib) | $(userland)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(PIE) $(LDFLAGS) -o $@ $^ $(link_userland) $(libsctp)

$(BUILD)/tests/%: $(BUILD)/tests/bench/%.o $(rooms) $(lib) | $(userland)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(PIE) $(LDFLAGS) -o $@ $(filter %.o,$^) $(rooms) $(lib) $(link_userland) $(libsctp)
$(BUILD)/tests/audience: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/audience/*.c))

# Its names are visible to libraries.
$(BUILD)/tests/same_names: private LDFLAGS += -rdynamic

# Static, because it starts faster.  A static program has no sanitizer.
$(BUILD)/tests/on_host: tests/tools/on_host.c Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 -static -o $@ $<

# Each program as one object file: its main() is renamed, and its other symbols are local.
in_all_programs := sctp_echo_srv sctp_echo_cli sctp_ping sctp_opts sctp_console
define renamed_main
$(BUILD)/tests/valgrind/$(1).o: $($(1)_src:%.c=$(BUILD)/%.o)
	@mkdir -p $$(@D)
	$$(Q)$$(LD) -r --force-group-allocation -o $$@ $$^
	$$(Q)$(OBJCOPY) --redefine-sym main=main_$(1) --keep-global-symbol=main_$(1) $$@
endef
$(foreach p,$(in_all_programs),$(eval $(call renamed_main,$(p))))

$(BUILD)/tests/all_programs: $(addprefix $(BUILD)/tests/valgrind/,all_programs.o $(in_all_programs:%=%.o)) \
		$(rooms) $(lib) | $(userland)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(PIE) $(LDFLAGS) -o $@ $^ $(link_userland) $(libsctp) -pthread -ledit

# The references for the userland stack are bare libusrsctp, without code of this tree.
$(BUILD)/tests/usrsctp $(BUILD)/tests/one_thread: $(BUILD)/tests/%: $(BUILD)/tests/bench/%.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(PIE) $(LDFLAGS) $(usrsctp_path) -o $@ $^ -lusrsctp -pthread

# For SANITIZE=fuzzer.  Only these sources, because all of lib/ takes twice as long to compile.
fuzz-targets: $(addprefix $(BUILD)/,$(fuzz_targets))

fuzz_src := $(lib_src) $(wildcard lib/option/*.c lib/json/*.c lib/cmdline/*.c) \
	$(filter-out lib/tty/terminal%.c,$(wildcard lib/tty/*.c))
$(BUILD)/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(fuzz_src:%.c=$(BUILD)/%.o)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(libsctp)

# build/fuzzer/ keeps inputs that reach new code, and inputs that fail.
FUZZ_SECONDS ?= 600
fuzz:
	$(Q)$(MAKE) --no-print-directory fuzz-targets SANITIZE=fuzzer
	$(Q)set -e; for t in $(fuzz_targets:%_fuzz=%); do \
		mkdir -p build/fuzzer/corpus/$$t; \
		echo "  FUZZ   $$t, $(FUZZ_SECONDS) s"; \
		build/fuzzer/$${t}_fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
			-artifact_prefix=build/fuzzer/$$t- build/fuzzer/corpus/$$t tests/fuzz/corpus/$$t \
			>build/fuzzer/$$t.log 2>&1 || { tail -n 40 build/fuzzer/$$t.log; exit 1; }; \
		grep -E 'DONE|number_of_executed' build/fuzzer/$$t.log; \
	done

check:
	$(Q)scripts/deps check
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) test-programs SANITIZE=$(SANITIZE)
	$(Q)BUILD=$(BUILD) tests/run $(TESTS)

# Mutation testing, in a copy of the tree.
MINUTES ?= 10
mutants:
	$(Q)$(MAKE) --no-print-directory test-programs
	$(Q)tests/mutants -m $(MINUTES) $(FILES)

bench:
	$(Q)scripts/deps bench
	$(Q)$(MAKE) --no-print-directory test-programs
	$(Q)BUILD=$(BUILD) QUICK=$(QUICK) tests/bench/run

lint:
	$(Q)scripts/lint

format:
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

# Small programs for containers: see doc/pods.md.
static: $(addprefix $(BUILD)/static/,sctp_ping sctp_echo_srv sctp_echo_cli)

dist:
	$(Q)mkdir -p $(BUILD)
	git archive --prefix=onetomany-$(VERSION)/ HEAD | gzip -9n >$(BUILD)/onetomany-$(VERSION).tar.gz

$(BUILD)/unpsctp.pc: lib/unpsctp.pc.in FORCE
	$(Q)sed 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),; s,@VERSION@,$(VERSION),' $< >$@

# A page for each part of the public headers, and links to it by the name of each function.
$(BUILD)/man3/unpsctp.7: lib/unpsctp.7 lib/unpsctp.map scripts/man3 $(public_headers:%=lib/%)
	$(call say,MAN,$(@D))
	$(Q)rm -rf $(@D) && mkdir -p $(@D) && scripts/man3 $(@D) && cp $< $@

to := $(DESTDIR)$(PREFIX)
units := $(wildcard scripts/systemd/*.service)
install: all $(installed_userland) $(programs:%=$(BUILD)/installed/%) $(BUILD)/unpsctp.pc $(BUILD)/man3/unpsctp.7
	install -d $(to)/bin $(DESTDIR)$(private) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(UNITDIR) $(DESTDIR)$(completions) \
		$(addprefix $(to)/share/,man/man1 man/man3 man/man7 $(addprefix doc/onetomany/,book examples)) \
		$(addprefix $(to)/include/unpsctp/,$(sort $(dir $(public_headers))))
	install $(programs:%=$(BUILD)/installed/%) $(to)/bin
ifneq ($(USERLAND),no)
	sed 's,^library=.*,library=$$here/$(patsubst $(PREFIX)/%,../%,$(private))/libsctp_userland.so,' \
		scripts/withuserland >$(to)/bin/withuserland
	chmod 755 $(to)/bin/withuserland
	install -m 644 $(installed_userland) $(DESTDIR)$(private)
endif
	for u in $(units); do sed 's,/usr/local/bin,$(PREFIX)/bin,' $$u >$(DESTDIR)$(UNITDIR)/$${u##*/}; done
	install -m 644 scripts/completion.bash $(DESTDIR)$(completions)/onetomany
	for p in $(programs); do ln -sf onetomany $(DESTDIR)$(completions)/$$p; done
	install -m 644 $(filter %.1,$(man)) $(to)/share/man/man1
	install -m 644 $(filter %.7,$(man)) $(BUILD)/man3/*.7 $(to)/share/man/man7
	cp -P $(BUILD)/man3/*.3 $(to)/share/man/man3
	install -m 644 $(book_files) $(to)/share/doc/onetomany/book
	cp -R doc/examples $(to)/share/doc/onetomany
	for h in $(public_headers); do install -m 644 lib/$$h $(to)/include/unpsctp/$$h; done
	install -m 644 $(BUILD)/libunpsctp.so.$(ABI) $(DESTDIR)$(LIBDIR)/libunpsctp.so.$(VERSION)
	ln -sf libunpsctp.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libunpsctp.so.$(ABI)
	ln -sf libunpsctp.so.$(ABI) $(DESTDIR)$(LIBDIR)/libunpsctp.so
	install -m 644 $(BUILD)/libunpsctp.a $(DESTDIR)$(LIBDIR)
	install -m 644 $(BUILD)/unpsctp.pc $(DESTDIR)$(LIBDIR)/pkgconfig

uninstall: $(BUILD)/man3/unpsctp.7
	rm -f $(addprefix $(to)/bin/,$(programs) withuserland)
	rm -f $(addprefix $(DESTDIR)$(completions)/,onetomany $(programs))
	rm -f $(addprefix $(to)/share/man/man1/,$(notdir $(filter %.1,$(man))))
	rm -f $(addprefix $(to)/share/man/man7/,$(notdir $(filter %.7,$(man))) unpsctp.7)
	for p in $(BUILD)/man3/*.3; do rm -f $(to)/share/man/man3/$${p##*/}; done
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libunpsctp.* pkgconfig/unpsctp.pc)
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(units)))
	rm -rf $(DESTDIR)$(private) $(to)/include/unpsctp $(to)/share/doc/onetomany

clean:
	rm -rf build

.PHONY: FORCE all static dist test-programs fuzz-targets fuzz check mutants bench lint format install uninstall clean
.SECONDARY:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
