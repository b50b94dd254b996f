/* Object identifiers of CMS, each the whole of its DER. */
#ifndef CMS_OID_H
#define CMS_OID_H

#define OID_PKCS7 "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
#define OID_PKCS9 "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09"
#define OID_SMIME "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02"

#define OID_DATA            OID_PKCS7 "\x01"
#define OID_SIGNED_DATA     OID_PKCS7 "\x02"
#define OID_CONTENT_TYPE    OID_PKCS9 "\x03"
#define OID_MESSAGE_DIGEST  OID_PKCS9 "\x04"
#define OID_TIMESTAMP       OID_SMIME "\x0e" /* id-aa-signatureTimeStampToken */
#define OID_SIGNING_CERT_V2 OID_SMIME "\x2f" /* id-aa-signingCertificateV2 */

#define OID_SHA2 "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02"

/* Its bytes and their number, as arguments. */
#define OID(oid) (oid), sizeof(oid) - 1

#endif
