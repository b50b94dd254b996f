# shellcheck shell=bash disable=SC2034,SC2154
# kunci renew, all of it in one run, by a procedure that nobody decides about: at all times a
# pair on the token works, and the next run ends with the one certificate that was issued.
. "$here/../lib/kill.sh"
program=kunci

prepare() {
    lab_state renewal=otomatis
}
pulled() {
    [ -n "${folder:-}" ] || folder=$(token_folder "Budi Santoso")
    echo "$folder"
}
begin() {
    serve
}
victim() {
    under timeout 60 "$KUNCI" --config kunci.yaml --json --yes --module "$FAULT" --in-process \
        renew "${budi[@]}" </dev/null
}
again() {
    meanwhile=$(agreed 2>&1)
    # Where all that is left undone is to tell of it, the next would be too early.
    agreed whole >/dev/null 2>&1 || k renew "${budi[@]}"
}
checked() {
    [ -z "$meanwhile" ] || printf '%s\n' "after the run:" "$meanwhile" "after the next:"
    looked
}
finish() {
    unserve
}
