#include "lib/pki.h"

#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CERTS = 32, CRLS = 16, KEYS = 256, NAME = 32, WORDS = 24, A_DAY = 86400 };

struct pki {
    int64_t now;
    int cert_count, crl_count;
    struct {
        char name[NAME], key[NAME];
        X509 *cert;
    } certs[CERTS];
    X509_CRL *crls[CRLS];
};

static void must(int done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "pki: %s\n", what);
    ERR_print_errors_fp(stderr);
    abort();
}

/* ---- keys ---- */

static EVP_PKEY *new_key(const char *name)
{
    if (strncmp(name, "rsa", 3) == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)atoi(name + 3));
    if (strncmp(name, "pss", 3) == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    if (strncmp(name, "p384", 4) == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    if (strncmp(name, "p521", 4) == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
    if (strncmp(name, "ed25519", 7) == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

EVP_PKEY *pki_key(const char *name)
{
    static struct {
        char name[NAME];
        EVP_PKEY *key;
    } keys[KEYS];
    static int count;
    int i;

    for (i = 0; i < count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].key;
    must(count < KEYS, "too many keys");
    snprintf(keys[count].name, NAME, "%s", name);
    must((keys[count].key = new_key(name)) != NULL, name);
    return keys[count++].key;
}

/* ---- words ---- */

struct words {
    char text[2048];
    char *word[WORDS];
    int count;
};

static void split(const char *line, size_t len, struct words *out)
{
    char *rest, *word;

    must(len < sizeof out->text, "a line is too long");
    memcpy(out->text, line, len);
    out->text[len] = '\0';
    out->count = 0;
    for (word = strtok_r(out->text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        must(out->count < WORDS, "too many words");
        out->word[out->count++] = word;
    }
}

/* What follows "name:"; NULL where no word begins so. */
static const char *value_of(const struct words *words, const char *name)
{
    size_t len = strlen(name);
    int i;

    for (i = 2; i < words->count; i++)
        if (strncmp(words->word[i], name, len) == 0 && words->word[i][len] == ':')
            return words->word[i] + len + 1;
    return NULL;
}

static bool has(const struct words *words, const char *word)
{
    int i;

    for (i = 2; i < words->count; i++)
        if (strcmp(words->word[i], word) == 0)
            return true;
    return false;
}

/* The "NAME=" of an extension; 0 for other words. */
static size_t extension_len(const char *word)
{
    size_t len = strcspn(word, "=:");

    return word[len] == '=' ? len + 1 : 0;
}

static int64_t days(const struct pki *pki, const char *text, int otherwise)
{
    return pki->now + (int64_t)(text ? atoi(text) : otherwise) * A_DAY;
}

static int find(const struct pki *pki, const char *name)
{
    int i;

    for (i = 0; i < pki->cert_count; i++)
        if (strcmp(pki->certs[i].name, name) == 0)
            return i;
    must(0, name);
    return -1;
}

/* ---- extensions ---- */

/* Sections that values may name: "dirName:good". */
static const char sections[] =
    "[good]\nC=ID\nO=Good\n[goodunit]\nC=ID\nO=Good\nOU=Unit\n[bad]\nC=ID\nO=Bad\n"
    "[rootname]\nCN=root\n[subname]\nCN=sub\n[crlname]\nCN=lister\n"
    "[pointname]\nCN=point\n[mapping]\n1.2.3.1=1.2.3.2\n[mapany]\n2.5.29.32.0=1.2.3.2\n"
    "[toany]\n1.2.3.1=2.5.29.32.0\n"
    "[cdp1]\nfullname=URI:http://one.invalid/crl\n[cdp2]\nfullname=URI:http://two.invalid/crl\n"
    "[cdprel]\nrelativename=pointname\n"
    "[cdplister]\nfullname=URI:http://one.invalid/crl\nCRLissuer=dirName:crlname\n"
    "[cdponlylister]\nCRLissuer=dirName:crlname\n"
    "[cdpsome]\nfullname=URI:http://one.invalid/crl\nreasons=keyCompromise,CACompromise\n"
    "[idp1]\nfullname=URI:http://one.invalid/crl\n"
    "[idp2]\nfullname=URI:http://two.invalid/crl\n[idprel]\nrelativename=pointname\n"
    "[idpuser]\nonlyuser=TRUE\n[idpca]\nonlyCA=TRUE\n[idpattr]\nonlyAA=TRUE\n"
    "[idpsome]\nonlysomereasons=keyCompromise,CACompromise\n"
    "[idprest]\nonlysomereasons=affiliationChanged,superseded,cessationOfOperation,"
    "certificateHold,privilegeWithdrawn,AACompromise\n"
    "[idpindirect]\nindirectCRL=TRUE\n"
    "[idp1indirect]\nfullname=URI:http://one.invalid/crl\nindirectCRL=TRUE\n";

static CONF *configuration(void)
{
    BIO *bio = BIO_new_mem_buf(sections, -1);
    CONF *conf = NCONF_new(NULL);

    must(bio && conf && NCONF_load_bio(conf, bio, NULL) == 1, "sections");
    BIO_free(bio);
    return conf;
}

static X509_EXTENSION *extension(X509V3_CTX *context, CONF *conf, const char *word, size_t len)
{
    char name[80], value[1024], *p;
    X509_EXTENSION *made;

    snprintf(name, sizeof name, "%.*s", (int)len - 1, word);
    snprintf(value, sizeof value, "%s", word + len);
    for (p = value; *p; p++)
        *p = *p == '+' ? ' ' : *p;
    X509V3_set_nconf(context, conf);
    made = X509V3_EXT_nconf(conf, context, name, value);
    must(made != NULL, word);
    return made;
}

static const char *const of_ca[] = {
    "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
    "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid", NULL};
static const char *const of_ee[] = {"keyUsage=critical,digitalSignature,nonRepudiation",
                                    "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid",
                                    NULL};

/* An extension of the kind, unless a word says otherwise. */
static bool is_replaced(const struct words *words, const char *usual)
{
    size_t len = extension_len(usual);
    int i;

    for (i = 2; i < words->count; i++)
        if (strncmp(words->word[i], usual, len) == 0)
            return true;
    return false;
}

static void add_extensions(const struct words *words, X509 *cert, X509 *issuer)
{
    const char *const *usual = has(words, "ca") ? of_ca : has(words, "ee") ? of_ee : of_ee + 1;
    CONF *conf = configuration();
    X509_EXTENSION *one;
    X509V3_CTX context;
    int i;

    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    for (; *usual; usual++) {
        bool own = cert == issuer && strncmp(*usual, "authority", 9) == 0;

        if (is_replaced(words, *usual) || own)
            continue;
        one = extension(&context, conf, *usual, extension_len(*usual));
        must(X509_add_ext(cert, one, -1), *usual);
        X509_EXTENSION_free(one);
    }
    for (i = 2; i < words->count; i++) {
        size_t len = extension_len(words->word[i]);

        if (!len || strcmp(words->word[i] + len, "-") == 0)
            continue;
        one = extension(&context, conf, words->word[i], len);
        must(X509_add_ext(cert, one, -1), words->word[i]);
        X509_EXTENSION_free(one);
    }
    NCONF_free(conf);
}

/* ---- certificates ---- */

static X509_NAME *name_of(const char *text)
{
    X509_NAME *name = X509_NAME_new();
    char copy[512], *rest, *part;

    snprintf(copy, sizeof copy, "%s", text);
    for (part = strtok_r(copy, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        char *value = strchr(part, '=');

        must(value != NULL, text);
        *value++ = '\0';
        must(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, (unsigned char *)value, -1, -1,
                                        0),
             text);
    }
    return name;
}

static const EVP_MD *hash_of(const struct words *words, EVP_PKEY *key)
{
    const char *name = value_of(words, "md");

    if (EVP_PKEY_is_a(key, "ED25519"))
        return NULL;
    return name ? EVP_get_digestbyname(name) : EVP_sha256();
}

static EVP_MD_CTX *signing(const struct words *words, const char *key_name)
{
    EVP_PKEY *key = pki_key(key_name);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how;

    must(EVP_DigestSignInit(context, &how, hash_of(words, key), NULL, key) == 1, key_name);
    if (strncmp(key_name, "pss", 3) == 0)
        must(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1,
             "pss");
    return context;
}

static void make_cert(struct pki *pki, const struct words *words)
{
    static long serial = 1000;
    int at = pki->cert_count++, issuer;
    const char *name = words->word[0], *key = value_of(words, "key"),
               *subject = value_of(words, "subject"), *by = value_of(words, "sign");
    X509 *cert = X509_new();
    X509_NAME *subject_name;
    EVP_MD_CTX *context;
    char usual[NAME + 8];

    must(at < CERTS, "too many certificates");
    snprintf(pki->certs[at].name, NAME, "%s", name);
    snprintf(pki->certs[at].key, NAME, "%s", key ? key : name);
    pki->certs[at].cert = cert;
    issuer = find(pki, words->word[1]);
    snprintf(usual, sizeof usual, "/CN=%s", name);
    subject_name = name_of(subject ? subject : usual);
    X509_set_version(cert, has(words, "v1") ? X509_VERSION_1 : X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert),
                     value_of(words, "serial") ? atol(value_of(words, "serial")) : serial++);
    X509_set_subject_name(cert, subject_name);
    X509_set_issuer_name(cert, X509_get_subject_name(pki->certs[issuer].cert));
    X509_NAME_free(subject_name);
    ASN1_TIME_set(X509_getm_notBefore(cert), days(pki, value_of(words, "from"), -30));
    ASN1_TIME_set(X509_getm_notAfter(cert), days(pki, value_of(words, "to"), 3650));
    must(X509_set_pubkey(cert, pki_key(pki->certs[at].key)) == 1, "X509_set_pubkey");
    if (!has(words, "v1"))
        add_extensions(words, cert, pki->certs[issuer].cert);
    context = signing(words, by ? by : pki->certs[issuer].key);
    must(X509_sign_ctx(cert, context) > 0, "X509_sign");
    EVP_MD_CTX_free(context);
}

/* ---- CRLs ---- */

static void put_entry_extension(X509_REVOKED *entry, int nid, void *value)
{
    must(X509_REVOKED_add1_ext_i2d(entry, nid, value, 0, 0) == 1, "an entry's extension");
}

static X509_REVOKED *revoke(const struct pki *pki, X509_CRL *crl, const char *text)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_ENUMERATED *reason = NULL;
    char name[NAME] = "", why[NAME] = "", when[NAME] = "-10";
    ASN1_TIME *date;

    sscanf(text, "%31[^:]:%31[^:]:%31s", name, why, when);
    date = ASN1_TIME_set(NULL, days(pki, when, 0));
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(pki->certs[find(pki, name)].cert));
    X509_REVOKED_set_revocationDate(entry, date);
    if (*why) {
        reason = ASN1_ENUMERATED_new();
        ASN1_ENUMERATED_set(reason, atoi(why));
        put_entry_extension(entry, NID_crl_reason, reason);
    }
    must(X509_CRL_add0_revoked(crl, entry) == 1, text);
    ASN1_ENUMERATED_free(reason);
    ASN1_TIME_free(date);
    return entry;
}

static void put_issuer(const struct pki *pki, X509_REVOKED *entry, const char *name)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *one = GENERAL_NAME_new();

    one->type = GEN_DIRNAME;
    one->d.directoryName = X509_NAME_dup(X509_get_issuer_name(pki->certs[find(pki, name)].cert));
    sk_GENERAL_NAME_push(names, one);
    must(X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0) == 1, name);
    GENERAL_NAMES_free(names);
}

static void add_entries(const struct pki *pki, const struct words *words, X509_CRL *crl)
{
    const char *issuer = NULL;
    X509_REVOKED *entry = NULL;
    CONF *conf = configuration();
    X509V3_CTX context;
    int i;

    X509V3_set_ctx(&context, NULL, NULL, NULL, crl, 0);
    for (i = 2; i < words->count; i++) {
        const char *word = words->word[i];

        if (strncmp(word, "of:", 3) == 0) {
            issuer = word + 3;
        } else if (strncmp(word, "revoke:", 7) == 0) {
            entry = revoke(pki, crl, word + 7);
            if (issuer)
                put_issuer(pki, entry, issuer);
            issuer = NULL;
        } else if (strncmp(word, "entry:DAYS=", 11) == 0) {
            ASN1_GENERALIZEDTIME *date = ASN1_GENERALIZEDTIME_set(NULL, days(pki, word + 11, 0));

            put_entry_extension(entry, NID_invalidity_date, date);
            ASN1_GENERALIZEDTIME_free(date);
        } else if (strncmp(word, "entry:", 6) == 0) {
            X509_EXTENSION *one = extension(&context, conf, word + 6, extension_len(word + 6));

            must(X509_REVOKED_add_ext(entry, one, -1) == 1, word);
            X509_EXTENSION_free(one);
        }
    }
    NCONF_free(conf);
}

static void put_number(X509_CRL *crl, int nid, const char *text, int critical)
{
    ASN1_INTEGER *number = ASN1_INTEGER_new();

    if (text) {
        ASN1_INTEGER_set(number, atol(text));
        must(X509_CRL_add1_ext_i2d(crl, nid, number, critical, 0) == 1, text);
    }
    ASN1_INTEGER_free(number);
}

/* So that others find the right one of an authority's keys. */
static void add_key_identifier(const struct words *words, X509_CRL *crl, X509V3_CTX *context,
                               CONF *conf, const X509 *issuer)
{
    static const char usual[] = "authorityKeyIdentifier=keyid";
    X509_EXTENSION *one;

    if (is_replaced(words, usual) || value_of(words, "key") ||
        X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) < 0)
        return;
    one = extension(context, conf, usual, extension_len(usual));
    must(X509_CRL_add_ext(crl, one, -1) == 1, usual);
    X509_EXTENSION_free(one);
}

static void add_crl_extensions(const struct words *words, X509_CRL *crl, X509 *issuer)
{
    CONF *conf = configuration();
    X509V3_CTX context;
    int i;

    X509V3_set_ctx(&context, issuer, NULL, NULL, crl, 0);
    add_key_identifier(words, crl, &context, conf, issuer);
    for (i = 2; i < words->count; i++) {
        size_t len = extension_len(words->word[i]);
        X509_EXTENSION *one = len ? extension(&context, conf, words->word[i], len) : NULL;

        if (one)
            must(X509_CRL_add_ext(crl, one, -1) == 1, words->word[i]);
        X509_EXTENSION_free(one);
    }
    put_number(crl, NID_crl_number, value_of(words, "number"), 0);
    put_number(crl, NID_delta_crl, value_of(words, "delta"), 1);
    NCONF_free(conf);
}

static void put_date(X509_CRL *crl, int64_t when, int (*set)(X509_CRL *, const ASN1_TIME *))
{
    ASN1_TIME *date = ASN1_TIME_set(NULL, when);

    must(set(crl, date) == 1, "a date");
    ASN1_TIME_free(date);
}

static void make_crl(struct pki *pki, const struct words *words)
{
    int issuer = find(pki, words->word[1]);
    const char *next = value_of(words, "next"), *key = value_of(words, "key");
    X509_CRL *crl = X509_CRL_new();
    EVP_MD_CTX *context;

    must(pki->crl_count < CRLS, "too many CRLs");
    pki->crls[pki->crl_count++] = crl;
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(pki->certs[issuer].cert));
    put_date(crl, days(pki, value_of(words, "this"), -1), X509_CRL_set1_lastUpdate);
    if (!next || strcmp(next, "-") != 0)
        put_date(crl, days(pki, next, 30), X509_CRL_set1_nextUpdate);
    add_entries(pki, words, crl);
    add_crl_extensions(words, crl, pki->certs[issuer].cert);
    context = signing(words, key ? key : pki->certs[issuer].key);
    must(X509_CRL_sign_ctx(crl, context) > 0, "X509_CRL_sign");
    EVP_MD_CTX_free(context);
}

struct pki *pki_make(const char *text, int64_t now)
{
    struct pki *pki = calloc(1, sizeof *pki);

    must(pki != NULL, "calloc");
    pki->now = now;
    while (*text) {
        size_t len = strcspn(text, "\n");
        struct words words;

        split(text, len, &words);
        if (words.count > 1 && strcmp(words.word[0], "crl") == 0)
            make_crl(pki, &words);
        else if (words.count > 1)
            make_cert(pki, &words);
        text += len + (text[len] == '\n');
    }
    return pki;
}

void pki_free(struct pki **pki)
{
    int i;

    for (i = 0; i < (*pki)->cert_count; i++)
        X509_free((*pki)->certs[i].cert);
    for (i = 0; i < (*pki)->crl_count; i++)
        X509_CRL_free((*pki)->crls[i]);
    free(*pki);
    *pki = NULL;
}

X509 *pki_cert(const struct pki *pki, const char *name)
{
    return pki->certs[find(pki, name)].cert;
}

X509 *pki_cert_at(const struct pki *pki, int i)
{
    return i < pki->cert_count ? pki->certs[i].cert : NULL;
}

X509_CRL *pki_crl_at(const struct pki *pki, int i)
{
    return i < pki->crl_count ? pki->crls[i] : NULL;
}

struct kunci_blob pki_cert_blob(const struct pki *pki, const char *name)
{
    unsigned char *der = NULL;
    int len = i2d_X509(pki_cert(pki, name), &der);

    must(len > 0, name);
    return (struct kunci_blob){der, (size_t)len};
}

struct kunci_blob pki_crl_blob(const struct pki *pki, int i)
{
    unsigned char *der = NULL;
    int len = i2d_X509_CRL(pki_crl_at(pki, i), &der);

    must(len > 0, "a CRL");
    return (struct kunci_blob){der, (size_t)len};
}

void pki_drop(struct kunci_blob *blob)
{
    OPENSSL_free((void *)(uintptr_t)blob->data);
}
