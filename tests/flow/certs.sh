#!/bin/bash
# Requests of every kind of key with all that can be asked for, OpenSSL's requests read,
# certificates that take another's place on the token, chains, and the rules.
. "$(dirname "$0")/../lib/flow.sh"

cd "$work" || exit 1
mkdir tokens
printf 'directories.tokendir = %s/tokens\n' "$work" >softhsm2.conf
printf 'module: /usr/lib/softhsm/libsofthsm2.so\n' >kunci.yaml
echo 31415926 >so
echo 48151623 >pin
export SOFTHSM2_CONF=$work/softhsm2.conf KUNCI_CONFIG=$work/kunci.yaml
fault=${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so
subject="C=ID, O=Dinas Contoh, CN=Budi Santoso"

kunci() {
    "$KUNCI" "$@" </dev/null
}
holder() {
    kunci "$@" --pin-file pin
}

# refused NAME ARGUMENT...: exit code 1 or 2 and the error's name.
refused() {
    local name=$1 code=0
    shift
    answer=$(kunci --json "$@") || code=$?
    [[ $code = [12] && $answer == *"\"$name\""* ]]
}

kunci token init --label budi --new-so-pin-file so >/dev/null || bail "no token"
kunci pin set --so-pin-file so --new-pin-file pin >/dev/null || bail "no PIN"

# ---- requests of every kind of key ----

# asks TYPE LABEL [ALGORITHM]
asks() {
    holder csr new --key "$1" --subject "$subject" --san email:budi@contoh.go.id \
        --san upn:budi@contoh.go.id --usage nonRepudiation --usage emailProtection \
        --extension 1.2.3.4=0500 ${2:+--alg "$2"} --force -o request.pem &&
        openssl req -in request.pem -noout -verify &&
        openssl req -in request.pem -noout -text | grep -q 'email:budi@contoh.go.id, othername: UPN' &&
        kunci --json csr show request.pem | grep -q '"findings":\[\]'
}
for type in rsa2048 rsa3072 p256 p384 p521 ed25519; do
    holder key new --type $type --label $type >/dev/null || bail "no key of type $type"
    ok "$type: OpenSSL finds the request right" asks $type
done
for hash in 256 384 512; do
    ok "rsa3072, PSS with SHA-$hash: OpenSSL finds the request right" asks rsa3072 PSS-SHA$hash
done
ok "a name that is none is refused" refused alt_name_invalid csr new --key p256 --pin-file pin \
    --subject "$subject" --san dns:büro.contoh.go.id
ok "a use that the key cannot have is refused" refused lint_failed csr new --key p256 \
    --pin-file pin --subject "$subject" --usage keyEncipherment
ok "a subject is needed" refused usage_missing csr new --key p256 --pin-file pin

# ---- OpenSSL's requests ----

# reads OPTION...: what OpenSSL makes is shown.
reads() {
    openssl req -new -nodes -keyout /dev/null -out theirs.pem -subj "/C=ID/CN=Budi" \
        -addext subjectAltName=DNS:contoh.go.id,IP:192.0.2.1 \
        -addext keyUsage=digitalSignature "$@" || return
    shown=$(kunci csr show theirs.pem) &&
        [[ $shown == *"dns:contoh.go.id, ip:192.0.2.1"* && $shown == *digitalSignature* ]]
}
ok "an RSA request of OpenSSL is read" reads -newkey rsa:2048
ok "and one of 3072 bits" reads -newkey rsa:3072
ok "and one signed with PSS" reads -newkey rsa:2048 -sigopt rsa_padding_mode:pss
for curve in P-256 P-384 P-521; do
    ok "and one of $curve" reads -newkey ec -pkeyopt ec_paramgen_curve:$curve
done
ok "and one of Ed25519" reads -newkey ed25519

# ---- certificates on the token ----

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key \
    -out root.pem -subj "/C=ID/O=Contoh/CN=Root Contoh" -days 9 2>/dev/null
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.csr \
    -subj "/C=ID/O=Contoh/CN=CA Contoh" 2>/dev/null
echo "basicConstraints=critical,CA:TRUE" >ca.ext
openssl x509 -req -in ca.csr -CA root.pem -CAkey root.key -days 8 -extfile ca.ext -out ca.pem \
    2>/dev/null || bail "no CA"
# issue FILE DAYS: of request.pem, with what it asks for.
issue() {
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days "$2" -copy_extensions copyall \
        -out "$1" 2>/dev/null
}
asks p256 >/dev/null 2>&1
issue first.pem 1 || bail "nothing was issued"
issue second.pem 2
issue third.pem 3
certs() { # how many are on the token
    kunci --json cert list | grep -o '"label"' | wc -l
}

ok "a certificate is written" holder cert import first.pem
marked() {
    # A day, or less by the seconds that went by.
    shown=$(kunci --json cert list) &&
        [[ $shown == *'"days_left":'[01],* && $shown == *'"remarks":[]'* ]]
}
ok "the list tells the days that are left" marked
like() {
    holder csr new --key p384 --like p256 --force -o like.pem &&
        openssl req -in like.pem -noout -verify &&
        kunci --json csr show like.pem | grep -q '"names":\["email:budi@contoh.go.id","upn:' &&
        holder csr new --key p384 --like first.pem --force -o file.pem &&
        [ "$(openssl req -in like.pem -noout -subject)" = "$(openssl req -in file.pem -noout -subject)" ]
}
ok "a request is like the certificate on the token, or in a file" like

replaced() {
    holder cert import --replace second.pem && [ "$(certs)" = 1 ] &&
        kunci cert export --cert p256 | openssl x509 | cmp - <(openssl x509 -in second.pem)
}
ok "another takes its place" replaced
ok "which it does not take twice" refused cert_exists cert import --replace second.pem \
    --pin-file pin
# through FAULT ARGUMENT...: a command whose module fails so.
through() {
    echo "$1" >faults
    shift
    KUNCI_FAULT_FILE=$work/faults KUNCI_FAULT_MODULE=/usr/lib/softhsm/libsofthsm2.so \
        KUNCI_CONFIG='' kunci --module "$fault" --json "$@" --pin-file pin
}
unproved() {
    code=0
    answer=$(through "error CKR_FUNCTION_FAILED C_Sign" cert import --replace third.pem) || code=$?
    [ $code = 1 ] && [[ $answer == *'"cert_unproved"'* ]] && [ "$(certs)" = 2 ]
}
ok "without a proof both stay, and it is said" unproved
twins() {
    shown=$(kunci --json cert list) &&
        [[ $shown == *'"same key as another","same subject as another"'* ]]
}
ok "the list marks the two" twins
undeleted() {
    code=0
    answer=$(through "error CKR_FUNCTION_FAILED C_DestroyObject" cert import --replace third.pem) ||
        code=$?
    [ $code = 1 ] && [[ $answer == *'"cert_old_stays"'* ]] && [ "$(certs)" = 2 ]
}
ok "where the old one cannot go both stay, and it is said" undeleted
killed() {
    through "crash C_DestroyObject" cert import --replace third.pem && return 1
    [ "$(certs)" = 2 ]
}
ok "a module that dies then leaves both" killed
ok "which of several is to go has to be said" refused cert_ambiguous \
    cert import --replace first.pem --pin-file pin
goes_on() {
    holder cert import --replace third.pem && [ "$(certs)" = 1 ]
}
ok "the next run goes on where it was" goes_on
ok "--cert alone is refused" refused usage_value cert import --cert p256 first.pem --pin-file pin

# ---- chains ----

mkdir issuers
cat ca.pem root.pem >bundle.pem
cp ca.pem issuers/ca.pem
openssl x509 -in root.pem -outform DER -out issuers/root.der
echo "not a certificate" >issuers/README
chain() { # ARGUMENT...: from the certificate to the root
    kunci cert export --chain --force -o chain.pem "$@" &&
        [ "$(grep -c BEGIN chain.pem)" = 3 ] &&
        openssl verify -CAfile root.pem -untrusted chain.pem third.pem
}
ok "a chain from a file" chain --issuers bundle.pem
ok "a chain from a folder" chain --issuers issuers
alone() {
    kunci cert export --chain >chain.pem && [ "$(grep -c BEGIN chain.pem)" = 1 ]
}
ok "without issuers it is the certificate alone" alone
ok "a chain is no DER" refused usage_value cert export --chain --der -o x

# ---- rules ----

keeps_rules() {
    kunci cert lint third.pem
}
breaks_rules() {
    openssl req -x509 -newkey rsa:1024 -sha1 -nodes -keyout /dev/null -subj /CN=x -out weak.pem
    code=0
    answer=$(kunci --json cert lint weak.pem) || code=$?
    [ $code = 1 ] && [[ $answer == *'"rule":"rsa_length"'* && $answer == *'"rule":"signature_hash"'* ]]
}
ok "a certificate keeps the rules" keeps_rules
ok "and one that does not is refused with what it breaks" breaks_rules
by_profile() {
    code=0
    answer=$(kunci --json cert lint --profile holder third.pem) || code=$?
    [ $code = 1 ] && [[ $answer == *profile_addresses* && $answer != *profile_names* ]]
}
ok "a profile that is shipped adds its own" by_profile
ok "one that is not there is named" refused profile_not_found cert lint --profile none third.pem
mistaken() {
    printf '%s\n' 'subject: {attributes: [C]}' 'keys: p256' 'validity: {years: 1}' \
        'key_usage: [digitalSignature]' >mine.yaml
    refused profile_invalid cert lint --profile ./mine.yaml third.pem &&
        [[ $answer == *"line 2"* ]]
}
ok "a mistake in one is named with its line" mistaken
