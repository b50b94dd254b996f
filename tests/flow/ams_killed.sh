#!/bin/bash
# kunci ams init, ended by SIGKILL in each call that it makes to its token: the same command
# once more makes the authority, with three keys and no other, and it issues revocation lists.
. "$(dirname "$0")/../lib/flow.sh"

cd "$work" || exit 1
export work KUNCI
cp "${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so" fault.so # a name of its own
mkdir -p blank/tokens jobs
echo 48151623 >pin
settings() { # FOLDER
    printf 'directories.tokendir = %s/tokens\nlog.level = ERROR\n' "$1" >"$1/softhsm2.conf"
    printf '%s\n' "module: $work/fault.so" 'ams:' "  store: $1/ams.db" '  token: ca' \
        "  pin_file: $work/pin" '  listen: 127.0.0.1:1' '  url: https://ams.contoh.go.id' \
        '  public: 127.0.0.1:2' '  public_url: http://ams.contoh.go.id' >"$1/kunci.yaml"
}
export -f settings
unset KUNCI_FAULT_FILE KUNCI_FAULT_LOG KUNCI_CONFIG
settings "$work/blank"
SOFTHSM2_CONF=$work/blank/softhsm2.conf softhsm2-util --init-token --free --label ca \
    --so-pin 31415926 --pin 48151623 >prepared 2>&1 || bail "$(cat prepared)"

# killed_at CALL N: prints one line: how many keys were there then.
killed_at() {
    local folder=$work/jobs/$BASHPID child left keys
    cp -r "$work/blank" "$folder" && cd "$folder" && settings "$folder" || exit 1
    export SOFTHSM2_CONF=$folder/softhsm2.conf KUNCI_CONFIG=$folder/kunci.yaml
    keys() {
        "$KUNCI" --in-process --json key list --token ca --pin-file "$work/pin" |
            grep -o '"label":"kunci-[a-z]*-[0-9a-f]*"' | sort | uniq -c | sed 's/"//g'
    }
    echo "hang $1 $2" >faults
    touch log
    KUNCI_FAULT_FILE=$folder/faults KUNCI_FAULT_LOG=$folder/log "$KUNCI" --in-process --json \
        ams init Contoh </dev/null >said 2>&1 &
    child=$!
    until grep -q hang log; do
        kill -0 $child || break
        sleep 0.02
    done
    kill -9 $child
    wait $child
    left=$(keys | wc -l)
    "$KUNCI" --in-process --json ams init Contoh </dev/null >again 2>&1 ||
        grep -q '"ams_exists"' again || left=
    keys=$(keys | awk '{ print $1, $2 }' | sed 's/label:kunci-//; s/-[0-9a-f]*$//' | paste -sd,)
    if [ -n "$left" ] && [ "$keys" = '1 audit,1 issuing,1 root' ] &&
        "$KUNCI" --in-process -q ams ca crl </dev/null >lists 2>&1; then
        echo "fine $*: $left"
        rm -rf "$folder"
    else
        echo "WRONG $*: '$left' '$keys' $(cat again lists)"
    fi
}
export -f killed_at

calls_of() {
    cp -r blank jobs/calls && settings "$work/jobs/calls"
    SOFTHSM2_CONF=$work/jobs/calls/softhsm2.conf KUNCI_CONFIG=$work/jobs/calls/kunci.yaml \
        KUNCI_FAULT_LOG=$work/jobs/calls/log "$KUNCI" --in-process ams init Contoh \
        </dev/null >/dev/null
    awk '$2 != "C_GetFunctionList" { print $2, $1 }' jobs/calls/log
    rm -r jobs/calls
}
# Only what changes the token leaves a difference behind; of the rest some are enough.
chosen() {
    awk '/C_GenerateKeyPair|C_SetAttributeValue|C_Sign |C_Login/ || NR % 9 == 1'
}
at_every_call() {
    calls_of | chosen >plan
    # shellcheck disable=SC2016 # the inner shell's words
    xargs -P 4 -I{} bash -c 'killed_at $1' _ {} <plan >results 2>>notes
    grep -v '^fine' results
    [ "$(grep -c '^fine' results)" = "$(wc -l <plan)" ] && [ "$(wc -l <plan)" -gt 10 ]
}
ok "killed in its calls, the next run makes the authority" at_every_call
echo "# $(wc -l <plan) calls; keys left:" "$(sed 's/.*: //' results | sort | uniq -c | paste -sd,)"
