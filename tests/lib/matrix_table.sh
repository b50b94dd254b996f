# shellcheck shell=bash disable=SC2154 # what is shared with matrix.sh
# For tests/flow/matrix.sh: the table in docs/tokens.md, between two marks.
#
#   versions NAME      measures what is installed
#   measured NAME      "row: outcome" a line, as measured
#   committed NAME     the same, as the table has it
#   write_table        puts what was measured into docs/tokens.md

page=$root/docs/tokens.md
declare -A titles=([softhsm]=SoftHSM [opencryptoki]=openCryptoki [tpm2]=tpm2-pkcs11
    [opensc]="OpenSC, PIV" [ykcs11]="YKCS11, PIV" [p11kit]="p11-kit server" [nss]="NSS softokn")
declare -A module_package=([softhsm]=softhsm2 [opencryptoki]=opencryptoki [tpm2]=libtpm2-pkcs11-1
    [opensc]=opensc-pkcs11 [ykcs11]=ykcs11 [p11kit]=p11-kit-modules [nss]=libnss3)
# "# TITLE" begins a table of its own.
rows=(
    "# The token" "package" "version" "token list" "token info" "types of key it offers"
    "token watch" "token init --erase"
    "# PINs" "pin status" "pin set" "pin change" "pin change --so" "pin reset"
    "# Wrong PINs" "a wrong PIN" "then the right one" "the same with --last-try"
    "wrong ones in a row" "what pin status says after each" "the right one after these"
    "pin reset after these" "pin change, wrong PIN" "a wrong SO PIN"
    "# Keys" "key new, rsa2048" "key new, rsa3072" "key new, rsa4096" "key new, p256"
    "key new, p384" "key new, p521" "key new, ed25519" "made so that it never leaves" "key list"
    "key show" "key delete"
    "# Signatures" "csr new, RSA-SHA256" "csr new, RSA-SHA384" "csr new, RSA-SHA512"
    "csr new, PSS-SHA256" "csr new, PSS-SHA512" "csr new, ECDSA-SHA256" "csr new, ECDSA-SHA384"
    "csr new, ECDSA-SHA512" "csr new, Ed25519" "csr show" "8 processes at once"
    "8 threads at once"
    "# Certificates" "cert import" "cert list" "cert show" "cert export" "cert delete"
    "# Taken out" "token watch says it is gone" "key list without it" "token watch says it is back"
    "key list with it again"
)

# As the makers number it: a security update of Debian's is no other version.
versions() {
    local version
    version=$(dpkg-query -W -f '${source:Upstream-Version}' "${module_package[$1]}" 2>/dev/null)
    version=${version#*:}
    cell package "${module_package[$1]}"
    cell version "${version%%+*}"
}

measured() {
    local row
    for row in "${rows[@]}"; do
        [[ $row == "#"* ]] || echo "$row: $(measured_cell "$1" "$row")"
    done
}

# agree COMMITTED MEASURED: takes over into the second file what is open.
agree() {
    awk -v open=": $not_always" 'NR == FNR { said[FNR] = $0; next }
        { row = said[FNR]; sub(open "$", ": yes", row); print row == $0 ? said[FNR] : $0 }' \
        "$1" "$2" >"$2.agreed"
    mv "$2.agreed" "$2"
}

# keep NAME: what fails now and then is not proven to work by a run that saw none.
keep() {
    local row
    committed "$1" | sed -n "s/: $not_always\$//p" >"$work/$1.kept"
    while read -r row; do
        [ "$(measured_cell "$1" "$row")" != yes ] ||
            printf '%s\t%s\n' "$row" "$not_always" >>"$work/$1.cells"
    done <"$work/$1.kept"
}

# leave NAME: what was not measured stays as the table has it.
leave() {
    [ -e "$work/$1.cells" ] || committed "$1" | sed 's/: /\t/' >"$work/$1.cells"
}

measured_cell() { # NAME ROW
    awk -F '\t' -v row="$2" '$1 == row { last = $2 } END { print last == "" ? "-" : last }' "$work/$1.cells"
}

committed() {
    awk -F ' *[|] *' -v title="${titles[$1]}" '
        /^\| *\|/ { for (i = 3; i < NF; i++) if ($i == title) column = i; next }
        /^\|/ && !/^\|-/ && column { gsub(/`/, ""); print $2 ": " $column }' "$page"
}

# A line of the table, the names of commands in type.
line() { # ROW
    local name
    printf '| %s |' "$(sed -E 's/^((token|pin|key|cert|csr) [a-z]+( --[a-z]+)?)/`\1`/' <<<"$1")"
    for name in "${names[@]}"; do
        printf ' %s |' "$(measured_cell "$name" "$1")"
    done
    echo
}

head_line() {
    local name
    printf '| |'
    for name in "${names[@]}"; do printf ' %s |' "${titles[$name]}"; done
    printf '\n|---|'
    for name in "${names[@]}"; do printf -- '---|'; done
    echo
}

tables() {
    local row
    for row in "${rows[@]}"; do
        case $row in
        "# "*)
            printf '\n## %s\n\n' "${row#\# }"
            head_line
            ;;
        *) line "$row" ;;
        esac
    done
}

write_table() {
    tables >"$work/tables"
    awk -v tables="$work/tables" '
        /^<!-- measured/ { print; inside = 1; while ((getline line <tables) > 0) print line; print "" }
        /^<!-- end/ { inside = 0 }
        !inside { print }' "$page" >"$work/page" && cat "$work/page" >"$page"
}
