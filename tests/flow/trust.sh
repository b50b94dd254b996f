#!/bin/bash
# Certificates judged with the answers of real tools: an OCSP responder (openssl ocsp) and
# lists (openssl ca -gencrl), for every kind of key that they sign with; without a
# network, at other moments, and by what a folder keeps.
. "$(dirname "$0")/../lib/flow.sh"

pids=()
trap 'kill "${pids[@]}" 2>/dev/null; flow_end' EXIT

free_port() {
    perl -MIO::Socket::INET -e '
        print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}
up() { # PORT
    local i
    for ((i = 0; i < 100; i++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.1
    done
    return 1
}

mkdir "$work/www"
port=$(free_port)
busybox httpd -f -p "127.0.0.1:$port" -h "$work/www" &
pids+=($!)
up "$port" || bail "httpd does not answer"

configure() { # NAME OCSP-PORT
    cat >"$work/$1/ca.cnf" <<END
[ca]
default_ca = this
[this]
database = $work/$1/index
certificate = $work/$1/ca.pem
private_key = $work/$1/ca.key
new_certs_dir = $work/$1
rand_serial = yes
default_md = default
default_days = 30
default_crl_days = 7
policy = any
unique_subject = no
crlnumber = $work/$1/number
${3:-}
[any]
commonName = supplied
[usual]
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ocsp]
keyUsage = critical, digitalSignature
authorityInfoAccess = OCSP;URI:http://127.0.0.1:$2, caIssuers;URI:http://127.0.0.1:$port/$1.der
authorityKeyIdentifier = keyid
[crl]
keyUsage = critical, digitalSignature
crlDistributionPoints = URI:http://127.0.0.1:$port/$1.crl
authorityKeyIdentifier = keyid
[responder]
extendedKeyUsage = OCSPSigning
noCheck = ignored
authorityKeyIdentifier = keyid
END
}
make_key() { # FILE NAME
    case $2 in
    rsa*) openssl genrsa -out "$1" "${2#rsa}" ;;
    pss) openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out "$1" ;;
    p*) openssl ecparam -genkey -noout -name "$3" -out "$1" ;;
    ed25519) openssl genpkey -algorithm ed25519 -out "$1" ;;
    esac 2>/dev/null
}
issue() { # CA NAME EXTENSIONS
    openssl req -new -key "$work/ee.key" -subj "/CN=$2" -out "$work/ee.csr" 2>/dev/null &&
        openssl ca -batch -notext -config "$work/$1/ca.cnf" -extensions "$3" -in "$work/ee.csr" \
            -out "$work/$1/$2.pem" 2>"$work/said"
}
revoke() { # CA NAME REASON
    openssl ca -config "$work/$1/ca.cnf" -revoke "$work/$1/$2.pem" -crl_reason "$3" 2>/dev/null
}
list() { # CA
    openssl ca -config "$work/$1/ca.cnf" -gencrl -out "$work/$1/crl.pem" 2>"$work/said" &&
        openssl crl -in "$work/$1/crl.pem" -outform DER -out "$work/www/$1.crl"
}
judge() { # CA NAME ARGUMENT...
    timeout 30 "$KUNCI" --json cert verify "$work/$1/$2.pem" --trust "$work/$1/ca.pem" "${@:3}" \
        >"$work/answer"
    code=$?
    cat "$work/answer"
}
says() { # REASON STATE SOURCE CA NAME ARGUMENT...: an empty reason has passed
    judge "${@:4}"
    grep -qF "\"reason\":\"$1\"" "$work/answer" &&
        grep -qE "\"revocation\":\"$2\",\"source\":\"$3\"" "$work/answer" &&
        [ $code = "$([ -z "$1" ] && echo 0 || echo 1)" ]
}

make_key "$work/ee.key" p256 prime256v1
for kind in rsa2048 rsa3072 pss p256:prime256v1 p384:secp384r1 p521:secp521r1 ed25519; do
    curve=${kind#*:}
    ca=${kind%:*}
    mkdir "$work/$ca"
    : >"$work/$ca/index"
    echo 01 >"$work/$ca/number"
    ocsp=$(free_port)
    configure "$ca" "$ocsp"
    make_key "$work/$ca/ca.key" "$ca" "$curve"
    openssl req -x509 -key "$work/$ca/ca.key" -subj "/CN=CA $ca" -days 60 -out "$work/$ca/ca.pem" \
        -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
    for way in ocsp crl; do
        for name in good revoked held; do
            issue "$ca" $name-$way $way || bail "$(cat "$work/said")"
        done
        revoke "$ca" revoked-$way superseded
        revoke "$ca" held-$way certificateHold
    done
    issue "$ca" unknown-ocsp ocsp
    sed -i '/CN=unknown-ocsp/d' "$work/$ca/index"
    issue "$ca" responder responder
    list "$ca" || bail "$(cat "$work/said")"

    ok "$ca: good by a list" says "" good crl "$ca" good-crl
    ok "$ca: revoked by a list" says REVOKED_NO_POE revoked crl "$ca" revoked-crl
    ok "$ca: suspended by a list" says TRY_LATER revoked crl "$ca" held-crl

    if [ "$ca" = ed25519 ]; then # openssl ocsp insists on a hash of its own
        key=$work/ee.key signer=$work/$ca/responder.pem
    else
        key=$work/$ca/ca.key signer=$work/$ca/ca.pem
    fi
    openssl ocsp -port "$ocsp" -index "$work/$ca/index" -CA "$work/$ca/ca.pem" -rkey "$key" \
        -rsigner "$signer" -nmin 60 >"$work/$ca/log" 2>&1 &
    pids+=($!)
    : >>"$work/$ca/log"
    # A connection without a question would keep it busy for good.
    for ((i = 0; i < 100; i++)); do ! grep -q waiting "$work/$ca/log" || break; sleep 0.1; done
    ok "$ca: good by OCSP" says "" good ocsp "$ca" good-ocsp
    ok "$ca: revoked by OCSP" says REVOKED_NO_POE revoked ocsp "$ca" revoked-ocsp
    ok "$ca: suspended by OCSP" says TRY_LATER revoked ocsp "$ca" held-ocsp
    ok "$ca: unknown to OCSP" says TRY_LATER "not known" ocsp "$ca" unknown-ocsp
    ok "$ca: unknown does not pass softly either" \
        says TRY_LATER "not known" ocsp "$ca" unknown-ocsp --revocation soft
done

# ---- what the options say ----

first() { # FILE: the moment a certificate is valid from, its seconds
    date -u -d "$(openssl x509 -in "$1" -noout -enddate | cut -d= -f2) $2" +%Y-%m-%dT%H:%M:%SZ
}
ca=p256
ok "offline nobody is asked" says TRY_LATER "not checked" "" $ca good-crl --offline
ok "softly that passes" says "" "not checked" "" $ca good-crl --offline --revocation soft
ok "and is said aloud" grep -qF '"trouble":"Nobody was asked, as nothing is to be fetched."' \
    "$work/answer"
ok "off asks nobody" says "" "not checked" "" $ca revoked-crl --revocation off
ok "before it expires it passes" says "" "not checked" "" $ca good-crl --revocation off \
    --at "$(first "$work/$ca/good-crl.pem" "1 minute ago")"
ok "after that it does not" says OUT_OF_BOUNDS_NO_POE "not checked" "" $ca good-crl \
    --revocation off --at "$(first "$work/$ca/good-crl.pem" "1 minute")"
yesterday=$(date -u -d "1 day ago" +%Y-%m-%dT%H:%M:%SZ)
ok "before it was valid it does not" says OUT_OF_BOUNDS_NO_POE "not checked" "" $ca good-crl \
    --revocation off --at "$yesterday"
cp "$work/$ca/good-crl.pem" "$work/rsa2048/stranger.pem"
ok "another's certificate is nobody's" says NO_CERTIFICATE_CHAIN_FOUND "not checked" "" \
    rsa2048 stranger
ok "a policy that it lacks" says CHAIN_CONSTRAINTS_FAILURE "not checked" "" $ca good-crl \
    --policy 1.2.3.4
refused() { # CODE ARGUMENT...
    local wanted=$1 code=0
    "$KUNCI" cert verify "${@:2}" || code=$?
    [ $code = "$wanted" ]
}
good=$work/$ca/good-crl.pem
ok "a policy that is none" refused 2 "$good" --policy nothing
ok "a moment that is none" refused 2 "$good" --at tomorrow
ok "anchors that are not there" refused 3 "$good" --trust "$work/nowhere"
ok "anchors that are none" refused 1 "$good" --trust "$work/ee.key"
mkdir "$work/anchors"
cp "$work/$ca/ca.pem" "$work/rsa2048/ca.pem" "$work/ee.key" "$work/anchors" 2>/dev/null
openssl x509 -in "$work/p384/ca.pem" -outform DER -out "$work/anchors/one.der"
folder() {
    "$KUNCI" cert verify "$work/$1/good-crl.pem" --trust "$work/anchors"
}
# A pipe whose writer takes its time.
piped() {
    "$KUNCI" cert verify "$good" --trust <(sleep 0.3 && cat "$work/$ca/ca.pem")
}
ok "an anchor from a pipe" piped
ok "a folder of anchors, PEM" folder $ca
ok "and DER, what else is in it is passed over" folder p384
people() {
    "$KUNCI" cert verify "$work/$ca/$1.pem" --trust "$work/$ca/ca.pem" --lang "$2" >"$work/shown"
    cat "$work/shown"
    grep -qE "$3" "$work/shown"
}
ok "people read it" people revoked-crl en '^Judgement  *INDETERMINATE$'

# ---- by settings, an intermediate that is fetched, and what a folder keeps ----

mkdir "$work/sub"
: >"$work/sub/index"
echo 01 >"$work/sub/number"
configure sub "$(free_port)"
make_key "$work/sub/ca.key" p256 prime256v1
openssl req -new -key "$work/sub/ca.key" -subj "/CN=CA sub" -out "$work/sub/ca.csr" 2>/dev/null
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n%s\n' \
    "crlDistributionPoints=URI:http://127.0.0.1:$port/p256.crl" >"$work/sub/ext"
openssl x509 -req -in "$work/sub/ca.csr" -CA "$work/p256/ca.pem" -CAkey "$work/p256/ca.key" \
    -CAcreateserial -days 30 -extfile "$work/sub/ext" -out "$work/sub/ca.pem" 2>/dev/null
openssl x509 -in "$work/sub/ca.pem" -outform DER -out "$work/www/sub.der"
sed -i 's/^authorityInfoAccess = OCSP[^,]*, /authorityInfoAccess = /' "$work/sub/ca.cnf"
sed -i "/^authorityInfoAccess/a crlDistributionPoints = URI:http://127.0.0.1:$port/sub.crl" \
    "$work/sub/ca.cnf"
issue sub leaf ocsp
list sub || bail "$(cat "$work/said")"
cat >"$work/settings" <<END
trust:
  anchors: [$work/p256/ca.pem]
  cache: $work/cache
END
by_settings() { # REASON ARGUMENT...
    timeout 30 "$KUNCI" --json --config "$work/settings" cert verify "$work/sub/leaf.pem" \
        "${@:2}" >"$work/answer"
    cat "$work/answer"
    grep -qF "\"reason\":\"$1\"" "$work/answer"
}
ok "without the network its authority is not there" by_settings NO_CERTIFICATE_CHAIN_FOUND \
    --offline
ok "with it, it is fetched" by_settings ""
ok "three answers are kept" test "$(find "$work/cache" -type f | wc -l)" = 3
mkdir "$work/gone"
mv "$work"/www/* "$work/gone"
ok "and are used when nobody answers" by_settings ""
find "$work/cache" -type f -exec sh -c 'head -c 1000 /dev/urandom >"$1"' sh {} \;
ok "what was made of them by others does no harm" by_settings NO_CERTIFICATE_CHAIN_FOUND
mv "$work"/gone/* "$work/www"
ok "and is fetched anew" by_settings ""
one=$(openssl x509 -in "$work/sub/leaf.pem" -noout -text | grep -o 'http.*sub.crl' | head -n 1)
name=$(printf '%s\0' "$one" | sha256sum | cut -d' ' -f1)
cp "$work/www/p384.crl" "$work/cache/$name"
ok "a list of somebody else's in its place is passed over" by_settings ""
many() {
    local i list=()
    rm -rf "$work/cache"
    for ((i = 0; i < 8; i++)); do
        timeout 30 "$KUNCI" --config "$work/settings" cert verify "$work/sub/leaf.pem" &
        list+=($!)
    done
    for i in "${list[@]}"; do wait "$i" || return 1; done
    test "$(find "$work/cache" -type f | wc -l)" = 3
}
ok "many processes at once" many
