#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# search.sh NAME...: lets each fuzz target look for new inputs for FUZZ_SECONDS; a finding stops it.
set -eu
for name; do
  source=$SELO_SOURCE_ROOT/tests/fuzz
  found=tests/fuzz/found/$name
  mkdir -p "$found"
  dictionary=
  [ ! -f "$source/fuzz-$name.dict" ] || dictionary=-dict=$source/fuzz-$name.dict
  echo "fuzz-$name for $FUZZ_SECONDS s"
  # shellcheck disable=SC2086
  ./tests/fuzz/fuzz-"$name" -max_total_time="$FUZZ_SECONDS" -max_len=16384 -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
    -print_final_stats=0 $dictionary "$found" "$source/corpus/$name"
done
