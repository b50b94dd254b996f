#!/bin/bash
# Each of scripts/check-* finds what was put into a copy of the tree for it to find,
# and nothing in the tree as it is.
. "$(dirname "$0")/../lib/flow.sh"

build=${KUNCI%/bin/kunci}
tree=$work/tree

fresh() {
    rm -rf "$tree" && mkdir "$tree" &&
        tar -C "$root" --exclude=./build --exclude=./.git -cf - . | tar -C "$tree" -xf -
}
check() {
    "$tree/scripts/check-$1" "$build"
}

# finds CHECK WORDS: the check fails, and says the words.
finds() {
    local said
    ! said=$(check "$1" 2>&1) && [[ $said == *"$2"* ]]
}

# planted CHECK WORDS FILE TEXT: the same, with this at the end of this file.
planted() {
    local code=0
    cp "$tree/$3" "$work/before" && printf '%s\n' "$4" >>"$tree/$3" || return
    finds "$1" "$2" || code=1
    cp "$work/before" "$tree/$3"
    return $code
}

# borne CHECK WORDS FILE TEXT: with this at the end of this file it does not say them.
borne() {
    local said
    cp "$tree/$3" "$work/before" && printf '%s\n' "$4" >>"$tree/$3" || return
    said=$(check "$1" 2>&1)
    cp "$work/before" "$tree/$3"
    [[ $said != *"$2"* ]]
}

fresh || bail "the tree cannot be copied"
for name in floors pins length exports commands errors words messages; do
    ok "check-$name finds nothing in the tree" check $name
done

# ---- floors ----

ok "a room may not include one above it" planted floors "may not include token/uri.h" \
    pkcs11/base/buf.c '#include "token/uri.h"'
ok "nor one beside it" planted floors "may not include x509/name.h" \
    pkcs11/token/uri.c '#include "x509/name.h"'
ok "the command may not include a room" planted floors "may not include base/buf.h" \
    cli/file.c '#  include "base/buf.h"'
ok "nor p11-kit" planted floors "may not include p11-kit/pkcs11.h" \
    cli/file.c '#include <p11-kit/pkcs11.h>'
ok "a PKCS#11 type may not leave its room" planted floors "CK_RV belongs to token/" \
    include/kunci/key.h 'CK_RV kunci_key_answer(void);'
ok "a comment may name it" borne floors "belongs to" cli/file.c '/* CK_RV */'

# ---- PINs ----

ok "a PIN may be no parameter" planted pins "pin is no struct" \
    pkcs11/token/pin.c 'static int try_it(const char *label, const char *pin);'
ok "nor an array" planted pins "new_pin is no struct" cli/pins.c 'char name[8], new_pin[64];'
ok "whatever its case" planted pins "PIN is no struct" cli/pins.c 'unsigned char *PIN;'

# ---- length ----

long=$(printf 'static void grown(void)\n{\n'; yes '    work();' | head -n 101; printf '}\n')
ok "a function may not grow past 100 lines" planted length "a function of 101 lines" \
    cli/file.c "$long"
table=$(printf 'static const int table[] = {\n'; yes '    1,' | head -n 101; printf '};\n')
ok "a table may" borne length "cli/file.c" cli/file.c "$table"
ok "a file may not grow past 600" planted length "longer than 600 lines" \
    cli/near.c "$(yes '/**/' | head -n 600)"

# ---- exports, commands ----

ok "an export needs its manual page" planted exports "kunci_new_thing has no manual page" \
    include/kunci/key.h 'int kunci_new_thing(void);'
ok "and its place in the map" planted exports "kunci_new_thing is declared, but not in pkcs11" \
    include/kunci/key.h 'int kunci_new_thing(void);'
ok "a manual page needs its function" planted exports "kunci_old_thing has a manual page" \
    docs/man/kunci_err.3 $'.Sh NAME\n.Nm kunci_old_thing'
ok "an option needs to be there" planted commands "tells of --colour, which is not there" \
    docs/man/kunci-key.1 '.It Fl \-colour'
sed -i '/^\.It Fl.*type/d' "$tree/docs/id/man/kunci-key.1"
ok "and to be told of" finds commands "does not tell of --type"
sed -i 's/^\.Nm kunci pin reset/.Nm kunci pin/' "$tree/docs/man/kunci-pin.1"
ok "a command needs its synopsis" finds commands "pin reset is not in its synopsis"
rm "$tree/docs/id/man/kunci-lab.1"
ok "a page is missed" finds commands "docs/id/man/kunci-lab.1: is missing"
fresh || bail "the tree cannot be copied"

# ---- errors, words, messages ----

sed -i '/^| `pin_locked`/d' "$tree/docs/errors.md"
ok "an error needs its row" finds errors "pin_locked"
ok "a folder of one machine is found" planted words "/home""/budi" docs/style.md "/home""/budi/kunci"
ok "a sentence needs its translation" planted messages "not defined" \
    cli/near.c 'const char *said(void) { return _("A sentence of this test."); }'
ok "a translation needs its sentence" planted messages "not used" \
    docs/id/kunci.po $'\nmsgid "A sentence of this test."\nmsgstr "Kalimat uji."'
sed -i '/^msgid "Done\."/{n;s/.*/msgstr ""/}' "$tree/docs/id/kunci.po"
ok "nor may it stay empty" finds messages "untranslated"
