#!/bin/bash
# The holder's flows against an authority that runs: renewal by kapuas-2026 with operators
# deciding in between, rejected and handed in again, cut off and gone on with.
. "$(dirname "$0")/../lib/flow.sh"
. "$root/tests/lib/holders.sh"

cd "$work" || exit 1
holders_up renewal=kapuas-2026 issuance=penerbitan revocation=pencabutan >up 2>&1 ||
    bail "$(tail -20 up served 2>/dev/null)"
trap holders_end EXIT

answer() { # FIELD: of the answer in said.json
    jq -er --arg at "$1" 'getpath($at / "." | map(tonumber? // .)) | if . == null then empty else . end' \
        said.json
}
says() { # FIELD VALUE
    local is
    if ! is=$(answer "$1") || [ "$is" != "$2" ]; then
        echo "$1 is $is, not $2"
        cat said.json
        return 1
    fi
}
# run NAME COMMAND...: with its answer kept.
run() {
    by "$@" --json --yes >said.json 2>said.err || { cat said.json said.err; return 1; }
}
# refused ERROR NAME COMMAND...
refused() {
    local want=$1
    shift
    ! by "$@" --json --yes >said.json 2>said.err && says error.name "$want"
}
certs() { # NAME: how many, and how many of them with their key
    by "$1" cert list --json >list.json &&
        jq -r '.certificates | "\(length) \(map(select(.has_key)) | length)"' list.json
}

# ---- not yet ----

ok 'who has no certificate has nothing to renew' refused renew_nothing ca renew --no-wait
ok 'renewal is refused while there is time' refused renew_early budi renew --no-wait
ok 'nothing was made for it' [ "$(by budi key list --json | grep -o '"label"' | wc -l)" = 1 ]

# ---- renewal ----

ahead 715
# Operators' own, one deciding for the other: both are needed later.
swap() { # WHOSE WHO
    run "$1" renew --no-wait && set -- "$1" "$2" "$(answer request)" &&
        run "$2" request verify "$3" && run "$2" request approve "$3" &&
        run "$1" renew && says finished true
}
ok 'an operator renews his own, another one decides' swap satu dua
ok 'and the other way round, by the new certificate' swap dua satu
begun() {
    run budi renew --no-wait && says state submitted && says finished false && says waits_for op
    number=$(answer request)
}
ok 'renewal begins, and waits for an operator' begun
ok 'given again it goes on with the same request' eval \
    'run budi renew --no-wait && says request "$number"'
ok 'the operator finds it in his list' eval \
    'run satu request list && says requests.0.id "$number" && says requests.0.applicant budi'
ok 'and reads it' eval 'run satu request show "$number" && says request.act verify'
ok 'the wrong verb is refused, and the right one named' eval \
    'refused flow_not_possible satu request approve "$number" && grep -q "kunci request verify" said.json'
ok 'he rejects it' run satu request reject "$number" --reason 'NIK tidak cocok'
ok 'the holder is told why' eval \
    'refused request_rejected budi renew --no-wait && grep -q "NIK tidak cocok" said.json'
ok 'and hands the same request in again' eval \
    'run budi renew --no-wait && says request "$number" && says waits_for op'
ok 'with the same key' [ "$(by budi key list --json | grep -o '"label"' | wc -l)" = 2 ]
ok 'it is verified' run satu request verify "$number"
ok 'and approved' run dua request approve "$number"
ok 'the certificate is taken, and the request over' eval \
    'run budi renew && says finished true && says state closed'
ok 'two pairs stand on the token' eval '[ "$(certs budi)" = "2 2" ]'
ok 'the new one signs' eval 'echo surat >surat &&
    by budi sign surat --force --key "$(answer label)" && by budi verify --trust root.pem --offline \
        --revocation off --content surat surat.p7s --json || true; [ -s surat.p7s ]'

ok 'renewed again at once, it is too early' refused renew_early budi renew --no-wait

# ---- a first certificate ----

cat >siti-letter.yaml <<END
letter: {nik: "6203014101850002", name: siti Contoh}
card: {nik: "6203014101850002", name: siti Contoh}
END
echo 'Surat Rekomendasi' >surat.pdf
enrols() { # ARGUMENT...
    run siti enrol --account siti --password-file "$(password_of siti)" --label Siti \
        --new-so-pin-file so-pin --so-pin-file so-pin --new-pin-file pin "$@"
}
echo 27182818 >so-pin
ok 'without its letter an enrolment says what is missing' eval \
    '! enrols --no-wait && says error.name flow_document_missing &&
     grep -q surat-rekomendasi said.json'
ok 'the token was set up for it' eval 'of siti token info --token Siti --json >info.json'
begun() {
    enrols --no-wait --attach surat-rekomendasi=surat.pdf --fields siti-letter.yaml &&
        says waits_for op && number=$(answer request)
}
ok 'with it the enrolment goes on' begun
ok 'letter and card stand beside the data' eval \
    'by satu request show "$number" >shown && grep -q "Identity card" shown && grep -q surat-rekomendasi shown'
ok 'one operator verifies' run satu request verify "$number"
ok 'and may not approve too' refused flow_four_eyes satu request approve "$number"
ok 'another one does' run dua request approve "$number"
ok 'the certificate is written' eval 'enrols && says finished true && says state closed'
ok 'one pair stands on the token' eval '[ "$(certs siti)" = "1 1" ]'
ok 'logged in by it now' eval 'run siti request list --mine --all && says requests.0.state closed'

# ---- revocation ----

echo 'Persetujuan' >atasan.pdf
ok 'a lost token: by password, without it' eval \
    'run dua revoke --reason lost --account siti --password-file "$(password_of siti)" --no-wait \
        --attach persetujuan-atasan=atasan.pdf && says waits_for op && number=$(answer request)'
ok 'verified' run satu request verify "$number"
ok 'approved' run dua request approve "$number"
ok 'over' eval 'run dua revoke --reason lost --account siti \
    --password-file "$(password_of siti)" && says finished true'
ok 'its certificate logs nobody in any more' refused login_refused siti request list

# ---- withdrawn, and what was made for it used again ----

ahead 1430
ok 'operators renew once more' eval 'swap satu dua && swap dua satu'
ok 'renewed once more' eval 'run budi renew --no-wait && number=$(answer request)'
# shellcheck disable=SC2034 # in eval
label=$(answer label)
ok 'withdrawn by the holder' run budi request withdraw "$number"
ok 'the renewal says so' refused flow_over budi renew --no-wait
ok 'the next one takes the key that waits' eval \
    'run budi renew --no-wait && says label "$label" && [ "$(answer request)" != "$number" ]'
number=$(answer request)

# ---- somebody else meddles ----

ok 'a journal in use is not written twice' eval \
    'exec 9<>"$(answer journal)" && flock 9 && refused journal_busy budi renew --no-wait; flock -u 9'
ok 'Ctrl-C ends the waiting' eval \
    'timeout -s INT 3 env SOFTHSM2_CONF=$work/tokens/budi/softhsm2.conf XDG_STATE_HOME=$work/state/budi \
        KUNCI_CONFIG=$work/kunci.yaml "$KUNCI" renew --yes --json --pin-file pin >said.json;
     says error.name request_paused'
ok 'while the authority is away nothing begins' eval 'unserve; refused fetch_failed budi renew --no-wait'
ok 'and it goes on when it is back' eval 'serve && run budi renew --no-wait && says request "$number"'
ok 'verified and approved' eval \
    'run satu request verify "$number" && run dua request approve "$number"'
issued() { # writes the certificate that was issued to issued.der
    run budi request show "$number" &&
    jq -r .request.issued_der said.json | base64 -d >issued.der
}
ok 'a certificate written by hand is recognised' eval \
    'issued && by budi cert import issued.der &&
     sed -i "s/root.pem}/root.pem, delete_old_keys: true}/" kunci.yaml &&
     run budi renew && says finished true'
ok 'the old pair is gone by the setting' eval '[ "$(certs budi)" = "2 2" ]'

# ---- what cannot go on leaves the journal as it is ----

ahead 2150
ok 'and operators once more' eval 'swap satu dua && swap dua satu'
put_back() { # the authority as it was before that renewal
    unserve && rm -rf ams.db* && cp -r earlier/* . && serve
}
unserve && mkdir earlier && cp -r ams.db* earlier/ && serve
ok 'a renewal once more' eval 'run budi renew --no-wait && number=$(answer request)'
# shellcheck disable=SC2034 # in eval
label=$(answer label)
ok 'an authority that was put back knows nothing of it' eval \
    'put_back && refused request_unknown budi request show "$number"'
ok 'it is handed in again, with its key' eval \
    'run budi renew --no-wait && says label "$label" && says waits_for op && number=$(answer request)'
cp -r tokens/budi whole
cp "$(answer journal)" kept
by budi key delete --key "$(answer label)" --yes >said
ok 'the key taken away is missed' refused key_not_found budi renew --no-wait
ok 'and missed again: nothing else was made' eval \
    'refused key_not_found budi renew --no-wait; cmp kept state/budi/kunci/*.journal'
rm -r tokens/budi && cp -r whole tokens/budi
ok 'with the key there again it goes on' eval 'run budi renew --no-wait && says request "$number"'
sed -i '3s/event/Event/' state/budi/kunci/*.journal
ok 'a damaged journal is said to be so' refused journal_damaged budi renew --no-wait
cp kept state/budi/kunci/*.journal
ok 'and the right one goes on' eval 'run budi renew --no-wait && says request "$number"'
ok 'verified and approved again' eval \
    'run satu request verify "$number" && run dua request approve "$number"'
# exchange: the certificate issued to budi against another's, in the authority's store
exchange() {
    unserve
    sqlite3 ams.db "CREATE TABLE IF NOT EXISTS kept (der BLOB);
        CREATE TEMP TABLE which AS SELECT issued AS serial FROM requests WHERE id = $number;
        CREATE TEMP TABLE other AS SELECT der FROM kept UNION ALL SELECT * FROM
            (SELECT der FROM certificates WHERE subject LIKE '%siti%' ORDER BY not_before DESC LIMIT 1);
        INSERT INTO kept SELECT der FROM certificates, which USING (serial)
            WHERE NOT EXISTS (SELECT 1 FROM kept);
        UPDATE certificates SET der = (SELECT der FROM other LIMIT 1)
            WHERE serial = (SELECT serial FROM which);" && serve
}
ok 'an authority that hands out another certificate' exchange
# shellcheck disable=SC2034 # in eval
before=$(certs budi)
ok 'is refused' refused cert_not_as_asked budi renew --no-wait
ok 'and nothing is written' eval '[ "$(certs budi)" = "$before" ]'
ok 'the right one there again' exchange
ok 'is taken' eval 'run budi renew && says finished true'
ok 'revoked by his own certificate beside it' eval \
    'run budi revoke --reason retired --no-wait --attach persetujuan-atasan=atasan.pdf &&
     says waits_for op && revoked=$(answer request)'
ok 'decided' eval 'run satu request verify "$revoked" && run dua request approve "$revoked"'
ok 'and then nobody is logged in by it' refused login_refused budi request list
unserve
