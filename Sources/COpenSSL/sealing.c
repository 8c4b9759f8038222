#include "library.h"

int copenssl_scrypt(const void *password, size_t passwordCount, const void *salt, size_t saltCount, uint64_t cost,
                    uint64_t blockSize, uint64_t parallelism, uint64_t memory, void *key, size_t keyCount) {
  const COpenSSLLibrary *ssl = copenssl_library();
  // A missing password would only ask whether the numbers are allowed, and leave the key as it was.
  return ssl != NULL && password != NULL && key != NULL &&
         ssl->EVP_PBE_scrypt(password, passwordCount, salt, saltCount, cost, blockSize, parallelism, memory, key,
                             keyCount) == 1;
}

// The library counts in int.
static int is_countable(size_t first, size_t second) { return first <= INT32_MAX && second <= INT32_MAX; }

int copenssl_seal_gcm(const uint8_t *key, const uint8_t *nonce, const void *named, size_t namedCount, const void *plain,
                      size_t count, void *sealed, uint8_t *tag) {
  const COpenSSLLibrary *ssl = copenssl_library();
  if (ssl == NULL || !is_countable(namedCount, count)) return 0;
  EVP_CIPHER_CTX *context = ssl->EVP_CIPHER_CTX_new();
  int done = 0;
  int is_sealed =
      context != NULL && ssl->EVP_EncryptInit_ex(context, ssl->EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
      (namedCount == 0 || ssl->EVP_EncryptUpdate(context, NULL, &done, named, (int)namedCount) == 1) &&
      (count == 0 || ssl->EVP_EncryptUpdate(context, sealed, &done, plain, (int)count) == 1) &&
      ssl->EVP_EncryptFinal_ex(context, tag, &done) == 1 &&
      ssl->EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, COPENSSL_TAG_COUNT, tag) == 1;
  ssl->EVP_CIPHER_CTX_free(context);
  return is_sealed;
}

int copenssl_open_gcm(const uint8_t *key, const uint8_t *nonce, const void *named, size_t namedCount, const void *sealed,
                      size_t count, const uint8_t *tag, void *plain) {
  const COpenSSLLibrary *ssl = copenssl_library();
  if (ssl == NULL || !is_countable(namedCount, count)) return -1;
  EVP_CIPHER_CTX *context = ssl->EVP_CIPHER_CTX_new();
  int done = 0;
  // It takes the tag that is expected by a pointer to what may be changed.
  uint8_t expected[COPENSSL_TAG_COUNT], rest[COPENSSL_TAG_COUNT];
  for (int i = 0; i < COPENSSL_TAG_COUNT; i++) expected[i] = tag[i];
  int is_ready =
      context != NULL && ssl->EVP_DecryptInit_ex(context, ssl->EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
      (namedCount == 0 || ssl->EVP_DecryptUpdate(context, NULL, &done, named, (int)namedCount) == 1) &&
      (count == 0 || ssl->EVP_DecryptUpdate(context, plain, &done, sealed, (int)count) == 1) &&
      ssl->EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, COPENSSL_TAG_COUNT, expected) == 1;
  int is_open = is_ready && ssl->EVP_DecryptFinal_ex(context, rest, &done) == 1;
  ssl->EVP_CIPHER_CTX_free(context);
  if (is_open) return 1;
  // What was decrypted is nobody's word.
  if (count > 0) copenssl_wipe(plain, count);
  if (!is_ready) return -1;
  // A wrong tag is an answer and no failure to be told later.
  ssl->ERR_clear_error();
  return 0;
}
