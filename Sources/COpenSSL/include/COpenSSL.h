// The system's OpenSSL (libcrypto, version 3), as far as it is used. Its own headers stay out of this view.
//
// The library is opened by the first call that needs it and not when the program starts, which would cost every start
// a millisecond. Everything may be called from any thread at any time.
#ifndef PARTNER_CONSOLE_COPENSSL_H
#define PARTNER_CONSOLE_COPENSSL_H

#include <stddef.h>
#include <stdint.h>

// The name of the library's file, as the headers have it that this was built with.
extern const char *_Nonnull const copenssl_file;

// Opens the library if that was not done yet; 0 if it cannot be used. Where it is 0, every function below fails.
int copenssl_open(void);

// What the library says of the last failure in this thread, or an empty text; forgets it.
void copenssl_take_reason(char *_Nonnull text, size_t capacity);

// What a function gives back; bytes is NULL when it failed. To be released.
typedef struct {
  uint8_t *_Nullable bytes;
  size_t count;
} COpenSSLBytes;

void copenssl_release_bytes(COpenSSLBytes bytes);

// Digests: 1 on success. The result has 32 and 20 bytes.
int copenssl_sha256(const void *_Nullable bytes, size_t count, uint8_t *_Nonnull digest);
int copenssl_sha1(const void *_Nullable bytes, size_t count, uint8_t *_Nonnull digest);

// A private or public key; never changed once it is made. To be released.
typedef struct evp_pkey_st COpenSSLKey;

COpenSSLKey *_Nullable copenssl_make_rsa(size_t bits);
COpenSSLKey *_Nullable copenssl_make_p256(void);
void copenssl_release_key(COpenSSLKey *_Nullable key);

// The private key in DER: PKCS#1 of RSA, SEC1 of an elliptic curve.
COpenSSLBytes copenssl_private_der(COpenSSLKey *_Nonnull key);

// An RSA key's modulus ("n") or public exponent ("e"), the highest byte first and not zero.
COpenSSLBytes copenssl_rsa_number(COpenSSLKey *_Nonnull key, const char *_Nonnull name);

// Signs the SHA-256 of a message: PKCS#1 version 1.5 of RSA, ECDSA in DER of an elliptic curve.
COpenSSLBytes copenssl_sign(COpenSSLKey *_Nonnull key, const void *_Nullable message, size_t count);

// Whether a signature was made by copenssl_sign with this key.
int copenssl_is_signed(COpenSSLKey *_Nonnull key, const void *_Nullable message, size_t count,
                       const void *_Nullable signature, size_t signatureCount);

// A certificate in the making. To be released.
typedef struct x509_st COpenSSLCertificate;

// Version 3, a random serial number, valid between two times in seconds since 1970.
COpenSSLCertificate *_Nullable copenssl_begin_certificate(COpenSSLKey *_Nonnull key, int64_t from, int64_t until);
void copenssl_release_certificate(COpenSSLCertificate *_Nullable certificate);

// Adds an attribute to the subject's name, such as "CN"; 1 on success.
int copenssl_name(COpenSSLCertificate *_Nonnull certificate, const char *_Nonnull attribute,
                  const char *_Nonnull value);

// Adds an extension with a value as in OpenSSL's x509v3_config(5); 1 on success. The issuer's certificate in DER is
// asked where the value depends on it; NULL means this certificate itself.
int copenssl_extend(COpenSSLCertificate *_Nonnull certificate, const uint8_t *_Nullable issuer, size_t issuerCount,
                    const char *_Nonnull name, const char *_Nonnull value);

// Names the issuer, by its certificate in DER or as this one itself where that is NULL, signs with SHA-256 and the
// issuer's key, and gives the certificate in DER.
COpenSSLBytes copenssl_issue(COpenSSLCertificate *_Nonnull certificate, const uint8_t *_Nullable issuer,
                             size_t issuerCount, COpenSSLKey *_Nonnull issuerKey);

#endif
