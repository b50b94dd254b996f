/* Policies and statements of a certificate that is issued. */
#include "base/buf.h"
#include "base/der.h"
#include "base/error.h"
#include "x509/extension.h"
#include "x509/issue_extensions.h"

#include <openssl/x509v3.h>
#include <string.h>

static bool set_place(POLICYINFO *policy, const char *address)
{
    POLICYQUALINFO *qualifier = POLICYQUALINFO_new();

    if (!qualifier)
        return false;
    qualifier->pqualid = OBJ_nid2obj(NID_id_qt_cps);
    if ((policy->qualifiers = sk_POLICYQUALINFO_new_null()) &&
        (qualifier->d.cpsuri = ASN1_IA5STRING_new()) &&
        ASN1_STRING_set(qualifier->d.cpsuri, address, -1) == 1 &&
        sk_POLICYQUALINFO_push(policy->qualifiers, qualifier) > 0)
        return true;
    POLICYQUALINFO_free(qualifier);
    return false;
}

/* "2.16.360.1" or "2.16.360.1 https://where.it.stands/". */
static bool add_policy(CERTIFICATEPOLICIES *policies, const char *word)
{
    const char *address = strchr(word, ' ');
    POLICYINFO *policy = POLICYINFO_new();
    char number[128] = "";
    bool done;

    if (!policy)
        return false;
    strncat(number, word, address ? (size_t)(address - word) : sizeof number - 1);
    done = (policy->policyid = OBJ_txt2obj(number, 1)) &&
           (!address || set_place(policy, address + 1)) && sk_POLICYINFO_push(policies, policy) > 0;
    if (!done)
        POLICYINFO_free(policy);
    return done;
}

enum kunci_rc issue_policies(const struct making *making)
{
    char **word = making->issue->profile->policies;
    CERTIFICATEPOLICIES *policies;
    enum kunci_rc rc = KUNCI_OK;

    if (!word || !*word)
        return KUNCI_OK;
    if (!(policies = CERTIFICATEPOLICIES_new()))
        return err_no_memory(making->err);
    for (; rc == KUNCI_OK && *word; word++)
        if (!add_policy(policies, *word))
            rc = err_no_memory(making->err);
    if (rc == KUNCI_OK)
        rc = extension_add(making->to, NID_certificate_policies, false, policies, making->err);
    CERTIFICATEPOLICIES_free(policies);
    return rc;
}

/* ---- what a qualified certificate states (ETSI EN 319 412-5) ---- */

static bool add_object(struct buf *to, const ASN1_OBJECT *object)
{
    unsigned char *der = NULL;
    int len = object ? i2d_ASN1_OBJECT(object, &der) : 0;

    if (len > 0)
        buf_add(to, der, (size_t)len);
    OPENSSL_free(der);
    return len > 0;
}

/* A statement, or for a type of certificate the statement that holds types. */
static bool add_statement(struct buf *to, const char *word)
{
    static const char qc_type[] = "0.4.0.1862.1.6";
    struct buf statement = {0}, types = {0};
    ASN1_OBJECT *object = profile_statement(word), *outer = OBJ_txt2obj(qc_type, 1);
    char dotted[64] = "";
    bool done, is_type;

    if (object)
        OBJ_obj2txt(dotted, sizeof dotted, object, 1);
    is_type = strncmp(dotted, qc_type, sizeof qc_type - 1) == 0;
    done = add_object(&statement, is_type ? outer : object) &&
           (!is_type || add_object(&types, object));
    if (is_type)
        der_wrap(&statement, DER_SEQUENCE, &types);
    der_wrap(to, DER_SEQUENCE, &statement);
    ASN1_OBJECT_free(object);
    ASN1_OBJECT_free(outer);
    buf_clear(&statement);
    buf_clear(&types);
    return done && !to->failed;
}

enum kunci_rc issue_statements(const struct making *making)
{
    char **word = making->issue->profile->statements;
    struct buf list = {0}, all = {0};
    enum kunci_rc rc = KUNCI_OK;

    if (!word || !*word)
        return KUNCI_OK;
    for (; rc == KUNCI_OK && *word; word++)
        if (!add_statement(&list, *word))
            rc = err_no_memory(making->err);
    der_wrap(&all, DER_SEQUENCE, &list);
    if (rc == KUNCI_OK && all.failed)
        rc = err_no_memory(making->err);
    if (rc == KUNCI_OK)
        rc = extension_add_der(making->to, OBJ_nid2obj(NID_qcStatements), false,
                               (unsigned char *)all.data, all.len, making->err);
    buf_clear(&list);
    buf_clear(&all);
    return rc;
}
