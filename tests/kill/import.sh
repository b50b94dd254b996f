# shellcheck shell=bash disable=SC2034,SC2154
# kunci cert import --replace: a certificate whose key signs stands on the token at all
# times, and the next run leaves the new one alone.
program=kunci

pulled() {
    echo "$place"/run/tokens/*-*
}
prepare() {
    local name
    mkdir -p state/tokens && cd state || return
    echo 48151623 >pin
    echo "surat contoh" >letter
    printf 'directories.tokendir = %s/run/tokens\nlog.level = ERROR\n' "$place" >softhsm2.conf
    export SOFTHSM2_CONF=$place/state/softhsm2.conf
    ln -s state "$place/run" # for now the token is there
    softhsm2-util --init-token --free --label budi --so-pin 31415926 --pin 48151623 &&
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key \
            -subj /CN=CA -out ca.pem || return
    for name in old new; do
        "$KUNCI" key new --token budi --label $name --type p256 --pin-file pin &&
            "$KUNCI" csr new --token budi --key $name --subject CN=Budi --pin-file pin \
                -o $name.csr &&
            openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -out $name.pem || return
        openssl x509 -in $name.pem -outform DER | sha256sum | cut -d ' ' -f 1 >$name.sha256
        openssl x509 -in $name.pem -noout -pubkey >$name.pub
    done
    "$KUNCI" cert import --token budi --pin-file pin old.pem && rm "$place/run"
}
replace() {
    "$@" --module "$FAULT" --in-process --json --yes cert import --replace --token budi \
        --pin-file pin new.pem </dev/null
}
victim() {
    replace under "$KUNCI"
}
# The names of the certificates on the token, each proved by its key; false: one is not.
pairs() {
    local certs name found=''
    certs=$("$KUNCI" --json cert list --token budi) || return
    for name in old new; do
        [[ $certs == *"$(<$name.sha256)"* ]] || continue
        found+="$name "
        "$KUNCI" sign --token budi --key $name --format raw --pin-file pin --force letter \
            -o signature --quiet &&
            openssl dgst -verify $name.pub -signature signature letter >signed || return
    done
    [ "$(grep -o '"sha256"' <<<"$certs" | wc -l)" = "$(wc -w <<<"$found")" ] && echo "$found"
}
again() {
    left=$(pairs)
    # What was finished already is told, and left.
    replace "$KUNCI" || [ "$left" = 'new ' ]
}
checked() {
    local now
    [ -n "$left" ] || echo "after the run no certificate with a key that signs: $(pairs 2>&1)"
    now=$(pairs) && [ "$now" = 'new ' ] || echo "after the next run: '$now'"
}
