#!/bin/bash
# What a token wants its security officer for: keys and certificates of a PIV card by
# way of YKCS11, whose module takes them from nobody else. The holder is not asked.
. "$(dirname "$0")/../lib/flow.sh"

tokens=$(dirname "$KUNCI")/../lib/kunci/tokens
card=$work/card

"$tokens/ykcs11" up "$card" >"$work/said" 2>&1
code=$?
if [ $code = 3 ] || grep -q 'needs root' "$work/said"; then
    ok "the officer # SKIP $(tail -n 1 "$work/said")" true
    exit 0
fi
ok "a card comes up" test $code = 0
[ $code = 0 ] || bail "$(cat "$work/said")"
trap '"$tokens/ykcs11" down "$card"; flow_end' EXIT
cd "$work" || exit 1

# shellcheck source=/dev/null # a file of this very moment
. "$card/env"
kunci() {
    timeout 30 "$card/run" "$KUNCI" --module "$KUNCI_TOKEN_MODULE" --token "$KUNCI_TOKEN_LABEL" \
        --json --yes "$@" </dev/null >answer
    local code=$?
    cat answer
    return $code
}
officer() {
    kunci "$@" --so-pin-file "$card/so.pin"
}
holder() {
    kunci "$@" --pin-file "$card/user.pin"
}
refused() { # NAME COMMAND...
    local code=0
    "${@:2}" || code=$?
    [ $code = 1 ] && grep -q "\"name\":\"$1\"" answer
}
says() { # TEXT COMMAND...
    "${@:2}" && grep -qF -- "$1" answer
}
request() { # KEY
    holder csr new --key "$1" --subject "CN=Budi Santoso" -o request.pem --force
}
issue() { # FILE...
    local file
    for file; do
        openssl x509 -req -in request.pem -CA "$card/piv/ca.pem" -CAkey "$card/piv/ca.key" \
            -days 2 -out "$file" || return
    done
}
json() { # FILE: as a string of JSON has its lines
    sed ':more;N;$!b more;s/\n/\\n/g' "$1"
}

# ---- a key, and its certificate: RSA tells its public half, P-256 does not ----

place=5
for type in p256 rsa2048; do
    id=0$((place++))
    ok "a key is made, $type" says "\"id\":\"$id\"" officer key new --type $type --label tte \
        --pin-file "$card/user.pin"
    ok "it has no certificate yet" says '"has_certificate":false' holder key show --key $id
    ok "and none is taken for it" refused cert_not_found kunci cert show --cert $id
    ok "it signs a request" request $id
    ok "for which certificates are issued" issue $type.pem $type.other.pem
    ok "its certificate is the officer's to write" refused pin_required holder cert import $type.pem
    ok "who writes it alone" says '"subject":"CN=Budi Santoso"' officer cert import $type.pem
    ok "the key has it" says '"has_certificate":true' holder key show --key $id
    ok "once" refused cert_exists officer cert import $type.pem
    ok "another one does not take its place" refused cert_place officer cert import $type.other.pem
    ok "the device's statement cannot go" refused token_unable \
        officer cert delete --cert "X.509 Certificate for PIV Attestation 8$((place - 4))"
    ok "nor a key" refused token_tool holder key delete --key $id
    ok "nothing is gone" says "$(json $type.pem)" kunci cert export --cert $id
    ok "the certificate is the officer's to delete" refused pin_required \
        holder cert delete --cert $id
    ok "who does" officer cert delete --cert $id
    ok "then it is gone" refused cert_not_found kunci cert show --cert $id
    ok "its key is not" request $id
    ok "and has room for the other one" officer cert import $type.other.pem
done
ok "a certificate of another key is refused" refused cert_no_key \
    officer cert import "$card/piv/ca.pem"

# ---- the officer's PIN ----

tr 0-9 1-90 <"$card/so.pin" >wrong.pin
ok "a wrong one is the officer's" refused so_pin_incorrect \
    kunci cert delete --cert 05 --so-pin-file wrong.pin
ok "nothing was deleted" kunci cert show --cert 05
