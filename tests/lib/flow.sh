# What the scripts in tests/flow/ have in common: they source this first. Results are
# TAP. $KUNCI is the command, $work a fresh folder that is removed at the end.
# shellcheck shell=bash

set -u
: "${BUILD:?the build folder, as tests/run sets it}"
KUNCI=$(realpath "$BUILD/bin/kunci")
# shellcheck disable=SC2034 # for those who source this
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
work=$(mktemp -d)
export LC_ALL=C.UTF-8
unset LANGUAGE LANG KUNCI_CONFIG SOFTHSM2_CONF

flow_count=0
flow_failed=0

flow_end() {
    echo "1..$flow_count"
    rm -rf "$work"
    [ "$flow_failed" = 0 ]
    exit
}
trap flow_end EXIT

# ok NAME COMMAND...: passes where the command succeeds; else shows what it said.
ok() {
    local name=$1 said
    shift
    flow_count=$((flow_count + 1))
    said=$(mktemp -p "$work")
    if "$@" >"$said" 2>&1; then
        echo "ok $flow_count - $name"
    else
        flow_failed=$((flow_failed + 1))
        echo "not ok $flow_count - $name"
        sed 's/^/# /' "$said"
    fi
    rm -f "$said"
}

# bail WHY: nothing after this makes sense.
bail() {
    flow_count=$((flow_count + 1))
    flow_failed=$((flow_failed + 1))
    echo "not ok $flow_count - $1"
    exit 1
}
