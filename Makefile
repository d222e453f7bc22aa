# SPDX-License-Identifier: GPL-2.0
# Everything starts here. Each script under scripts/ also works alone: --help.

MEM ?= 256M
SMP ?= 1
ARCH ?= x86_64
INSTRUMENTATION ?= inline
export MEM SMP ARCH INSTRUMENTATION
# A kernel's make has a VERSION of its own, and is not to take what is given to this one.
MAKEOVERRIDES =
# What may hold anything goes to the shell in its environment, not in its command line.
override export VERSION := $(value VERSION)
override export SERIES := $(value SERIES)
override export TREE := $(value TREE)
override export SCENE := $(value SCENE)
override export BENCH := $(value BENCH)
override export KERNEL := $(value KERNEL)
override export O := $(value O)

.PHONY: help run test test-all scenes measure bench profile each-patch series apply apply-check undo doctor clean

help:
	@echo 'make run               see page shadow run: one kernel, on and off, side by side'
	@echo '                       (MEM=256M SMP=1 INSTRUMENTATION=inline|outline)'
	@echo 'make test              test what needs no other kernel, about an hour'
	@echo '                       (TREE=DIR O=BUILD, or KERNEL=IMAGE: in a kernel of your own)'
	@echo 'make test-all          test all configurations; goes on where it stopped'
	@echo 'make scenes            scenes of small machines (SCENE=tiny|kdump|density|left|fuzz|debian)'
	@echo 'make measure           memory and instructions against the unpatched kernel'
	@echo 'make bench             measure everything, in hours: out/bench/report.html'
	@echo 'make profile BENCH=... in which functions the instructions of a benchmark are'
	@echo 'make each-patch        build and boot after each patch of the series'
	@echo 'All of these for another version of Linux, too: make ... VERSION=7.3; and, but for'
	@echo '                       scenes, for arm64: ARCH=arm64'
	@echo 'make series            write the patches, a folder for each series, to out/series'
	@echo 'make apply TREE=DIR    patch your own Linux tree, all or nothing'
	@echo '                       (apply-check: list conflicts only; undo: take out again)'
	@echo '                       (all of these: SERIES=core,arm64,memory,speed)'
	@echo 'make doctor            does this machine (or TREE=DIR, KERNEL=IMAGE) have page shadow?'
	@echo 'make clean             remove out/ (kernels stay in ~/.cache/kasan-page-shadow)'

run:
	@scripts/run

# Ours, or one that is given.
test:
	@if [ "$$TREE$$KERNEL" ]; then exec tests/yours "$${KERNEL:-$$TREE}" $${O:+"$$O"}; else exec tests/run; fi

test-all:
	@tests/all

scenes:
	@tests/scenes $$SCENE

measure:
	@scripts/measure

bench:
	@bench/run

profile:
	@bench/profile $$BENCH

each-patch:
	@tests/each-patch.sh

series:
	@scripts/series

apply:
	@scripts/apply "$$TREE"

apply-check:
	@scripts/apply --check "$$TREE"

undo:
	@scripts/apply --undo "$$TREE"

doctor:
	@scripts/doctor "$${TREE:-$${KERNEL:--}}"

clean:
	rm -rf out
