#define _GNU_SOURCE
#include "library.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

// MARK: Where keys rest

static pthread_once_t protecting = PTHREAD_ONCE_INIT;
static int protection;

// The library takes from here what is secret of every key from now on, those of TLS connections too, and has no other
// place when it is full: so it is many times what the keys of a few apps need. Where little may be locked it is smaller,
// and leaves room for others.
static void protect(void) {
  const COpenSSLLibrary *ssl = copenssl_library();
  if (ssl == NULL) return;
  struct rlimit limit;
  int isTight = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < 1024 * 1024;
  protection = ssl->CRYPTO_secure_malloc_init(isTight ? 32 * 1024 : 256 * 1024, 16);
}

int copenssl_protect_keys(void) {
  pthread_once(&protecting, protect);
  return protection;
}

// MARK: Ways of encryption that are no longer the library's own

static pthread_once_t ageing = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *old_ways;

// In a context of its own: what is weak stays out of everything else.
static void open_old_ways(void) {
  const COpenSSLLibrary *ssl = copenssl_library();
  if (ssl == NULL) return;
  OSSL_LIB_CTX *context = ssl->OSSL_LIB_CTX_new();
  if (context != NULL && ssl->OSSL_PROVIDER_load(context, "legacy") != NULL &&
      ssl->OSSL_PROVIDER_load(context, "default") != NULL) {
    old_ways = context;
    return;
  }
  ssl->OSSL_LIB_CTX_free(context);
}

// Whether a failure of this thread was that a way of encryption is not known; forgets all failures.
static int take_is_unknown_way(const COpenSSLLibrary *ssl) {
  int isUnknown = 0;
  unsigned long code;
  while ((code = ssl->ERR_get_error()) != 0) {
    int reason = ERR_GET_REASON(code);
    if (ERR_GET_LIB(code) == ERR_LIB_EVP &&
        (reason == ERR_R_UNSUPPORTED || reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNSUPPORTED_CIPHER ||
         reason == EVP_R_UNKNOWN_PBE_ALGORITHM || reason == EVP_R_UNSUPPORTED_PRIVATE_KEY_ALGORITHM))
      isUnknown = 1;
  }
  return isUnknown;
}

// MARK: PEM

typedef struct {
  const COpenSSLPassword *password;
  int isAsked;
} Asking;

// Answers in place of the library's own question on the terminal.
static int answer(char *room, int capacity, int isWriting, void *context) {
  Asking *asking = context;
  (void)isWriting;
  asking->isAsked = 1;
  const COpenSSLPassword *password = asking->password;
  if (password == NULL || password->count > (size_t)capacity) return -1;
  if (password->count > 0) memcpy(room, password->bytes, password->count);
  return (int)password->count;
}

static EVP_PKEY *key_in(const COpenSSLLibrary *ssl, OSSL_LIB_CTX *context, const void *bytes, size_t count,
                        Asking *asking) {
  BIO *pem = ssl->BIO_new_mem_buf(bytes, (int)count);
  if (pem == NULL) return NULL;
  EVP_PKEY *key = ssl->PEM_read_bio_PrivateKey_ex(pem, NULL, answer, asking, context, NULL);
  ssl->BIO_free(pem);
  return key;
}

static COpenSSLBytes der_of(const COpenSSLLibrary *ssl, X509 *certificate) {
  COpenSSLBytes der = {NULL, 0};
  int count = ssl->i2d_X509(certificate, NULL);
  if (count <= 0) return der;
  der = copenssl_bytes((size_t)count);
  unsigned char *end = der.bytes;
  if (end != NULL) ssl->i2d_X509(certificate, &end);
  return der;
}

// Takes the certificate if it is the first that belongs to the key.
static void consider(const COpenSSLLibrary *ssl, X509 *certificate, COpenSSLIdentity *identity) {
  identity->certificateCount += 1;
  if (identity->certificate.bytes == NULL && identity->key != NULL &&
      ssl->EVP_PKEY_eq(ssl->X509_get0_pubkey(certificate), identity->key) == 1)
    identity->certificate = der_of(ssl, certificate);
}

static void consider_all(const COpenSSLLibrary *ssl, const void *bytes, size_t count, COpenSSLIdentity *identity) {
  BIO *pem = ssl->BIO_new_mem_buf(bytes, (int)count);
  if (pem == NULL) return;
  Asking asking = {NULL, 0};
  X509 *certificate;
  while ((certificate = ssl->PEM_read_bio_X509(pem, NULL, answer, &asking)) != NULL) {
    consider(ssl, certificate, identity);
    ssl->X509_free(certificate);
  }
  ssl->BIO_free(pem);
}

// The key is there, and what was seen of certificates.
static COpenSSLIdentityEnd judged(const COpenSSLIdentity *identity) {
  if (identity->certificate.bytes != NULL) return COPENSSL_IDENTITY_READ;
  return identity->certificateCount == 0 ? COPENSSL_IDENTITY_NO_CERTIFICATE : COPENSSL_IDENTITY_FOREIGN;
}

static int holds(const void *bytes, size_t count, const char *word) {
  return memmem(bytes, count, word, strlen(word)) != NULL;
}

COpenSSLIdentity copenssl_read_pem(const void *key, size_t keyCount, const void *certificates, size_t certificatesCount,
                                   const COpenSSLPassword *password) {
  COpenSSLIdentity identity = {NULL, {NULL, 0}, 0, COPENSSL_IDENTITY_BROKEN};
  const COpenSSLLibrary *ssl = copenssl_library();
  if (ssl == NULL) return identity;
  copenssl_protect_keys();
  if (!holds(key, keyCount, "PRIVATE KEY-----")) {
    identity.end = COPENSSL_IDENTITY_NO_KEY;
    return identity;
  }
  Asking asking = {password, 0};
  identity.key = key_in(ssl, NULL, key, keyCount, &asking);
  int isUnknown = identity.key == NULL && take_is_unknown_way(ssl);
  int isEncrypted = asking.isAsked || holds(key, keyCount, "ENCRYPTED");
  if (isUnknown && password != NULL) {
    pthread_once(&ageing, open_old_ways);
    ssl->ERR_clear_error();
    if (old_ways != NULL) identity.key = key_in(ssl, old_ways, key, keyCount, &asking);
    if (old_ways == NULL && isEncrypted) identity.end = COPENSSL_IDENTITY_OLD_WAY;
  }
  if (identity.key == NULL) {
    if (identity.end != COPENSSL_IDENTITY_OLD_WAY && isEncrypted)
      identity.end = password == NULL ? COPENSSL_IDENTITY_LOCKED : COPENSSL_IDENTITY_WRONG_PASSWORD;
    ssl->ERR_clear_error();
    return identity;
  }
  consider_all(ssl, certificates, certificatesCount, &identity);
  identity.end = judged(&identity);
  ssl->ERR_clear_error();
  return identity;
}

// MARK: PKCS#12

static PKCS12 *container(const COpenSSLLibrary *ssl, OSSL_LIB_CTX *context, const void *bytes, size_t count) {
  PKCS12 *read = ssl->PKCS12_init_ex(NID_pkcs7_data, context, NULL);
  BIO *der = ssl->BIO_new_mem_buf(bytes, (int)count);
  // What cannot be read is freed with what it was to be read into.
  if (read != NULL && der != NULL && ssl->d2i_PKCS12_bio(der, &read) == NULL) read = NULL;
  ssl->BIO_free(der);
  return read;
}

static int opened(const COpenSSLLibrary *ssl, OSSL_LIB_CTX *context, const void *bytes, size_t count,
                  const char *password, COpenSSLIdentity *identity) {
  PKCS12 *read = container(ssl, context, bytes, count);
  if (read == NULL) return 0;
  X509 *own = NULL;
  STACK_OF(X509) *others = NULL;
  int isOpen = ssl->PKCS12_parse(read, password, &identity->key, &own, &others) == 1;
  ssl->PKCS12_free(read);
  if (own != NULL) consider(ssl, own, identity);
  for (int i = 0; isOpen && others != NULL && i < ssl->OPENSSL_sk_num((const OPENSSL_STACK *)others); i++)
    consider(ssl, ssl->OPENSSL_sk_value((const OPENSSL_STACK *)others, i), identity);
  ssl->X509_free(own);
  if (others != NULL) ssl->OPENSSL_sk_pop_free((OPENSSL_STACK *)others, (void (*)(void *))ssl->X509_free);
  return isOpen;
}

COpenSSLIdentity copenssl_read_pkcs12(const void *bytes, size_t count, const COpenSSLPassword *password) {
  COpenSSLIdentity identity = {NULL, {NULL, 0}, 0, COPENSSL_IDENTITY_BROKEN};
  const COpenSSLLibrary *ssl = copenssl_library();
  if (ssl == NULL) return identity;
  copenssl_protect_keys();
  PKCS12 *looked = container(ssl, NULL, bytes, count);
  if (looked == NULL) {
    identity.end = COPENSSL_IDENTITY_NO_KEY;
    ssl->ERR_clear_error();
    return identity;
  }
  // No password and an empty one are told apart by some who write such files; the library tries both.
  const char *text = password == NULL ? "" : (const char *)password->bytes;
  int isEmpty = text[0] == 0;
  int isRight = !ssl->PKCS12_mac_present(looked) || ssl->PKCS12_verify_mac(looked, text, -1) == 1 ||
                (isEmpty && ssl->PKCS12_verify_mac(looked, NULL, 0) == 1);
  ssl->PKCS12_free(looked);
  if (!isRight) {
    identity.end = password == NULL ? COPENSSL_IDENTITY_LOCKED : COPENSSL_IDENTITY_WRONG_PASSWORD;
    ssl->ERR_clear_error();
    return identity;
  }
  ssl->ERR_clear_error();
  int isOpen = opened(ssl, NULL, bytes, count, text, &identity);
  if (!isOpen && take_is_unknown_way(ssl)) {
    pthread_once(&ageing, open_old_ways);
    ssl->ERR_clear_error();
    identity.certificateCount = 0;
    if (old_ways == NULL) identity.end = COPENSSL_IDENTITY_OLD_WAY;
    else isOpen = opened(ssl, old_ways, bytes, count, text, &identity);
  }
  if (isOpen) identity.end = identity.key == NULL ? COPENSSL_IDENTITY_NO_KEY : judged(&identity);
  ssl->ERR_clear_error();
  return identity;
}

// MARK: What a key and a certificate say of themselves

size_t copenssl_key_bits(COpenSSLKey *key) {
  int bits = copenssl_library()->EVP_PKEY_get_bits(key);
  return bits > 0 ? (size_t)bits : 0;
}

const char *copenssl_key_kind(COpenSSLKey *key) {
  const char *name = copenssl_library()->EVP_PKEY_get0_type_name(key);
  return name == NULL ? "" : name;
}

static int seconds(const COpenSSLLibrary *ssl, const ASN1_TIME *time, int64_t *result) {
  struct tm utc;
  if (ssl->ASN1_TIME_to_tm(time, &utc) != 1) return 0;
  *result = (int64_t)timegm(&utc);
  return 1;
}

int copenssl_read_facts(const uint8_t *certificate, size_t count, int64_t *from, int64_t *until, COpenSSLBytes *subject) {
  const COpenSSLLibrary *ssl = copenssl_library();
  if (ssl == NULL) return 0;
  const uint8_t *end = certificate;
  X509 *read = ssl->d2i_X509(NULL, &end, (long)count);
  if (read == NULL) return 0;
  BIO *text = ssl->BIO_new(ssl->BIO_s_mem());
  // As RFC 2253 has it, but letters of any language stay what they are.
  unsigned long manners = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
  int isRead = text != NULL && seconds(ssl, ssl->X509_getm_notBefore(read), from) &&
               seconds(ssl, ssl->X509_getm_notAfter(read), until) &&
               ssl->X509_NAME_print_ex(text, ssl->X509_get_subject_name(read), 0, manners) >= 0;
  if (isRead) {
    *subject = copenssl_bytes(ssl->BIO_ctrl_pending(text));
    size_t taken = 0;
    if (subject->count > 0 && subject->bytes != NULL) ssl->BIO_read_ex(text, subject->bytes, subject->count, &taken);
    subject->count = taken;
  }
  ssl->BIO_free(text);
  ssl->X509_free(read);
  ssl->ERR_clear_error();
  return isRead;
}
