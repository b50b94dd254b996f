/* Paths in the order of NIST's PKITS: signatures, validity, names, revocation, self-issued
 * certificates, basic constraints, key usage, policies, name constraints, distribution
 * points, deltas, unknown extensions. tests/lib/pki.h tells how they are described; the
 * first certificate is the anchor and the last one is judged.
 *
 * Included by test_cases.c only. */
#define ROOT               "root root ca\n"
#define SUB                "sub root ca\n"
#define EE                 "ee sub ee\n"
#define BOTH               ROOT SUB
#define ALL                BOTH EE
#define LISTS              "crl root\ncrl sub\n"
#define POLICIES           " certificatePolicies="
#define ONE                POLICIES "1.2.3.1"
#define TWO                POLICIES "1.2.3.2"
#define ANY                POLICIES "2.5.29.32.0"
#define NEEDED             " policyConstraints=critical,requireExplicitPolicy:"
#define NO_MAPPING         " policyConstraints=critical,inhibitPolicyMapping:"
#define NO_ANY             " inhibitAnyPolicy=critical,"
#define NAMES(c, words)    ROOT "sub root ca nameConstraints=critical," c "\nee sub ee " words "\n"
#define POINT(cert, lists) BOTH "ee sub ee crlDistributionPoints=" cert "\ncrl root\n" lists

#define KEY_OF_SUB(name) name " root ca subject:/CN=sub\n"
#define KEYS_15                                                                                    \
    KEY_OF_SUB("a2")                                                                               \
    KEY_OF_SUB("a3")                                                                               \
    KEY_OF_SUB("a4")                                                                               \
    KEY_OF_SUB("a5")                                                                               \
    KEY_OF_SUB("a6")                                                                               \
    KEY_OF_SUB("a7")                                                                               \
    KEY_OF_SUB("a8")                                                                               \
    KEY_OF_SUB("a9")                                                                               \
    KEY_OF_SUB("a10")                                                                              \
    KEY_OF_SUB("a11")                                                                              \
    KEY_OF_SUB("a12") KEY_OF_SUB("a13") KEY_OF_SUB("a14") KEY_OF_SUB("a15")

#define CHAIN       KUNCI_CERTIFICATE_CHAIN_GENERAL_FAILURE
#define CONSTRAINTS KUNCI_CHAIN_CONSTRAINTS_FAILURE
#define BOUNDS      KUNCI_OUT_OF_BOUNDS_NO_POE
#define NO_CHAIN    KUNCI_NO_CERTIFICATE_CHAIN_FOUND
#define WEAK        KUNCI_CRYPTO_CONSTRAINTS_FAILURE
#define LATER       KUNCI_TRY_LATER
#define REVOKED     KUNCI_REVOKED_NO_POE
#define REVOKED_CA  KUNCI_REVOKED_CA_NO_POE
#define GOOD        KUNCI_REASON_NONE

static const struct path_case {
    const char *name, *text;
    enum kunci_reason reason;
    const char *policy;  /* asked for; NULL: none */
    int at;              /* days from now */
    const char *differs; /* why openssl verify judges otherwise; NULL: it does not */
} cases[] = {
    /* ---- 4.1 signatures ---- */
    {"signatures", ALL, GOOD, NULL, 0, NULL},
    {"signatures: RSA 2048", ROOT "sub root ca key:rsa2048\n" EE, GOOD, NULL, 0, NULL},
    {"signatures: RSA 3072", ROOT "sub root ca key:rsa3072\n" EE, GOOD, NULL, 0, NULL},
    {"signatures: PSS", ROOT "sub root ca key:pss\n" EE, GOOD, NULL, 0, NULL},
    {"signatures: P-384", ROOT "sub root ca key:p384\n" EE, GOOD, NULL, 0, NULL},
    {"signatures: P-521", ROOT "sub root ca key:p521\n" EE, GOOD, NULL, 0, NULL},
    {"signatures: Ed25519", ROOT "sub root ca key:ed25519\n" EE, GOOD, NULL, 0, NULL},
    {"signatures: SHA-384", BOTH "ee sub ee md:sha384\n", GOOD, NULL, 0, NULL},
    {"signatures: SHA-224", BOTH "ee sub ee md:sha224\n", GOOD, NULL, 0, NULL},
    {"signatures: the authority's is wrong", ROOT "sub root ca sign:other\n" EE, CHAIN, NULL, 0,
     NULL},
    {"signatures: the certificate's is wrong", BOTH "ee sub ee sign:other\n", CHAIN, NULL, 0, NULL},
    {"signatures: of another kind of key", BOTH "ee sub ee sign:rsa2048\n", NO_CHAIN, NULL, 0,
     NULL},
    {"signatures: SHA-1 in the certificate", BOTH "ee sub ee md:sha1\n", WEAK, NULL, 0, NULL},
    {"signatures: SHA-1 in the authority", ROOT "sub root ca md:sha1\n" EE, WEAK, NULL, 0, NULL},
    {"signatures: MD5", ROOT "sub root ca key:rsa2048\nee sub ee md:md5\n", WEAK, NULL, 0, NULL},
    {"signatures: SHA-1 in the anchor", "root root ca md:sha1\n" SUB EE, GOOD, NULL, 0, NULL},
    {"signatures: a weak key in the certificate", BOTH "ee sub ee key:rsa1024\n", WEAK, NULL, 0,
     NULL},
    {"signatures: a weak key in the authority", ROOT "sub root ca key:rsa1024\n" EE, WEAK, NULL, 0,
     NULL},
    {"signatures: a weak key in the anchor", "root root ca key:rsa1024\n" SUB EE, WEAK, NULL, 0,
     NULL},
    {"signatures: the anchor alone", ROOT, GOOD, NULL, 0, NULL},

    /* ---- 4.2 validity ---- */
    {"validity: the authority is not yet valid", ROOT "sub root ca from:2\n" EE, BOUNDS, NULL, 0,
     NULL},
    {"validity: the certificate is not yet valid", BOTH "ee sub ee from:2\n", BOUNDS, NULL, 0,
     NULL},
    {"validity: since 1950", BOTH "ee sub ee from:-27000\n", GOOD, NULL, 0, NULL},
    {"validity: until after 2050", BOTH "ee sub ee to:20000\n", GOOD, NULL, 0, NULL},
    {"validity: the authority has expired", ROOT "sub root ca to:-2\n" EE, BOUNDS, NULL, 0, NULL},
    {"validity: the certificate has expired", BOTH "ee sub ee to:-2\n", BOUNDS, NULL, 0, NULL},
    {"validity: the anchor has expired", "root root ca to:-2\n" SUB EE, BOUNDS, NULL, 0, NULL},
    {"validity: before it expired", BOTH "ee sub ee to:-2\n", GOOD, NULL, -3, NULL},
    {"validity: after it will have expired", BOTH "ee sub ee to:20\n", BOUNDS, NULL, 21, NULL},
    {"validity: before it was valid", ALL, BOUNDS, NULL, -31, NULL},

    /* ---- 4.3 names ---- */
    {"names: another issuer", BOTH "other other ca\nee other ee\n", NO_CHAIN, NULL, 0, NULL},
    {"names: the order of an issuer's",
     ROOT "sub root ca subject:/O=X/OU=Y\nwrong root ca subject:/OU=Y/O=X key:sub\n"
          "ee wrong ee\n",
     GOOD, NULL, 0, NULL},
    {"names: blanks and case", ROOT "sub root ca subject:/CN=Sub+A\nee sub ee\n", GOOD, NULL, 0,
     NULL},
    {"names: an authority that nobody trusts", ROOT "sub sub ca\n" EE, NO_CHAIN, NULL, 0, NULL},
    {"names: two authorities of one name, the right one second",
     ROOT "old root ca subject:/CN=sub subjectKeyIdentifier=-\n"
          "sub root ca subjectKeyIdentifier=-\nee sub ee authorityKeyIdentifier=-\n",
     GOOD, NULL, 0, "it takes the first of two issuers that are alike but for their keys"},
    {"names: two authorities of one name, the right one first",
     ROOT "sub root ca subjectKeyIdentifier=-\n"
          "old root ca subject:/CN=sub subjectKeyIdentifier=-\n"
          "ee sub ee authorityKeyIdentifier=-\n",
     GOOD, NULL, 0, NULL},
    {"names: two authorities of one name, known by their key identifiers",
     ROOT "old root ca subject:/CN=sub\n" SUB EE, GOOD, NULL, 0, NULL},
    {"names: cross-certificates, one way ends nowhere",
     ROOT "far far ca\nx far ca subject:/CN=sub key:sub\n" SUB EE, GOOD, NULL, 0,
     "it does not come back from an issuer that leads nowhere"},
    {"names: cross-certificates, one has expired",
     ROOT "x root ca subject:/CN=sub key:sub to:-1\n" SUB EE, GOOD, NULL, 0, NULL},
    {"names: cross-certificates, one may not",
     ROOT "x root ca subject:/CN=sub key:sub basicConstraints=critical,CA:FALSE\n" SUB EE, GOOD,
     NULL, 0, "it takes the first of two issuers that are alike but for what they may"},
    {"names: cross-certificates in a ring",
     ROOT "a root ca\nb a ca\na2 b ca subject:/CN=a key:a\nee b ee\n", GOOD, NULL, 0, NULL},
    {"names: ten authorities one below the other",
     ROOT "a root ca\nb a ca\nc b ca\nd c ca\ne d ca\nf e ca\ng f ca\nh g ca\ni h ca\nj i ca\n"
          "ee j ee\n",
     GOOD, NULL, 0, NULL},
    {"names: eleven authorities one below the other",
     ROOT "a root ca\nb a ca\nc b ca\nd c ca\ne d ca\nf e ca\ng f ca\nh g ca\ni h ca\nj i ca\n"
          "k j ca\nee k ee\n",
     NO_CHAIN, NULL, 0, "a path of more than twelve certificates is not looked for"},

    /* ---- 4.4 basic revocation ---- */
    {"revocation: good", ALL LISTS, GOOD, NULL, 0, NULL},
    {"revocation: no list of the authority's", ALL "crl root\n", LATER, NULL, 0, NULL},
    {"revocation: no list of the anchor's", ALL "crl sub\n", LATER, NULL, 0, NULL},
    {"revocation: the authority is revoked", ALL "crl root revoke:sub\ncrl sub\n", REVOKED_CA, NULL,
     0, NULL},
    {"revocation: the certificate is revoked", ALL "crl root\ncrl sub revoke:ee\n", REVOKED, NULL,
     0, NULL},
    {"revocation: another certificate is revoked",
     BOTH "x sub ee\n" EE "crl root\ncrl sub revoke:x\n", GOOD, NULL, 0, NULL},
    {"revocation: keyCompromise", ALL "crl root\ncrl sub revoke:ee:1\n", REVOKED, NULL, 0, NULL},
    {"revocation: certificateHold", ALL "crl root\ncrl sub revoke:ee:6\n", LATER, NULL, 0, NULL},
    {"revocation: the list's signature is wrong", ALL "crl root\ncrl sub key:other\n", LATER, NULL,
     0, NULL},
    {"revocation: the list is another authority's",
     BOTH "x root ca\n" EE "crl root\ncrl x key:sub\n", LATER, NULL, 0, NULL},
    {"revocation: two lists, one of another's", BOTH "x root ca\n" EE LISTS "crl x revoke:ee\n",
     GOOD, NULL, 0, NULL},
    {"revocation: an entry's critical extension is not known",
     ALL "crl root\ncrl sub revoke:ee entry:1.2.3.4.5=critical,DER:0500\n", LATER, NULL, 0, NULL},
    {"revocation: another entry's critical extension is not known",
     BOTH "x sub ee\n" EE "crl root\ncrl sub revoke:x entry:1.2.3.4.5=critical,DER:0500\n", GOOD,
     NULL, 0, "it refuses a list for what one entry of another certificate says"},
    {"revocation: the list's critical extension is not known",
     ALL "crl root\ncrl sub 1.2.3.4.5=critical,DER:0500\n", LATER, NULL, 0, NULL},
    {"revocation: the list's extension is not known, nor critical",
     ALL "crl root\ncrl sub 1.2.3.4.5=DER:0500\n", GOOD, NULL, 0, NULL},
    {"revocation: the list is out of date", ALL "crl root\ncrl sub this:-9 next:-2\n", LATER, NULL,
     0, NULL},
    {"revocation: the list is from the future", ALL "crl root\ncrl sub this:2 next:9\n", LATER,
     NULL, 0, NULL},
    {"revocation: the list goes on after 2050", ALL "crl root\ncrl sub next:20000\n", GOOD, NULL, 0,
     NULL},
    {"revocation: an old list and a new one", ALL LISTS "crl sub this:-9 next:-2\n", GOOD, NULL, 0,
     NULL},
    {"revocation: the newer of two lists tells", ALL LISTS "crl sub this:-5 revoke:ee:6\n", GOOD,
     NULL, 0, NULL},
    {"revocation: the newest list tells", ALL LISTS "crl sub this:0 revoke:ee\n", REVOKED, NULL, 0,
     NULL},
    {"revocation: a negative serial number",
     BOTH "ee sub ee serial:-7\ncrl root\n"
          "crl sub revoke:ee\n",
     REVOKED, NULL, 0, NULL},
    {"revocation: the authority's key may not sign lists",
     ROOT "sub root ca keyUsage=critical,keyCertSign\n" EE LISTS, LATER, NULL, 0, NULL},
    {"revocation: a list signed by SHA-1", ALL "crl root\ncrl sub md:sha1\n", LATER, NULL, 0,
     "it does not ask what lists are signed with"},
    {"revocation: a list signed by SHA-1 in PSS",
     ROOT "sub root ca key:pss\n" EE "crl root\ncrl sub md:sha1\n", LATER, NULL, 0,
     "it does not ask what lists are signed with"},
    {"revocation: a list by one of sixteen keys",
     ROOT "sub root ca\n" KEYS_15 "right root ca subject:/CN=sub\nee sub ee\n"
          "crl root\ncrl sub key:right\n",
     GOOD, NULL, 0, "it takes the first key of that name"},
    {"revocation: a list by one of too many keys",
     ROOT "sub root ca\n" KEYS_15 "a16 root ca subject:/CN=sub\nright root ca subject:/CN=sub\n"
          "ee sub ee\ncrl root\ncrl sub key:right\n",
     LATER, NULL, 0, NULL},
    {"revocation: a moment before it", ALL "crl root\ncrl sub revoke:ee:4:-10\n", GOOD, NULL, -20,
     "it wants a list of that very moment, and asks not when the certificate was revoked"},
    {"revocation: a moment after it", ALL "crl root this:-9\ncrl sub this:-9 revoke:ee:4:-10\n",
     REVOKED, NULL, -5, NULL},
    {"revocation: a moment before it, but the key was not safe then",
     ALL "crl root\ncrl sub revoke:ee:1:-10 entry:DAYS=-25\n", REVOKED, NULL, -20, NULL},
    {"revocation: PSS", ROOT "sub root ca key:pss\n" EE "crl root\ncrl sub revoke:ee\n", REVOKED,
     NULL, 0, NULL},
    {"revocation: RSA", ROOT "sub root ca key:rsa2048\n" EE LISTS, GOOD, NULL, 0, NULL},
    {"revocation: Ed25519", ROOT "sub root ca key:ed25519\n" EE LISTS, GOOD, NULL, 0, NULL},

    /* ---- 4.5 self-issued certificates and new keys ---- */
    {"new key: signed by the old one",
     BOTH "new sub ca subject:/CN=sub\nee new ee\ncrl root\ncrl sub\ncrl new\n", GOOD, NULL, 0,
     NULL},
    {"new key: the list by the new, the certificate by the old",
     BOTH "new sub ca subject:/CN=sub\nee sub ee\ncrl root\ncrl new\n", GOOD, NULL, 0,
     "it wants the new key's certificate to be on a list that another key signed"},
    {"new key: the list by the new one tells",
     BOTH "new sub ca subject:/CN=sub\nee sub ee\ncrl root\ncrl new revoke:ee\n", REVOKED, NULL, 0,
     NULL},
    {"new key: the list by the old one, the certificate by the new",
     BOTH "new sub ca subject:/CN=sub\nee new ee\ncrl root\ncrl sub\n", GOOD, NULL, 0, NULL},
    {"new key: a list by somebody of the same name elsewhere",
     ROOT "far far ca\nfake far ca subject:/CN=sub\n" SUB EE "crl root\ncrl fake\n", LATER, NULL, 0,
     NULL},

    /* ---- 4.6 basic constraints ---- */
    {"constraints: none", ROOT "sub root ca basicConstraints=-\n" EE, CONSTRAINTS, NULL, 0, NULL},
    {"constraints: CA is false", ROOT "sub root ca basicConstraints=critical,CA:FALSE\n" EE,
     CONSTRAINTS, NULL, 0, NULL},
    {"constraints: CA is false, not critical", ROOT "sub root ca basicConstraints=CA:FALSE\n" EE,
     CONSTRAINTS, NULL, 0, NULL},
    {"constraints: CA is true, not critical", ROOT "sub root ca basicConstraints=CA:TRUE\n" EE,
     GOOD, NULL, 0, NULL},
    {"constraints: neither, nor a key usage", ROOT "sub root bare\n" EE, CONSTRAINTS, NULL, 0,
     NULL},
    {"constraints: a signer issues", BOTH "x sub ee\nee x ee\n", CONSTRAINTS, NULL, 0, NULL},
    {"constraints: version 1", ROOT "sub root v1\nee sub ee authorityKeyIdentifier=-\n",
     CONSTRAINTS, NULL, 0, NULL},
    {"constraints: an anchor of version 1",
     "root root v1\nsub root ca authorityKeyIdentifier=-\n" EE, GOOD, NULL, 0, NULL},
    {"path length: 0, and none below",
     ROOT "sub root ca basicConstraints=critical,CA:TRUE,pathlen:0\n" EE, GOOD, NULL, 0, NULL},
    {"path length: 0, and one below",
     ROOT "sub root ca basicConstraints=critical,CA:TRUE,pathlen:0\na sub ca\nee a ee\n",
     CONSTRAINTS, NULL, 0, NULL},
    {"path length: 0, and an authority that is judged",
     ROOT "sub root ca basicConstraints=critical,CA:TRUE,pathlen:0\na sub ca\n", GOOD, NULL, 0,
     NULL},
    {"path length: 0, and a self-issued one below",
     ROOT "sub root ca basicConstraints=critical,CA:TRUE,pathlen:0\n"
          "new sub ca subject:/CN=sub\nee new ee\n",
     GOOD, NULL, 0, NULL},
    {"path length: 1, and two below",
     ROOT "sub root ca basicConstraints=critical,CA:TRUE,pathlen:1\na sub ca\nb a ca\nee b ee\n",
     CONSTRAINTS, NULL, 0, NULL},
    {"path length: 2, 1, 0",
     ROOT "sub root ca basicConstraints=critical,CA:TRUE,pathlen:2\n"
          "a sub ca basicConstraints=critical,CA:TRUE,pathlen:1\n"
          "b a ca basicConstraints=critical,CA:TRUE,pathlen:0\nee b ee\n",
     GOOD, NULL, 0, NULL},
    {"path length: 6, then 0, and one below",
     ROOT "sub root ca basicConstraints=critical,CA:TRUE,pathlen:6\n"
          "a sub ca basicConstraints=critical,CA:TRUE,pathlen:0\nb a ca\nee b ee\n",
     CONSTRAINTS, NULL, 0, NULL},

    /* ---- 4.7 key usage ---- */
    {"key usage: the authority's has no keyCertSign",
     ROOT "sub root ca keyUsage=critical,cRLSign\n" EE, CONSTRAINTS, NULL, 0, NULL},
    {"key usage: neither, not critical", ROOT "sub root ca keyUsage=digitalSignature\n" EE,
     CONSTRAINTS, NULL, 0, NULL},
    {"key usage: none", ROOT "sub root ca keyUsage=-\n" EE, GOOD, NULL, 0, NULL},
    {"key usage: the anchor's has no keyCertSign",
     "root root ca keyUsage=critical,cRLSign\n" SUB EE, CONSTRAINTS, NULL, 0, NULL},
    {"key usage: none of the certificate's", BOTH "ee sub bare\n", GOOD, NULL, 0, NULL},

    /* ---- 4.8 to 4.12 policies ---- */
    {"policies: all have the same", ROOT "sub root ca" ONE "\nee sub ee" ONE "\n", GOOD, "1.2.3.1",
     0, NULL},
    {"policies: another is asked for", ROOT "sub root ca" ONE "\nee sub ee" ONE "\n", CONSTRAINTS,
     "1.2.3.2", 0, NULL},
    {"policies: none is asked for, they differ", ROOT "sub root ca" ONE "\nee sub ee" TWO "\n",
     GOOD, NULL, 0, NULL},
    {"policies: they differ", ROOT "sub root ca" ONE "\nee sub ee" TWO "\n", CONSTRAINTS, "1.2.3.1",
     0, NULL},
    {"policies: none in the certificate", ROOT "sub root ca" ONE "\n" EE, CONSTRAINTS, "1.2.3.1", 0,
     NULL},
    {"policies: none in the authority", BOTH "ee sub ee" ONE "\n", CONSTRAINTS, "1.2.3.1", 0, NULL},
    {"policies: two, one fits", ROOT "sub root ca" ONE ",1.2.3.2\nee sub ee" TWO "\n", GOOD,
     "1.2.3.2", 0, NULL},
    {"policies: any in the authority", ROOT "sub root ca" ANY "\nee sub ee" ONE "\n", GOOD,
     "1.2.3.1", 0, NULL},
    {"policies: any in the certificate", ROOT "sub root ca" ONE "\nee sub ee" ANY "\n", GOOD,
     "1.2.3.1", 0, NULL},
    {"policies: twice the same", BOTH "ee sub ee" ONE ",1.2.3.1\n", CONSTRAINTS, "1.2.3.1", 0,
     NULL},
    {"explicit policy: 0, and there is one", ROOT "sub root ca" ONE NEEDED "0\nee sub ee" ONE "\n",
     GOOD, NULL, 0, NULL},
    {"explicit policy: 0, and there is none", ROOT "sub root ca" ONE NEEDED "0\n" EE, CONSTRAINTS,
     NULL, 0, NULL},
    {"explicit policy: 5, and there is none", ROOT "sub root ca" NEEDED "5\n" EE, GOOD, NULL, 0,
     NULL},
    {"explicit policy: 1, two below", ROOT "sub root ca" ONE NEEDED "1\na sub ca" ONE "\nee a ee\n",
     CONSTRAINTS, NULL, 0, NULL},
    {"explicit policy: by the certificate itself", BOTH "ee sub ee" NEEDED "0\n", CONSTRAINTS, NULL,
     0, NULL},
    {"explicit policy: 1, and a self-issued one between",
     ROOT "sub root ca" NEEDED "1\nnew sub ca subject:/CN=sub\nee new ee\n", CONSTRAINTS, NULL, 0,
     NULL},
    {"explicit policy: 2, and a self-issued one between",
     ROOT "sub root ca" NEEDED "2\nnew sub ca subject:/CN=sub\nee new ee\n", GOOD, NULL, 0, NULL},
    {"mapping: one is the other",
     ROOT "sub root ca" ONE " policyMappings=critical,@mapping\nee sub ee" TWO "\n", GOOD,
     "1.2.3.1", 0, NULL},
    {"mapping: the other is asked for",
     ROOT "sub root ca" ONE " policyMappings=critical,@mapping\nee sub ee" TWO "\n", CONSTRAINTS,
     "1.2.3.2", 0, NULL},
    {"mapping: the first does no more",
     ROOT "sub root ca" ONE " policyMappings=critical,@mapping\nee sub ee" ONE "\n", CONSTRAINTS,
     "1.2.3.1", 0, NULL},
    {"mapping: from any", ROOT "sub root ca" ANY " policyMappings=@mapany\nee sub ee" TWO "\n",
     CONSTRAINTS, NULL, 0, NULL},
    {"mapping: to any", ROOT "sub root ca" ONE " policyMappings=@toany\nee sub ee" ONE "\n",
     CONSTRAINTS, NULL, 0, NULL},
    {"mapping: forbidden, 0",
     ROOT "sub root ca" ONE NO_MAPPING "0\na sub ca" ONE " policyMappings=@mapping\n"
          "ee a ee" TWO "\n",
     CONSTRAINTS, "1.2.3.1", 0, NULL},
    {"mapping: forbidden, 1, done at once",
     ROOT "sub root ca" ONE NO_MAPPING "1\na sub ca" ONE " policyMappings=@mapping\n"
          "ee a ee" TWO "\n",
     GOOD, "1.2.3.1", 0, NULL},
    {"any policy: forbidden, 0, in the certificate",
     ROOT "sub root ca" ONE NO_ANY "0\nee sub ee" ANY "\n", CONSTRAINTS, "1.2.3.1", 0, NULL},
    {"any policy: forbidden, 1, in the certificate below",
     ROOT "sub root ca" ONE NO_ANY "1\nee sub ee" ANY "\n", GOOD, "1.2.3.1", 0, NULL},
    {"any policy: forbidden, 1, two below",
     ROOT "sub root ca" ONE NO_ANY "1\na sub ca" ONE "\nee a ee" ANY "\n", CONSTRAINTS, "1.2.3.1",
     0, NULL},
    {"any policy: forbidden, 0, and a policy there is",
     ROOT "sub root ca" ONE NO_ANY "0\nee sub ee" ONE "\n", GOOD, "1.2.3.1", 0, NULL},

    /* ---- 4.13 name constraints ---- */
    {"directory name: permitted", NAMES("permitted;dirName:good", "subject:/C=ID/O=Good/CN=ee"),
     GOOD, NULL, 0, NULL},
    {"directory name: not permitted", NAMES("permitted;dirName:good", "subject:/C=ID/O=Bad/CN=ee"),
     CONSTRAINTS, NULL, 0, NULL},
    {"directory name: one of two permitted",
     NAMES("permitted;dirName:bad,permitted;dirName:good", "subject:/C=ID/O=Good/CN=ee"), GOOD,
     NULL, 0, NULL},
    {"directory name: excluded", NAMES("excluded;dirName:good", "subject:/C=ID/O=Good/CN=ee"),
     CONSTRAINTS, NULL, 0, NULL},
    {"directory name: another is excluded",
     NAMES("excluded;dirName:bad", "subject:/C=ID/O=Good/CN=ee"), GOOD, NULL, 0, NULL},
    {"directory name: permitted, a part of it excluded",
     NAMES("permitted;dirName:good,excluded;dirName:goodunit",
           "subject:/C=ID/O=Good/OU=Unit/CN=ee"),
     CONSTRAINTS, NULL, 0, NULL},
    {"directory name: in the alternative name",
     NAMES("permitted;dirName:good", "subject:/C=ID/O=Good/CN=ee subjectAltName=dirName:bad"),
     CONSTRAINTS, NULL, 0, NULL},
    {"directory name: narrowed below",
     ROOT "sub root ca subject:/C=ID/O=Good nameConstraints=critical,permitted;dirName:good\n"
          "a sub ca subject:/C=ID/O=Good/CN=a nameConstraints=critical,permitted;dirName:goodunit\n"
          "ee a ee subject:/C=ID/O=Good/CN=ee\n",
     CONSTRAINTS, NULL, 0, NULL},
    {"directory name: a self-issued authority is free of it",
     ROOT "sub root ca nameConstraints=critical,permitted;dirName:good\n"
          "new sub ca subject:/CN=sub\nee new ee subject:/C=ID/O=Good/CN=ee\n",
     GOOD, NULL, 0, NULL},
    {"e-mail: a host", NAMES("permitted;email:good.example", "subjectAltName=email:a@good.example"),
     GOOD, NULL, 0, NULL},
    {"e-mail: another host",
     NAMES("permitted;email:good.example", "subjectAltName=email:a@bad.example"), CONSTRAINTS, NULL,
     0, NULL},
    {"e-mail: a domain",
     NAMES("permitted;email:.good.example", "subjectAltName=email:a@mail.good.example"), GOOD, NULL,
     0, NULL},
    {"e-mail: the domain itself is not in it",
     NAMES("permitted;email:.good.example", "subjectAltName=email:a@good.example"), CONSTRAINTS,
     NULL, 0, NULL},
    {"e-mail: in the subject",
     NAMES("permitted;email:good.example", "subject:/CN=ee/emailAddress=a@bad.example"),
     CONSTRAINTS, NULL, 0, NULL},
    {"e-mail: excluded", NAMES("excluded;email:bad.example", "subjectAltName=email:a@bad.example"),
     CONSTRAINTS, NULL, 0, NULL},
    {"DNS: permitted", NAMES("permitted;DNS:good.example", "subjectAltName=DNS:www.good.example"),
     GOOD, NULL, 0, NULL},
    {"DNS: not permitted",
     NAMES("permitted;DNS:good.example", "subjectAltName=DNS:good.example.org"), CONSTRAINTS, NULL,
     0, NULL},
    {"DNS: excluded", NAMES("excluded;DNS:bad.example", "subjectAltName=DNS:www.bad.example"),
     CONSTRAINTS, NULL, 0, NULL},
    {"DNS: its end alone is the same",
     NAMES("excluded;DNS:bad.example", "subjectAltName=DNS:verybad.example"), GOOD, NULL, 0, NULL},
    {"URI: permitted",
     NAMES("permitted;URI:.good.example", "subjectAltName=URI:http://www.good.example/x"), GOOD,
     NULL, 0, NULL},
    {"URI: not permitted",
     NAMES("permitted;URI:.good.example", "subjectAltName=URI:http://www.bad.example/x"),
     CONSTRAINTS, NULL, 0, NULL},
    {"URI: excluded",
     NAMES("excluded;URI:www.bad.example", "subjectAltName=URI:http://www.bad.example/x"),
     CONSTRAINTS, NULL, 0, NULL},
    {"IP: permitted", NAMES("permitted;IP:192.0.2.0/255.255.255.0", "subjectAltName=IP:192.0.2.7"),
     GOOD, NULL, 0, NULL},
    {"IP: not permitted",
     NAMES("permitted;IP:192.0.2.0/255.255.255.0", "subjectAltName=IP:198.51.100.7"), CONSTRAINTS,
     NULL, 0, NULL},
    {"another kind of name is not touched",
     NAMES("permitted;DNS:good.example", "subjectAltName=email:a@bad.example"), GOOD, NULL, 0,
     NULL},
    {"a kind of name that nobody can compare",
     NAMES("permitted;otherName:1.2.3.4;UTF8:x", "subjectAltName=otherName:1.2.3.4;UTF8:x"),
     CONSTRAINTS, NULL, 0, NULL},

    /* ---- 4.14 distribution points ---- */
    {"point: the same", POINT("cdp1", "crl sub issuingDistributionPoint=critical,@idp1\n"), GOOD,
     NULL, 0, NULL},
    {"point: the same, revoked",
     POINT("cdp1", "crl sub issuingDistributionPoint=critical,@idp1 revoke:ee\n"), REVOKED, NULL, 0,
     NULL},
    {"point: another", POINT("cdp1", "crl sub issuingDistributionPoint=critical,@idp2\n"), LATER,
     NULL, 0, NULL},
    {"point: another, and revoked there",
     POINT("cdp1", "crl sub issuingDistributionPoint=critical,@idp2 revoke:ee\n"), LATER, NULL, 0,
     NULL},
    {"point: none in the certificate",
     ALL "crl root\ncrl sub issuingDistributionPoint=critical,@idp1\n", LATER, NULL, 0, NULL},
    {"point: none in the list", POINT("cdp1", "crl sub\n"), GOOD, NULL, 0, NULL},
    {"point: one of two", POINT("cdp1,cdp2", "crl sub issuingDistributionPoint=critical,@idp2\n"),
     GOOD, NULL, 0, NULL},
    {"point: named relatively",
     POINT("cdprel", "crl sub issuingDistributionPoint=critical,@idprel\n"), GOOD, NULL, 0, NULL},
    {"point: for users only", ALL "crl root\ncrl sub issuingDistributionPoint=critical,@idpuser\n",
     GOOD, NULL, 0, NULL},
    {"point: for authorities only",
     ALL "crl root\ncrl sub issuingDistributionPoint=critical,@idpca\n", LATER, NULL, 0, NULL},
    {"point: for attribute certificates only",
     ALL "crl root\ncrl sub issuingDistributionPoint=critical,@idpattr\n", LATER, NULL, 0, NULL},
    {"point: for users only, of the anchor",
     ALL "crl root issuingDistributionPoint=critical,@idpuser\ncrl sub\n", LATER, NULL, 0, NULL},
    {"point: for authorities only, of the anchor",
     ALL "crl root issuingDistributionPoint=critical,@idpca\ncrl sub\n", GOOD, NULL, 0, NULL},
    {"reasons: some only", ALL "crl root\ncrl sub issuingDistributionPoint=critical,@idpsome\n",
     LATER, NULL, 0, NULL},
    {"reasons: some, revoked for one",
     ALL "crl root\ncrl sub issuingDistributionPoint=critical,@idpsome revoke:ee:1\n", REVOKED,
     NULL, 0, NULL},
    {"reasons: all, in two lists",
     ALL "crl root\ncrl sub issuingDistributionPoint=critical,@idpsome\n"
         "crl sub issuingDistributionPoint=critical,@idprest\n",
     GOOD, NULL, 0, NULL},
    {"reasons: all, in two lists, revoked in one",
     ALL "crl root\ncrl sub issuingDistributionPoint=critical,@idpsome\n"
         "crl sub issuingDistributionPoint=critical,@idprest revoke:ee:4\n",
     REVOKED, NULL, 0, NULL},
    {"reasons: the point tells of some only",
     POINT("cdpsome", "crl sub issuingDistributionPoint="
                      "critical,@idp1\n"),
     LATER, NULL, 0, NULL},
    {"indirect: listed by another",
     ROOT "lister root ca\nsub root ca\nee sub ee crlDistributionPoints=cdplister\n"
          "crl root\ncrl lister issuingDistributionPoint=critical,@idp1indirect\n",
     GOOD, NULL, 0, NULL},
    {"indirect: revoked by another",
     ROOT "lister root ca\nsub root ca\nee sub ee crlDistributionPoints=cdplister\n"
          "crl root\ncrl lister issuingDistributionPoint=critical,@idp1indirect of:ee revoke:ee\n",
     REVOKED, NULL, 0, NULL},
    {"indirect: another of the same number is revoked",
     ROOT "lister root ca\nsub root ca\nx lister ee serial:77\n"
          "ee sub ee crlDistributionPoints=cdplister serial:77\ncrl root\n"
          "crl lister issuingDistributionPoint=critical,@idp1indirect revoke:x\n",
     GOOD, NULL, 0, NULL},
    {"indirect: the list does not say that it is",
     ROOT "lister root ca\nsub root ca\nee sub ee crlDistributionPoints=cdplister\n"
          "crl root\ncrl lister issuingDistributionPoint=critical,@idp1\n",
     LATER, NULL, 0, NULL},
    {"indirect: nobody has asked that other",
     ROOT "lister root ca\nsub root ca\nee sub ee\n"
          "crl root\ncrl lister issuingDistributionPoint=critical,@idpindirect\n",
     LATER, NULL, 0, NULL},
    {"indirect: the other comes from elsewhere",
     ROOT "far far ca\nlister far ca\nsub root ca\nee sub ee crlDistributionPoints=cdplister\n"
          "crl root\ncrl lister issuingDistributionPoint=critical,@idp1indirect\n",
     LATER, NULL, 0, NULL},
    {"indirect: the other may not sign lists",
     ROOT "lister root ee\nsub root ca\nee sub ee crlDistributionPoints=cdplister\n"
          "crl root\ncrl lister issuingDistributionPoint=critical,@idp1indirect\n",
     LATER, NULL, 0,
     "the command passes over what is wrong with the certificate of who signs a list"},

    /* ---- 4.15 deltas ---- */
    {"delta: alone", ALL "crl root\ncrl sub delta:1 number:2\n", LATER, NULL, 0, NULL},
    {"delta: revoked in the whole list",
     ALL "crl root\ncrl sub number:1 revoke:ee\ncrl sub delta:1 number:2\n", REVOKED, NULL, 0,
     NULL},
    {"delta: revoked in the delta",
     ALL "crl root\ncrl sub number:1\ncrl sub delta:1 number:2 revoke:ee\n", REVOKED, NULL, 0,
     "without a freshestCRL it does not look at deltas"},
    {"delta: taken off the list",
     ALL "crl root\ncrl sub number:1 revoke:ee:6\ncrl sub delta:1 number:2 revoke:ee:8\n", GOOD,
     NULL, 0, "without a freshestCRL it does not look at deltas"},
    {"delta: to a later list",
     ALL "crl root\ncrl sub number:1\ncrl sub delta:5 number:6 revoke:ee\n", GOOD, NULL, 0, NULL},
    {"delta: older than the list",
     ALL "crl root\ncrl sub number:9\ncrl sub delta:1 number:2 revoke:ee\n", GOOD, NULL, 0, NULL},
    {"delta: of another's",
     ALL "crl root\ncrl sub number:1\ncrl sub key:other delta:1 number:2 revoke:ee\n", GOOD, NULL,
     0, NULL},
    {"delta: with a freshestCRL, revoked",
     BOTH "ee sub ee freshestCRL=cdp1\ncrl root\ncrl sub number:1\n"
          "crl sub delta:1 number:2 revoke:ee\n",
     REVOKED, NULL, 0, NULL},
    {"delta: with a freshestCRL, taken off",
     BOTH "ee sub ee freshestCRL=cdp1\ncrl root\ncrl sub number:1 revoke:ee:6\n"
          "crl sub delta:1 number:2 revoke:ee:8\n",
     GOOD, NULL, 0, NULL},

    /* ---- 4.16 private extensions ---- */
    {"extension: not known", BOTH "ee sub ee 1.2.3.4.5=DER:0500\n", GOOD, NULL, 0, NULL},
    {"extension: not known, critical", BOTH "ee sub ee 1.2.3.4.5=critical,DER:0500\n", CONSTRAINTS,
     NULL, 0, NULL},
    {"extension: not known, critical, in the authority",
     ROOT "sub root ca 1.2.3.4.5=critical,DER:0500\n" EE, CONSTRAINTS, NULL, 0, NULL},
};
