#!/bin/bash
# An official's token from blank to certificate and back, command by command,
# with OpenSSL, OpenSC and GnuTLS looking on.
. "$(dirname "$0")/../lib/flow.sh"

module=/usr/lib/softhsm/libsofthsm2.so
subject="C=ID, O=Dinas Contoh, CN=Budi Santoso"
cd "$work" || exit 1
mkdir tokens
printf 'directories.tokendir = %s/tokens\n' "$work" >softhsm2.conf
printf 'module: %s\n' "$module" >kunci.yaml
echo 31415926 >so
echo 48151623 >pin
echo 27182818 >other
export SOFTHSM2_CONF=$work/softhsm2.conf KUNCI_CONFIG=$work/kunci.yaml
export PIN=48151623 GNUTLS_PIN=48151623 # for the onlookers, which know no files

kunci() {
    "$KUNCI" "$@" </dev/null
}
holder() {
    kunci "$@" --pin-file pin
}

# refused NAME ARGUMENT...: exit code 1 and the error's name.
refused() {
    local name=$1 code=0 answer
    shift
    answer=$(kunci --json "$@") || code=$?
    [ $code = 1 ] && [[ $answer == *"\"$name\""* ]]
}

opensc() {
    pkcs11-tool --module "$module" --token-label "Budi Santoso" "$@"
}
opensc_login() {
    opensc --login --pin env:PIN "$@"
}
gnutls() {
    p11tool --provider "$module" --login --batch "$@" "pkcs11:token=Budi%20Santoso"
}

# ---- the token ----

ok "token init" kunci token init --label "Budi Santoso" --new-so-pin-file so
ok "OpenSC sees it" opensc --list-objects
ok "a second init is refused" refused token_initialised \
    token init --token "Budi Santoso" --label Lain --so-pin-file so --new-so-pin-file so
ok "there is no PIN yet" refused pin_not_set key new --token "Budi Santoso" --type p256 \
    --label tanda-tangan --pin-file pin
ok "pin set" kunci pin set --token "Budi Santoso" --so-pin-file so --new-pin-file pin
ok "a second pin set is refused" refused pin_already_set \
    pin set --token "Budi Santoso" --so-pin-file so --new-pin-file other
ok "OpenSC logs in with that PIN" opensc_login --list-objects

# ---- the key ----

export_private() {
    opensc_login --read-object --type privkey --label tanda-tangan -o stolen
    [ ! -s stolen ]
}
key_is_guarded() {
    local shown
    shown=$(opensc_login --list-objects --type privkey) || return
    [[ $shown == *"sensitive, always sensitive, never extractable, local"* ]]
}
ok "key new" holder key new --type p256 --label tanda-tangan
ok "the label is taken" refused key_exists key new --type p256 --label tanda-tangan --pin-file pin
ok "OpenSC calls it sensitive and not extractable" key_is_guarded
ok "and cannot take it out" export_private
key_is_listed() {
    local shown
    shown=$(holder key list) && [[ $shown == *tanda-tangan* ]]
}
ok "key list" key_is_listed
gnutls_sees_key() {
    local shown
    shown=$(gnutls --list-privkeys) && [[ $shown == *"Label: tanda-tangan"* ]]
}
ok "GnuTLS sees it" gnutls_sees_key

# ---- request and certificate ----

request_is_sound() {
    openssl req -in request.pem -noout -verify &&
        [ "$(openssl req -in request.pem -noout -subject -nameopt RFC2253,sep_comma_plus_space,-dn_rev)" = \
            "subject=$subject" ]
}
issue() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj "/CN=CA Contoh" \
        -days 2 && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key \
        -CAcreateserial -days 1 -out issued.pem
}
ok "csr new" holder csr new --key tanda-tangan --subject "$subject" -o request.pem
ok "OpenSSL finds its signature and subject right" request_is_sound
ok "csr show" kunci csr show request.pem
issue >/dev/null 2>&1 || bail "openssl issued no certificate"
ok "a certificate of another key is refused" refused cert_no_key cert import ca.pem --pin-file pin
ok "cert import" holder cert import issued.pem
ok "once" refused cert_exists cert import issued.pem --pin-file pin
cert_is_listed() {
    local shown
    shown=$(kunci cert list) && [[ $shown == *"Budi Santoso"* ]]
}
ok "cert list" cert_is_listed
same_certificate() {
    kunci cert export --cert tanda-tangan --der -o exported.der &&
        openssl x509 -in issued.pem -outform DER | cmp - exported.der &&
        opensc --read-object --type cert --label tanda-tangan -o read.der &&
        cmp exported.der read.der
}
ok "cert export gives what was issued, and OpenSC reads the same" same_certificate
gnutls_pairs_them() {
    local keys certs
    keys=$(gnutls --list-privkeys | sed -n 's/.*ID: //p')
    certs=$(gnutls --list-all-certs | sed -n 's/.*ID: //p')
    [ -n "$keys" ] && [ "$keys" = "$certs" ]
}
ok "GnuTLS finds key and certificate under one id" gnutls_pairs_them
key_fits_certificate() {
    echo "surat contoh" >letter
    openssl dgst -sha256 -binary -out letter.hash letter &&
        opensc_login --sign --mechanism ECDSA --signature-format openssl \
            --label tanda-tangan -i letter.hash -o letter.sig &&
        openssl x509 -in issued.pem -noout -pubkey >public.pem &&
        openssl dgst -sha256 -verify public.pem -signature letter.sig letter
}
ok "what the key signs, the certificate proves" key_fits_certificate

# ---- PIN and end ----

ok "pin change" kunci pin change --pin-file pin --new-pin-file other
cp other pin
export PIN=27182818 GNUTLS_PIN=27182818
ok "OpenSC logs in with the new one" opensc_login --list-objects
ok "nothing is deleted without a yes" refused confirm_needed \
    key delete --key tanda-tangan --pin-file pin
ok "key delete" holder key delete --key tanda-tangan --yes
no_key_left() {
    [ -z "$(opensc_login --list-objects --type privkey)" ] &&
        [ -z "$(opensc_login --list-objects --type pubkey)" ]
}
ok "OpenSC finds neither half" no_key_left
ok "the certificate is still there" cert_is_listed
ok "cert delete" holder cert delete --cert tanda-tangan --yes
empty() {
    [ -z "$(opensc_login --list-objects)" ]
}
ok "the token is empty" empty
