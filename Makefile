# What people do with this repository. `make` lists it.
#
# `make run` needs Go. `make test` needs Go and Debian: what else is missing it
# installs, asking sudo when it is not root.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# The version is handed over by the linker, so the build needs nothing from
# git, and a checkout owned by somebody else builds too.
export GOFLAGS := $(GOFLAGS) -buildvcs=false
git     := git -c safe.directory='*'
version := $(shell $(git) describe --tags --always --dirty 2>/dev/null || echo unversioned)
commit  := $(shell $(git) rev-parse HEAD 2>/dev/null || echo unknown)
tool    := go tool -modfile=.tools/tools.mod
# Node and npm as pinned in .tools; one of the two folders of Node exists.
nodes   := $(CURDIR)/.tools/node_modules/node-linux
export PATH := $(nodes)-x64/bin:$(nodes)-arm64/bin:$(PATH)
# It trusts whom the machine trusts, as Debian's own does.
export NODE_EXTRA_CA_CERTS ?= /etc/ssl/certs/ca-certificates.crt
npm     := node $(CURDIR)/.tools/node_modules/npm/bin/npm-cli.js --no-fund --no-audit --no-update-notifier --loglevel error
modules := static/node_modules/.package-lock.json e2e/node_modules/.package-lock.json
say      = @printf '%-9s %s\n'

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build ## build and start the demonstration: the app and a simulated DOKU
	@exec ./kodebayar demo

.PHONY: build
build: ## the binary ./kodebayar
	$(say) build 'kodebayar $(version)'
	@CGO_ENABLED=0 go build -trimpath -o kodebayar \
		-ldflags '-s -w -X main.version=$(version) -X main.commit=$(commit)' .

.PHONY: release
release: ## binaries for linux amd64 and arm64, and their sums, in dist
	@mkdir -p dist
	@for arch in amd64 arm64; do \
		printf '%-9s %s\n' release "dist/kodebayar-linux-$$arch"; \
		CGO_ENABLED=0 GOOS=linux GOARCH=$$arch go build -trimpath -o dist/kodebayar-linux-$$arch \
			-ldflags '-s -w -buildid= -X main.version=$(version) -X main.commit=$(commit)' .; \
	done
	@cd dist && sha256sum kodebayar-linux-amd64 kodebayar-linux-arm64 | tee SHA256SUMS

.PHONY: generate
generate: static/node_modules/.package-lock.json ## Go from the templ pages, CSS, the list of passwords
	$(say) generate 'views/*_templ.go'
	@$(tool) templ generate -log-level error ./views
	$(say) generate 'static CSS'
	@out=$$($(npm) --prefix static run --silent build 2>&1) || { echo "$$out"; exit 1; }
	$(say) generate 'handlers/passwords.txt'
	@node .tools/passwords.mjs

# Races are looked for everywhere but in SQLite's own code: a compiler made it
# of C, it works on memory that the detector does not follow, and watching it
# doubles the time of all tests.
race := -race -gcflags=modernc.org/sqlite/lib=-race=false

.PHONY: test
test: tools generated lint ## everything that must hold, installing what that needs
	$(say) tests 'go test -race ./...'
	@go test $(race) -count=1 ./... # a cached result knows nothing of the binary that e2e builds
	@$(MAKE) --no-print-directory fuzz

# How long each target runs: a moment in `make test`, more when asked for.
FUZZTIME ?= 3s
.PHONY: fuzz
fuzz: ## feed DOKU's readers with what nobody thought of; FUZZTIME=10m for long
	@for target in $$(go test -list '^Fuzz' ./payments/doku | grep ^Fuzz); do \
		printf '%-9s %s\n' fuzz "$$target $(FUZZTIME)"; \
		out=$$(go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./payments/doku) || { echo "$$out"; exit 1; }; \
	done

# Rounds in which a program is killed while it works, half of them on each
# engine; a round takes about a second.
ROUNDS ?= 500
.PHONY: crash
crash: debian ## kill the app under load, again and again, and compare
	@KODEBAYAR_CRASH_ROUNDS=$(ROUNDS) go test -count=1 -v -timeout 60m -run '^TestKilled' ./e2e/crash

.PHONY: bench
bench: tools ## speed beside bare servers, thousands of open pages, a million codes; figures go to e2e/bench/figures
	@KODEBAYAR_BENCH=1 go test -count=1 -v -timeout 60m -run '^Test(Throughput|Streams|Lists)$$' ./e2e/bench
	@KODEBAYAR_BENCH=1 go test -count=1 -v -run '^TestLighthouse$$' ./e2e

.PHONY: tools
tools: debian $(modules)

.PHONY: debian
debian:
	@bash .tools/install

# npm writes its own lock file into node_modules last, which makes it the mark
# of a finished installation.
.tools/node_modules/.package-lock.json: .tools/package-lock.json
	$(say) install '.tools: npm ci'
	@npm ci --prefix .tools --no-fund --no-audit --loglevel error >/dev/null
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json | .tools/node_modules/.package-lock.json
	$(say) install '$*: npm ci'
	@$(npm) ci --prefix $* >/dev/null
	@touch $@

# Generated files are committed, so that building needs only Go. Whoever
# forgets to generate, or to commit what was generated, is told here.
.PHONY: generated
generated: generated_files = find views static handlers/passwords.txt -path '*/node_modules' -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
generated:
	@before=$$($(generated_files)); \
	$(MAKE) --no-print-directory generate; \
	after=$$($(generated_files)); \
	if [ "$$before" != "$$after" ]; then \
		echo 'generate  these were not up to date, look at them and commit them:'; \
		diff <(echo "$$before") <(echo "$$after") | awk '/^[<>]/ { print $$3 }' | sort -u; \
		exit 1; \
	fi

.PHONY: lint
lint: ## format, vet, staticcheck, go.mod
	$(say) lint 'gofumpt'
	@unformatted=$$($(tool) gofumpt -l .); \
	if [ -n "$$unformatted" ]; then printf '%s\n' 'lint      not formatted:' "$$unformatted"; exit 1; fi
	$(say) lint 'go vet'
	@CGO_ENABLED=0 go vet -trimpath ./...
	$(say) lint 'staticcheck'
	@CGO_ENABLED=0 GOFLAGS='$(GOFLAGS) -trimpath' $(tool) staticcheck ./...
	$(say) lint 'go mod tidy'
	@out=$$(go mod tidy -diff 2>&1) || { grep -v '^go: downloading' <<<"$$out"; exit 1; }

.PHONY: format
format: ## gofumpt, and templ's own format
	@$(tool) gofumpt -w .
	@$(tool) templ fmt -log-level error views

# What this asks for is on the network, so it is no part of `make test`.
.PHONY: outdated
outdated: tools ## parts that have a newer version, and known weaknesses; asks the network
	$(say) outdated 'go.mod'
	@go list -m -u -f '{{if and .Update (not .Indirect)}}{{.Path}} {{.Version}} -> {{.Update.Version}}{{end}}' all
	$(say) outdated 'npm: static, e2e, .tools'
	@for dir in static e2e .tools; do $(npm) --prefix $$dir outdated || true; done
	$(say) outdated 'known weaknesses'
	@go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

.PHONY: pictures
pictures: tools ## screenshots of every page into e2e/pictures
	$(say) pictures 'e2e/pictures'
	@KODEBAYAR_PICTURES=1 go test -count=1 -run '^TestPictures$$' ./e2e

.PHONY: clean
clean: ## remove what was built and installed here
	@rm -rf kodebayar dist e2e/pictures e2e/failures */node_modules .tools/node_modules
