# Tests: unit tests, the fuzz targets' corpus, failing allocations, and the same
# under sanitizers and valgrind; lint, coverage, fuzzing, benchmarks.

.PHONY: tests test-kill check-asan check-asan-unit check-tsan check-valgrind check-oom fuzz bench cover \
        lint analyze

UNIT    := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/*/test_*.c)))
TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
REPLAY  := $(TARGETS:%=$(B)/tests/fuzz/%)
FUZZERS := $(TARGETS:%=$(B)/fuzz/%)
BENCHES := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/*.c)))
OOM     := $(B)/tests/oom/oom
TEST_LIB := $(B)/obj/libtests.a

# The library is looked for beside the test that holds it, and so is the bridge.
BESIDE := $(patsubst %,$(B)/tests/%/kunci,unit/token oom real) $(if $(BENCHES),$(B)/tests/bench/kunci)
# The same with what is shipped beside the library: profiles, procedures.
SHARED := $(B)/tests/share $(B)/tests/unit/share
# Programs that flow tests run where a real token can be reached.
REAL := $(filter-out %/client,$(patsubst %.c,$(B)/%,$(sort $(wildcard tests/real/*.c))))

# Modules that were built wrongly, each in its own way.
WRONG := $(patsubst %,$(B)/tests/wrong/%.so,no_list refuses null_list holes half aborts hangs \
         undefined)

# Preloaded, it kills at a call; built without sanitizers, as what it passes calls on to is.
SHIM := $(B)/tests/kill/shim.so
AGREE := $(B)/tests/kill/agree

tests: $(UNIT) $(REPLAY) $(OOM) $(BESIDE) $(SHARED) $(FAULT) $(WRONG) $(REAL) $(SHIM) $(AGREE)

$(B)/obj/tests/%.o: CPPFLAGS_ALL += -iquote tests

$(TEST_LIB): $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/lib/*.c))
	@rm -f $@
	ar rcs $@ $^

# Tests hold the library itself, so that they reach what it does not export.
LINK_TEST = @mkdir -p $(@D); $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^)
TEST_LIBS := -lcmocka -lssl $(LIBS)

$(UNIT) $(BENCHES): $(B)/%: $(B)/obj/%.o $(TEST_LIB) $(SERVER) $(ARCHIVE)
	$(LINK_TEST) $(SERVER_LIBS) $(TEST_LIBS)
# Its store fails where the test wants it to.
$(B)/tests/unit/ams/test_requests_crash: LDFLAGS_ALL += -Wl,--wrap=sqlite3_step
$(REAL): $(B)/%: $(B)/obj/%.o $(B)/obj/tests/real/client.o $(ARCHIVE)
	$(LINK_TEST) $(LIBS)
$(filter $(B)/tests/unit/cli/%,$(UNIT)): $(filter-out %/main.o,$(CLI_OBJ))

# The parser of its commands alone; the module is loaded.
FAULT_PLAN := $(filter %/plan.o %/calls.o %/names.o,$(FAULT_OBJ))
$(B)/tests/unit/fault/test_plan: $(FAULT_PLAN)
$(B)/tests/fuzz/fault_plan $(B)/fuzz/fault_plan: $(FAULT_PLAN)
$(B)/obj/tests/lib/faulty.o: CPPFLAGS_ALL += -DFAULT_MODULE='"$(abspath $(FAULT))"'

$(WRONG): $(B)/tests/wrong/%.so: tests/lib/wrong/module.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -shared -DWRONG_$* -o $@ $<
$(B)/obj/tests/unit/token/test_worker_load.o: CPPFLAGS_ALL += -DWRONG='"$(abspath $(B))/tests/wrong"'

$(SHIM): OPT := -O1 -g
$(SHIM): $(B)/obj/tests/kill/shim.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -shared -o $@ $< -ldl

# Looks whether all that knows of a renewal agrees.
$(AGREE): $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/kill/agree*.c)) $(SERVER) $(ARCHIVE)
	$(LINK_TEST) $(SERVER_LIBS) $(LIBS)

$(BESIDE): $(BRIDGE) $(WORKER)
	@mkdir -p $(@D)
	ln -sfn $(abspath $(<D)) $@
$(SHARED): $(PROFILES) $(SOPS)
	@mkdir -p $(@D)
	ln -sfn $(abspath $(B))/share $@

$(REPLAY): $(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/replay.o $(SERVER) $(ARCHIVE)
	$(LINK_TEST) $(SERVER_LIBS) $(LIBS)

# What the process of a module is sent is read by what the library does not hold.
$(B)/tests/fuzz/request $(B)/fuzz/request: $(B)/obj/pkcs11/token/worker_serve.o
$(B)/tests/fuzz/request $(B)/fuzz/request: LDFLAGS_ALL += -rdynamic

WRAPPED := malloc calloc realloc reallocarray strdup strndup asprintf realpath
OOM_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/oom/*.c))
$(OOM): $(OOM_OBJ) $(TEST_LIB) $(SERVER) $(ARCHIVE)
	$(LINK_TEST) $(WRAPPED:%=-Wl,--wrap=%) $(SERVER_LIBS) $(LIBS)

# ---- tokens: their scripts, and the PIV card in software, where kunci looks for them ----

PIV_CARD := $(B)/lib/kunci/kunci-piv-card
TOKENS   := $(B)/lib/kunci/tokens
TOKEN_SCRIPTS := $(filter-out %.sh %.c %.h,$(wildcard tests/tokens/*))
PIV_OBJ  := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/tokens/*.c))

all: $(PIV_CARD) $(TOKENS)

$(PIV_CARD): $(PIV_OBJ)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -pie -o $@ $^ -lcrypto

$(TOKENS):
	@mkdir -p $(@D)
	ln -sfn $(CURDIR)/tests/tokens $@

# ---- killed at each of its calls ----

KILL_RUNS ?= 1000

test-kill:
	@scripts/setup build test
	@$(MAKE_ALL) all $(SHIM) $(AGREE)
	@tests/kill/run -n $$(($(KILL_RUNS) / 2)) $(B) renew ams

# ---- the same under other eyes ----

export ASAN_OPTIONS := detect_stack_use_after_return=1
export LSAN_OPTIONS := suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0
# A child of fork has no threads to join.
export TSAN_OPTIONS := halt_on_error=1:report_thread_leaks=0

check-asan:
	@scripts/setup build test
	@$(MAKE_ALL) VARIANT=asan all tests
	@LIMIT=900 tests/run build/asan

check-asan-unit:
	@scripts/setup build test
	@$(MAKE_ALL) VARIANT=asan all tests
	@LIMIT=900 tests/run build/asan unit fuzz

check-oom:
	@scripts/setup build test
	@$(MAKE_ALL) VARIANT=asan tests
	@tests/run build/asan oom

check-tsan:
	@scripts/setup build test
	@$(MAKE_ALL) VARIANT=tsan tests
	@tests/run build/tsan unit

check-valgrind:
	@scripts/setup build test valgrind
	@$(MAKE_ALL) VARIANT=valgrind tests
	@LIMIT=1200 UNDER=tests/valgrind tests/run build/valgrind fuzz unit/cli unit/x509 unit/token \
	    'unit/base/test_[!p]' # not proc: valgrind 3.19 knows no pidfd

cover:
	@scripts/setup build test cover
	@$(MAKE_ALL) VARIANT=cover all tests
	@find build/cover -name '*.gcda' -delete
	@tests/run build/cover; code=$$?; scripts/cover build/cover; exit $$code

# ---- fuzzing ----

FUZZ_SECONDS ?= 60

fuzz:
	@scripts/setup build fuzz
	@$(MAKE_ALL) VARIANT=fuzz $(TARGETS:%=build/fuzz/fuzz/%)
	@for target in $(TARGETS); do tests/fuzz/run build/fuzz $$target $(FUZZ_SECONDS) || exit 1; done

$(FUZZERS): $(B)/fuzz/%: $(B)/obj/tests/fuzz/fuzz_%.o $(SERVER) $(ARCHIVE)
	$(LINK_TEST) -fsanitize=fuzzer $(SERVER_LIBS) $(LIBS)

# ---- speed ----

bench:
	@scripts/setup build test bench
	@$(MAKE_ALL) all benches
	@tests/bench/run $(B)

.PHONY: benches
benches: $(BENCHES) $(BESIDE) $(SHARED)

# ---- lint ----

lint:
	@scripts/setup build test lint
	@$(MAKE_ALL) all
	@scripts/lint $(B)

# Objects alone: gcc's analyzer is slow, and says all it has to say in them.
analyze: $(LIB_OBJ) $(SERVER_OBJ) $(CLI_OBJ)
