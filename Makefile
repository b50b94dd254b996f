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
MANDIR := $(PREFIX)/share/man

# Without packages there is neither pkg-config nor a compiler yet: these stay
# unexpanded until a rule that follows `setup` uses them.
CC        ?= cc
PKGS      := libcrypto libssl p11-kit-1 jansson yaml-0.1
PKG_FLAGS  = $(shell pkg-config --cflags $(PKGS))
LIBS       = -lcrypto -lp11-kit -ljansson -lyaml -ldl -pthread

WARN   := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wpointer-arith -Wcast-qual \
          -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wwrite-strings
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
          -ftrivial-auto-var-init=zero
CPPFLAGS_ALL = -D_GNU_SOURCE -DKUNCI_VERSION='"$(VERSION)"' -DOPENSSL_API_COMPAT=30000 \
               -iquote pkcs11 -Iinclude $(PKG_FLAGS) $(CPPFLAGS)
LINK_HARDEN := -Wl,-z,relro,-z,now,-z,noexecstack,-z,defs

OPT.release  := -O2 -g -D_FORTIFY_SOURCE=2
OPT.asan     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT.tsan     := -O1 -g -fsanitize=thread
OPT.valgrind := -O1 -g
OPT.cover    := -O0 -g --coverage
OPT.oom      := -O1 -g
OPT.fuzz     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
OPT := $(OPT.$(VARIANT))
ifeq ($(OPT),)
$(error unknown VARIANT $(VARIANT))
endif
CFLAGS_ALL = -std=gnu11 -fPIC -fvisibility=hidden -MMD -MP $(OPT) $(WARN) $(HARDEN) $(CFLAGS)
ifneq ($(filter asan tsan fuzz,$(VARIANT)),)
LINK_HARDEN := $(filter-out -Wl%,$(LINK_HARDEN)) -Wl,-z,relro,-z,now
endif

BRIDGE_SRC := pkcs11/token/bridge_module.c
LIB_SRC    := $(filter-out $(BRIDGE_SRC),$(sort $(wildcard pkcs11/*/*.c)))
CLI_SRC    := $(sort $(wildcard cli/*.c))
LIB_OBJ    := $(LIB_SRC:%.c=$(B)/obj/%.o)
CLI_OBJ    := $(CLI_SRC:%.c=$(B)/obj/%.o)

KUNCI    := $(B)/bin/kunci
LIB      := $(B)/lib/libkunci.so.$(ABI)
ARCHIVE  := $(B)/obj/libkunci.a
BRIDGE   := $(B)/lib/kunci/kunci-bridge.so
MESSAGES := $(B)/share/locale/id/LC_MESSAGES/kunci.mo

.PHONY: all setup run test
all: $(KUNCI) $(LIB) $(BRIDGE) $(MESSAGES) $(B)/lib/libkunci.so

# ---- two commands on a fresh machine ----

run:
	@scripts/setup build
	@$(MAKE) --no-print-directory -s all
	@scripts/lab-run $(KUNCI)

test:
	@scripts/setup build test
	@$(MAKE) --no-print-directory -s all tests
	@tests/run $(B)

# ---- build ----

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(ARCHIVE): $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(LIB): $(LIB_OBJ) pkcs11/libkunci.map
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(LINK_HARDEN) -shared -Wl,-soname,libkunci.so.$(ABI) \
	    -Wl,--version-script=pkcs11/libkunci.map -Wl,-Bsymbolic-functions -o $@ $(LIB_OBJ) $(LIBS)

$(B)/lib/libkunci.so: $(LIB)
	ln -sf $(<F) $@

$(BRIDGE): $(B)/obj/$(BRIDGE_SRC:.c=.o)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(LINK_HARDEN) -shared -o $@ $<

$(KUNCI): $(CLI_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(LINK_HARDEN) -pie -Wl,-rpath,'$$ORIGIN/../lib' \
	    -o $@ $(CLI_OBJ) $(LIB) -lcrypto -ljansson

$(MESSAGES): docs/id/kunci.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<

include tests/rules.mk

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d $(B)/obj/*/*/*/*/*.d)
