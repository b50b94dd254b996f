#!/bin/bash
# A real authority, spoken to by curl and judged by openssl: made, logged in to by password
# and by certificate, issuing and revoking by REST, fed with hostile requests, killed and
# started again.
. "$(dirname "$0")/../lib/flow.sh"
cd "$work" || exit 1

KUNCID=${KUNCI}d
mkdir tokens sop
printf 'directories.tokendir = %s/tokens\n' "$work" >softhsm2.conf
export SOFTHSM2_CONF=$work/softhsm2.conf
softhsm2-util --init-token --free --label ca --so-pin 31415926 --pin 48151623 >made ||
    bail "no token"
echo 48151623 >pin
echo rahasia-sekali >password
cp "$root/tests/lib/procedures/terbit-otomatis.yaml" sop/

free_port() {
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}
port=$(free_port)
public=$(free_port)
cat >kunci.yaml <<END
module: /usr/lib/softhsm/libsofthsm2.so
procedures: $work/sop
ams:
  store: ams.db
  token: ca
  pin_file: pin
  listen: 127.0.0.1:$port
  url: https://127.0.0.1:$port
  public: 127.0.0.1:$public
  public_url: http://127.0.0.1:$public
  rules: [issuance=terbit-otomatis]
END
export KUNCI_CONFIG=$work/kunci.yaml

serving=
stop_serving() {
    [ -z "$serving" ] || kill -9 "$serving" 2>/dev/null
    flow_end
}
trap stop_serving EXIT

open() { # PATH CURL-OPTIONS...: without TLS
    curl -s "http://127.0.0.1:$public$1" "${@:2}"
}
# api METHOD PATH CURL-OPTIONS...: the status in $status, the body in $answer.
api() {
    local reply
    reply=$(curl -s --cacert root.pem --max-time 30 -X "$1" "https://127.0.0.1:$port$2" \
        -H 'Content-Type: application/json' ${session:+-H "Authorization: Bearer $session"} \
        -w '\n%{http_code}' "${@:3}")
    status=${reply##*$'\n'}
    answer=${reply%$'\n'*}
}
field() { # of the JSON in $answer
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$answer"
}
# says STATUS [NAME]: what the last call was answered with.
says() {
    echo "$status $answer"
    [ "$status" = "$1" ] && { [ -z "${2:-}" ] || [ "$(field name)" = "$2" ]; }
}

up() {
    local i
    "$KUNCID" ams --config kunci.yaml 2>>log &
    serving=$!
    for ((i = 0; i < 200; i++)); do
        kill -0 "$serving" 2>/dev/null || break
        [ "$(open /health -o health -w '%{http_code}')" = 200 ] && return
        sleep 0.05
    done
    cat log health
    return 1
}
down() {
    kill "$serving" && wait "$serving"
}

# ---- made ----

refused() { # NAME COMMAND...
    "${@:2}" --json >said 2>&1
    cat said
    grep -q "\"name\": *\"$1\"" said
}
ok "nothing is served before there is an authority" refused ams_missing "$KUNCI" ams serve
ok "without settings neither" refused ams_unset env KUNCI_CONFIG= "$KUNCI" ams serve
ok "init" "$KUNCI" ams init "Dinas Contoh" -o root.pem
ok "once" refused ams_exists "$KUNCI" ams init "Dinas Contoh" -o again.pem

# ---- accounts ----

holder() { # NAME NIK
    printf 'nik: "%s"\nname: %s\nemail: %s@contoh.go.id\n' "$2" "$1" "$1" >"$1.yaml"
    "$KUNCI" ams user add "$1" --data "$1.yaml" --scope kapuas/dinkes --password-file password \
        --subject "C=ID, O=Dinas Contoh, CN=$1"
}
operator() { # NAME
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
    openssl req -new -key "$1.key" -subj "/C=ID/O=Dinas Contoh/OU=Persandian/CN=$1" -out "$1.csr" &&
        "$KUNCI" ams user add "$1" --role op --scope kapuas --csr "$1.csr" -o "$1.pem"
}
ok "a holder" holder budi 6203011505800001
ok "another" holder rina 6203011505800002
ok "not twice" refused account_exists "$KUNCI" ams user add budi
ok "an operator with a certificate at once" operator siti
ok "a role that there is not" refused usage_value "$KUNCI" ams user role siti --role king
ok "a role until then, gone by now" "$KUNCI" ams user role siti --role auditor --until 2026-01-01
ok "an account that there is not" refused account_unknown "$KUNCI" ams user disable nobody
listed() {
    "$KUNCI" ams user list --lang en >said && cat said &&
        grep -q '^siti .* op@kapuas' said && grep -q '^budi  *kapuas/dinkes' said
}
ok "listed" listed

# ---- up ----

ok "it is up, and well" up
certificates() {
    open /ca/issuing.cer | openssl x509 -inform DER -out issuing.pem &&
        open /ca/root.cer | openssl x509 -inform DER | diff - root.pem
}
ok "it gives its certificates" certificates
ok "the operator's is one of them" openssl verify -CAfile root.pem -untrusted issuing.pem siti.pem

api GET /v1/authority
ok "whoever asks hears who it is" says 200
api GET /v1/openapi.yaml
ok "and all calls there are" says 200
api GET /v1/me
ok "and no more without a session" says 401 session_none

# ---- logging in ----

log_in() { # NAME [PASSWORD-FILE]
    session=
    printf '{"account":"%s","password":"%s"}' "$1" "$(cat "${2:-password}")" >login.json
    api POST /v1/sessions --data-binary @login.json
    session=$(field session)
}
by_certificate() { # NAME [CHALLENGE]
    local challenge=${2:-}
    session=
    if [ -z "$challenge" ]; then
        api POST /v1/challenges
        challenge=$(field challenge)
    fi
    printf 'kunci login\nhttps://127.0.0.1:%s\n%s\n' "$port" "$challenge" |
        openssl dgst -sha256 -sign "$1.key" >signature
    printf '{"challenge":"%s","certificate":"%s","algorithm":"ECDSA-SHA256","signature":"%s"}' \
        "$challenge" "$(openssl x509 -in "$1.pem" -outform DER | base64 -w0)" \
        "$(base64 -w0 signature)" >login.json
    api POST /v1/sessions --data-binary @login.json
    session=$(field session)
    used=$challenge
}
echo rahasia-sekalj >wrong
log_in budi wrong
ok "a wrong password" says 401 login_refused
one=$answer
log_in nobody
ok "an account that is not there is refused in the same words" test "$one" = "$answer"
by_certificate siti
ok "by a certificate's key" says 201
api GET /v1/me
ok "who has his role" grep -q '"role":"op","scope":"kapuas"' <<<"$answer"
by_certificate siti "$used"
ok "a challenge is good once" says 401 login_refused
openssl ecparam -name prime256v1 -genkey -noout -out other.key
cp siti.pem other.pem
by_certificate other
ok "another's key is no good" says 401 login_refused
log_in budi
ok "by password" says 201
budi=$session

guess() {
    local i
    for ((i = 0; i < 9; i++)); do
        log_in rina wrong
        [ "$status" = 429 ] && return
    done
    return 1
}
ok "whoever guesses has to wait" guess
session=$budi

# ---- a certificate ----

new_csr() {
    openssl ecparam -name prime256v1 -genkey -noout -out new.key
    openssl req -new -key new.key -subj "/C=ID/O=Dinas Contoh/CN=budi" -outform DER -out new.csr
}
# issue KEY
issue() {
    printf '{"key":"%s","kind":"issuance","advance":{"csr":"%s"}}' "$1" "$(base64 -w0 new.csr)" \
        >begin.json
    api POST /v1/requests --data-binary @begin.json
    request=$(field id)
    serial=$(field issued)
}
new_csr
key=$(openssl rand -hex 16)
issue "$key"
ok "a request is made and answered" says 201
first=$serial
issue "$key"
same() { says 200 && [ "$serial" = "$first" ]; }
ok "the same key is the same request, with one certificate" same
der=$(field issued_der)
base64 -d <<<"$der" | openssl x509 -inform DER -out budi.pem
cp new.key budi.key
crl() {
    open /crl/issuing.crl | openssl crl -inform DER >crl.pem && open /crl/root.crl |
        openssl crl -inform DER >>crl.pem
}
verified() {
    crl && openssl verify -CAfile root.pem -untrusted issuing.pem -CRLfile crl.pem \
        -crl_check_all "$1"
}
ok "openssl verify -crl_check_all" verified budi.pem
ocsp() { # FILE WANTED
    openssl ocsp -issuer issuing.pem -cert "$1" -CAfile root.pem -no_nonce \
        -url "http://127.0.0.1:$public/ocsp" >said 2>&1
    cat said
    grep -q 'Response verify OK' said && grep -q "$1: $2" said
}
ok "openssl ocsp" ocsp budi.pem good
api GET "/v1/certificates/$serial"
ok "he sees it" says 200
api GET "/v1/requests?for=mine&state=all"
ok "and his request" grep -q "\"id\":$request," <<<"$answer"

# ---- who may not ----

log_in rina
until [ "$status" = 201 ]; do
    sleep 1
    log_in rina
done
api GET "/v1/certificates/$serial"
ok "another holder does not see it" says 404 cert_unknown
api GET "/v1/requests/$request"
ok "nor the request" says 404 request_unknown
by_certificate siti
api GET "/v1/certificates/$serial"
ok "the operator of that place does" says 200
siti=$session
"$KUNCI" ams user disable siti >made 2>&1
api GET /v1/me
ok "a disabled account is out at once" says 401 session_none
"$KUNCI" ams user activate siti >made 2>&1
api GET /v1/me
ok "and back when it is active" says 200

# ---- revoked, by two operators' signed decisions ----

# shellcheck disable=SC2016 # for perl
content() { # of the request in $answer, as it is signed
    perl -MJSON::PP -e 'binmode STDOUT, ":utf8"; print decode_json(join "", <STDIN>)->{content}' \
        <<<"$answer"
}
step() { sed -n 's/.*"step":"\([a-z]*\)","role":"op".*/\1/p' <<<"$answer"; }
decide() { # NAME, who is logged in
    api GET "/v1/requests/$request"
    printf '{"account":"%s","digest":"%s","request":%s,"step":"%s","time":"%s","verdict":"done"}' \
        "$1" "$(content | sha256sum | cut -d' ' -f1)" "$request" "$(step)" \
        "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >decision
    openssl cms -sign -nodetach -binary -in decision -signer "$1.pem" -inkey "$1.key" -outform DER \
        -out decision.cms
    printf '{"verb":"do","step":"%s","decision":"%s"}' "$(step)" "$(base64 -w0 decision.cms)" >event
    api POST "/v1/requests/$request/events" --data-binary @event
}
session=$budi
printf '{"key":"%s","kind":"revocation","certificate":"%s","reason":"lost"}' \
    "$(openssl rand -hex 16)" "$serial" >begin.json
api POST /v1/requests --data-binary @begin.json
request=$(field id)
ok "he asks for it to be revoked" says 201
echo "Setuju." >letter
api PUT "/v1/requests/$request/documents/persetujuan-atasan" --data-binary @letter
ok "with a letter" says 200
api POST "/v1/requests/$request/events" -d '{"verb":"advance","fields":{"person":{"reason":"lost"}}}'
ok "and hands it in" grep -q '"step":"verifikasi"' <<<"$answer"
session=$siti
decide siti
ok "the first decision" says 200
decide siti
ok "the second by the same operator is refused" says 403 flow_four_eyes
operator agus >made 2>&1
by_certificate budi
thief=$session
by_certificate agus
ocsp budi.pem good >made
decide agus
revoked_at=$(date +%s%N)
ok "by another it is done" says 200
ok "openssl ocsp says so at once" ocsp budi.pem revoked
session=$thief
api GET /v1/me
ok "whoever has logged in by it is out" says 401 session_none
on_the_list() {
    until crl && grep -q "$serial" <<<"$(openssl crl -in crl.pem -noout -text | tr 'A-F' 'a-f')"; do
        [ $((($(date +%s%N) - revoked_at) / 1000000)) -lt 5000 ] || return
        sleep 0.05
    done
    echo "after $((($(date +%s%N) - revoked_at) / 1000000)) ms"
    ! openssl verify -CAfile root.pem -untrusted issuing.pem -CRLfile crl.pem -crl_check budi.pem
}
ok "and openssl verify -crl_check" on_the_list
session=$budi
signed() { # the decision as it came
    cat root.pem issuing.pem >chain.pem
    curl -s --cacert root.pem -H "Authorization: Bearer $budi" -o decision.cms \
        "https://127.0.0.1:$port/v1/requests/$request/decisions/1" &&
        openssl cms -verify -inform DER -in decision.cms -CAfile chain.pem \
            -purpose any -out decision && grep -q '"verdict":"done"' decision
}
ok "openssl cms -verify accepts the first decision" signed
by_certificate budi
ok "a certificate that is revoked lets nobody in" says 401 login_refused

# ---- hostile ----

session=$budi
refuses() { # STATUS METHOD PATH CURL-OPTIONS...
    api "${@:2}"
    says "$1"
}
# The pieces: what is wrong, the answer.
while IFS='|' read -r what want body; do
    ok "hostile: $what" refuses "$want" POST /v1/requests --data-binary "$body"
done <<'END'
nothing|400|
cut|400|{"key":"00
a list|400|[]
no object|400|7
twice the same name|400|{"key":"0","key":"1","kind":"issuance"}
no key|400|{"kind":"issuance"}
a key that is none|400|{"key":"xyz","kind":"issuance"}
a name that is not known|400|{"key":"00000000000000000000000000000000","kind":"issuance","more":1}
too deep|400|{"a":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}
no UTF-8|400|{"key":"ÿ"
END
printf '{"key":"\xff\xfe","kind":"issuance"}' >bytes
ok "hostile: bytes that are no text" refuses 400 POST /v1/requests --data-binary @bytes
head -c 2000000 /dev/zero | tr '\0' ' ' >large
ok "hostile: too large" refuses 413 POST /v1/requests --data-binary @large
ok "hostile: another type" refuses 400 POST /v1/requests -H 'Content-Type: text/plain' -d '{}'
ok "hostile: another method" refuses 405 DELETE /v1/requests
ok "hostile: no such call" refuses 404 GET /v2/requests
ok "hostile: a number that is none" refuses 404 GET /v1/requests/0x10
ok "hostile: a number too many" refuses 404 GET /v1/requests/99999999999999999999999
ok "hostile: a serial that is none" refuses 404 GET "/v1/certificates/..%2f..%2fetc"
ok "hostile: a page that is none" refuses 400 GET "/v1/requests?after=-1"
ok "hostile: a choice that is none" refuses 400 GET "/v1/requests?state=closed"
session=$(tr '0-9a-f' 'f0-9a-e' <<<"$budi")
ok "hostile: a session that is none" refuses 401 GET /v1/me
session=$budi
ok "a document of some megabytes is refused for its place, not its size" \
    refuses 404 PUT "/v1/requests/99/documents/surat" --data-binary @large
malformed() { # an OCSPResponse with the status malformedRequest
    printf 'no request' | open /ocsp -H 'Content-Type: application/ocsp-request' \
        --data-binary @- | od -An -tx1 | grep -q '30 03 0a 01 01'
}
ok "hostile: OCSP that is none" malformed
ok "hostile: the REST is not served without TLS" test "$(open /v1/authority -o said -w '%{http_code}')" = 404
half_open() { # connections that say half of something, and stay
    local i
    for ((i = 0; i < 60; i++)); do
        exec {fd}<>"/dev/tcp/127.0.0.1/$public" && printf 'GET /hea' >&"$fd" || return
    done
    open /health --max-time 5 -o said -w '%{http_code}' | grep -q 200
}
ok "hostile: half a request on sixty connections holds up nobody" half_open
api GET /v1/me
ok "all else goes on" says 200

# ---- killed ----

killed() {
    kill -9 "$serving"
    wait "$serving" 2>/dev/null
    up
}
new_csr
key=$(openssl rand -hex 16)
issue "$key"
acknowledged=$serial
ok "killed and up again" killed
log_in budi
api GET "/v1/certificates/$acknowledged"
ok "what was acknowledged is there" says 200
issue "$key"
ok "and is what it was" test "$serial" = "$acknowledged"
audited() { "$KUNCI" audit verify; }
if "$KUNCI" help audit verify >made 2>&1; then
    ok "the audit trail is whole" audited
fi
# ---- the token pulled ----

ok "it ends when it is told to" down
export KUNCI_FAULT_FILE=$work/faults
: >faults
sed -i "s|^module:.*|module: ${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so|" kunci.yaml
health() { # WANTED STATUS
    local i
    for ((i = 0; i < 100; i++)); do
        [ "$(open /health -o health -w '%{http_code}')" = "$2" ] && grep -q "\"token\":\"$1\"" health &&
            return
        sleep 0.1
    done
    cat health log
    return 1
}
ok "up on a token that can be pulled" up
log_in budi
echo removed >faults
ok "health says so" health token_removed 503
new_csr
issue "$(openssl rand -hex 16)"
ok "issuing is refused" says 503 token_removed
api GET /v1/me
ok "all else goes on" says 200
ok "OCSP too, from memory" ocsp budi.pem revoked
echo inserted >faults
ok "put back it is well again" health ok 200
issue "$(openssl rand -hex 16)"
ok "and issues" says 201

ok "a copy of the store while it is in use" "$KUNCI" ams backup copy.db
ok "it ends when it is told to" down
serving=
ok "and says so" grep -q '^ams.stopped' log
no_secrets() { ! grep -e "$budi" -e "$siti" -e 48151623 -e rahasia -e 6203011505800001 log; }
ok "the log has no session, PIN, password or NIK" no_secrets
