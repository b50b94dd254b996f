# shellcheck shell=bash
# For tests/flow/*.sh: says in TAP what went well. A test names the build in $1
# or $BUILD, else it is build/release.
#
#   $KUNCI   the command          $work   a fresh folder, gone at the end
#   $root    the source tree
#   ok NAME COMMAND...                    one test: the command succeeds
#   bail WHY                              there is no use in going on

set -u
# shellcheck disable=SC2034 # for those who source this
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
KUNCI=$(cd "$root" && realpath "${1:-${BUILD:-build/release}}")/bin/kunci
flow_scratch=$(mktemp -d)
work=$flow_scratch/work
mkdir "$work"
export LC_ALL=C.UTF-8
unset LANGUAGE LANG KUNCI_CONFIG SOFTHSM2_CONF
flow_count=0
flow_failed=0

flow_end() {
    local code=$? lab
    echo "1..$flow_count"
    # A lab that a test left has an authority that runs.
    find "$flow_scratch" -name .kunci-lab 2>/dev/null | while read -r lab; do
        "$KUNCI" lab down --dir "${lab%/*}" >/dev/null 2>&1
    done
    rm -rf "$flow_scratch"
    [ $flow_failed = 0 ] || exit 1
    exit $code
}
trap flow_end EXIT

# The command runs in this shell: what it sets stays set.
ok() {
    local flow_name=$1
    shift
    flow_count=$((flow_count + 1))
    if "$@" >"$flow_scratch/said" 2>&1; then
        echo "ok $flow_count - $flow_name"
    else
        flow_failed=$((flow_failed + 1))
        echo "not ok $flow_count - $flow_name"
        sed 's/^/#   /' "$flow_scratch/said"
    fi
}

bail() {
    echo "Bail out! $*"
    exit 1
}

[ -x "$KUNCI" ] || bail "$KUNCI is not built"
