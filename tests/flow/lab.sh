#!/bin/bash
# kunci lab: what it makes, what it takes away, what it refuses, and the whole
# main job played in it.
. "$(dirname "$0")/../lib/flow.sh"

lab="$work/my 'lab'" # a name that has to be quoted in a shell
said=$work/said      # all that was ever printed
: >"$said"
export HOME=$work/home TMPDIR=$work/tmp
mkdir "$HOME" "$TMPDIR"
unset XDG_DATA_HOME SOFTHSM2_CONF KUNCI_CONFIG

# Runs kunci, keeps what it says in $answer, and for the search for PINs.
say() {
    local code=0
    answer=$("$KUNCI" "$@" 2>&1) || code=$?
    printf '%s\n' "$answer" >>"$said"
    return $code
}

# fails_with CODE NAME ARGUMENT...: the exit code and the error's name.
fails_with() {
    local want=$1 name=$2 code=0
    shift 2
    say --json "$@" || code=$?
    [ $code = "$want" ] && [[ $answer == *"\"$name\""* ]]
}

outside() {
    find "$HOME" "$TMPDIR" | sort
}

private() {
    [ "$(stat -c %a "$lab")" = 700 ] && [ -z "$(find "$lab" -type f -perm /077)" ]
}

# The exported variables are all that another program needs.
env_serves() {
    (
        say lab env --dir "$lab" && eval "$answer" || exit 1
        [ -s "$KUNCI_LAB_PIN_FILE" ] && openssl x509 -in "$KUNCI_CA_FILE" -noout &&
            [ "$XDG_STATE_HOME" = "$lab/state" ] &&
            say token list && [[ $answer == *"Budi Santoso"* && $answer == *"Siti Aminah"* ]] &&
            pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --list-token-slots |
            grep -q 'Kepala Badan Lab'
    )
}

no_pin_was_said() {
    cat "$lab"/pins/* >/dev/null || return 1
    local file
    for file in "$lab"/pins/*; do
        ! grep -qF -- "$(cat "$file")" "$said" || return 1
    done
}

# No authority of a lab in this folder.
nobody_runs() {
    ! pgrep -f "kuncid ams serve --config $lab/"
}

# What the lab's own shell would do: fetch what the authority tells without TLS, and with it.
serves() {
    (
        say lab env --dir "$lab" && eval "$answer" || exit 1
        curl -sf "$KUNCI_AMS_PUBLIC_URL/health" >"$work/health" &&
            curl -sf --cacert "$KUNCI_CA_FILE" "$KUNCI_AMS_URL/v1/authority" >"$work/authority" &&
            "$KUNCI" request list --token "Operator Lab" --pin-file "$lab/pins/operator.pin" &&
            say -v ams user list
    )
}
# The number of its process, now another's that began later: that is left alone.
spares_another() {
    local number=$lab/ams/kuncid.pid kept child
    kept=$(<"$number")
    sleep 60 &
    child=$!
    echo "$child ${kept#* }" >"$number"
    "$KUNCI" --json lab run --dir "$lab" >/dev/null 2>&1 # refused; looks at nothing
    (cp -r "$lab" "$work/copy" && "$KUNCI" lab down --dir "$work/copy") >/dev/null 2>&1
    echo "$kept" >"$number"
    kill -0 $child && [ ! -e "$work/copy" ] && kill $child
}

before=$(outside)
ok "up makes a lab" say lab up --dir "$lab"
ok "for the user alone" private
ok "up refuses a second one" fails_with 1 lab_exists lab up --dir "$lab"
ok "run does not replace it" fails_with 1 lab_exists lab run --dir "$lab"
ok "env serves other programs" env_serves
say -v lab env --dir "$lab"
ok "no PIN was printed" no_pin_was_said
ok "its authority is at work" serves
ok "a second down of the same folder does not end another's process" spares_another
ok "down takes it away" say lab down --dir "$lab"
ok "whole" test ! -e "$lab"
ok "and ends its authority" nobody_runs
ok "down again finds none" fails_with 1 lab_missing lab down --dir "$lab"
ok "env finds none" fails_with 1 lab_missing lab env --dir "$lab"
ok "nothing was written elsewhere" test "$(outside)" = "$before"

# ---- what is not a lab ----

mkdir "$work/letters"
touch "$work/letters/keep"
ok "down refuses a folder that is no lab" fails_with 1 lab_missing lab down --dir "$work/letters"
ok "up refuses a folder with files in it" fails_with 1 file_exists lab up --dir "$work/letters"
ok "the file is still there" test -e "$work/letters/keep"
ok "up refuses what SoftHSM cannot name" fails_with 2 usage_value lab up --dir "$work/a=b"
ok "and has made nothing" test ! -e "$work/a=b"

mkdir "$lab"
ok "up takes an empty folder" say lab up --dir "$lab"
touch "$lab/keep"
ok "down leaves what is not the lab's" say lab down --dir "$lab"
ok "and nothing else" test "$(ls -A "$lab")" = keep
rm -r "$lab"

ok "without --dir up uses the data folder" say lab up
ok "which is in the home" test -d "$HOME/.local/share/kunci/lab"
ok "and down finds it" say lab down

# ---- with other tokens ----

other=$work/other # their sockets and settings take fewer names than a lab does
other_serves() {
    (
        say lab env --dir "$other" && eval "$answer" || exit 1
        "$KUNCI_LAB_SOFTHSM_RUN" "$KUNCI" --module "$KUNCI_LAB_SOFTHSM_MODULE" pin status \
            --token lab
    )
}
ok "up refuses a token that there is not" fails_with 2 usage_value \
    lab up --dir "$other" --with softhsm,../nss
ok "and has made nothing" test ! -e "$other"
ok "up brings another token" say lab up --dir "$other" --with softhsm
ok "env tells of it" other_serves
ok "down takes it away, too" say lab down --dir "$other"
ok "whole" test ! -e "$other"
ok "up that fails with it leaves nothing" fails_with 3 proc_failed lab up --dir "$lab" --with softhsm
ok "at all" test ! -e "$lab"

# ---- killed in the middle ----

# killed_once FILE: up is killed as soon as the file is there.
killed_once() {
    local child
    "$KUNCI" lab up --dir "$lab" >>"$said" 2>&1 &
    child=$!
    until [ -e "$lab/$1" ]; do
        kill -0 $child || return 1
    done
    kill -9 $child
    wait $child 2>/dev/null
    local refusal=lab_unfinished
    [ ! -e "$lab/.ready" ] || refusal=lab_exists
    if ! fails_with 1 $refusal lab up --dir "$lab" || ! say lab down --dir "$lab" || [ -e "$lab" ]; then
        echo "$answer" && find "$lab"
        return 1
    fi
}
for file in .kunci-lab pins/ca.so pins/siti.pin ca/root.pem people/operator.csr ams/kuncid.pid; do
    ok "killed when $file was made: up refuses, down takes it away" killed_once "$file"
    ok "and nothing of it runs" nobody_runs
done

# ---- the journey ----

eighteen() {
    local began=${EPOCHREALTIME/./} ms
    say --lang en lab run --dir "$lab" || return
    ms=$(((${EPOCHREALTIME/./} - began) / 1000))
    echo "$ms ms"
    # A sanitizer makes it slow.
    [[ $KUNCI = *[at]san* || $ms -lt 30000 ]] && [ "$(grep -c '^ *[0-9]*/18 .* ok$' <<<"$answer")" = 18 ]
}
# Both of Budi Santoso's certificates, from his token.
certificates() {
    local label n=0
    for label in $(of_lab cert list --token "Budi Santoso" --json | grep -o '"label":"[^"]*"' |
        cut -d '"' -f 4 | tr ' ' '+'); do
        of_lab cert export --token "Budi Santoso" --cert "${label//+/ }" --force \
            -o "$work/budi.$((n += 1)).pem" || return
    done
    [ $n = 2 ]
}
of_lab() {
    SOFTHSM2_CONF=$lab/softhsm2.conf "$KUNCI" --config "$lab/kunci.yaml" "$@"
}
# The chain by OpenSSL, with the lists that the authority tells without TLS.
revoked_in_truth() {
    local url file said
    url=$(sed -n 's/.*"public_url": "\(.*\)".*/\1/p' "$lab/kunci.yaml")
    curl -sf "$url/ca/issuing.cer" | openssl x509 -inform DER -out "$work/issuing.pem" &&
        curl -sf "$url/crl/issuing.crl" | openssl crl -inform DER -out "$work/issuing.crl" ||
        return
    for file in "$work"/budi.[12].pem; do
        openssl verify -attime "$(now_of_lab)" \
            -CAfile "$lab/ca/root.pem" -untrusted "$work/issuing.pem" "$file" || return
        said=$(openssl verify -attime "$(now_of_lab)" -crl_check -CAfile "$lab/ca/root.pem" \
            -CRLfile "$work/issuing.crl" -untrusted "$work/issuing.pem" "$file" 2>&1)
        [[ $said == *"certificate revoked"* ]] || { echo "$said" && return 1; }
        said=$(openssl ocsp -issuer "$work/issuing.pem" -cert "$file" -url "$url/ocsp" \
            -CAfile "$lab/ca/root.pem" -no_nonce -verify_other "$work/issuing.pem" \
            -validity_period 90000000 -attime "$(now_of_lab)" 2>&1)
        [[ $said == *"Response verify OK"* && $said == *": revoked"* ]] || { echo "$said" && return 1; }
    done
}
now_of_lab() {
    echo $(($(date +%s) + 10#$(tr -d +- <"$lab/clock")))
}
# What the letter says holds, whatever became of the certificate since.
letter_in_truth() {
    cat "$lab/ca/root.pem" "$work/issuing.pem" >"$work/chain.pem"
    openssl cms -verify -cades -binary -inform DER -in "$lab/surat.txt.p7s" \
        -content "$lab/surat.txt" -CAfile "$work/chain.pem" \
        -attime "$(now_of_lab)" -purpose any -out "$work/read" && cmp "$work/read" "$lab/surat.txt"
}
as_json() {
    say --json lab run --dir "$lab" && [ "$(wc -l <<<"$answer")" = 1 ] &&
        [ "$(grep -o '"ok": *true' <<<"$answer" | wc -l)" = 18 ]
}
in_indonesian() {
    say --lang id lab run --dir "$lab" && [ "$(grep -c '^ *[0-9]*/18 ' <<<"$answer")" = 18 ] &&
        [[ $answer != *"Audit trail"* ]]
}
ok "run plays the main job in eighteen steps, within 30 seconds" eighteen
echo "# $(tail -n 1 "$flow_scratch/said")"
ok "both certificates are on the token" certificates
ok "OpenSSL finds them sound, and revoked in the list and by OCSP" revoked_in_truth
ok "and the letter signed" letter_in_truth
ok "run replaces its own lab, and answers in JSON" as_json
ok "run speaks Indonesian" in_indonesian
ok "up does not take the lab of run" fails_with 1 lab_exists lab up --dir "$lab"
ok "no PIN was printed by run" no_pin_was_said
ok "a step that fails ends it" fails_with 3 module_load --module /dev/null lab run --dir "$lab"
ok "and leaves the folder" test -e "$lab/.kunci-lab"
ok "which down takes away" say lab down --dir "$lab"
