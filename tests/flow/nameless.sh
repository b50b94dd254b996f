#!/bin/bash
# Objects without a name on a holder's token: a renewal that is killed while it makes its key
# leaves some, and the next run removes them; what others put there before, it leaves.
. "$(dirname "$0")/../lib/flow.sh"

# What tests/kill/run would set.
place=$work here=$root/tests/kill
# shellcheck disable=SC2034 # for tests/lib/kill.sh
KUNCID=${KUNCI}d
FAULT=${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so
shim=${KUNCI%/bin/kunci}/tests/kill/shim.so
. "$root/tests/lib/kill.sh"
trap 'unserve; flow_end' EXIT

lab_state renewal=otomatis >"$work/up" 2>&1 || bail "$(cat "$work/up")"

nameless() { # how many
    k key list "${budi[@]}" | grep -o '"label":""' | wc -l
}
begun() {
    unserve
    rm -rf "$place/run" && cp -a "$place/state" "$place/run" && cd "$place/run" && serve
}
# Killed in the midst of that, with so many there. What comes over the network is not read in
# the same pieces each time, so the midst is looked for.
killed_making() { # HOW-MANY PREPARATION
    local at part
    for part in 12 11 13 10 14 9 15 8 16; do
        "$2" || return
        at=$(sed -n "$(($(wc -l <"$place/making") * part / 18))p" "$place/making")
        env "${shimmed[@]}" KILL_AT="$at" KILL_HOW=after LD_PRELOAD="$shim" timeout 60 "$KUNCI" \
            "${renew[@]}" </dev/null
        [ "$(nameless)" != "$1" ] || return 0
    done
    return 1
}
shimmed=(KILL_PROGRAM=kunci "KILL_LOG=$place/calls" "KUNCI_FAULT_LOG=$place/pkcs11")
renew=(--config kunci.yaml --module "$FAULT" --in-process --yes renew "${budi[@]}")
# Those calls by which objects are written before C_GenerateKeyPair ends.
recorded() {
    env "${shimmed[@]}" LD_PRELOAD="$shim" "$KUNCI" "${renew[@]}" </dev/null || return
    awk '/C_GenerateKeyPair/ { exit } $2 == "open" && /object$/ { print $1 }' "$place/calls" \
        >"$place/making"
    [ "$(wc -l <"$place/making")" -gt 10 ]
}
ended_well() { # how many stay
    k renew "${budi[@]}" && [ "$(nameless)" = "$1" ]
}

ok "a renewal by itself" eval 'begun && recorded'
ok "and nothing without a name is left" [ "$(nameless)" = 0 ]
ok "killed while it makes its key, it leaves something without a name" killed_making 1 begun
ok "which the next run removes" ended_well 0

other() {
    pkcs11-tool --module "$(sed -n 's/.*"module": "\(.*\)".*/\1/p' kunci.yaml)" \
        --token-label "Budi Santoso" --login --pin "$(cat pins/budi.pin)" --keypairgen \
        --key-type EC:prime256v1 && [ "$(nameless)" = 1 ]
}
with_other() {
    begun && other
}
ok "somebody else's key has no name" with_other
ok "a renewal is killed as before" killed_making 2 with_other
ok "and the next one leaves both: nobody can say which is whose" ended_well 2
