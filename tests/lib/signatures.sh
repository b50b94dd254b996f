#!/bin/bash
# Makes what the stock openssl makes of signatures, each kind of key and form, in the
# current folder: content, root.pem, *.pem and *.key of the signers, *.cms.
#
#   tests/lib/signatures.sh
set -euo pipefail

keys() {
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.key
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa2048.key
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out rsa3072.key
    for curve in P-256 P-384 P-521 secp256k1; do
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve \
            -out "$(tr -d - <<<"${curve,,}").key"
    done
}

# What certificates of signers say.
cat >extensions <<'END'
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END

certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 30 \
        -subj "/C=ID/O=Dinas Contoh/CN=Akar Contoh" -addext "keyUsage=critical,keyCertSign,cRLSign"
    for key in *.key; do
        [[ $key != root.key ]] || continue
        openssl req -new -key "$key" -out request \
            -subj "/C=ID/O=Dinas Contoh/CN=Penanda ${key%.key}"
        openssl x509 -req -in request -CA root.pem -CAkey root.key -CAcreateserial -days 20 \
            -extfile extensions -out "${key%.key}.pem"
    done
}

# sign NAME SIGNER OPTION...
sign() {
    local name=$1 signer=$2
    shift 2
    openssl cms -sign -binary -in content -md sha256 -signer "$signer.pem" -inkey "$signer.key" \
        -outform DER -out "$name.cms" "$@"
}

signatures() {
    local key
    for key in rsa1024 rsa2048 rsa3072 p256 p384 p521 secp256k1; do
        sign "$key" "$key"
        sign "$key-cades" "$key" -cades
    done
    sign sha384 p384 -md sha384 -cades
    sign sha512 rsa3072 -md sha512
    sign sha1 rsa2048 -md sha1
    sign md5 rsa2048 -md md5
    sign pss rsa2048 -keyopt rsa_padding_mode:pss
    sign pss-hash rsa3072 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1
    sign pss-none rsa2048 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:0
    sign attached p256 -nodetach
    sign stream p256 -nodetach -stream
    sign pem p256 -nodetach -outform PEM
    sign noattr rsa2048 -noattr
    sign noattr-attached p256 -noattr -nodetach
    sign keyid p256 -keyid -cades
    sign nocerts p256 -nocerts
    sign two p256 -signer rsa2048.pem -inkey rsa2048.key
    sign three p256 -signer rsa2048.pem -inkey rsa2048.key -signer p384.pem -inkey p384.key \
        -nodetach -cades
    sign nested p256 -in attached.cms -econtent_type pkcs7-signedData -nodetach
    openssl cms -encrypt -in content -outform DER -out encrypted.cms rsa2048.pem
}

# Small ones, whose every byte can be tried.
small() {
    echo "surat contoh" >small
    sign small p256 -in small -nodetach -cades
    sign small-stream p256 -in small -nodetach -stream
    sign small-pem p256 -in small -nodetach -outform PEM
    sign small-noattr p256 -in small -nodetach -noattr
    sign small-detached rsa2048 -in small
}

head -c 100000 /dev/urandom | base64 >content
keys
certificates
signatures
small
