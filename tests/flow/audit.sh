#!/bin/bash
# The audit trail by the command, and an export of it checked by the very script that
# docs/audit.md shows.
. "$(dirname "$0")/../lib/flow.sh"

cd "$work" || exit 1
export SOFTHSM2_CONF=$work/softhsm.conf
mkdir tokens
echo "directories.tokendir = $work/tokens" >softhsm.conf
printf 87654321 >so
printf 12345678 >pin
cat >kunci.yaml <<END
module: $(find /usr -name libsofthsm2.so | head -n 1)
ams:
  store: ams.db
  node: kapuas
  token: CA
  pin_file: pin
  listen: 127.0.0.1:8443
  url: https://localhost:8443
  public: 127.0.0.1:8080
  public_url: http://127.0.0.1:8080
END
kunci() {
    "$KUNCI" --config kunci.yaml --lang en "$@"
}
says() { # CODE TEXT COMMAND...
    local wanted=$1 text=$2 code=0
    shift 2
    "$@" >said 2>said.err </dev/null || code=$?
    cat said said.err
    [ $code = "$wanted" ] && grep -qF -- "$text" said said.err
}

softhsm2-util --init-token --free --label CA --so-pin 87654321 --pin 12345678 >/dev/null ||
    bail "no token"
ok "nothing before there is an authority" says 1 "no authority" kunci audit show
ok "an authority is made" kunci ams init "Pemerintah Kabupaten Kapuas" -o root.pem
ok "which stands in its trail" says 0 authority kunci audit show
ok "the trail holds" says 0 "Rows" kunci audit verify
ok "it is exported" says 0 '"rows"' kunci --json audit export -o trail
ok "for its owner alone" test "$(stat -c %a trail)" = 600
ok "what is there is not written over" says 1 "exists already" kunci audit export -o trail
ok "that it was exported is in the trail" says 0 audit.export kunci audit show
ok "the export holds" says 0 "Exported" kunci audit verify trail
ok "on standard input, too" bash -c "'$KUNCI' --config kunci.yaml audit verify - <trail"
ok "a row for each that says so" test "$(($(wc -l <trail) - 1))" = \
    "$(kunci --json audit verify trail | sed -n 's/.*"rows":[ ]*\([0-9]*\).*/\1/p' | head -n 1)"

# ---- without kunci ----

sed -n '/^```sh$/,/^```$/p' "$root/docs/audit.md" | sed '1d;$d' >check-trail
last_cms() {
    tail -n 1 "$1" | sed 's/.*"cms":"\([^"]*\)".*/\1/' | openssl base64 -d -A
}
last_cms trail | openssl cms -cmsout -inform DER -print >/dev/null || bail "no signature"
last_cms trail >cms
openssl cms -verify -noverify -inform DER -in cms -content /dev/null -certsout audit.pem \
    >/dev/null 2>&1
kunci --json ams ca show >ca.json
sha256=$(openssl x509 -in audit.pem -outform DER | sha256sum | cut -d ' ' -f 1)
ok "the authority tells the fingerprint" grep -qi "$sha256" ca.json
trail_check() {
    sh check-trail "$@" </dev/null
}
ok "the page's script takes it" says 0 "rows," trail_check trail "$sha256"
ok "but not by another certificate" says 1 "does not hold" trail_check trail "${sha256%????}0000"
ok "and we take it by the certificate alone" says 0 "Exported" \
    "$KUNCI" --lang en audit verify --trust audit.pem trail
ok "but not by another" says 1 "is broken" kunci audit verify --trust root.pem trail

# ---- changed: both find it ----

refused() { # TEXT: what the script says of the file "changed"
    says 1 "$1" trail_check changed "$sha256" && says 1 "is broken" kunci audit verify changed
}
sed '2s/"by":"kuncid"/"by":"budi"/' trail >changed
ok "a row changed" refused "row 3 does not follow"
sed 2d trail >changed
ok "a row removed" refused "row 2 does not follow"
sed 2p trail >changed
ok "a row twice" refused "row 3 does not follow"
sed '1{h;d};2G' trail >changed
ok "two rows swapped" refused "row 1 does not follow"
sed '$d' trail >changed
ok "the end cut off" refused "cut off"
{ cat trail && tail -n 2 trail | head -n 1; } >changed
ok "something behind the end" refused "behind the end"
sed '$s/"at":"20../"at":"2001/' trail >changed
ok "another time of the export" refused "signature of the end"
head -c 100 trail >changed
ok "cut within a line" refused "cut off"
