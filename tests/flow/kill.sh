#!/bin/bash
# A command killed at calls spread over all that it makes, its connections cut and its token
# pulled, a renewal and its authority foremost: tests/kill/run says how. "make test-kill" does
# it a thousand times.
. "$(dirname "$0")/../lib/flow.sh"

cd "$root" || exit 1
build=${KUNCI%/bin/kunci}
[ -e "$build/tests/kill/shim.so" ] || bail "tests/kill/shim.so is not built"
runs=25
case $KUNCI in *[at]san*) runs=5 ;; esac # a sanitizer makes each many times as long
# The shim comes before what a sanitizer brings.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0

for file in tests/kill/*.sh; do
    name=$(basename "$file" .sh)
    ok "$name, killed $runs times: everything agrees after the next run" \
        tests/kill/run -n $runs "$build" "$name"
    grep '^#' "$flow_scratch/said"
done
