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
MESSAGEDIR := $(PREFIX)/share/locale/id/LC_MESSAGES

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
               -iquote pkcs11 -iquote . -Iinclude $(PKG_FLAGS) $(CPPFLAGS)
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

.PHONY: all run test messages install clean
.DELETE_ON_ERROR:
all: $(KUNCI) $(LIB) $(BRIDGE) $(MESSAGES) $(B)/lib/libkunci.so

# ---- two commands on a fresh machine ----

# The packages come first; then make starts anew, as pkg-config is there now.
run:
	@scripts/setup build
	@$(MAKE) --no-print-directory -sj$$(nproc) all
	@$(KUNCI) lab run --dir $(B)/lab

test:
	@scripts/setup build test
	@$(MAKE) --no-print-directory -sj$$(nproc) all tests
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
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(LINK_HARDEN) -shared -Wl,-soname,libkunci.so.$(ABI) -Wl,-z,nodelete \
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

# Sentences that are new in the code are added to the catalogue, to be translated.
messages:
	xgettext --from-code=UTF-8 --language=C --keyword=_ --keyword=N_ --no-location --sort-output \
	    --omit-header -o $(B)/kunci.pot $(LIB_SRC) $(CLI_SRC) pkcs11/base/error_table.h
	msgmerge --quiet --update --backup=none --no-fuzzy-matching --sort-output \
	    docs/id/kunci.po $(B)/kunci.pot

# ---- installation ----

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/kunci \
	    $(DESTDIR)$(INCDIR)/kunci $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man3 \
	    $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/id/man1 $(DESTDIR)$(MESSAGEDIR)
	install $(KUNCI) $(DESTDIR)$(BINDIR)
	install -m 644 $(LIB) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(LIB)) $(DESTDIR)$(LIBDIR)/libkunci.so
	install -m 644 $(BRIDGE) $(DESTDIR)$(LIBDIR)/kunci
	install -m 644 include/kunci.h $(DESTDIR)$(INCDIR)
	install -m 644 include/kunci/*.h $(DESTDIR)$(INCDIR)/kunci
	install -m 644 docs/man/*.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 docs/man/*.3 $(DESTDIR)$(MANDIR)/man3
	install -m 644 docs/man/*.5 $(DESTDIR)$(MANDIR)/man5
	install -m 644 docs/id/man/*.1 $(DESTDIR)$(MANDIR)/id/man1
	install -m 644 $(MESSAGES) $(DESTDIR)$(MESSAGEDIR)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' pkcs11/kunci.pc.in \
	    >$(DESTDIR)$(LIBDIR)/pkgconfig/kunci.pc

clean:
	rm -rf build

include tests/rules.mk

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d)
