#!/bin/bash
# One token that two modules show is one: SoftHSM itself, and beside it a copy of it,
# p11-kit's proxy, p11-kit's server on a socket, or a process that p11-kit runs. The
# configuration is shown to one process each time.
. "$(dirname "$0")/../lib/flow.sh"

tokens=$(dirname "$KUNCI")/../lib/kunci/tokens
library=$(realpath /usr/lib/softhsm/libsofthsm2.so)
cd "$work" || exit 1
mkdir config

# configured COMMAND...: sees the files in config/ and no others.
configured() {
    # shellcheck disable=SC2016 # the inner shell's words
    unshare -m bash -c 'mount --bind "$0" /usr/share/p11-kit/modules && exec "$@"' \
        "$work/config" timeout 30 "$@"
}
configured true 2>/dev/null || {
    flow_count=1
    echo "ok 1 - two modules # SKIP no mounts of its own here"
    exit 0
}
"$tokens/p11kit" up "$work/served" || bail "p11-kit serves no token"
trap '"$tokens/p11kit" down "$work/served"; flow_end' EXIT
# shellcheck source=/dev/null # a file of this very moment
. "$work/served/env"
export SOFTHSM2_CONF=$work/served/softhsm/softhsm2.conf # the server's own token

kunci() {
    configured "$KUNCI" "$@" --json | tee answer
    return "${PIPESTATUS[0]}"
}
# counts NUMBER TEXT: so often does it stand in the answer
counts() {
    [ "$(grep -oF -- "$2" answer | wc -l)" = "$1" ]
}
listed_once() {
    kunci token list && counts 1 '"label":"lab"' && counts 2 '"slot_id"' && counts 1 '"broken":[]'
}
# asks_once COMMAND...: there is no second line for a second question.
asks_once() {
    kunci "$@" --pin-fd 3 3<"$work/served/user.pin"
}
has_key() {
    asks_once key list && counts 1 "\"label\":\"$1\""
}
comes_and_goes() {
    configured "$KUNCI" token watch --timeout 5 --json >answer &
    local watching=$!
    sleep 1.5 # until it looks
    softhsm2-util --init-token --free --label guest --so-pin 31415926 --pin 48151623 &&
        sleep 1.5 && softhsm2-util --delete-token --token guest
    wait $watching
    cat answer
    # SoftHSM's free slot may be seen to move: it looks at its folder while that changes.
    [ "$(grep token=guest answer | grep -o '"event":"[a-z]*"' | paste -sd' ')" = \
        '"event":"in" "event":"out"' ]
}

cp "$library" copy.so
ways=(
    "copy module: $work/copy.so"
    "proxy module: $(find /usr/lib -name p11-kit-proxy.so | head -n 1)"
    "client module: $KUNCI_TOKEN_MODULE"
    "remote remote: |p11-kit remote $library"
)
for way in "${ways[@]}"; do
    name=${way%% *}
    echo "${way#* }" >"config/$name.module"
    echo "module: $library" >config/soft.module
    ok "SoftHSM and $name show one token, and one that is blank" listed_once
    ok "which need not be named, and asks for one PIN" asks_once key new --type p256 --label "$name"
    ok "its key is there once" has_key "$name"
    echo "priority: 1" >>config/soft.module
    ok "and whichever comes first" listed_once
    ok "the key is the same" has_key "$name"
    ok "and can go" asks_once key delete --key "$name" --yes
    ok "a token comes once and goes once" comes_and_goes
    rm "config/$name.module"
done

# ---- one of the two fails ----

export KUNCI_FAULT_FILE=$work/faults
echo "crash C_GetSlotList" >faults
printf 'module: %s\npriority: 2\n' "$(realpath "${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so")" \
    >config/fault.module
ok "where one fails the other shows it" eval 'kunci token list && counts 1 "\"label\":\"lab\""'
ok "and signs" asks_once key new --type p256 --label left
