#include "library.h"

static const COpenSSLBytes none = {NULL, 0};

COpenSSLBytes copenssl_private_key(COpenSSLKey *key) {
  const COpenSSLLibrary *ssl = copenssl_library();
  PKCS8_PRIV_KEY_INFO *information = ssl->EVP_PKEY2PKCS8(key);
  if (information == NULL) return none;
  int count = ssl->i2d_PKCS8_PRIV_KEY_INFO(information, NULL);
  COpenSSLBytes bytes = count > 0 ? copenssl_bytes((size_t)count) : none;
  unsigned char *end = bytes.bytes;
  if (end != NULL) ssl->i2d_PKCS8_PRIV_KEY_INFO(information, &end);
  ssl->PKCS8_PRIV_KEY_INFO_free(information);
  return bytes;
}

COpenSSLBytes copenssl_bundle(const uint8_t *certificate, size_t count, COpenSSLKey *key) {
  const COpenSSLLibrary *ssl = copenssl_library();
  const unsigned char *end = certificate;
  X509 *holder = ssl->d2i_X509(NULL, &end, (long)count);
  PKCS12 *bundle = holder == NULL ? NULL : ssl->PKCS12_create("", NULL, key, holder, NULL, 0, 0, 0, 0, 0);
  ssl->X509_free(holder);
  if (bundle == NULL) return none;
  int size = ssl->i2d_PKCS12(bundle, NULL);
  COpenSSLBytes bytes = size > 0 ? copenssl_bytes((size_t)size) : none;
  unsigned char *start = bytes.bytes;
  if (start != NULL) ssl->i2d_PKCS12(bundle, &start);
  ssl->PKCS12_free(bundle);
  return bytes;
}
