#!/bin/bash
# Procedures by the command: listed, shown in both languages, checked, played with what
# they call, and what the events of a play add up to.
. "$(dirname "$0")/../lib/flow.sh"

cd "$work" || exit 1
own=$root/tests/unit/flow/keenam.yaml

# ends CODE COMMAND...
ends() {
    local wanted=$1 code=0
    "${@:2}" >said 2>said.err </dev/null || code=$?
    cat said said.err
    [ $code = "$wanted" ]
}
says() { # CODE TEXT COMMAND...
    ends "$1" "${@:3}" && grep -qF -- "$2" said said.err
}
sop() {
    "$KUNCI" sop "$@"
}

# ---- listed and shown ----

ok "the five are listed" says 0 pekalongan-perubahan-data sop list
ok "and what they call" says 0 frasa-sandi-atur-ulang sop list
ok "a table in English" says 0 "Checks whether the data" sop show kapuas-2026
ok "a table in Indonesian" says 0 "Memeriksa apakah data yang" \
    sop --lang id show kapuas-2026
ok "its totals" says 0 "46.3" sop show kapuas-2026
ok "as JSON" says 0 '"kapuas-2026"' sop --json show kapuas-2026
ok "the flow chart as a picture" sop show --svg bagan.svg kapuas-2026
ok "it is a picture" grep -q "<svg" bagan.svg
ok "on standard output" bash -c "'$KUNCI' sop show --svg - kapuas-2026 | cmp - bagan.svg"
ok "but not within JSON" says 2 "has to be a file" sop --json show --svg - kapuas-2026
ok "a page" sop show --html kertas.html --lang id mamuju-2024
ok "it is in its language" grep -q '<html lang="id">' kertas.html
ok "a file that exists is kept" says 1 "exists already" sop show --svg bagan.svg kapuas-2026
ok "unless --force is given" sop show --svg bagan.svg --force kapuas-2026
ok "one that there is not" says 2 "kunci sop list" sop show tidak-ada
ok "by its stable name" says 2 sop_not_found sop --json show tidak-ada
ok "a file that there is not" says 3 "could not be read" sop show ./tidak-ada.yaml

# ---- checked ----

shipped() {
    "$KUNCI" sop --json list >list.json
    grep -o '"name":[ ]*"[^"]*"' list.json | sed 's/.*"\([^"]*\)"$/\1/'
}
all_are_sound() {
    local names
    mapfile -t names < <(shipped)
    [ ${#names[@]} -ge 13 ] && ends 0 sop check "${names[@]}"
}
ok "the shipped ones have no fault" all_are_sound
ok "a mistake is told with its line" bash -c "
    sed 's/act: login/act: logon/' '$root/pkcs11/flow/sop/kapuas-2026.yaml' >salah.yaml
    '$KUNCI' sop check ./salah.yaml 2>&1 | grep -q 'line [0-9]*, \"act\"'"
faulty() {
    sed 's/minutes: 15$/minutes: 16/' "$root/pkcs11/flow/sop/kapuas-2026.yaml" >salah.yaml
    says 1 ubah-data sop check ./salah.yaml || says 1 minutes sop check ./salah.yaml
}
ok "minutes that do not add up are a fault" faulty
ok "a file needs no folder" says 1 minutes sop check salah.yaml

# ---- played ----

# What a person says of himself, and what letter and card say.
data() {
    local whose
    for whose in "$@"; do
        echo "pemohon $whose nik 9901011708850001"
        echo "pemohon $whose name Budi Santoso"
        echo "pemohon $whose email budi@contoh.go.id"
    done
    echo "pemohon fill nip 198508172010011002"
}
{
    echo "fact certificate expiring"
    printf 'pemohon do\npemohon do\npemohon do right\npemohon do\npemohon do\n'
    data fill
    printf 'pemohon do\nclock +3m\nop:siti do\nop:siti do\npemohon do\n'
} >kapuas.txt
ok "a renewal is played to its end" says 0 "It is over: closed." sop play kapuas-2026 kapuas.txt
ok "the token acts in it" grep -qF "+ key-new" said
ok "and the holder is told" grep -qF "> pemohon: issued" said
ok "in Indonesian" says 0 "Selesai: closed." sop --lang id play kapuas-2026 kapuas.txt
ok "from standard input" bash -c "'$KUNCI' sop play kapuas-2026 <kapuas.txt | grep -q over"

printf 'pemohon do\npemohon do\nop:siti do\n' >salah.txt
ok "what is not his to do ends the play" says 1 "applicant" sop play kapuas-2026 salah.txt
printf 'pemohon do\npemohon dance\n' >salah.txt
ok "a word that is not known" says 2 dance sop play kapuas-2026 salah.txt
ok "by its stable name, too" says 2 play_unknown sop --json play kapuas-2026 salah.txt
mkdir lingkar
printf '%s\n' "version: '1'" 'kind: renewal' 'title: Lingkar' 'steps:' \
    '- {id: lagi, actor: pemohon, act: apply, text: Lagi, calls: {procedure: lingkar}}' \
    >lingkar/lingkar.yaml
echo "procedures: $work/lingkar" >lingkar.conf
yes "pemohon do" | head -n 20 >lingkar.txt
ok "one that calls itself has an end" says 1 sop_faulty \
    "$KUNCI" --config lingkar.conf --json sop play lingkar lingkar.txt

# The whole of it: a data change within the renewal, a revocation within the data change,
# an issuance within the renewal again; the certificate that is renewed goes on the way.
{
    echo "fact certificate active"
    printf 'pemohon do\npemohon do\npemohon do wrong\n'
    printf 'pemohon attach surat-permohonan\npemohon attach surat-keterangan\npemohon do\n'
    printf 'pemohon attach formulir-perubahan-data\npemohon attach data-dukung\n'
    data fill
    printf 'pemohon do\nop:siti do\nop:agus do\npemohon do\n'
    echo "pemohon attach persetujuan-atasan"
    data fill
    printf 'pemohon do\nop:siti do\nop:agus do\npemohon do\n'
    echo "pemohon attach surat-rekomendasi"
    data fill letter card
    printf 'pemohon do\npemohon attach surat-rekomendasi\n'
    data fill letter card
    printf 'pemohon do\npemohon do\nop:siti do\nop:agus do\npemohon do\n'
} >kebumen.txt
ok "procedures are played within a step" says 0 "It is over: closed." \
    sop play kebumen-2021 kebumen.txt
in_order() { # WORD... as the deeds that were said
    diff <(sed -n 's/^ *+ //p' said) <(printf '%s\n' "$@")
}
ok "what they do comes in its order" in_order data-change revoke key-new csr-new issue \
    write prove retire
sed 's/op:agus/op:siti/' kebumen.txt >salah.txt
ok "one person is not two" says 1 "another person" sop play kebumen-2021 salah.txt

# ---- an agency's own ----

ok "one of an agency's own has no fault" says 0 "no fault" sop check "$own"
{
    echo "fact certificate active"
    echo "seksi-persandian attach surat-cuti"
    echo "seksi-persandian fill nip 198508172010011002"
    echo "seksi-persandian fill name Budi Santoso"
    echo "seksi-persandian fill unit Seksi Contoh"
    echo "seksi-persandian fill reason post-ended"
    printf '%s do\n' seksi-persandian "pemohon" | sed '/^pemohon/s/$/ kept/'
    printf 'kabid:rina do\nkepala-dinas:dewi do\nverifikator do valid\nca do\n'
    echo "seksi-persandian do"
} >keenam.txt
ok "it runs to its end" says 0 "It is over: closed." sop play "$own" keenam.txt
ok "and does what it is for" in_order suspend
mkdir folder && cp "$own" folder/
echo "procedures: $work/folder" >settings.yaml
ok "a folder of them stands beside the shipped ones" says 0 keenam \
    "$KUNCI" --config settings.yaml sop list
ok "and one is named without its path" says 0 "no fault" \
    "$KUNCI" --config settings.yaml sop check keenam
cp folder/keenam.yaml folder/lagi.yaml
ok "two of one name are none of one version" says 0 lagi \
    "$KUNCI" --config settings.yaml sop list

# ---- reported ----

ok "a play's events" bash -c "'$KUNCI' sop play --json kapuas-2026 kapuas.txt >peristiwa.jsonl"
ok "are added up" says 0 verifikasi sop report peristiwa.jsonl
ok "as JSON" says 0 '"procedure"' sop --json report peristiwa.jsonl
ok "as a table for a spreadsheet" sop report --csv waktu.csv peristiwa.jsonl
ok "with a line a step" grep -q '^"step","kapuas-2026",.*"verifikasi"' waktu.csv
ok "as a page with a chart" sop report --html waktu.html peristiwa.jsonl
ok "that is drawn" grep -q "<svg" waktu.html
ok "from standard input" bash -c "'$KUNCI' sop report - <peristiwa.jsonl | grep -q verifikasi"
ok "nothing from before" says 0 "Started: 0" sop report --since 2099-01-01 peristiwa.jsonl
head -c 300 peristiwa.jsonl >potong.jsonl
ok "a broken line is told with its number" says 2 "line 2" sop report potong.jsonl
ok "a moment that is none" says 2 --since sop report --since kemarin peristiwa.jsonl
