#include "library.h"

enum { serialBytes = 16 };

// RFC 5280, section 4.1.2.2: positive, at most 20 bytes.
static int number(const COpenSSLLibrary *ssl, X509 *certificate) {
  unsigned char bytes[serialBytes];
  if (ssl->RAND_bytes(bytes, serialBytes) != 1) return 0;
  bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
  BIGNUM *serial = ssl->BN_bin2bn(bytes, serialBytes, NULL);
  if (serial == NULL) return 0;
  int isSet = ssl->BN_to_ASN1_INTEGER(serial, ssl->X509_get_serialNumber(certificate)) != NULL;
  ssl->BN_free(serial);
  return isSet;
}

COpenSSLCertificate *copenssl_begin_certificate(COpenSSLKey *key, int64_t from, int64_t until) {
  const COpenSSLLibrary *ssl = copenssl_library();
  X509 *certificate = ssl->X509_new();
  // The number of version 3 is 2.
  if (certificate != NULL && ssl->X509_set_version(certificate, 2) == 1 && number(ssl, certificate) &&
      ssl->ASN1_TIME_set(ssl->X509_getm_notBefore(certificate), (time_t)from) != NULL &&
      ssl->ASN1_TIME_set(ssl->X509_getm_notAfter(certificate), (time_t)until) != NULL &&
      ssl->X509_set_pubkey(certificate, key) == 1)
    return certificate;
  ssl->X509_free(certificate);
  return NULL;
}

void copenssl_release_certificate(COpenSSLCertificate *certificate) {
  if (certificate != NULL) copenssl_library()->X509_free(certificate);
}

int copenssl_name(COpenSSLCertificate *certificate, const char *attribute, const char *value) {
  const COpenSSLLibrary *ssl = copenssl_library();
  return ssl->X509_NAME_add_entry_by_txt(ssl->X509_get_subject_name(certificate), attribute, MBSTRING_UTF8,
                                         (const unsigned char *)value, -1, -1, 0);
}

// The issuer's certificate, to be freed; or this one where there is none, not to be.
static X509 *issuer_or_self(const COpenSSLLibrary *ssl, X509 *certificate, const uint8_t *issuer, size_t count) {
  const unsigned char *end = issuer;
  return issuer == NULL ? certificate : ssl->d2i_X509(NULL, &end, (long)count);
}

int copenssl_extend(COpenSSLCertificate *certificate, const uint8_t *issuer, size_t issuerCount, const char *name,
                    const char *value) {
  const COpenSSLLibrary *ssl = copenssl_library();
  X509 *other = issuer_or_self(ssl, certificate, issuer, issuerCount);
  if (other == NULL) return 0;
  X509V3_CTX context = {0};
  ssl->X509V3_set_ctx(&context, other, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = ssl->X509V3_EXT_nconf(NULL, &context, name, value);
  int isAdded = extension != NULL && ssl->X509_add_ext(certificate, extension, -1) == 1;
  ssl->X509_EXTENSION_free(extension);
  if (other != certificate) ssl->X509_free(other);
  return isAdded;
}

COpenSSLBytes copenssl_issue(COpenSSLCertificate *certificate, const uint8_t *issuer, size_t issuerCount,
                             COpenSSLKey *issuerKey) {
  const COpenSSLLibrary *ssl = copenssl_library();
  COpenSSLBytes der = {NULL, 0};
  X509 *other = issuer_or_self(ssl, certificate, issuer, issuerCount);
  if (other == NULL) return der;
  int isSigned = ssl->X509_set_issuer_name(certificate, ssl->X509_get_subject_name(other)) == 1 &&
                 ssl->X509_sign(certificate, issuerKey, ssl->EVP_sha256()) > 0;
  if (other != certificate) ssl->X509_free(other);
  int count = isSigned ? ssl->i2d_X509(certificate, NULL) : 0;
  if (count <= 0) return der;
  der = copenssl_bytes((size_t)count);
  unsigned char *end = der.bytes;
  if (end != NULL) ssl->i2d_X509(certificate, &end);
  return der;
}

COpenSSLKey *copenssl_certified_key(const uint8_t *certificate, size_t count) {
  const COpenSSLLibrary *ssl = copenssl_library();
  if (ssl == NULL) return NULL;
  const uint8_t *end = certificate;
  X509 *read = ssl->d2i_X509(NULL, &end, (long)count);
  COpenSSLKey *key = read == NULL ? NULL : ssl->X509_get_pubkey(read);
  ssl->X509_free(read);
  return key;
}

int copenssl_is_in_time(const uint8_t *certificate, size_t count, int64_t time) {
  const COpenSSLLibrary *ssl = copenssl_library();
  const uint8_t *end = certificate;
  if (ssl == NULL) return 0;
  X509 *read = ssl->d2i_X509(NULL, &end, (long)count);
  time_t at = (time_t)time;
  int result = read != NULL && ssl->X509_cmp_time(ssl->X509_getm_notBefore(read), &at) < 0 &&
               ssl->X509_cmp_time(ssl->X509_getm_notAfter(read), &at) > 0;
  ssl->X509_free(read);
  // What is no certificate is not in time: an answer and no failure to be told later.
  ssl->ERR_clear_error();
  return result;
}
