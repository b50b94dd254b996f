#!/bin/bash
# kunci cert import --replace, ended by SIGKILL in each call that it makes: whatever was
# done, a certificate stands on the token whose key signs, and the same command once more
# leaves the new one alone.
. "$(dirname "$0")/../lib/flow.sh"

cd "$work" || exit 1
export work KUNCI
cp "${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so" fault.so # a name of its own
mkdir -p blank/tokens jobs
echo 48151623 >pin
echo "surat contoh" >letter
settings() { # FOLDER
    printf 'directories.tokendir = %s/tokens\nlog.level = ERROR\n' "$1" >"$1/softhsm2.conf"
}
kunci() { # through the fault module
    "$KUNCI" --module "$work/fault.so" --yes --json "$@" </dev/null
}
export replace="--module $work/fault.so --json cert import --replace --token budi
    --pin-file $work/pin $work/new.pem"
export -f settings kunci
unset KUNCI_FAULT_FILE KUNCI_FAULT_LOG

# ---- a token with two keys; the old one is certified ----

prepare() {
    local name
    settings "$work/blank"
    export SOFTHSM2_CONF=$work/blank/softhsm2.conf
    softhsm2-util --init-token --free --label budi --so-pin 31415926 --pin 48151623 &&
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key \
            -subj /CN=CA -out ca.pem || return
    for name in old new; do
        kunci key new --token budi --label $name --type p256 --pin-file pin &&
            kunci csr new --token budi --key $name --subject CN=Budi --pin-file pin -o $name.csr &&
            openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -out $name.pem || return
        openssl x509 -in $name.pem -outform DER | sha256sum | cut -d ' ' -f 1 >$name.sha256
        openssl x509 -in $name.pem -noout -pubkey >$name.pub
    done
    kunci cert import --token budi --pin-file pin old.pem
}
prepare >prepared 2>&1 || bail "$(cat prepared)"

# ---- one ----

# The names of the certificates on the token, each proved by its key; false: one is not.
pairs() {
    local certs name found=''
    certs=$(kunci cert list --token budi --in-process) || return
    for name in old new; do
        [[ $certs == *"$(cat "$work/$name.sha256")"* ]] || continue
        found+="$name "
        kunci sign --token budi --key $name --format raw --pin-file "$work/pin" --in-process \
            --force "$work/letter" -o signature >signed &&
            openssl dgst -verify "$work/$name.pub" -signature signature "$work/letter" >>signed ||
            return
    done
    [ "$(grep -o '"sha256"' <<<"$certs" | wc -l)" = "$(wc -w <<<"$found")" ] && echo "$found"
}

# killed_at MODE CALL N: prints one line: what was there then.
# shellcheck disable=SC2086 # words
killed_at() {
    local folder=$work/jobs/$BASHPID mode='' child left again code=0
    [ "$1" = apart ] || mode=--in-process
    cp -r "$work/blank" "$folder" && cd "$folder" && settings "$folder" || exit 1
    export SOFTHSM2_CONF=$folder/softhsm2.conf
    echo "hang $2 $3" >faults
    touch log
    KUNCI_FAULT_FILE=$folder/faults KUNCI_FAULT_LOG=$folder/log "$KUNCI" $replace $mode \
        </dev/null >said 2>&1 &
    child=$!
    until grep -q hang log; do
        kill -0 $child || break
        sleep 0.02
    done
    kill -9 $child
    wait $child
    left=$(pairs)
    again=$("$KUNCI" $replace $mode </dev/null) || code=$?
    # What was finished already is told, and left.
    [ $code = 0 ] || [[ $left == 'new ' && $again == *'"cert_exists"'* ]] || left=
    if [ -n "$left" ] && [ "$(pairs)" = 'new ' ]; then
        echo "fine $*: $left"
        rm -rf "$folder"
    else
        echo "WRONG $*: '$left' $code $again $(pairs)"
    fi
}
export -f pairs killed_at

# ---- all ----

# The calls that the command makes by itself, "C_Name N" a line.
# shellcheck disable=SC2086 # words
calls_of() { # MODE
    local mode=''
    [ "$1" = apart ] || mode=--in-process
    cp -r blank jobs/calls && settings "$work/jobs/calls"
    SOFTHSM2_CONF=$work/jobs/calls/softhsm2.conf KUNCI_FAULT_LOG=$work/jobs/calls/log \
        "$KUNCI" $replace $mode </dev/null >/dev/null
    awk '$2 != "C_GetFunctionList" { print $2, $1 }' jobs/calls/log
    rm -r jobs/calls
}
# A sanitizer makes each run many times as long: then one in seven is enough.
chosen() {
    if ldd "$KUNCI" | grep -q 'lib[at]san'; then
        awk 'NR % 7 == 1'
    else
        cat
    fi
}
at_every_call() { # MODE
    calls_of "$1" | chosen | sed "s/^/$1 /" >plan
    # shellcheck disable=SC2016 # the inner shell's words
    xargs -P 4 -I{} bash -c 'killed_at $1' _ {} <plan >results 2>>notes
    grep -v '^fine' results
    [ "$(grep -c '^fine' results)" = "$(wc -l <plan)" ] && [ "$(wc -l <plan)" -gt 5 ]
}
for mode in here apart; do
    ok "killed at every call, the module $mode: a pair is there, and the next run finishes" \
        at_every_call $mode
    echo "# $(wc -l <plan) calls; left:" "$(sed 's/.*: //' results | sort | uniq -c | paste -sd,)"
done

ended() {
    ! pgrep -f "kunci-worker $work/fault.so"
}
ok "no process of a module is left" ended
