# SPDX-License-Identifier: GPL-2.0-only
#
# linux-mbus: `make` builds, `sudo make demo` demonstrates it, `sudo make check`
# runs every test. `make help` lists the other targets.

TOP   := $(CURDIR)
BUILD ?= $(TOP)/build
export BUILD

# The kernel to build the module for: the running one if its headers are
# installed, otherwise that of the newest headers package.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	  $(shell ls -1dv /usr/src/linux-headers-*-amd64 2>/dev/null | tail -n 1))

all: module userspace ## the module and the programs (default)

module: ## kernel/mbus.ko, against KDIR=/path/to/headers
	@test -n "$(KDIR)" || { echo "make: no kernel headers found; install linux-headers-amd64 or pass KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(TOP)/kernel modules

# Prints KDIR, for tests/lanes.
kdir:
	@echo "$(KDIR)"

userspace: ## build/mbusctl, build/mbus-sim, build/libmeterbus*.{a,so.0}
	$(MAKE) -C userspace

install: ## programs, library, headers, manual pages; PREFIX=/usr/local DESTDIR=
	$(MAKE) -C userspace install

modules_install: module ## kernel/mbus.ko into /lib/modules, for KDIR's kernel (root)
	$(MAKE) -C $(KDIR) M=$(TOP)/kernel modules_install

# DKMS builds from a copy of the files that it needs.
version_part = $(shell sed -n 's/^\#define METERBUS_VERSION_$(1) //p' include/meterbus/version.h)
VERSION  := $(call version_part,MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)
KVER     ?= $(shell uname -r)
DKMS_DIR  = /usr/src/linux-mbus-$(VERSION)

dkms-source: # the part of the tree that DKMS builds from, into DKMS_DIR
	install -d $(DKMS_DIR)/include $(DKMS_DIR)/kernel
	cp -r include/uapi $(DKMS_DIR)/include/
	cp -r $(filter-out %.mod.c,$(wildcard kernel/*.[ch])) kernel/Kbuild \
		kernel/pure.mk kernel/compat.mk kernel/compat-include kernel/tests $(DKMS_DIR)/kernel/
	sed 's/@VERSION@/$(VERSION)/' kernel/dkms.conf >$(DKMS_DIR)/dkms.conf

dkms-install: ## the module by DKMS: built now for KVER, later for each new kernel (root)
	@command -v dkms >/dev/null || { echo "make: dkms is missing; install the package dkms" >&2; exit 1; }
	@test -z "$$(dkms status linux-mbus/$(VERSION))" || \
		dkms remove linux-mbus/$(VERSION) --all
	rm -rf $(DKMS_DIR)
	@$(MAKE) --no-print-directory dkms-source
	dkms install linux-mbus/$(VERSION) -k $(KVER)

dkms-uninstall: ## remove what dkms-install installed (root)
	dkms remove linux-mbus/$(VERSION) --all
	rm -rf $(DKMS_DIR)

PREFIX  ?= /usr/local
UDEVDIR ?= /etc/udev/rules.d
UNITDIR ?= /etc/systemd/system
SYSUSERSDIR ?= /etc/sysusers.d

install-system: ## the udev rule and the systemd units, see Documentation/installing.md (root)
	install -D -m 644 userspace/udev/60-mbus.rules \
		$(DESTDIR)$(UDEVDIR)/60-mbus.rules
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@bindir@|$(PREFIX)/bin|' userspace/systemd/mbus-attach@.service.in \
		>$(DESTDIR)$(UNITDIR)/mbus-attach@.service
	sed 's|@sbindir@|$(PREFIX)/sbin|' userspace/systemd/mbusd.service.in \
		>$(DESTDIR)$(UNITDIR)/mbusd.service
	install -D -m 644 userspace/systemd/mbusd.sysusers \
		$(DESTDIR)$(SYSUSERSDIR)/mbusd.conf

series: ## the driver as patches into build/series, KERNEL=linux-source-*.tar.xz or a tree
	@test -n "$(KERNEL)" || tests/lanes source-7
	@kernel/series/make-series "$(or $(KERNEL),$(or $(MBUS_LANES),$(TOP)/.lanes)/linux-source-7)" $(BUILD)/series

version: ## the version of this tree
	@echo $(VERSION)

help: ## this list
	@awk -F':.*## ' '/^[a-z_-]+:.*## / { printf "  %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install the Debian packages that building and testing need (root)
	@tests/install-packages

demo: deps ## boot Debian's kernel in QEMU, attach the reference bus, read all meters (root)
	@$(MAKE) --no-print-directory -s all
	@tests/demo

check: deps ## every test: host, UML and QEMU (root)
	@$(MAKE) --no-print-directory -s all
	@tests/run

STRESS_SECONDS ?= 30
STRESS_CYCLES  ?= 100

stress: deps ## races, faults and unplugging for STRESS_SECONDS (30), STRESS_CYCLES (100) (root)
	@$(MAKE) --no-print-directory -s all
	@MBUS_STRESS_SECONDS=$(STRESS_SECONDS) MBUS_STRESS_CYCLES=$(STRESS_CYCLES) \
		MBUS_LANE_TIMEOUT=$$((600 + 2 * $(STRESS_SECONDS) + 5 * $(STRESS_CYCLES))) \
		tests/run -v kernel/stress
	@MBUS_STRESS_SECONDS=$(STRESS_SECONDS) \
		MBUS_LANE_TIMEOUT=$$((600 + 2 * $(STRESS_SECONDS))) \
		tests/run -v --on uml-7 --on uml-leaks kernel/stress.uml.t

fuzz: ## libFuzzer, each fuzzer for FUZZ_SECONDS (30) seconds (root)
	@tests/install-packages clang-14 libclang-rt-14-dev
	@$(MAKE) --no-print-directory -C tests/fuzz run

FUZZ_SEED ?= $(shell date +%s)

fuzz-kernel: deps ## random programs against the driver in UML for FUZZ_SECONDS (30), FUZZ_SEED= (root)
	@tests/lanes uml-module
	@tests/fuzz/kernel/run -s $(or $(FUZZ_SECONDS),30) -r $(FUZZ_SEED)

N    ?= 40
SEED ?=

mutate: deps ## put N (40) faults into the sources, SEED=, and list those that no test detects (root)
	@$(TOP)/tests/lanes source
	@tests/mutate --count $(N) $(if $(SEED),--seed $(SEED)) $(ONLY)

bench: userspace ## measure speed and compare it with the goals
	@$(MAKE) --no-print-directory -s -C tests/bench run

# Kernels for all tests: those of tests/lib/kernels.sh are Debian's, in QEMU.
KERNELS ?= 6.1 6.1-rt 6.12 6.12-trixie 7 uml-7 \
	   6.1-arm64 6.12-arm64 6.1-armhf 6.1-s390x

# Beside that of this machine: 32 bits, and the other order of bytes.
ARCHITECTURES    ?= arm64 armhf s390x
FOREIGN_PACKAGES := qemu-system-arm qemu-system-misc qemu-user \
		    gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-s390x-linux-gnu

sites: userspace ## generated sites on a simulated wire: N=1000, OPTIONS='--two --only NAME'
	@$(MAKE) --no-print-directory -s -C tests/sites
	@$(BUILD)/tests/sites/sites $(OPTIONS) $(N)

check-kernels: deps ## build and test the module on all supported KERNELS (root)
	@tests/install-packages debootstrap dkms pahole $(FOREIGN_PACKAGES)
	@$(MAKE) --no-print-directory -s all
	@tests/run $(KERNELS:%=--on %)
	@tests/run kernel/series.t

check-architectures: deps ## build all programs for ARCHITECTURES, and their host tests in C (root)
	@tests/install-packages $(FOREIGN_PACKAGES)
	@for architecture in $(ARCHITECTURES); do \
		tests/cross $$architecture $(MAKE) --no-print-directory -s -C userspace \
			CFLAGS='-O2 -g -Werror' BUILD=$(BUILD)-$$architecture || exit; \
	done
	@tests/run $(ARCHITECTURES:%=--on %)

check-static: deps ## checkpatch, sparse, kernel-doc, coccicheck, shellcheck (root)
	@tests/install-packages coccinelle debootstrap ocaml-nox pahole shellcheck
	@tests/check-static

# Built from a copy of the files that git tracks, so that packages contain nothing
# else.
deb: ## Debian packages, into build/deb
	@tests/install-packages debhelper dh-dkms dh-python
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/linux-mbus
	@git ls-files -z | tar -c --null -T - | tar -x -C $(BUILD)/deb/linux-mbus
	cd $(BUILD)/deb/linux-mbus && env -u BUILD -u MAKEFLAGS dpkg-buildpackage -b -us -uc
	@rm -r $(BUILD)/deb/linux-mbus

check-packages: ## build, install, use and purge the Debian packages (root)
	@tests/install-packages debhelper debootstrap dh-dkms dh-python lintian
	@tests/check-packages

vm-shell: deps ## a shell in the demo machine (root)
	@$(MAKE) --no-print-directory -s all
	@tests/vm/run --adapter --shell

clean: ## remove what make built; the lanes' kernels in .lanes/ stay
	$(MAKE) -C userspace clean
	@test -z "$(KDIR)" || $(MAKE) -C $(KDIR) M=$(TOP)/kernel clean
	rm -rf $(BUILD) $(ARCHITECTURES:%=$(BUILD)-%)

.PHONY: modules_install dkms-install dkms-uninstall install-system check-kernels
.PHONY: check-architectures
.PHONY: check-static check-packages deb dkms-source version
.PHONY: sites series fuzz-kernel
.PHONY: all module kdir userspace install help deps demo check fuzz stress bench vm-shell clean
.DEFAULT_GOAL := all
