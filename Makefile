# StepUp. `make help` says what there is.

SWIFT      ?= swift
CONFIG     ?= debug
DESTDIR    ?=
BIN        ?= .build/$(CONFIG)
MULTIARCH  := $(shell gcc -print-multiarch 2>/dev/null)
PYTHON     := /usr/bin/python3
NAMESPACE  := Packaging/demo/private-namespace
PYTEST     := $(PYTHON) -m pytest -q -p no:cacheprovider

.PHONY: help deps build release install demo check test unit lint fmt e2e e2e-full e2e-tsan bench study fuzz radius-fuzz soak clean

help:
	@echo 'make demo     the main job, live: sshd, PAM, codes, and the ledger that says why (needs root; KEEP=1 leaves it running)'
	@echo 'make check    everything that must hold: lint, unit tests, C tests, end-to-end tests (needs root)'
	@echo 'make test     unit tests of Swift and C'
	@echo 'make e2e      end-to-end tests alone, with a real sshd; E2E="-k sudo" chooses'
	@echo 'make e2e-full the same, with the daemon killed 200 times under load instead of 8'
	@echo 'make e2e-tsan the same with the daemon under ThreadSanitizer'
	@echo 'make bench    figures, side by side'
	@echo 'make study    how often the right people are asked, for how much detection: writes Docs/Study.md; DATA=logins.csv: of these, to .build/study'
	@echo 'make fuzz     libFuzzer on each parser, RUNS executions each'
	@echo 'make radius-fuzz  COUNT requests that no NAS would send, at the real FreeRADIUS with ASan'
	@echo 'make soak     logins and kill -9 for SECONDS, then audit verify and replay, and whether it stayed as it was'
	@echo 'make lint     formats, imports, forbidden symbols;  make fmt  puts the formats right'
	@echo 'make install  DESTDIR=..., CONFIG=debug or release'
	@echo 'make deps     the Debian packages of Packaging/debian-packages.txt'

# apt is asked only when something is missing.
deps:
	@Packaging/install-dependencies

build: deps
	$(SWIFT) build -c $(CONFIG) $(if $(filter release,$(CONFIG)),--static-swift-stdlib)
	$(MAKE) -C CShims all

release:
	$(MAKE) build CONFIG=release

install:
	install -D -m 755 $(BIN)/stepupd $(DESTDIR)/usr/sbin/stepupd
	install -D -m 755 $(BIN)/stepupctl $(DESTDIR)/usr/bin/stepupctl
	install -D -m 644 CShims/build/pam_stepup.so $(DESTDIR)/usr/lib/$(MULTIARCH)/security/pam_stepup.so
	install -D -m 644 CShims/build/rlm_stepup.so $(DESTDIR)/usr/lib/freeradius/rlm_stepup.so
	cd Packaging/freeradius && find . -type f -exec install -D -m 644 {} $(DESTDIR)/etc/freeradius/3.0/{} \;
	install -d $(DESTDIR)/usr/share/doc/stepup $(DESTDIR)/usr/share/stepup $(DESTDIR)/usr/lib/systemd/system
	install -m 644 Packaging/systemd/* $(DESTDIR)/usr/lib/systemd/system
	cp -r Packaging/pam Packaging/ssh Packaging/policy $(DESTDIR)/usr/share/stepup
	install -m 644 README.md Docs/*.md $(DESTDIR)/usr/share/doc/stepup

demo: build
	@$(NAMESPACE) $(PYTHON) Packaging/demo/demo.py $(BIN) $(if $(KEEP),--keep)

# One after the other: lint looks into what was built.
check:
	$(MAKE) build
	$(SWIFT) build --build-tests
	$(MAKE) lint
	$(MAKE) test
	$(MAKE) e2e

test: unit
	$(MAKE) -C CShims check valgrind

unit: deps
	$(SWIFT) test

e2e: build
	$(NAMESPACE) $(PYTEST) Tests/EndToEnd $(E2E)

e2e-full:
	STEPUP_CAMPAIGN=full $(MAKE) e2e

# The same with the daemon under ThreadSanitizer: a race that it sees ends a test. Without the floods: what memory and time those cost is
# not the daemon's then.
e2e-tsan: deps
	$(SWIFT) build --sanitize=thread --scratch-path .build-tsan --product stepupd
	$(SWIFT) build --sanitize=thread --scratch-path .build-tsan --product stepupctl
	$(MAKE) -C CShims all
	STEPUP_BIN=$(CURDIR)/.build-tsan/debug TSAN_OPTIONS=halt_on_error=1:exitcode=66 $(NAMESPACE) $(PYTEST) Tests/EndToEnd \
		--ignore=Tests/EndToEnd/test_floods.py $(E2E)

lint: build
	Tests/Lint/lint

fmt:
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests
	$(MAKE) -C CShims format

bench: release
	$(NAMESPACE) $(PYTHON) Tests/Bench/bench.py .build/release
	$(NAMESPACE) $(PYTHON) Tests/Bench/radius_bench.py .build/release

# Of other people's data nothing goes into the documents.
study: deps
	$(SWIFT) build -c release --static-swift-stdlib --product stepup-study
	@mkdir -p .build/study
	.build/release/stepup-study $(if $(DATA),.build/study "$(DATA)",Docs)

fuzz: deps
	$(MAKE) -C CShims fuzz

# ASan's build of the module in the real server, with requests that no NAS would send.
radius-fuzz: release
	$(MAKE) -C CShims asan
	STEPUP_BIN=$(CURDIR)/.build/release STEPUP_RADIUSD=asan STEPUP_RLM=$(CURDIR)/CShims/build/asan/rlm_stepup.so \
		STEPUP_PRELOAD=$(CURDIR)/CShims/build/shallow.so:$$(gcc -print-file-name=libasan.so) \
		$(NAMESPACE) $(PYTHON) Tests/EndToEnd/radius_fuzz.py $(or $(COUNT),1000000)

soak: build
	$(NAMESPACE) $(PYTHON) Tests/EndToEnd/soak.py $(or $(SECONDS),300)

clean:
	rm -rf .build CShims/build
