#include "library.h"

static const COpenSSLBytes none = {NULL, 0};

int copenssl_sha256(const void *bytes, size_t count, uint8_t *digest) {
  const COpenSSLLibrary *ssl = copenssl_library();
  return ssl != NULL && ssl->EVP_Digest(bytes, count, digest, NULL, ssl->EVP_sha256(), NULL) == 1;
}

int copenssl_sha1(const void *bytes, size_t count, uint8_t *digest) {
  const COpenSSLLibrary *ssl = copenssl_library();
  return ssl != NULL && ssl->EVP_Digest(bytes, count, digest, NULL, ssl->EVP_sha1(), NULL) == 1;
}

COpenSSLKey *copenssl_make_rsa(size_t bits) {
  const COpenSSLLibrary *ssl = copenssl_library();
  return ssl == NULL ? NULL : ssl->EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits);
}

COpenSSLKey *copenssl_make_p256(void) {
  const COpenSSLLibrary *ssl = copenssl_library();
  return ssl == NULL ? NULL : ssl->EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

// What exists was made by the library, so from here on it is open.

void copenssl_release_key(COpenSSLKey *key) {
  if (key != NULL) copenssl_library()->EVP_PKEY_free(key);
}

COpenSSLBytes copenssl_rsa_number(COpenSSLKey *key, const char *name) {
  const COpenSSLLibrary *ssl = copenssl_library();
  BIGNUM *number = NULL;
  if (ssl->EVP_PKEY_get_bn_param(key, name, &number) != 1) return none;
  COpenSSLBytes bytes = copenssl_bytes((size_t)(ssl->BN_num_bits(number) + 7) / 8);
  if (bytes.bytes != NULL) ssl->BN_bn2bin(number, bytes.bytes);
  ssl->BN_free(number);
  return bytes;
}

COpenSSLBytes copenssl_sign(COpenSSLKey *key, const void *message, size_t count) {
  const COpenSSLLibrary *ssl = copenssl_library();
  EVP_MD_CTX *context = ssl->EVP_MD_CTX_new();
  COpenSSLBytes signature = none;
  size_t room = 0;
  if (context != NULL && ssl->EVP_DigestSignInit(context, NULL, ssl->EVP_sha256(), NULL, key) == 1 &&
      ssl->EVP_DigestSign(context, NULL, &room, message, count) == 1) {
    signature = copenssl_bytes(room);
    // ECDSA may need less room than it asked for.
    if (signature.bytes != NULL && ssl->EVP_DigestSign(context, signature.bytes, &signature.count, message, count) != 1) {
      signature.count = room;
      copenssl_release_bytes(signature);
      signature = none;
    }
  }
  ssl->EVP_MD_CTX_free(context);
  return signature;
}

COpenSSLSigner *copenssl_begin_pss(COpenSSLKey *key) {
  const COpenSSLLibrary *ssl = copenssl_library();
  EVP_PKEY_CTX *signer = ssl->EVP_PKEY_CTX_new(key, NULL);
  if (signer != NULL && ssl->EVP_PKEY_sign_init(signer) == 1 &&
      ssl->EVP_PKEY_CTX_set_rsa_padding(signer, RSA_PKCS1_PSS_PADDING) == 1 &&
      ssl->EVP_PKEY_CTX_set_signature_md(signer, ssl->EVP_sha256()) == 1 &&
      ssl->EVP_PKEY_CTX_set_rsa_pss_saltlen(signer, RSA_PSS_SALTLEN_DIGEST) == 1) {
    return signer;
  }
  ssl->EVP_PKEY_CTX_free(signer);
  return NULL;
}

COpenSSLBytes copenssl_sign_pss(COpenSSLSigner *signer, const void *message, size_t count) {
  const COpenSSLLibrary *ssl = copenssl_library();
  uint8_t digest[32];
  size_t room = 0;
  if (!copenssl_sha256(message, count, digest) ||
      ssl->EVP_PKEY_sign(signer, NULL, &room, digest, sizeof digest) != 1) {
    return none;
  }
  COpenSSLBytes signature = copenssl_bytes(room);
  if (signature.bytes == NULL ||
      ssl->EVP_PKEY_sign(signer, signature.bytes, &signature.count, digest, sizeof digest) == 1) {
    return signature;
  }
  signature.count = room;
  copenssl_release_bytes(signature);
  return none;
}

void copenssl_release_signer(COpenSSLSigner *signer) {
  if (signer != NULL) copenssl_library()->EVP_PKEY_CTX_free(signer);
}

static int is_signed(COpenSSLKey *key, int is_pss, const void *message, size_t count, const void *signature,
                     size_t signatureCount) {
  const COpenSSLLibrary *ssl = copenssl_library();
  EVP_MD_CTX *context = ssl->EVP_MD_CTX_new();
  EVP_PKEY_CTX *manner = NULL;
  int result = context != NULL && ssl->EVP_DigestVerifyInit(context, &manner, ssl->EVP_sha256(), NULL, key) == 1 &&
               (!is_pss || (ssl->EVP_PKEY_CTX_set_rsa_padding(manner, RSA_PKCS1_PSS_PADDING) == 1 &&
                            ssl->EVP_PKEY_CTX_set_rsa_pss_saltlen(manner, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
               ssl->EVP_DigestVerify(context, signature, signatureCount, message, count) == 1;
  ssl->EVP_MD_CTX_free(context);
  // A wrong signature is an answer and no failure to be told later.
  ssl->ERR_clear_error();
  return result;
}

int copenssl_is_signed(COpenSSLKey *key, const void *message, size_t count, const void *signature,
                       size_t signatureCount) {
  return is_signed(key, 0, message, count, signature, signatureCount);
}

int copenssl_is_pss_signed(COpenSSLKey *key, const void *message, size_t count, const void *signature,
                           size_t signatureCount) {
  return is_signed(key, 1, message, count, signature, signatureCount);
}
