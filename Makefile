# nixgraft: `make help` lists the targets; docs/ tells the rest.
VERSION := 0.1.0

PREFIX ?= /usr/local
FUZZ ?= nar
SECONDS ?= 60
FIXTURE_SETS ?= keys tls small tiny tiny:xz tiny:none tiny:bzip2 tiny:gzip tiny:br tiny:nofilehash next tools synth arm64 \
	buildkit root:trixie root:bookworm root:trixie-arm64 chroot:bookworm
CROSS ?=
WERROR ?=
SAN ?=
PIE ?= -static
V ?=
export LC_ALL := C.UTF-8
# `make V=1` shows the whole commands.
Q = $(if $(V),,@echo '  $(1) $@';)

# One tree of objects a variant, in its own folder: dev, san, fuzz, static.
VARIANT ?= $(if $(SAN),san,dev)
B := build/$(if $(filter static,$(VARIANT)),$(CROSS)static,$(VARIANT))
CC := $(if $(filter fuzz,$(VARIANT)),clang,$(CROSS)gcc)

FLOORS := base sys format store plan cmd
SRC := $(sort $(wildcard $(FLOORS:%=bootstrap/%/*.c)))
OBJ := $(SRC:bootstrap/%.c=$(B)/%.o) $(B)/base/assetbytes.o
ASSETS := $(wildcard overlays/*.tsv overlays/template/* overlays/template/.gitignore)
MAIN := $(B)/main.o
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
ORACLES := $(patsubst tests/oracle/%.c,$(B)/oracle/%,$(sort $(wildcard tests/oracle/*.c)))
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wno-sign-conversion \
	-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wswitch-enum -Wimplicit-fallthrough \
	-Werror=implicit-function-declaration -Werror=date-time $(if $(WERROR),-Werror -Wno-error=maybe-uninitialized)
WARN_TESTS := -Wno-missing-prototypes -Wno-conversion -Wno-unused-parameter -Wno-format-nonliteral
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_dev := -O1 -g
CFLAGS_san := -O1 -g $(SANITIZE)
CFLAGS_fuzz := -O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link
CFLAGS_static := -O2 -g -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	'-ffile-prefix-map=$(CURDIR)=.'
CPPFLAGS += -Ibootstrap -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DNIXGRAFT_VERSION='"$(VERSION)"'
COMPILE = $(CC) -std=gnu11 -pthread $(CFLAGS_$(VARIANT)) $(CFLAGS) $(CPPFLAGS) $(WARN) -MMD -MP

LIBS := -lcurl -larchive -lbrotlidec -llzma -lzstd -lz -lbz2 -lssl -lcrypto -ljansson -lsqlite3 -lm
COMPILE_TEST = $(COMPILE) $(WARN_TESTS) -MF $@.d -MT $@ $(LDFLAGS) -Wl,--as-needed
LINK = $(CC) -pthread $(CFLAGS_$(VARIANT)) $(LDFLAGS) -Wl,--as-needed
# Debian's own .a files. nghttp3 exists from Debian 13 on.
archive_of = $(wildcard /usr/lib/$(shell $(CC) -print-multiarch)/lib$(1).a)
LIBS_STATIC = -lcurl -lnghttp2 $(if $(call archive_of,nghttp3),-lnghttp3) -lssl -lcrypto -lbrotlidec -lbrotlicommon \
	-larchive -llzma -llz4 -lbz2 -lzstd -lz -lacl -ljansson -lsqlite3 -lm
LINK_STATIC = $(CC) $(PIE) -pthread $(LDFLAGS) -Wl,--gc-sections,--build-id=none,-z,relro,-z,now,-z,noseparate-code

# A unit test or fuzz target of a module is linked with that module's floor and what the floor may see, nothing above.
sees_base := base
sees_sys := sys base
sees_format := format sys base
sees_store := store format sys base
sees_plan := plan format sys base
sees_cmd := cmd plan store format sys base
floor_of = $(or $(patsubst bootstrap/%/,%,$(dir $(firstword $(wildcard $(FLOORS:%=bootstrap/%/$(1).[ch]))))), \
	$(error no module '$(1)' on any floor: tests/*/*_$(1).c needs bootstrap/*/$(1).c))
house_of = $(patsubst %,$(B)/lib%.a,$(sees_$(strip $(call floor_of,$(1)))))

all: $(B)/nixgraft ## the program, dynamic, quick to build: build/dev/nixgraft; with SAN=1 build/san/nixgraft

$(B)/nixgraft: $(MAIN) $(OBJ) $(if $(filter static,$(VARIANT)),$(B)/stubs.o)
ifeq ($(VARIANT),static)
	$(call Q,LINK)$(LINK_STATIC) $^ -o $@.dbg $(LIBS_STATIC) >$(B)/link.log 2>&1 || { cat $(B)/link.log >&2; exit 1; }
	@$(CROSS)objcopy --strip-all $@.dbg $@.stripped
	@! $(CROSS)readelf -ld $@.stripped | grep -E 'INTERP|NEEDED'
	@mv $@.stripped $@
else
	$(call Q,LINK)$(LINK) $^ -o $@ $(LIBS)
endif

static: ## the program as shipped, build/static/nixgraft; CROSS=aarch64-linux-gnu- for arm64
	@$(MAKE) --no-print-directory VARIANT=static all

$(B)/%.o: bootstrap/%.c Makefile
	@mkdir -p $(@D)
	$(call Q,CC)$(COMPILE) -c $< -o $@

# Files of overlays/ that are built in; the assembler finds them from here.
$(B)/%.o: bootstrap/%.S Makefile $(ASSETS)
	@mkdir -p $(@D)
	$(call Q,AS)$(CC) -c $< -o $@

$(B)/stubs.c: bootstrap/static/mkstubs.sh $(MAIN) $(OBJ)
	$(call Q,GEN)$< $(CC) $@ $(MAIN) $(OBJ) -pthread $(LIBS_STATIC)

$(B)/stubs.o: $(B)/stubs.c
	$(call Q,CC)$(CC) -O1 -w -fno-builtin -fPIE -c $< -o $@

.SECONDEXPANSION:
any := %
$(B)/lib%.a: bootstrap/% $$(filter $(B)/$$*/$$(any),$(OBJ))
	@mkdir -p $(@D) && rm -f $@
	$(call Q,AR)$(CROSS)ar rcs $@ $(filter %.o,$^)

$(B)/unit/test_%: tests/unit/test_%.c Makefile $$(call house_of,$$*)
	@mkdir -p $(@D)
	$(call Q,CC)$(COMPILE_TEST) $< $(filter %.a,$^) -o $@ -lcmocka $(LIBS)

$(B)/oracle/%: tests/oracle/%.c Makefile $$(call house_of,$$*)
	@mkdir -p $(@D)
	$(call Q,CC)$(COMPILE_TEST) $< $(filter %.a,$^) -o $@ $(LIBS)

$(B)/replay/%: tests/fuzz/fuzz_%.c $(B)/replay.o Makefile $$(call house_of,$$*)
	@mkdir -p $(@D)
	$(call Q,CC)$(COMPILE_TEST) $(filter %.c %.o %.a,$^) -o $@ $(LIBS)

$(B)/replay.o: tests/fuzz/replay.c Makefile
	@mkdir -p $(@D)
	$(call Q,CC)$(COMPILE_TEST) -c $< -o $@

$(B)/fuzz_%: tests/fuzz/fuzz_%.c Makefile $$(call house_of,$$*)
	$(call Q,CC)$(COMPILE_TEST) -fsanitize=fuzzer $< $(filter %.a,$^) -o $@ $(LIBS)

unit-programs: $(UNITS)
oracle-programs: $(ORACLES)
replay-programs: $(FUZZERS:%=$(B)/replay/%)

fuzz: ## searches for new inputs: FUZZ=<format> SECONDS=60; needs clang
	@$(MAKE) --no-print-directory VARIANT=fuzz build/fuzz/fuzz_$(FUZZ)
	mkdir -p build/fuzz/corpus/$(FUZZ)
	build/fuzz/fuzz_$(FUZZ) -max_total_time=$(SECONDS) -artifact_prefix=build/fuzz/ build/fuzz/corpus/$(FUZZ) \
		$(wildcard tests/data/$(FUZZ)/good tests/data/$(FUZZ)/bad tests/fuzz/corpus/$(FUZZ))

test: ## all that CI runs, `make deps` first, with one line of counts at the end
	@tests/run
shape: ## floors, budgets, forbidden words, header docs
maps: ## the tables of overlays/: order, words, counts
shape-test maps-test: ## do tests/shape.sh and tests/maps.sh see planted faults?
unit: ## the unit tests, under address and undefined sanitizers
valgrind: ## the unit tests again, under valgrind
fuzz-replay: ## the fuzz targets over all kept inputs, under sanitizers
static-check: static ## is the static binary one: no loader, no .so, runs in an empty root
check-repro: ## are two builds in two places the same bytes?
cli e2e: static fixture ## the program from outside: throw-away roots; real Nix, nginx
containers: static fixture ## real containers: podman, buildah; tests/containers/enter CMD... for a look around
shape shape-test maps maps-test unit valgrind fuzz-replay static-check check-repro cli e2e containers:
	@tests/run $@

fixture: ## the signed caches that the tests fetch from, made from Debian packages; FIXTURE_SETS="..."
	tests/fixture/make $(FIXTURE_SETS)
demo: ## a tour of the program on a throw-away Debian root; as root
	@[ "$$(id -u)" = 0 ] || { echo "make demo mounts and changes root: run it as root, sudo make demo" >&2; exit 1; }
	@$(MAKE) --no-print-directory deps DEPENDS="tests/DEPENDS.build tests/fixture/DEPENDS"
	@$(MAKE) --no-print-directory static
	tests/fixture/make keys small root:trixie
	tests/demo.sh

SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300
# A package's service is not started: nginx's own would listen on every address.
POLICY := /usr/sbin/policy-rc.d
install_packages = { [ -e $(POLICY) ] || { trap '$(SUDO) rm -f $(POLICY)' EXIT; \
	printf '\#!/bin/sh\nexit 101\n' | $(SUDO) install -m 755 /dev/stdin $(POLICY); }; \
	$(APT) install -y --no-install-recommends $(1); }
DEPENDS := $(wildcard tests/DEPENDS.build tests/DEPENDS.test tests/fixture/DEPENDS tests/containers/DEPENDS) \
	$(if $(shell command -v npm),,tests/containers/DEPENDS.npm)
deps: ## installs with apt the packages that the build and the tests need and that are missing
	@missing=$$(sed 's/#.*//' $(DEPENDS) | tr -s ' \t' '\n' | grep . | sort -u | grep -vxF "$$(dpkg-query -W \
		-f '$${db:Status-Status} $${Architecture} $${Package}\n' | \
		sed -n "s/^installed \(all\|$$(dpkg --print-architecture)\) //p")"); \
	[ -z "$$missing" ] && ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 && exit; \
	$(APT) update -q && { [ -z "$$missing" ] || $(call install_packages,$$missing); }
deps-cross: ## the packages that `make static CROSS=aarch64-linux-gnu-` needs
	dpkg --print-foreign-architectures | grep -qx arm64 || $(SUDO) dpkg --add-architecture arm64
	$(APT) update -q
	$(call install_packages,gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
		$$(sed -n '/^libc6-dev/d; s/^z\?lib.*-dev$$/&:arm64/p' tests/DEPENDS.build))

BIN = $(DESTDIR)$(PREFIX)/bin
SHARE = $(DESTDIR)$(PREFIX)/share
COMPLETIONS := bash-completion/completions/nixgraft fish/vendor_completions.d/nixgraft.fish zsh/site-functions/_nixgraft
install: static ## into DESTDIR and PREFIX: the program, its man page and, but with CROSS, shell completions
	install -D -m 755 build/$(CROSS)static/nixgraft $(BIN)/nixgraft
	$(if $(wildcard docs/nixgraft.1),install -D -m 644 docs/nixgraft.1 $(SHARE)/man/man1/nixgraft.1)
	$(if $(CROSS),,for file in $(COMPLETIONS); do shell=$${file%%[-/]*}; mkdir -p "$$(dirname $(SHARE)/$$file)" && \
		$(BIN)/nixgraft completion $$shell >$(SHARE)/$$file && chmod 644 $(SHARE)/$$file || exit; done)

feature: static ## the dev container Feature to publish, build/feature/src/nixgraft; CROSS=... adds that machine's program
	@mkdir -p build/feature/src/nixgraft
	cp .devcontainer/nixgraft/* build/feature/src/nixgraft
	cat /usr/share/ca-certificates/mozilla/*.crt >build/feature/src/nixgraft/ca-certificates.crt
	cp build/$(CROSS)static/nixgraft build/feature/src/nixgraft/nixgraft-$(or $(firstword $(subst -, ,$(CROSS))),$(shell uname -m))

clean: ## removes what was built but the fixture
	[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name fixture -exec rm -rf {} +
distclean: ## removes build/, the fixture too
	rm -rf --one-file-system build
help: ## this list
	@sed -n 's/^\([a-z][a-z0-9 -]*\):[^#]*## /\1\t/p' Makefile | expand -t 14

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all static unit-programs oracle-programs replay-programs fuzz test shape shape-test unit valgrind fuzz-replay static-check \
	check-repro cli e2e containers fixture demo deps deps-cross install feature clean distclean help
-include $(wildcard $(B)/*.d $(B)/*/*.d)
