# Everything that is done with this repository is a target here; make help lists them. Binaries go to
# bin/, all else that is made on the way to out/; git ignores both.

VERSION := v0.1.0
COMMIT  ?= $(shell git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || echo unknown)

# mpl links the library in cvendor/sdk; without it the simulator is linked.
TAGS ?=

# Debian has haproxy in /usr/sbin, which is not in everybody's path.
export PATH := $(PATH):/usr/sbin:/sbin

# The same commit gives the same bytes wherever it lies, with the same Go and C compiler: so no paths, and
# no build id, which is made from them.
go_build   = go build -trimpath -buildvcs=false -ldflags "$(link_flags)"
link_flags = -buildid= -X main.version=$(VERSION) -X main.commit=$(COMMIT)
linked     = simulator
not_made   = { echo "there is no bin/mercury-driver now: an older one would be taken for this one" >&2; exit 1; }
ifeq ($(TAGS),mpl)
linked      = mpl
find_sdk    = hash=$$(scripts/sdk-check.sh) &&
link_flags += -X mercury-driver/cvendor.archiveSHA256=$$hash
else ifneq ($(TAGS),)
# Go ignores tags that it does not know: the simulator would be built.
$(error TAGS=$(TAGS) is not known: TAGS=mpl links the library in cvendor/sdk, and no TAGS the simulator)
endif

analysis = go tool -modfile=scripts/tools/analysis/go.mod
buf      = cd proto && go tool -modfile=../scripts/tools/go.mod buf
step     = @printf '\n== %s\n'

.DEFAULT_GOAL := build
.PHONY: build driver run test unit e2e setup chaos soak bench bench-proof proof chaos-proof sim fuzz archive-proof image-proof lint vuln generate \
	release-contract libmpl image clean help

build: driver ## bin/mercury-driver and bin/mercury-sim
	$(go_build) -o bin/mercury-sim ./sim/cmd/mercury-sim

driver: ## bin/mercury-driver; TAGS=mpl links the library in cvendor/sdk, and refuses the simulator
	@rm -f bin/mercury-driver # or, after a failure, an older one would be taken for this one
	$(find_sdk) $(go_build) -tags '$(TAGS)' -o out/mercury-driver ./driver || $(not_made)
	scripts/linked.sh out/mercury-driver $(linked)
	@mkdir -p bin && mv out/mercury-driver bin/

run: build ## the demo on this machine; Ctrl-C ends it
	bin/mercury-sim demo

test: unit e2e ## all tests, and before them what they need of the system's packages

unit: setup ## the tests beside the code, under the race detector
	$(step) 'unit tests (the first build takes some minutes)'
	go list ./... | grep -v '/scripts/e2e$$' | xargs go test -race -timeout 6m

e2e: setup ## the whole system on real parts: Redis, HAProxy, drivers, app and panels
	$(step) 'end to end'
	go test -v -count=1 -timeout 20m ./scripts/e2e

setup: ## installs redis-server and haproxy where they are missing and that is allowed
	@scripts/setup.sh

chaos: setup ## the whole system broken on purpose, and beside what it promises then what was seen
	$(step) 'chaos'
	$(chaos) -timeout 10m -run '$(broken)' ./scripts/e2e

soak: setup ## the long form of chaos, with so many KILLS
	@case '$(KILLS)' in ''|0*|*[!0-9]*) echo 'soak: KILLS=$(KILLS): want a whole number from 1' >&2; exit 2;; esac
	$(step) 'soak'
	$(chaos) -timeout 3h -run '$(broken)' ./scripts/e2e -kills $(KILLS)
KILLS ?= 200

chaos   = go test -tags chaos -v -count=1
broken  = ^Test(Chaos.*|OneOwner|DiskFullUnderTheSpool|FaultsOfTheLibrary|DrainUnderLoad|SignedCommands|RefusalsNameTheirCause|NoSecretGetsOut)$$

proof: chaos-proof sim fuzz bench-proof archive-proof image-proof ## what is slow to prove: chaos and bench in short, seeds, fuzzing, the C archive, the steps of the image

chaos-proof: setup ## the short form of chaos
	$(step) 'chaos, in short'
	$(chaos) -timeout 5m -short -run '^TestChaos' -skip 'CarefulLibrary' ./scripts/e2e -kills 8

bench: setup ## the driver beside what this machine can do at all: a table, out/bench/bench.json and bench.svg
	$(step) 'bench$(if $(ONLY), of what has $(ONLY) in its name, (about 25 minutes; ONLY=name measures part of it)), five runs'
	go run ./scripts/bench -only '$(ONLY)'

bench-proof: setup ## the short form of bench, which finds a regression by half
	$(step) 'bench, in short'
	go run ./scripts/bench -short

sim: ## the whole system in memory, SEEDS worlds from FIRST_SEED on; TRACE=1 writes down every step
	$(step) '$(SEEDS) simulated worlds from seed $(FIRST_SEED) on'
	go run ./scripts/simulate -first '$(FIRST_SEED)' -seeds '$(SEEDS)' $(if $(TRACE),-trace)
SEEDS ?= 300
FIRST_SEED ?= 1

fuzz: ## each fuzz target for FUZZ_TIME, two at a time
	$(step) 'fuzz targets, $(FUZZ_TIME) each (the first build takes a minute)'
	scripts/fuzz.sh '$(FUZZ_TIME)'
FUZZ_TIME ?= 20s

archive-proof: libmpl ## a C program that is linked with out/libmpl.a
	$(step) 'the C archive'
	gcc -std=c11 -Wall -Wextra -Werror -iquote out -o out/program sim/cmd/libmpl/testdata/program.c out/libmpl.a -lpthread
	echo version | out/program | grep -x simulator

image-proof: ## the build steps of the Dockerfile, with the simulator and with a maker's library
	$(step) 'the image with the simulator'
	scripts/image-steps.sh
	$(step) 'the image with a maker'\''s library'
	scripts/image-steps.sh mpl

lint: ## form, vet, staticcheck, the rules of the house, and the contract against the released one
	$(step) 'gofmt'
	@unformatted=$$(gofmt -l cvendor driver proto sim scripts) && test -z "$$unformatted" || { \
		echo "run gofmt -w on these:" && echo "$$unformatted" && exit 1; }
	$(step) 'the rules of the house'
	go run ./scripts/lint
	$(step) 'shell scripts'
	scripts/lint-shell.sh
	$(step) 'go vet'
	go vet ./...
	go vet -tags chaos ./scripts/e2e
	$(step) 'staticcheck'
	$(analysis) staticcheck ./...
	$(analysis) staticcheck -tags chaos ./scripts/e2e
	$(step) 'the contract (a first build of buf takes a minute)'
	scripts/lint-contract.sh

vuln: ## known vulnerabilities of what is linked; GOVULNDB names another database
	$(analysis) govulncheck $(if $(GOVULNDB),-db $(GOVULNDB)) ./...

generate: ## the Go code of the contract, from the .proto files
	$(buf) generate

# The baseline of make lint. Whoever releases a version commits what this writes, with the change of VERSION;
# at no other time, because then a breaking change of a released contract would pass.
release-contract: ## makes the contract as it is now the one that later ones must not break
	$(buf) build --exclude-source-info -o released.binpb

libmpl: ## the simulator as a C library: out/libmpl.a and out/scp_net.h
	go build -trimpath -buildvcs=false -buildmode=c-archive -o out/libmpl.a ./sim/cmd/libmpl
	rm -f out/libmpl.h
	cp cvendor/include/scp_net.h out/

image: ## the container image; TAGS=mpl makes the one for production
	@docker version >/dev/null 2>&1 || { echo "no container engine answers docker version; make image-proof runs the build steps without one" >&2; exit 1; }
	docker build --build-arg TAGS='$(TAGS)' --build-arg COMMIT='$(COMMIT)' -t mercury-driver:$(VERSION)-$(linked) .

clean: ## removes bin and out
	rm -rf bin out

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/p' Makefile | sort | awk -F '\t' '{ printf "  %-17s %s\n", $$1, $$2 }'
