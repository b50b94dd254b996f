# kunci: build, test, install. `make run` and `make test` need nothing but
# make and git on Debian 12: scripts/setup installs the rest.
#
# Everything lands in build/; a sanitizer or coverage build is the same
# Makefile in a folder of its own (make VARIANT=asan ...). The build tree is laid
# out like an installation, so what is found beside the library is found here too.

VERSION := 0.1.0
ABI     := 1
VARIANT ?= release
B       := build/$(VARIANT)

PREFIX ?= /usr/local
BINDIR := $(PREFIX)/bin
LIBDIR := $(PREFIX)/lib
INCDIR := $(PREFIX)/include
MANDIR := $(PREFIX)/share/man

ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(VARIANT)),clang,gcc)
endif

# Without packages there is neither pkg-config nor a compiler yet: these stay
# unexpanded until a rule that follows scripts/setup uses them.
PKGS      := libcrypto libssl p11-kit-1 jansson yaml-0.1 sqlite3 libmicrohttpd gnutls
PKG_FLAGS  = $(shell pkg-config --cflags $(PKGS))
LIBS      := -lcrypto -lp11-kit -ljansson -lyaml -ldl -pthread
SERVER_LIBS := -Wl,--as-needed -lsqlite3 -lmicrohttpd -lgnutls

WARN   := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wpointer-arith -Wcast-qual \
          -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wwrite-strings
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection \
          $(if $(filter x86_64,$(shell uname -m)),-fcf-protection) \
          -ftrivial-auto-var-init=zero
LINK_HARDEN := -Wl,-z,relro,-z,now,-z,noexecstack

SANITIZE     := -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT.release  := -O2 -g $(HARDEN)
OPT.asan     := -O1 -g -fsanitize=address,undefined $(SANITIZE)
OPT.tsan     := -O1 -g -fsanitize=thread $(SANITIZE)
OPT.valgrind := -O1 -g
OPT.cover    := -O0 -g --coverage
# The analyzer sees one file at a time: it does not know that err_set() never answers
# KUNCI_OK, nor who frees what was handed out. The sanitizers do.
OPT.analyze  := -O1 -g -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-null-argument
OPT.fuzz     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined $(SANITIZE)
OPT := $(OPT.$(VARIANT))
ifeq ($(OPT),)
$(error unknown VARIANT $(VARIANT))
endif

# The symbol map alone says what is exported; nothing inside is ever replaced.
CPPFLAGS_ALL = -D_GNU_SOURCE -DKUNCI_VERSION='"$(VERSION)"' -DOPENSSL_API_COMPAT=30000 \
               -iquote pkcs11 -iquote . -Iinclude $(PKG_FLAGS) $(CPPFLAGS)
P11_MODULES   = $(shell pkg-config --variable=p11_module_path p11-kit-1)
CFLAGS_ALL   = -std=gnu11 -fPIC -fno-semantic-interposition -MMD -MP $(OPT) $(WARN) $(CFLAGS)
LDFLAGS_ALL  = $(OPT) $(LINK_HARDEN) $(LDFLAGS)

BRIDGE_SRC := pkcs11/token/bridge_module.c
# What runs in a module's own process; the wire is the library's too.
WORKER_SRC := $(addprefix pkcs11/token/,proc_worker.c worker_serve.c)
WIRE_SRC   := $(addprefix pkcs11/token/,worker_channel.c worker_wire.c)
# What only the authority needs: libkunci holds none of it.
SERVER_SRC := $(sort $(wildcard $(addprefix pkcs11/,store/*.c audit/*.c ams/*.c net/listen*.c)))
LIB_SRC    := $(filter-out $(BRIDGE_SRC) $(WORKER_SRC) $(SERVER_SRC),$(sort $(wildcard pkcs11/*/*.c)))
CLI_SRC    := $(sort $(wildcard cli/*.c))
HEADERS    := $(sort $(wildcard include/*.h include/*/*.h pkcs11/*/*.h cli/*.h))
LIB_OBJ    := $(LIB_SRC:%.c=$(B)/obj/%.o)
SERVER_OBJ := $(SERVER_SRC:%.c=$(B)/obj/%.o)
# Both programs share the command line; kunci hands to kuncid what is the authority's.
CLI_OBJ    := $(patsubst %.c,$(B)/obj/%.o,$(filter-out cli/kuncid%,$(CLI_SRC)))
KUNCID_OBJ := $(filter-out %/away.o,$(CLI_OBJ)) \
              $(patsubst %.c,$(B)/obj/%.o,$(filter cli/kuncid%,$(CLI_SRC)))
FAULT_OBJ  := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard tests/lib/fault/*.c)))

KUNCI    := $(B)/bin/kunci
KUNCID   := $(B)/bin/kuncid
LIB      := $(B)/lib/libkunci.so.$(ABI)
ARCHIVE  := $(B)/obj/libkunci.a
SERVER   := $(B)/obj/libserver.a
BRIDGE   := $(B)/lib/kunci/kunci-bridge.so
WORKER   := $(B)/lib/kunci/kunci-worker
FAULT    := $(B)/lib/kunci/kunci-fault-module.so
PROFILES := $(B)/share/kunci/profiles
SOPS     := $(B)/share/kunci/sop
OPENAPI  := $(B)/share/kunci/openapi.yaml
MESSAGES := $(B)/share/locale/id/LC_MESSAGES/kunci.mo
CHECKED  := $(B)/obj/checked

.PHONY: all run test install messages clean
.DELETE_ON_ERROR:

all: $(KUNCI) $(KUNCID) $(LIB) $(B)/lib/libkunci.so $(BRIDGE) $(WORKER) $(FAULT) $(MESSAGES) $(PROFILES) $(SOPS) $(OPENAPI) $(CHECKED)

# ---- two commands on a fresh machine ----

# A make within a make, once the packages are there; as many jobs as cores unless
# it was told a number.
MAKE_ALL = $(MAKE) --no-print-directory -s $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

run:
	@scripts/setup build
	@$(MAKE_ALL) all
	@$(KUNCI) lab run --dir $(B)/lab

test:
	@scripts/setup build test tokens
	@$(MAKE_ALL) all tests
	@tests/run $(B)

# ---- build ----

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(ARCHIVE): $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(SERVER): $(SERVER_OBJ)
	@rm -f $@
	ar rcs $@ $^

# It stays in memory once loaded: OpenSSL keeps pointers into it to the very end.
$(LIB): $(LIB_OBJ) pkcs11/libkunci.map
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -shared -Wl,-soname,libkunci.so.$(ABI) -Wl,-z,nodelete \
	    -Wl,--version-script=pkcs11/libkunci.map -Wl,-Bsymbolic-functions \
	    -o $@ $(LIB_OBJ) $(LIBS)

$(B)/obj/pkcs11/token/module_config.o: CPPFLAGS_ALL += -DKUNCI_P11_MODULES='"$(P11_MODULES)"'

$(B)/lib/libkunci.so: $(LIB)
	ln -sf $(<F) $@

$(BRIDGE): $(B)/obj/$(BRIDGE_SRC:.c=.o)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -shared -o $@ $<
$(B)/obj/$(BRIDGE_SRC:.c=.o): CFLAGS_ALL += -fvisibility=hidden

$(WORKER): $(patsubst %.c,$(B)/obj/%.o,$(WORKER_SRC) $(WIRE_SRC))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -pie -o $@ $^ -ldl -pthread

# It may leave threads behind, which must not lose their code.
$(FAULT): $(FAULT_OBJ)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -shared -Wl,-z,nodelete -o $@ $^ -ldl -pthread
$(FAULT_OBJ): CFLAGS_ALL += -fvisibility=hidden

$(KUNCI): $(CLI_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -pie -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $(CLI_OBJ) $(LIB) \
	    -lcrypto -ljansson

# The authority holds the library itself: it needs what is not exported.
$(KUNCID): $(KUNCID_OBJ) $(SERVER) $(ARCHIVE)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -pie -o $@ $^ $(SERVER_LIBS) $(LIBS)

$(MESSAGES): docs/id/kunci.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<

$(PROFILES):
	@mkdir -p $(@D)
	ln -sfn $(CURDIR)/pkcs11/x509/profiles $@

$(SOPS):
	@mkdir -p $(@D)
	ln -sfn $(CURDIR)/pkcs11/flow/sop $@

$(OPENAPI):
	@mkdir -p $(@D)
	ln -sfn $(CURDIR)/docs/openapi.yaml $@

# What the compiler does not see: rooms, PINs in strings, functions that grew too
# long, exports that nobody described.
CHECKS := scripts/check-floors scripts/check-pins scripts/check-length scripts/check-exports
$(CHECKED): $(CHECKS) $(LIB) $(LIB_SRC) $(SERVER_SRC) $(CLI_SRC) $(HEADERS) $(wildcard docs/man/*.3) \
            pkcs11/README.md
	@mkdir -p $(@D)
	for check in $(CHECKS); do $$check $(B) || exit 1; done
	@touch $@

# The source sentences into the translation, where the new ones stand empty.
messages:
	scripts/messages | msgmerge --quiet --update --backup=none --no-fuzzy-matching \
	    --add-location=file docs/id/kunci.po -

# ---- install ----

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/kunci $(DESTDIR)$(LIBDIR)/pkgconfig \
	    $(DESTDIR)$(INCDIR)/kunci
	install $(KUNCI) $(KUNCID) $(DESTDIR)$(BINDIR)
	install -m 644 $(LIB) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(LIB)) $(DESTDIR)$(LIBDIR)/libkunci.so
	install -m 644 $(BRIDGE) $(FAULT) $(DESTDIR)$(LIBDIR)/kunci
	install $(WORKER) $(PIV_CARD) $(DESTDIR)$(LIBDIR)/kunci
	install -d $(DESTDIR)$(LIBDIR)/kunci/tokens
	install $(TOKEN_SCRIPTS) $(DESTDIR)$(LIBDIR)/kunci/tokens
	install -m 644 tests/tokens/*.sh $(DESTDIR)$(LIBDIR)/kunci/tokens
	install -m 644 include/kunci.h $(DESTDIR)$(INCDIR)
	install -m 644 include/kunci/*.h $(DESTDIR)$(INCDIR)/kunci
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/kunci/,profiles sop)
	install -m 644 pkcs11/x509/profiles/*.yaml $(DESTDIR)$(PREFIX)/share/kunci/profiles
	install -m 644 pkcs11/flow/sop/*.yaml $(DESTDIR)$(PREFIX)/share/kunci/sop
	install -m 644 docs/openapi.yaml $(DESTDIR)$(PREFIX)/share/kunci
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' pkcs11/kunci.pc.in \
	    >$(DESTDIR)$(LIBDIR)/pkgconfig/kunci.pc
	install -D -m 644 $(MESSAGES) \
	    $(DESTDIR)$(PREFIX)/share/locale/id/LC_MESSAGES/$(notdir $(MESSAGES))
	scripts/install-man docs/man $(DESTDIR)$(MANDIR)
	scripts/install-man docs/id/man $(DESTDIR)$(MANDIR)/id

# The authority of a lab in there would go on without its files.
clean:
	@for lab in build/*/lab; do [ ! -x $(KUNCI) ] || $(KUNCI) lab down --dir $$lab >$(B)/down 2>&1 || :; done
	rm -rf build

include tests/rules.mk

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d)
