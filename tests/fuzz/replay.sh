#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# replay.sh: every fuzz target over its corpus, one line of TAP each. A target without a corpus fails.
build=${SELO_BUILD_ROOT:-.}/tests/fuzz
source=${SELO_SOURCE_ROOT:-.}/tests/fuzz
set -- "$source"/fuzz-*.c
echo "1..$#"
n=0
for target; do
  n=$((n + 1))
  name=$(basename "$target" .c)
  corpus=$source/corpus/${name#fuzz-}
  if [ -n "$(ls "$corpus" 2>/dev/null)" ] && "$build/$name" "$corpus"/* >&2; then
    echo "ok $n - $name"
  else
    echo "not ok $n - $name ($corpus)"
  fi
done
