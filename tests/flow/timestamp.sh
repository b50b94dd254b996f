#!/bin/bash
# Signatures with a timestamp, by real programs on both sides: an authority of stock openssl
# behind busybox's httpd, and openssl that checks what kunci made.
. "$(dirname "$0")/../lib/flow.sh"

cd "$work" || exit 1
mkdir tokens trust
printf 'directories.tokendir = %s/tokens\n' "$work" >softhsm2.conf
printf 'module: /usr/lib/softhsm/libsofthsm2.so\n' >kunci.yaml
echo 31415926 >so
echo 48151623 >pin
echo "surat contoh" >letter
export SOFTHSM2_CONF=$work/softhsm2.conf KUNCI_CONFIG=$work/kunci.yaml

kunci() {
    "$KUNCI" "$@" </dev/null
}
sign() {
    kunci sign --token budi --pin-file pin "$@"
}
# judge FILE...: exit 0 where it passes
judge() {
    kunci verify --trust trust --offline --revocation soft "$@"
}
says() { # CODE TEXT COMMAND...
    local code=0
    "${@:3}" >said 2>&1 || code=$?
    cat said
    [ $code = "$1" ] && grep -qF -- "$2" said
}

# ---- an authority for certificates, one for timestamps, a key of each kind ----

types="rsa2048 rsa3072 p256 p384 p521 ed25519"
cat >ca.cnf <<'END'
[ca]
default_ca = contoh
[contoh]
database = index.txt
new_certs_dir = .
certificate = trust/root.pem
private_key = root.key
rand_serial = yes
default_md = sha256
default_days = 1
default_crl_days = 30
policy = any
x509_extensions = holder
[any]
countryName = optional
commonName = supplied
[holder]
keyUsage = critical, digitalSignature, nonRepudiation
END
prepare() {
    touch index.txt
    kunci token init --label budi --new-so-pin-file so &&
        kunci pin set --token budi --so-pin-file so --new-pin-file pin || return
    openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out trust/root.pem -days 30 \
        -subj "/C=ID/CN=Akar Contoh" -addext keyUsage=critical,keyCertSign,cRLSign || return
    for type in $types; do
        kunci key new --token budi --type "$type" --label "$type" --pin-file pin &&
            kunci csr new --token budi --key "$type" --subject "C=ID, CN=Budi $type" \
                -o "$type.csr" --pin-file pin &&
            openssl ca -batch -notext -config ca.cnf -in "$type.csr" -out "$type.pem" &&
            kunci cert import "$type.pem" --token budi --pin-file pin || return
    done
    "$root/tests/lib/tsa.sh" up && cp tsa/root.pem trust/tsa.pem
}
prepare >prepared 2>&1 || bail "$(cat prepared)"

server=
stop_server() {
    [ -z "$server" ] || kill "$server"
    flow_end
}
trap stop_server EXIT
port=$((20000 + $$ % 20000))
tsa=http://127.0.0.1:$port/cgi-bin/tsa dead=http://127.0.0.1:1/
serve() {
    mkdir -p www/cgi-bin
    cat >www/cgi-bin/tsa <<END
#!/bin/sh
printf 'Content-Type: application/timestamp-reply\r\n\r\n'
cd "$work" && exec "$root/tests/lib/tsa.sh" reply
END
    chmod +x www/cgi-bin/tsa
    busybox httpd -f -p "127.0.0.1:$port" -h www &
    server=$!
    for _ in {1..50}; do
        : 2>/dev/null <"/dev/tcp/127.0.0.1/$port" && return
        sleep 0.1
    done
    return 1
}
serve || bail "the authority for timestamps has not come up"

# ---- what openssl says ----

# part FILE OFFSET TO: an element of a DER file, with its head.
part() {
    openssl asn1parse -inform DER -in "$1" -offset "$2" |
        sed -n '1s/.*hl= *\([0-9]*\) *l= *\([0-9]*\).*/\1 \2/p' | {
        read -r head len
        tail -c +$(($2 + 1)) "$1" | head -c $((head + len)) >"$3"
    }
}
# The timestamp of a signature, and the bytes that it is over.
take_token() { # FILE
    local lines at value
    lines=$(openssl asn1parse -inform DER -in "$1")
    at=$(grep -A 2 ':id-smime-aa-timeStampToken' <<<"$lines" | sed -n '3s/^ *\([0-9]*\):.*/\1/p')
    part "$1" "$at" token.der
    value=$(sed '/id-smime-aa-timeStampToken/q' <<<"$lines" | grep 'OCTET STRING' | tail -n 1 |
        sed 's/^ *\([0-9]*\):d=[0-9]* *hl= *\([0-9]*\) *l= *\([0-9]*\).*/\1 \2 \3/')
    read -r at head len <<<"$value"
    tail -c +$((at + head + 1)) "$1" | head -c "$len" >value
}
stamped() { # TYPE ARGUMENT...
    local how=-cades
    # OpenSSL 3.0 cannot check Ed25519's signature here; the rest it can
    [ "$1" != ed25519 ] || how=-no_attr_verify
    sign --key "$1" "${@:2}" --level t --tsa "$tsa" letter -o "$1.p7s" --force &&
        take_token "$1.p7s" &&
        openssl ts -verify -in token.der -token_in -data value -CAfile trust/tsa.pem &&
        openssl cms -verify $how -binary -inform DER -in "$1.p7s" -content letter \
            -CAfile trust/root.pem -out /dev/null &&
        says 0 CAdES-T judge "$1.p7s" --content letter
}
for type in $types; do
    ok "$type" stamped "$type"
done
ok "rsa2048, PSS" stamped rsa2048 --alg PSS-SHA256
ok "with the content within" sign --key p256 --tsa "$tsa" --attached letter
ok "which holds, too" says 0 CAdES-T judge letter.p7m

# ---- what a timestamp is for ----

later=$(date -u -d "+3 days" +%FT%TZ)
sign -q --key p256 letter -o bare.p7s
bare_outlives() {
    says 1 OUT_OF_BOUNDS_NO_POE judge bare.p7s --content letter --at "$later"
}
outlives() {
    for type in $types; do
        says 0 TOTAL-PASSED judge "$type.p7s" --content letter --at "$later" || return
    done
}
ok "after the certificate's end it holds" outlives
ok "one without a timestamp does not" bare_outlives

revoke() {
    sleep 3 # the timestamp is not of the same moment
    openssl ca -config ca.cnf -revoke p256.pem &&
        openssl ca -config ca.cnf -gencrl -out crl.pem &&
        printf 'module: /usr/lib/softhsm/libsofthsm2.so\ntrust:\n  others: [%s/crl.pem]\n' \
            "$work" >revoked.yaml
}
ok "the certificate is revoked" revoke
soon=$(date -u -d "+1 hour" +%FT%TZ)
ok "a signature that is proved to be older holds" says 0 TOTAL-PASSED \
    judge --config revoked.yaml p256.p7s --content letter --at "$soon"
ok "one without a timestamp does not" says 1 REVOKED_NO_POE \
    judge --config revoked.yaml bare.p7s --content letter --at "$soon"

# ---- whom it comes from ----

ok "the next one where the first is dead" sign --key p384 --tsa "$dead" --tsa "$tsa" letter \
    -o second.p7s
ok "it has a timestamp" says 0 CAdES-T judge second.p7s --content letter
printf 'module: /usr/lib/softhsm/libsofthsm2.so\ntsa: [%s, "%s"]\n' "$dead" "$tsa" >tsa.yaml
ok "the settings name some" sign --config tsa.yaml --key p384 --level t letter -o set.p7s
ok "it has one, too" says 0 CAdES-T judge set.p7s --content letter
settings_alone() {
    sign --config tsa.yaml --key p384 letter -o plain.p7s &&
        says 0 CAdES-B judge plain.p7s --content letter
}
ok "which alone change nothing" settings_alone
resumed() {
    cp letter twice && sign --key p384 twice &&
        sign --key p384 --tsa "$tsa" --resume twice && says 0 CAdES-T judge twice.p7s
}
ok "resume gives a timestamp to what has none" resumed

# ---- refusals ----

refused() { # NAME COMMAND...
    local name=$1 code=0 answer
    answer=$("${@:2}" --json) || code=$?
    echo "$code: $answer"
    [ $code != 0 ] && [[ $answer == *"\"$name\""* ]]
}
none() {
    refused timestamp_failed sign --key p384 --tsa "$dead" letter -o none.p7s &&
        [ -z "$(find . -name 'none*' -o -name '*.tmp')" ]
}
ok "nothing is written without it" none
goes_on() {
    local answer code=0
    cp letter one && cp letter two
    answer=$(sign --key p384 --level t --tsa "$dead" one two --json) || code=$?
    echo "$answer"
    [ $code = 1 ] && [ "$(grep -c timestamp_failed <<<"$answer")" = 2 ] &&
        [[ $answer == *'"failed":2,"left":0'* ]] && [ ! -e one.p7s ]
}
ok "of many files each one fails" goes_on
ok "nobody is named" refused timestamp_nowhere sign --key p384 --level t letter -o none.p7s
ok "a bare signature has none" refused usage_value sign --key p384 --level t --tsa "$tsa" \
    --format raw letter
ok "nor has level b" refused usage_value sign --key p384 --level b --tsa "$tsa" letter -o none.p7s
ok "what is no URL" refused usage_value sign --key p384 --tsa contoh.go.id letter -o none.p7s
echo "tsa: [ldap://contoh.go.id]" >no-url.yaml
ok "nor in the settings" refused config_invalid sign --config no-url.yaml --key p384 letter
