// The system's OpenSSL (libcrypto and libssl, version 3), as far as it is used. Its own headers stay out of this view.
//
// Each library is opened by the first call that needs it and not when the program starts, which would cost every start
// a millisecond. Everything may be called from any thread at any time, but for what belongs to one TLS session.
#ifndef PARTNER_CONSOLE_COPENSSL_H
#define PARTNER_CONSOLE_COPENSSL_H

#include <stddef.h>
#include <stdint.h>

// The names of the libraries' files, as the headers have them that this was built with.
extern const char *_Nonnull const copenssl_file;
extern const char *_Nonnull const copenssl_tls_file;

// Opens libcrypto if that was not done yet; 0 if it cannot be used. Where it is 0, every function below fails.
int copenssl_open(void);

// Opens libssl if that was not done yet, and libcrypto before it; 0 if it cannot be used. Where it is 0, there is no TLS.
int copenssl_open_tls(void);

// What the library says of the last failure in this thread, or an empty text; forgets it.
void copenssl_take_reason(char *_Nonnull text, size_t capacity);

// What a function gives back; bytes is NULL when it failed. To be released.
typedef struct {
  uint8_t *_Nullable bytes;
  size_t count;
} COpenSSLBytes;

void copenssl_release_bytes(COpenSSLBytes bytes);

// Fills memory with zeros, whatever the compiler thinks of it.
void copenssl_wipe(void *_Nonnull bytes, size_t count);

// Digests: 1 on success. The result has 32 and 20 bytes.
int copenssl_sha256(const void *_Nullable bytes, size_t count, uint8_t *_Nonnull digest);
int copenssl_sha1(const void *_Nullable bytes, size_t count, uint8_t *_Nonnull digest);

// Derives a key from a password (RFC 7914); 1 on success. cost is a power of two; more memory than so many bytes is not
// taken, and what would need it fails.
int copenssl_scrypt(const void *_Nullable password, size_t passwordCount, const void *_Nullable salt, size_t saltCount,
                    uint64_t cost, uint64_t blockSize, uint64_t parallelism, uint64_t memory, void *_Nullable key,
                    size_t keyCount);

// AES-256 in Galois/Counter Mode (NIST SP 800-38D): a key of 32 bytes, a nonce of 12 that is never used twice with it, a
// tag of 16. What is named is authenticated and not encrypted. sealed and plain have the same count.
#define COPENSSL_KEY_COUNT 32
#define COPENSSL_NONCE_COUNT 12
#define COPENSSL_TAG_COUNT 16

// 1 on success.
int copenssl_seal_gcm(const uint8_t *_Nonnull key, const uint8_t *_Nonnull nonce, const void *_Nullable named,
                      size_t namedCount, const void *_Nullable plain, size_t count, void *_Nullable sealed,
                      uint8_t *_Nonnull tag);

// 1 on success, 0 if the tag does not fit, -1 on any other failure; plain is then filled with zeros.
int copenssl_open_gcm(const uint8_t *_Nonnull key, const uint8_t *_Nonnull nonce, const void *_Nullable named,
                      size_t namedCount, const void *_Nullable sealed, size_t count, const uint8_t *_Nonnull tag,
                      void *_Nullable plain);

// A private or public key; never changed once it is made. To be released.
typedef struct evp_pkey_st COpenSSLKey;

COpenSSLKey *_Nullable copenssl_make_rsa(size_t bits);
COpenSSLKey *_Nullable copenssl_make_p256(void);
void copenssl_release_key(COpenSSLKey *_Nullable key);

// An RSA key's modulus ("n") or public exponent ("e"), the highest byte first and not zero.
COpenSSLBytes copenssl_rsa_number(COpenSSLKey *_Nonnull key, const char *_Nonnull name);

// Signs the SHA-256 of a message: PKCS#1 version 1.5 of RSA, ECDSA in DER of an elliptic curve.
COpenSSLBytes copenssl_sign(COpenSSLKey *_Nonnull key, const void *_Nullable message, size_t count);

// Signs one message after the other with an RSA key and PSS: the SHA-256 of the message, MGF1 of SHA-256, a salt of 32
// bytes. Used by one thread at a time; it keeps the key. To be released.
typedef struct evp_pkey_ctx_st COpenSSLSigner;

COpenSSLSigner *_Nullable copenssl_begin_pss(COpenSSLKey *_Nonnull key);
COpenSSLBytes copenssl_sign_pss(COpenSSLSigner *_Nonnull signer, const void *_Nullable message, size_t count);
void copenssl_release_signer(COpenSSLSigner *_Nullable signer);

// Whether a signature was made by copenssl_sign with this key.
int copenssl_is_signed(COpenSSLKey *_Nonnull key, const void *_Nullable message, size_t count,
                       const void *_Nullable signature, size_t signatureCount);

// Whether a signature of the SHA-256 of a message is by this RSA key with PSS, MGF1 of SHA-256 and a salt of 32 bytes.
int copenssl_is_pss_signed(COpenSSLKey *_Nonnull key, const void *_Nullable message, size_t count,
                           const void *_Nullable signature, size_t signatureCount);

// The public key of a certificate in DER; NULL for what is none.
COpenSSLKey *_Nullable copenssl_certified_key(const uint8_t *_Nonnull certificate, size_t count);

// Whether a time in seconds since 1970 lies within those of a certificate in DER.
int copenssl_is_in_time(const uint8_t *_Nonnull certificate, size_t count, int64_t time);

// Has the secret parts of all keys from now on rest in memory that is neither swapped nor dumped, and is wiped. Which is
// done before the first key is read. 1 if it could be had, 2 if it could not be locked, 0 if there is none.
int copenssl_protect_keys(void);

// A password in UTF-8. Its bytes end with a zero that is not counted.
typedef struct {
  const void *_Nonnull bytes;
  size_t count;
} COpenSSLPassword;

// What reading a key and its certificate came to.
typedef enum {
  COPENSSL_IDENTITY_READ,
  // There is no private key, or no PKCS#12 at all.
  COPENSSL_IDENTITY_NO_KEY,
  // There is one that cannot be understood.
  COPENSSL_IDENTITY_BROKEN,
  // It is encrypted, and there was no password.
  COPENSSL_IDENTITY_LOCKED,
  COPENSSL_IDENTITY_WRONG_PASSWORD,
  // It is encrypted in a way for which the legacy provider is needed, which cannot be opened.
  COPENSSL_IDENTITY_OLD_WAY,
  COPENSSL_IDENTITY_NO_CERTIFICATE,
  // There are certificates, and none is this key's.
  COPENSSL_IDENTITY_FOREIGN
} COpenSSLIdentityEnd;

// A private key with the certificate that belongs to it, in DER. Both are to be released, also where one is missing.
typedef struct {
  COpenSSLKey *_Nullable key;
  COpenSSLBytes certificate;
  int certificateCount;
  COpenSSLIdentityEnd end;
} COpenSSLIdentity;

// Reads the first private key of one PEM text (PKCS#8, PKCS#1, each also encrypted), and from another, which may be the
// same, the certificate that belongs to it. Nobody is ever asked for a password.
COpenSSLIdentity copenssl_read_pem(const void *_Nonnull key, size_t keyCount, const void *_Nonnull certificates,
                                   size_t certificatesCount, const COpenSSLPassword *_Nullable password);

// The same from PKCS#12. Without a password it is one that is encrypted with none or with an empty one.
COpenSSLIdentity copenssl_read_pkcs12(const void *_Nonnull bytes, size_t count,
                                      const COpenSSLPassword *_Nullable password);

// Of how many bits a key is, and of which kind ("RSA", "EC"): a text that lives as long as the key.
size_t copenssl_key_bits(COpenSSLKey *_Nonnull key);
const char *_Nonnull copenssl_key_kind(COpenSSLKey *_Nonnull key);

// When a certificate in DER begins and ends, in seconds since 1970, and whose it is, as RFC 2253 writes names in UTF-8;
// 1 on success. The subject is to be released.
int copenssl_read_facts(const uint8_t *_Nonnull certificate, size_t count, int64_t *_Nonnull from,
                        int64_t *_Nonnull until, COpenSSLBytes *_Nonnull subject);

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

// A private key in the clear, as PKCS #8 in DER.
COpenSSLBytes copenssl_private_key(COpenSSLKey *_Nonnull key);

// A private key with its certificate in DER, as PKCS #12 in DER with an empty password.
COpenSSLBytes copenssl_bundle(const uint8_t *_Nonnull certificate, size_t count, COpenSSLKey *_Nonnull key);

// What a server of TLS 1.2 and 1.3 shows to whoever calls: never changed once it is made. To be released; sessions that
// were begun go on without it.
typedef struct ssl_ctx_st COpenSSLServer;

// With a certificate in DER and its key.
COpenSSLServer *_Nullable copenssl_make_server(const uint8_t *_Nonnull certificate, size_t count,
                                               COpenSSLKey *_Nonnull key);
void copenssl_release_server(COpenSSLServer *_Nullable server);

// One connection's TLS on the server's side, without a socket; used by one thread at a time. To be released.
typedef struct ssl_st COpenSSLSession;

COpenSSLSession *_Nullable copenssl_begin_session(COpenSSLServer *_Nonnull server);
void copenssl_release_session(COpenSSLSession *_Nullable session);

// Whether the handshake is done, so that copenssl_write may be called.
int copenssl_is_established(COpenSSLSession *_Nonnull session);

// Takes all the bytes that came from the other side; 1 on success.
int copenssl_receive(COpenSSLSession *_Nonnull session, const void *_Nullable bytes, size_t count);

// What copenssl_read comes to: plain bytes; none before more is received; none any more, because the other side has said
// that it is done; none any more, because of a failure. After a failure there may be an alert to be sent.
typedef enum {
  COPENSSL_PLAIN,
  COPENSSL_WAITS,
  COPENSSL_ENDED,
  COPENSSL_FAILED
} COpenSSLReading;

// Goes on with what was received, the handshake too, and gives plain bytes.
COpenSSLReading copenssl_read(COpenSSLSession *_Nonnull session, void *_Nonnull bytes, size_t capacity,
                              size_t *_Nonnull count);

// Encrypts all the bytes, of which there is at least one; 1 on success.
int copenssl_write(COpenSSLSession *_Nonnull session, const void *_Nonnull bytes, size_t count);

// Says to the other side, once, that nothing more will come (close_notify); only when the handshake is done and nothing
// has failed.
void copenssl_end(COpenSSLSession *_Nonnull session);

// How many bytes are to be sent to the other side; takes some of them and says how many.
size_t copenssl_waiting(COpenSSLSession *_Nonnull session);
size_t copenssl_take(COpenSSLSession *_Nonnull session, void *_Nonnull bytes, size_t capacity);

#endif
