#!/bin/bash
# kunci renew, ended by SIGKILL in calls to its token all along the way: whatever was done, a
# pair stands on the token that is in force, and the same command once more comes to its end
# with one new certificate, one new key, and nothing else.
. "$(dirname "$0")/../lib/flow.sh"
. "$root/tests/lib/holders.sh"

cd "$work" || exit 1
cp "${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so" fault.so
unset KUNCI_FAULT_FILE KUNCI_FAULT_LOG
holders_up renewal=otomatis issuance=penerbitan >up 2>&1 || bail "$(tail -20 up served 2>/dev/null)"
trap holders_end EXIT
ahead 715
sed -i 's/root.pem}/root.pem, delete_old_keys: true}/' kunci.yaml
unserve
mkdir before
cp -r ams.db* tokens before/

# As it was before the renewal.
again() {
    rm -rf ams.db* tokens state log
    cp -r before/* .
    touch log
    serve
}
renew=(budi renew --module "$work/fault.so" --in-process --yes --json)
certs_and_keys() {
    by budi cert list --json >list.json && by budi key list --json >keys.json &&
        jq -rs '[(.[0].certificates | length, (map(select(.has_key)) | length)),
            (.[1].keys | length,
             (map(select(.has_certificate and .has_private and .has_public)) | length))] | join(" ")' \
            list.json keys.json
}
in_force() { # at least one certificate of the token logs in
    by budi request list --mine --json >list.json
}
killed_at() { # CALL N
    local child left='' tries=0
    again || return
    echo "hang $1 $2" >faults
    KUNCI_FAULT_FILE=$work/faults KUNCI_FAULT_LOG=$work/log by "${renew[@]}" >said 2>&1 &
    child=$!
    until grep -q hang log || ! kill -0 $child 2>/dev/null || [ $((tries += 1)) = 400 ]; do
        sleep 0.02
    done
    pkill -9 -P $child
    kill -9 $child 2>/dev/null
    wait $child 2>/dev/null
    grep -q hang log || { echo "it never came to that call"; unserve; return 1; }
    in_force || { echo "nothing in force"; cat list.json; unserve; return 1; }
    # Killed behind its last line, it was over.
    { by "${renew[@]}" >said 2>&1 || { grep -q renew_early said && tail -1 state/budi/kunci/*.journal |
        grep -q '"closed":"closed"'; }; } && left=$(certs_and_keys)
    unserve
    if [ "$left" != '1 1 1 1' ]; then
        echo "$1 $2: $left"
        cat said state/budi/kunci/*.journal
        return 1
    fi
}

again || bail 'no authority'
KUNCI_FAULT_LOG=$work/log by "${renew[@]}" >said 2>&1 || bail "$(cat said)"
unserve
awk '$2 != "C_GetFunctionList" { print $2, $1 }' log >calls
echo "# $(wc -l <calls) calls of the token"
# Those that change something or sign, and of the rest each so many-th.
{
    grep -E 'C_(GenerateKeyPair|CreateObject|DestroyObject|SetAttributeValue|Sign) ' calls
    grep -vE 'C_(GenerateKeyPair|CreateObject|DestroyObject|SetAttributeValue|Sign) ' calls |
        awk 'NR % '$(($(wc -l <calls) / 12 + 1))' == 1'
} >plan
while read -r call n; do
    ok "killed at $call $n" killed_at "$call" "$n"
done <plan
