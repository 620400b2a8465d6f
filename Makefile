# The two that a newcomer needs are `make demo` and `make test`; both set the machine up first (deploy/setup.sh) and
# may be run at any time, as root or as a user with sudo.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# sudo and cron often leave Go's own folder out.
export PATH := $(PATH):/usr/local/go/bin

BINARY  := bin/customerdesk
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS := $(if $(VERSION),-X github.com/customerdesk/customerdesk/internal/version.stamped=$(VERSION))

# Each package's tests may run a Postgres and a Dovecot of their own: four packages at once are enough anywhere.
TESTP       ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))
TESTTIMEOUT ?= 12m
TESTFLAGS   ?=
PKGS        ?= ./...
FUZZTIME    ?= 30s
FUZZLIMIT   ?= 14m
SOAKMINUTES ?= 60
SOAKRUN     ?= Kill|Crash|Restart|Fault|Lost|Twice|Again|Once

.PHONY: help
help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: check-go setup build ## set the machine up, build and run the whole product with a mail server and a Slack stand-in
	exec $(BINARY) demo

.PHONY: build
build: check-go ## build bin/customerdesk, one static program
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BINARY) ./cmd/customerdesk

.PHONY: setup
setup: ## set the machine up for build and demo: Postgres and pgvector
	@deploy/setup.sh demo

.PHONY: test
test: check-go ## set the machine up for the tests and run all of them (PKGS) with the race detector
	@deploy/setup.sh test
	@mkdir -p bin
	CGO_ENABLED=1 go test -race -p $(TESTP) -timeout $(TESTTIMEOUT) $(TESTFLAGS) $(PKGS) 2>&1 | tee bin/test.log || failed=yes; \
	awk -f .ci/summary.awk bin/test.log; \
	test -z "$${failed:-}"

.PHONY: lint
lint: check-go ## check format, vet, staticcheck and that go.mod is tidy
	@wrong=$$(gofmt -l .); test -z "$$wrong" || { echo "not in gofmt's form (run gofmt -w):"; echo "$$wrong"; exit 1; } >&2
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

.PHONY: fuzz
fuzz: check-go ## fuzz every parser of outside input for FUZZTIME (30s) each, FUZZLIMIT (14m) in all
	@.ci/fuzz $(FUZZTIME) $(FUZZLIMIT)

.PHONY: soak
soak: check-go ## repeat the tests of kills, restarts and faults for SOAKMINUTES (60), until one fails
	@deploy/setup.sh test
	@until=$$((SECONDS + $(SOAKMINUTES) * 60)); round=0; \
	while [ $$SECONDS -lt $$until ]; do \
		round=$$((round + 1)); echo "soak: round $$round, $$((until - SECONDS)) s left"; \
		CUSTOMERDESK_TEST_SOAK=20 CGO_ENABLED=1 go test -race -count 1 -p $(TESTP) -timeout $(TESTTIMEOUT) -run '$(SOAKRUN)' $(PKGS); \
	done

.PHONY: bench
bench: check-go ## measure speed and memory on real Dovecot and real Postgres and print a table
	@deploy/setup.sh test
	go run ./internal/bench

.PHONY: clean
clean: ## remove what was built here, and nothing else
	rm -rf bin

.PHONY: check-go
check-go:
	@command -v go >/dev/null || { echo 'make: Go 1.26 or newer is needed and no go is in PATH: see https://go.dev/doc/install' >&2; exit 1; }
	@found=$$(go env GOVERSION 2>&1) || { echo "make: Go 1.26 or newer is needed: $$found" >&2; exit 1; }; \
	minor=$$(sed -n 's/^go1\.\([0-9]*\).*/\1/p' <<<"$$found"); \
	test "$${minor:-99}" -ge 26 || { echo "make: Go 1.26 or newer is needed, found $$found: see https://go.dev/doc/install" >&2; exit 1; }
