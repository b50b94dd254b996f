#!/bin/bash
# Files signed with keys on a token, and what stock OpenSSL says of them; and everything
# that can go wrong with files.
. "$(dirname "$0")/../lib/flow.sh"

module=/usr/lib/softhsm/libsofthsm2.so
cd "$work" || exit 1
mkdir tokens
printf 'directories.tokendir = %s/tokens\n' "$work" >softhsm2.conf
printf 'module: %s\n' "$module" >kunci.yaml
echo 31415926 >so
echo 48151623 >pin
echo 27182818 >wrong
export SOFTHSM2_CONF=$work/softhsm2.conf KUNCI_CONFIG=$work/kunci.yaml

kunci() {
    "$KUNCI" "$@" </dev/null
}
sign() {
    "$KUNCI" sign --token budi --pin-file pin "$@"
}
refused() {
    local name=$1 code=0 answer
    shift
    answer=$("$KUNCI" --json "$@" </dev/null) || code=$?
    echo "$code: $answer"
    [ $code != 0 ] && [[ $answer == *"\"$name\""* ]]
}
nothing_left() {
    local left
    left=$(find . -name '*.tmp' -o -name "$1")
    [ -z "$left" ] || {
        echo "$left"
        return 1
    }
}

# ---- a key of each kind, certified ----

types="rsa2048 rsa3072 p256 p384 p521 ed25519"
prepare() {
    kunci token init --label budi --new-so-pin-file so &&
        kunci pin set --token budi --so-pin-file so --new-pin-file pin || return
    openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem \
        -subj "/CN=Root Contoh" -days 2
    openssl req -newkey rsa:2048 -nodes -keyout ca.key -out ca.csr -subj "/CN=CA Contoh"
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n' >ca.ext
    openssl x509 -req -in ca.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 \
        -extfile ca.ext -out ca.pem
    printf 'keyUsage=digitalSignature,nonRepudiation\n' >holder.ext
    for type in $types; do
        kunci key new --token budi --type "$type" --label "$type" --pin-file pin &&
            kunci csr new --token budi --key "$type" --subject "C=ID, CN=Budi $type" -o csr.pem \
                --pin-file pin --force &&
            openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 \
                -extfile holder.ext -out "$type.pem" &&
            kunci cert import "$type.pem" --token budi --pin-file pin || return
        openssl x509 -in "$type.pem" -noout -pubkey >"$type.pub"
    done
}
prepare >prepared 2>&1 || bail "$(cat prepared)"
head -c 100000 /dev/urandom >letter

# ---- CAdES and raw, by every key ----

verify() {
    local how=-cades
    # OpenSSL 3.0 cannot check Ed25519's signature here; the rest it can
    [[ $1 != ed25519* ]] || how=-no_attr_verify
    openssl cms -verify $how -binary -inform DER -in "$1" "${@:2}" -CAfile root.pem -out got &&
        cmp got letter
}
cades() {
    sign --key "$1" --issuers ca.pem "${@:2}" letter -o "$1.p7s" &&
        verify "$1.p7s" -content letter &&
        sign --key "$1" --issuers ca.pem "${@:2}" letter --attached -o "$1.p7m" &&
        verify "$1.p7m" && rm "$1.p7s" "$1.p7m"
}
for type in $types; do
    ok "$type, CAdES" cades "$type"
done
folder_of_issuers() {
    mkdir issuers && cp ca.pem root.pem issuers && echo "bukan sertifikat" >issuers/README &&
        sign --key p256 --issuers issuers letter -o folder.p7s && verify folder.p7s -content letter
}
ok "issuers out of a folder" folder_of_issuers
ok "a file of issuers that has none" refused cert_invalid sign --token budi --pin-file pin \
    --key p256 --issuers issuers/README letter
ok "rsa2048, CAdES with PSS" cades rsa2048 --alg PSS-SHA256
ok "rsa3072, CAdES with PSS and SHA-512" cades rsa3072 --alg PSS-SHA512
ok "p384, CAdES with SHA-384" cades p384 --alg ECDSA-SHA384

raw() {
    sign --key "$1" --format raw letter -o "$1.sig" &&
        openssl dgst "-$2" -verify "$1.pub" -signature "$1.sig" letter && rm "$1.sig"
}
raw_pss() {
    sign --key rsa2048 --format raw --alg PSS-SHA256 letter -o pss.sig &&
        openssl dgst -sha256 -verify rsa2048.pub -signature pss.sig \
            -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest letter
}
raw_ed25519() {
    sign --key ed25519 --format raw letter -o ed.sig &&
        openssl pkeyutl -verify -pubin -inkey ed25519.pub -rawin -in letter -sigfile ed.sig
}
too_large_for_one_piece() {
    truncate -s 20M large && refused sign_one_piece sign --token budi --pin-file pin \
        --key ed25519 --format raw large && nothing_left 'large.sig'
}
ok "rsa2048, raw" raw rsa2048 sha256
ok "p256, raw" raw p256 sha256
ok "p384, raw" raw p384 sha384
ok "p521, raw" raw p521 sha512
ok "PSS, raw" raw_pss
ok "Ed25519, raw" raw_ed25519
ok "Ed25519, raw: too large for one piece" too_large_for_one_piece

# ---- streams ----

piped() {
    sign --key p256 --issuers ca.pem - <letter >stream.p7s &&
        verify stream.p7s -content letter &&
        sign --key p256 --issuers ca.pem --attached - < <(cat letter) >stream.p7m &&
        verify stream.p7m
}
ok "standard input and output, also a pipe" piped
huge() {
    truncate -s 4100M huge && sign --key p256 --issuers ca.pem huge &&
        openssl cms -verify -cades -binary -inform DER -in huge.p7s -content huge \
            -CAfile root.pem -out /dev/null
    local code=$?
    rm -f huge huge.p7s
    return $code
}
# A minute of hashing: LARGE=1 tests/flow/sign.sh
[ -z "${LARGE:-}" ] || ok "more than 4 GB" huge

# ---- several signers ----

joined() {
    sign --key p256 --issuers ca.pem letter -o one.p7s &&
        sign --key rsa2048 --issuers ca.pem letter --join one.p7s -o two.p7s &&
        verify two.p7s -content letter &&
        [ "$(openssl cms -cmsout -print -inform DER -in two.p7s | grep -c issuerAndSerialNumber)" = 2 ]
}
ok "a second signer joins" joined
ok "but not to a signature of another content" refused join_invalid sign --token budi \
    --pin-file pin --key p256 ca.pem --join one.p7s -o other.p7s

# ---- refusals ----

ok "nothing is overwritten" refused file_exists sign --token budi --pin-file pin --key p256 \
    letter -o one.p7s
forced() {
    local before
    before=$(sha256sum <one.p7s)
    sign --key p256 letter -o one.p7s --force && [ "$(sha256sum <one.p7s)" != "$before" ]
}
ok "unless it is asked for" forced
no_cert() {
    kunci key new --token budi --type p256 --label alone --pin-file pin &&
        refused sign_no_cert sign --token budi --pin-file pin --key alone letter
}
ok "one that has none" no_cert
ok "a folder is no file" refused file_read sign --token budi --pin-file pin --key p256 tokens
ok "no file at all" refused usage_missing sign --token budi --pin-file pin --key p256
ok "a file that is not there" refused file_read sign --token budi --pin-file pin --key p256 none
ok "a bare signature holds no content, however raw is written" refused usage_value sign \
    --token budi --pin-file pin --key p256 --format RAW --attached letter
ok "no such algorithm as SHA-1" refused usage_value sign --token budi --pin-file pin \
    --key rsa2048 --alg RSA-SHA1 letter
ok "two files of one name" refused sign_same_output sign --token budi --pin-file pin --key p256 \
    letter tokens/../letter --out-dir tokens

full_disk() {
    local code
    mkdir -p small && mount -t tmpfs -o size=64k none small || return
    refused file_write sign --token budi --pin-file pin --key p256 letter --attached \
        -o small/letter.p7m
    code=$?
    [ -z "$(ls small)" ] || code=1
    umount small
    return $code
}
# Where mounting is not allowed, the limit below shows the same.
unshare -m true 2>/dev/null && ok "a disk that is full" full_disk
file_limit() {
    (
        ulimit -f 20
        trap '' XFSZ
        refused file_write sign --token budi --pin-file pin --key p256 letter --attached \
            -o limited.p7m
    ) && nothing_left 'limited*'
}
ok "a limit on the size of files" file_limit
grows() {
    local grower code
    head -c 50M /dev/zero >growing
    timeout 20 bash -c 'while :; do echo more; done >>growing' &
    grower=$!
    refused file_changed sign --token budi --pin-file pin --key p256 growing
    code=$?
    kill $grower
    wait $grower
    rm growing
    return $code
}
ok "a file that grows" grows

# ---- many ----

mkdir many
for i in {1..200}; do echo "surat $i" >"many/$i"; done
all_valid() {
    local i
    for i in many/*[0-9]; do
        openssl cms -verify -cades -binary -inform DER -in "$i.p7s" -content "$i" \
            -CAfile root.pem -out /dev/null || return
    done >/dev/null 2>&1
}
batch() {
    sign --key p256 --issuers ca.pem many/*[0-9] --jobs 2 && all_valid
}
ok "200 files in one batch" batch
resumed() {
    local answer
    echo "surat baru" >many/7
    truncate -s 100 many/8.p7s
    rm many/9.p7s
    answer=$(sign --key p256 --issuers ca.pem --list <(printf '%s\0' many/*[0-9]) --resume --json |
        tail -n 1)
    echo "$answer"
    [[ $answer == *'"signed":3,"signed_before":197,"failed":0,"left":0'* ]] && all_valid
}
ok "resume signs what changed, is half or is gone, and nothing else" resumed
other_key() {
    local answer
    answer=$(sign --key rsa2048 --issuers ca.pem many/1 many/2 --resume --json | tail -n 1)
    [[ $answer == *'"signed":2,'* ]]
}
ok "resume signs what another key signed" other_key
troubles() {
    local answer code=0
    rm -f many/*.p7s
    chmod 000 many/3
    mkdir many/folder
    answer=$(printf '%s\n' many/1 many/folder many/none many/4 |
        "$KUNCI" sign --token budi --pin-file pin --key p256 --list - --json) || code=$?
    echo "$answer"
    rmdir many/folder
    chmod 644 many/3
    [ $code = 1 ] && [[ $answer == *'"signed":2,"signed_before":0,"failed":2'* ]] &&
        [[ $answer == *'"sign_incomplete"'* ]] && [ "$(wc -l <<<"$answer")" = 6 ]
}
ok "what fails is told, the rest is signed" troubles
killed() {
    local i before after signer
    rm -f many/*.p7s
    for i in 0.02 0.04 0.06 0.08 0.1; do
        "$KUNCI" sign --token budi --pin-file pin --key rsa2048 --issuers ca.pem many/*[0-9] \
            --jobs 2 --resume >/dev/null 2>&1 &
        signer=$!
        sleep "$i"
        kill -9 $signer
        wait $signer
        before=$(sha256sum many/*.p7s 2>/dev/null)
        sleep 0.01
    done 2>/dev/null
    sign --key rsa2048 --issuers ca.pem many/*[0-9] --jobs 2 --resume || return
    after=$(sha256sum many/*.p7s)
    # What was whole is as it was, and all is there.
    [ -z "$before" ] || [ -z "$(comm -23 <(sort <<<"$before") <(sort <<<"$after"))" ] || return
    [ "$(find many -name '*.p7s' | wc -l)" = 200 ] && all_valid && nothing_left 'none'
}
ok "killed again and again, resume completes it and signs none twice" killed
interrupted() {
    local code=0
    rm -f many/*.p7s
    "$KUNCI" sign --token budi --pin-file pin --key rsa2048 --issuers ca.pem many/*[0-9] \
        --jobs 1 --json >said.json 2>&1 &
    local signer=$!
    while [ -z "$(ls many/*.p7s 2>/dev/null)" ] && kill -0 $signer 2>/dev/null; do sleep 0.01; done
    kill -TERM $signer
    wait $signer || code=$?
    tail -n 2 said.json
    [ $code = 1 ] && grep -q '"interrupted":true' said.json
}
ok "interrupted, it ends with its summary" interrupted
# on_terminal ARGUMENT...: what is said there is in "typescript", the answer in "said".
on_terminal() {
    rm -f many/*.p7s
    script -qec "'$KUNCI' sign --token budi --pin-file pin --key p256 --issuers ca.pem \
        many/*[0-9] many/none $* >said" typescript </dev/null >/dev/null
    [ $? = 1 ] && [ "$(find many -name '*.p7s' | wc -l)" = 200 ] && screen=$(<typescript)
}
bar() {
    local wiped=$'\r\e[K'
    on_terminal || return
    cat -v typescript said
    [[ $screen =~ $'\r['#*\ *\]\ [0-9]+\ of\ 201,\ [0-9]+\ a\ second,\ [0-9]+:[0-9]+\ left ]] &&
        [[ $screen == *"${wiped}many/none: "* && ${screen##* of 201,} == *"$wiped"* ]] &&
        grep -q '^Signed now: 200\.' said && ! grep -q ' of 201' said
}
no_bar() {
    on_terminal "$1" && [[ $screen == *many/none* || $1 == --json ]] && [[ $screen != *' of 201,'* ]]
}
elsewhere_no_bar() {
    rm -f many/*.p7s
    sign --key p256 --issuers ca.pem many/*[0-9] 2>notes && ! grep -q 'of 200' notes
}
if [ -e /dev/pts/ptmx ]; then
    ok "a bar on the terminal, and nothing of it in the end" bar
    ok "none with -q" no_bar -q
    ok "none with --json" no_bar --json
fi
ok "none where the notes go to a file" elsewhere_no_bar
# The token is taken out while the 40th signature is made, and put in again for --resume.
fault=${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so
through() { # FAULT ARGUMENT...
    echo "$1" >faults
    KUNCI_FAULT_FILE=$work/faults KUNCI_FAULT_LOG=$work/calls KUNCI_CONFIG='' \
        "$KUNCI" --module "$fault" sign --token budi --pin-file pin --key p256 --issuers ca.pem \
        many/*[0-9] --json "${@:2}" </dev/null
}
pulled() { # ARGUMENT...
    local answer code=0 there before
    rm -f many/*.p7s calls
    answer=$(through "removed during C_Sign 40" "$@") || code=$?
    there=$(find many -name '*.p7s' | wc -l)
    echo "$code, $there signatures: $(grep -v '"signed",' <<<"$answer")"
    # Each file stands there once; what was begun when the token went has failed, no more.
    [ $code = 1 ] && [ "$there" -ge 38 ] && [ "$there" -lt 45 ] &&
        [ "$(grep -c '"result":"signed"' <<<"$answer")" = "$there" ] &&
        [[ $answer == *'"token_removed"'* ]] &&
        [ "$(grep -c '"result":"failed"' <<<"$answer")" -le 2 ] &&
        [ "$(tail -n 1 <<<"$answer" | grep -c '"sign_incomplete"')" = 1 ] || return
    before=$(sha256sum many/*.p7s)
    rm calls
    answer=$(through inserted --resume "$@") || return
    echo "$answer" | tail -n 2
    [[ $answer == *"\"signed\":$((200 - there)),\"signed_before\":$there,\"failed\":0,\"left\":0"* ]] &&
        [ "$(grep -c 'C_Sign CKR_OK' calls)" = $((200 - there)) ] &&
        sha256sum --quiet -c <<<"$before" && all_valid && nothing_left none
}
ok "the token pulled out, what is signed stays, and resume does the rest" pulled --jobs 2
ok "the same in one process" pulled --jobs 1 --in-process
# The last, as the token remembers it.
wrong_pin() {
    local answer
    answer=$("$KUNCI" sign --token budi --pin-file wrong --key p256 many/1 many/2 --json \
        </dev/null)
    [[ $answer == *'"pin_incorrect"'* ]] && [ "$(wc -l <<<"$answer")" = 1 ]
}
ok "a wrong PIN is given once" wrong_pin
