#!/bin/bash
# A timestamp authority made of the stock openssl, in the folder tsa/ of the current one.
#
#   tests/lib/tsa.sh up               makes it; tsa/root.pem is what to believe
#   tests/lib/tsa.sh reply [SECTION]  a query on standard input, its reply on standard output;
#                                     SECTION: good, expired
set -euo pipefail

settings() { # SECTION
    cat <<END
[$1]
serial = tsa/serial
crypto_device = builtin
signer_cert = tsa/$1.pem
signer_key = tsa/$1.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
END
}

certificate() { # NAME USAGE
    openssl req -new -newkey rsa:2048 -nodes -keyout "tsa/$1.key" -out tsa/request \
        -subj "/C=ID/O=Stempel Waktu Contoh/CN=Stempel $1"
    openssl x509 -req -in tsa/request -CA tsa/root.pem -CAkey tsa/root.key -CAcreateserial \
        -extfile <(echo "$2") -out "tsa/$1.pem" "${@:3}"
}

up() {
    mkdir tsa
    openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa/root.key -out tsa/root.pem -days 3650 \
        -subj "/C=ID/O=Stempel Waktu Contoh/CN=Akar Stempel" \
        -addext keyUsage=critical,keyCertSign,cRLSign
    certificate good extendedKeyUsage=critical,timeStamping -days 3650
    certificate expired extendedKeyUsage=critical,timeStamping -days -1
    echo 01 >tsa/serial
    for section in good expired; do settings $section; done >tsa/tsa.cnf
}

case ${1-} in
up) up >tsa.log 2>&1 || {
    cat tsa.log >&2
    exit 1
} ;;
reply)
    query=$(mktemp) reply=$(mktemp)
    trap 'rm -f "$query" "$reply"' EXIT
    cat >"$query"
    openssl ts -reply -config tsa/tsa.cnf -section "${2:-good}" -queryfile "$query" \
        -out "$reply" >/dev/null 2>&1 || true # a refusal is a reply, too
    cat "$reply"
    ;;
*) exit 2 ;;
esac
