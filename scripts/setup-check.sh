#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# setup-check.sh: every test there is, from a clean checkout: `./setup check` runs it from the top of the
# tree, after the build dependencies are there. Ends with "N passed, N failed".
set -u
top=$(pwd)
out=${SELO_CHECK_DIR:-$top/build/check}
jobs=$(nproc)
CLIENTS="swaks curl isync mutt getmail6 fetchmail postfix dovecot-imapd strace valgrind clang
  libclang-rt-14-dev procps python3 ca-certificates"

say() { printf '\n== %s\n' "$*"; }

install_clients() {
  missing=
  for package in $CLIENTS; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  as_root=; [ "$(id -u)" = 0 ] || as_root=sudo
  # The peers are started by the tests themselves, never as services.
  $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > "$out/apt.log" 2>&1 ||
    { cat "$out/apt.log"; return 1; }
}

# build NAME CONFIGURE-OPTIONS...: an out-of-tree build in its own directory.
build() {
  mkdir -p "$out/$1" && cd "$out/$1" || return 1
  shift
  [ -f Makefile ] || "$top/configure" --quiet --enable-werror "$@" > configure.log 2>&1 || { cat configure.log; return 1; }
  make -s -j"$jobs" > make.log 2>&1 || { tail -50 make.log; return 1; }
}

# check NAME: make check there; the results are counted from automake's .trs files at the end.
check() {
  cd "$out/$1" || return 1
  make -s -k check > check.log 2>&1 || grep -hE '^(FAIL|ERROR|XPASS)' check.log
}

count() { find "$out" -name '*.trs' -exec grep -hE "^:test-result: ($1)" {} + 2>/dev/null | wc -l; }
extra_passed=0 extra_failed=0
# step NAME COMMAND...: something that is one test by itself.
step() {
  name=$1; shift
  if "$@" > "$out/step.log" 2>&1; then
    extra_passed=$((extra_passed + 1)); echo "PASS: $name"
  else
    extra_failed=$((extra_failed + 1)); echo "FAIL: $name"; tail -60 "$out/step.log"
  fi
}

distcheck() { cd "$out/plain" && make -s distcheck TESTS="$(cd "$top" && ls tests/unit/api/*.c | head -2 | sed 's/\.c$//' | tr '\n' ' ')"; }
out_of_tree() { cd "$out/plain" && make -s install && sh "$top/tests/compat/out-of-tree/check.sh" "$out/installed"; }
valgrind_run() { cd "$out/plain" && SELO_BUILD_ROOT=$PWD SELO_SOURCE_ROOT=$top sh "$top/tests/system/valgrind.sh"; }
fuzz_run() { cd "$out/fuzz" && make -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-5}"; }

mkdir -p "$out"
find "$out" -name '*.trs' -delete
install_clients || exit 1
[ -x configure ] || autoreconf -i > "$out/autoreconf.log" 2>&1 || { cat "$out/autoreconf.log"; exit 1; }
say "build and check, plain";                step "build" build plain --prefix="$out/installed" CFLAGS="-O2 -g"; check plain
say "a plugin built against the installed headers"; step "out-of-tree plugin" out_of_tree
say "build and check, with sanitizers";      step "build with sanitizers" build sanitized --enable-sanitizers CFLAGS="-O1 -g"; check sanitized
say "fuzz targets";                          step "build fuzzers" build fuzz CC=clang --enable-fuzzers --enable-sanitizers CFLAGS="-O1 -g"; step "fuzz" fuzz_run
say "valgrind";                              step "valgrind" valgrind_run
say "make distcheck";                        step "distcheck" distcheck

failed=$(( $(count 'FAIL|ERROR|XPASS') + extra_failed ))
passed=$(( $(count 'PASS|XFAIL') + extra_passed ))
skipped=$(count SKIP)
[ "$failed" = 0 ] || find "$out" -name '*.trs' -exec grep -lE '^:test-result: (FAIL|ERROR|XPASS)' {} + | while read -r trs; do
  say "${trs%.trs}"; tail -60 "${trs%.trs}.log"
done
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
