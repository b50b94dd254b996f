# How tests are built. Each is a program of its own that links the whole library, so
# that what is inside can be reached; make test runs them, with the scripts.

TEST_LIB   := $(sort $(wildcard tests/lib/*.c))
UNIT       := $(sort $(wildcard tests/unit/*/*.c))
FUZZ       := $(sort $(wildcard tests/fuzz/fuzz_*.c))
UNIT_BIN   := $(UNIT:%.c=$(B)/%)
REPLAY_BIN := $(FUZZ:%.c=$(B)/%)
CLI_PARTS  := $(filter-out %/main.o,$(CLI_OBJ))
TEST_ARCHIVE := $(B)/obj/libtests.a
TEST_LINK   = $(CC) $(CFLAGS_ALL) $(LDFLAGS) -rdynamic -o $@
TEST_LIBS   = $(TEST_ARCHIVE) $(ARCHIVE) -lcmocka -lssl $(LIBS)

$(B)/obj/tests/%.o: CPPFLAGS_ALL += -iquote tests

.PHONY: tests
tests: $(UNIT_BIN) $(REPLAY_BIN)

$(TEST_ARCHIVE): $(TEST_LIB:%.c=$(B)/obj/%.o)
	@rm -f $@
	ar rcs $@ $^

# The bridge is found beside the program that the library was linked into.
$(B)/tests/unit/%/kunci/kunci-bridge.so: $(BRIDGE)
	@mkdir -p $(@D)
	cp $< $@

$(B)/tests/unit/cli/%: $(B)/obj/tests/unit/cli/%.o $(CLI_PARTS) $(TEST_ARCHIVE) $(ARCHIVE)
	@mkdir -p $(@D)
	$(TEST_LINK) $< $(CLI_PARTS) $(TEST_LIBS)

$(B)/tests/unit/token/%: $(B)/obj/tests/unit/token/%.o $(TEST_ARCHIVE) $(ARCHIVE) \
    $(B)/tests/unit/token/kunci/kunci-bridge.so
	@mkdir -p $(@D)
	$(TEST_LINK) $< $(TEST_LIBS)

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(TEST_ARCHIVE) $(ARCHIVE)
	@mkdir -p $(@D)
	$(TEST_LINK) $< $(TEST_LIBS)

# ---- fuzzing: libFuzzer in its own build, a replay of the corpus in all others ----

ifeq ($(VARIANT),fuzz)
FUZZ_MAIN := -fsanitize=fuzzer
else
FUZZ_MAIN := $(B)/obj/tests/fuzz/replay.o
$(REPLAY_BIN): $(FUZZ_MAIN)
endif

$(B)/tests/fuzz/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(ARCHIVE) $(LIBS)

FUZZ_SECONDS ?= 60
.PHONY: fuzz fuzz-all
fuzz:
	@scripts/setup build fuzz
	@$(MAKE) --no-print-directory -sj$$(nproc) VARIANT=fuzz CC=clang fuzz-all

fuzz-all: $(REPLAY_BIN)
	@for target in $(^F); do \
	    mkdir -p $(B)/corpus/$${target#fuzz_}; \
	    $(B)/tests/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 \
	        -artifact_prefix=$(B)/ $(B)/corpus/$${target#fuzz_} \
	        tests/fuzz/corpus/$${target#fuzz_} || exit 1; \
	done

# ---- the same tests, watched ----

.PHONY: check-asan check-asan-unit check-tsan check-valgrind cover bench
export ASAN_OPTIONS := detect_leaks=1:detect_stack_use_after_return=1
export TSAN_OPTIONS := halt_on_error=1

check-asan check-asan-unit check-tsan: check-%:
	@scripts/setup build test
	@$(MAKE) --no-print-directory -sj$$(nproc) VARIANT=$(word 1,$(subst -, ,$*)) all tests
	@tests/run build/$(word 1,$(subst -, ,$*)) $(RUN.$*)
RUN.asan      :=
RUN.asan-unit := unit fuzz
RUN.tsan      := unit/base unit/token unit/x509

check-valgrind:
	@scripts/setup build test valgrind
	@$(MAKE) --no-print-directory -sj$$(nproc) VARIANT=valgrind all tests
	@WRAP="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite" \
	    tests/run build/valgrind unit

cover:
	@scripts/setup build test cover
	@$(MAKE) --no-print-directory -sj$$(nproc) VARIANT=cover all tests
	@tests/run build/cover
	@scripts/cover build/cover

# ---- speed, against a floor or a peer in the same run ----

BENCH     := $(sort $(wildcard tests/bench/*.c))
BENCH_BIN := $(BENCH:%.c=$(B)/%)

bench:
	@scripts/setup build test bench
	@$(MAKE) --no-print-directory -sj$$(nproc) all benches
	@tests/bench/run $(B)

.PHONY: benches
benches: $(BENCH_BIN)

$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(TEST_ARCHIVE) $(ARCHIVE)
	@mkdir -p $(@D)
	$(TEST_LINK) $< $(TEST_LIBS)
