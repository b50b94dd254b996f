#!/bin/bash
# The tokens of tests/tokens: each comes up twice at once, shows itself to kunci,
# signs a request, and leaves nothing behind. What lacks its packages is skipped.
. "$(dirname "$0")/../lib/flow.sh"

tokens=$(dirname "$KUNCI")/../lib/kunci/tokens

# on DIR ARGUMENT...: kunci where that token can be reached
on() {
    local folder=$1
    shift
    (
        # shellcheck source=/dev/null # a file of this very moment
        . "$folder/env"
        # NSS's module is p11-kit's: only p11-kit passes it its settings.
        [ -n "${KUNCI_TOKEN_INIT:-}" ] || set -- --module "$KUNCI_TOKEN_MODULE" "$@"
        timeout 30 "$folder/run" "$KUNCI" "$@" --token "$KUNCI_TOKEN_LABEL"
    )
}

# A card comes with its keys; another token makes one.
signs() {
    local folder=$1 key=pkcs11:id=%01
    if [ ! -e "$folder/card" ]; then
        on "$folder" key new --type rsa2048 --label tanda --pin-file "$folder/user.pin" || return
        key=tanda
    fi
    on "$folder" csr new --key "$key" --subject CN=Budi --pin-file "$folder/user.pin" \
        -o "$folder/request.pem" && openssl req -in "$folder/request.pem" -noout -verify
}

ended() {
    local id
    while read -r id _; do
        # What nobody asked about stays as a zombie, without a program.
        [ -z "$(readlink "/proc/$id/exe")" ] || return 1
    done <"$1"
}

card_comes_and_goes() {
    "$1/card" remove && sleep 0.5 && ! on "$1" key list &&
        "$1/card" insert && sleep 0.5 && on "$1" token info
}

for name in softhsm p11kit nss opencryptoki tpm2 opensc ykcs11; do
    one=$work/$name.1 two=$work/$name.2
    "$tokens/$name" up "$one" >"$work/said" 2>&1
    code=$?
    # 3: the machine lacks packages, or lets nobody make namespaces.
    if [ $code = 3 ]; then
        ok "$name # SKIP $(tail -n 1 "$work/said")" true
        continue
    fi
    ok "$name comes up" test $code = 0
    ok "$name comes up a second time beside itself" "$tokens/$name" up "$two"
    ok "$name shows itself" on "$one" token info
    # tpm2-pkcs11 1.9 refuses the templates that kunci makes keys with.
    [ $name = tpm2 ] || ok "$name signs" signs "$two"
    [ ! -e "$one/card" ] || ok "$name can be pulled out" card_comes_and_goes "$one"
    cat "$one/processes" "$two/processes" >"$work/processes" 2>/dev/null
    ok "$name goes" "$tokens/$name" down "$one"
    ok "$name goes twice" "$tokens/$name" down "$two"
    ok "$name leaves nothing" test ! -e "$one" -a ! -e "$two"
    ok "$name runs nothing any more" ended "$work/processes"
done
mkdir "$work/letters"
ok "down refuses what up has not made" eval '! "$tokens/softhsm" down "$work/letters"'
