#!/bin/bash
# What a device says of its keys, by way of YKCS11 and a card in software: shown,
# believed up to the card's own root, and refused where that root is another's.
. "$(dirname "$0")/../lib/flow.sh"

tokens=$(dirname "$KUNCI")/../lib/kunci/tokens
card=$work/card

"$tokens/ykcs11" up "$card" >"$work/said" 2>&1
code=$?
if [ $code = 3 ]; then
    ok "attestation # SKIP $(tail -n 1 "$work/said")" true
    exit 0
fi
ok "a card comes up" test $code = 0
[ $code = 0 ] || bail "$(cat "$work/said")"
trap '"$tokens/ykcs11" down "$card"; flow_end' EXIT

# shellcheck source=/dev/null # a file of this very moment
. "$card/env"
kunci() {
    timeout 30 "$card/run" "$KUNCI" --module "$KUNCI_TOKEN_MODULE" "$@" \
        --token "$KUNCI_TOKEN_LABEL" </dev/null
}
show() { # ID ARGUMENT...
    kunci key show --key "pkcs11:id=%$1" --pin-file "$card/user.pin" "${@:2}"
}
# says TEXT ARGUMENT...: the text is in the JSON
says() {
    show "${@:2}" --json >"$work/answer"
    cat "$work/answer"
    grep -qF -- "$1" "$work/answer"
}
field() { # the first of this name, its line ends made such
    printf %b "$(grep -oP "\"$1\":\"\K[^\"]*" "$work/answer" | head -n 1)"
}
refuses() { # NAME ARGUMENT...
    local code=0
    show "${@:2}" --json >"$work/answer" || code=$?
    cat "$work/answer"
    [ $code = 1 ] && [ "$(field name)" = "$1" ]
}

# ---- it is no certificate of the holder's ----

cert_shown() { # SUBJECT WORD...
    kunci cert show "${@:2}" --json >"$work/answer"
    cat "$work/answer"
    [ "$(field subject)" = "$1" ]
}
statement="X.509 Certificate for PIV Attestation 9a"
ok "the id means the holder's certificate" cert_shown "CN=Lab 9a" --cert 01
ok "in a URI too" cert_shown "CN=Lab 9a" --cert pkcs11:id=%01
ok "the statement is meant by its label" \
    cert_shown "CN=kunci PIV Attestation 9a" --cert "$statement"
kunci cert list >"$work/said"
ok "and listed" grep -q "^$statement " "$work/said"

# ---- it can be believed ----

root=$work/root.pem
ok "the card's root can be had" kunci cert export --cert pkcs11:id=%19 -o "$root"
ok "without --attest nothing is said of it" eval \
    'says public_key 01 && ! grep -q attestation "$work/answer"'
for id in 01 02 03 04; do
    ok "the statement of key $id is there" says \
        '"attestation":{"present":true,"verified":false,"root":null,' $id --attest
    ok "and verified up to the root" says \
        '"attestation":{"present":true,"verified":true,"root":"CN=kunci PIV Attestation",' \
        $id --attest --roots "$root"
done
ok "it tells the firmware" test "$(field firmware)" = 5.2.7
ok "and the serial number" says "\"serial\":\"${KUNCI_TOKEN_LABEL##*#}\"," 02 --attest
ok "PIN and touch as the card has them" says \
    '"pin_policy":"always","touch_policy":"never",' 02 --attest

field certificate >"$work/statement.pem"
field device_certificate >"$work/device.pem"
field public_key >"$work/key.pem"
ok "openssl finds the statement signed by the device" \
    openssl verify -CAfile "$work/device.pem" "$work/statement.pem"
ok "and of this key" diff "$work/key.pem" <(openssl x509 -in "$work/statement.pem" -noout -pubkey)

show 01 --attest --roots "$root" --lang en >"$work/shown"
ok "people read it" grep -q '^Attestation  *verified, from CN=kunci PIV Attestation$' "$work/shown"
show 01 --attest --lang en >"$work/shown"
ok "and read that the maker was not checked" grep -q '^Attestation .*was not checked' "$work/shown"

ok "another root is refused" refuses attest_invalid 01 --attest --roots "$card/piv/ca.pem"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/false.key" -days 2 \
    -subj "/CN=kunci PIV Attestation" -out "$work/false.pem" 2>/dev/null
ok "one of the same name too" refuses attest_invalid 01 --attest --roots "$work/false.pem"
cat "$work/false.pem" "$root" >"$work/both.pem"
ok "beside the right one it does no harm" says '"verified":true' 01 \
    --attest --roots "$work/both.pem"
ok "the attesting key has no statement of its own" refuses attest_none 19 --attest
ok "a file without roots is refused" refuses cert_invalid 01 --attest --roots "$card/user.pin"
missing() {
    show 01 "$@"
    [ $? = "$code" ]
}
code=3
ok "one that is missing too" missing --attest --roots "$work/nowhere"
code=2
ok "--roots says nothing without --attest" missing --roots "$root"
