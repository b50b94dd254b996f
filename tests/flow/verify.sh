#!/bin/bash
# Signatures that the stock openssl made, judged by the command: files, many of them, a
# report, exit codes, and memory that does not grow with the content.
. "$(dirname "$0")/../lib/flow.sh"

cd "$work" || exit 1
"$root/tests/lib/signatures.sh" >made 2>&1 || {
    cat made
    bail "openssl made no signatures"
}
cp content surat.txt
cp p256-cades.cms surat.txt.p7s
cp attached.cms surat.p7m
sed 1s/./-/ content >berubah.txt
cp p256-cades.cms berubah.txt.p7s

judge() {
    "$KUNCI" verify --trust root.pem --offline --revocation soft "$@" </dev/null
}
# ends CODE COMMAND...
ends() {
    local wanted=$1 code=0
    "${@:2}" >said 2>said.err || code=$?
    cat said said.err
    [ $code = "$wanted" ]
}
says() { # CODE TEXT COMMAND...
    ends "$1" "${@:3}" && grep -qF -- "$2" said said.err
}

ok "a document whose signature stands beside it" says 0 TOTAL-PASSED judge surat.txt
ok "the signature itself" says 0 TOTAL-PASSED judge surat.txt.p7s
ok "one with its content within" says 0 TOTAL-PASSED judge surat.p7m
ok "one whose content is named" says 0 TOTAL-PASSED judge rsa3072.cms --content content
ok "one that comes on standard input" says 0 TOTAL-PASSED \
    bash -c "'$KUNCI' verify --trust root.pem --revocation off - <attached.cms"
ok "PEM" says 0 TOTAL-PASSED judge pem.cms
ok "three signers" says 0 "CN=Penanda p384" judge three.cms
ok "a changed document is found" says 1 HASH_FAILURE judge berubah.txt
ok "a weak hash is told" says 1 CRYPTO_CONSTRAINTS_FAILURE judge sha1.cms --content content
ok "a signature without its content" says 1 SIGNED_DATA_NOT_FOUND judge rsa2048.cms
ok "a message within a message" says 1 FORMAT_FAILURE judge nested.cms
ok "an authority nobody trusts" says 1 NO_CERTIFICATE_CHAIN_FOUND \
    "$KUNCI" verify --trust p384.pem --revocation off surat.txt
ok "nobody tells of revocation" says 1 TRY_LATER "$KUNCI" verify --trust root.pem --offline surat.txt
ok "that it was not checked is said" says 0 "was not checked" judge surat.txt
ok "after its certificate's end" says 1 OUT_OF_BOUNDS_NO_POE judge --at 2060-01-01 surat.txt
ok "before its beginning" says 1 NOT_YET_VALID judge --at 2020-01-01 surat.txt
ok "one bad among many" says 1 "berubah.txt.p7s: TOTAL-FAILED" judge surat.txt berubah.txt surat.p7m
ok "and the good ones are told" grep -q "surat.p7m: TOTAL-PASSED" said
ok "a document without a signature" says 1 "no signature beside" judge content
ok "a file that is not there" says 3 "could not be read" judge tidak-ada.p7s
ok "--content for several" says 2 "--content" judge surat.txt surat.p7m --content content
ok "in Indonesian" says 0 TOTAL-PASSED judge --lang id surat.txt

# What is wrong with one file does not keep the others from being judged.
ok "one that is not there, among others" says 1 "could not be read" \
    judge tidak-ada.p7s surat.txt content --report campuran.html
ok "a document without a signature, too" grep -q "no signature beside content" said
ok "and the good one is told" grep -q "surat.txt.p7s: TOTAL-PASSED" said
ok "the page has all three" grep -q "no signature beside content" campuran.html
ok "JSON has the error" says 1 '"name":"verify_no_signature"' judge --json content surat.txt

fields() {
    judge --json surat.txt three.cms >answer.json &&
        perl -MJSON::PP -0777 -ne '
            my $a = decode_json($_);
            my $s = $a->{files}[0]{signatures}[0];
            exit !($a->{indication} eq "TOTAL-PASSED" && @{$a->{files}} == 2
                && @{$a->{files}[1]{signatures}} == 3 && $s->{level} eq "CAdES-B"
                && $s->{algorithm} eq "ECDSA-SHA256" && !$s->{timestamped}
                && !$s->{revocation_checked} && $s->{signer} =~ /Penanda p256/
                && @{$s->{path}} == 2)' answer.json
}
ok "JSON" fields

page_stands_alone() {
    [ "$(grep -ciE '<script|<link|<img|src=|href=|url\(|@import|https?:' laporan.html)" = 0 ]
}
ok "a page" says 0 "laporan.html" judge surat.txt three.cms --report laporan.html
ok "which needs nothing else" page_stands_alone
ok "is not overwritten" says 1 "exists already" judge surat.txt --report laporan.html
ok "but by --force" ends 0 judge surat.txt --report laporan.html --force

# A content of 300 MB, within 150 MB of all memory the command may have.
truncate -s 300M besar
openssl cms -sign -binary -stream -nodetach -in besar -signer p256.pem -inkey p256.key \
    -outform DER -out besar.p7m
openssl cms -sign -binary -in besar -signer p256.pem -inkey p256.key -outform DER -out besar.p7s
little_memory() (
    ulimit -v 150000
    judge "$1" | grep TOTAL-PASSED
)
if [[ $KUNCI != *asan* && $KUNCI != *tsan* ]]; then
    ok "a large content within takes no memory" little_memory besar.p7m
    ok "nor does one beside" little_memory besar.p7s
fi
