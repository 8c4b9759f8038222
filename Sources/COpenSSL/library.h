// The library as this target's own files see it: its types, and its functions in a table that is filled when it is
// opened.
#ifndef PARTNER_CONSOLE_COPENSSL_LIBRARY_H
#define PARTNER_CONSOLE_COPENSSL_LIBRARY_H

#if !__has_include(<openssl/evp.h>)
#error "OpenSSL's headers are missing. Install them: apt-get install libssl-dev"
#endif

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#if OPENSSL_VERSION_MAJOR < 3
#error "OpenSSL 3 or newer is needed"
#endif

#include "COpenSSL.h"

// Every function of libcrypto that is called, by its own name.
#define COPENSSL_FUNCTIONS(FUNCTION) \
  FUNCTION(ASN1_TIME_set) \
  FUNCTION(ASN1_TIME_to_tm) \
  FUNCTION(BIO_ctrl_pending) \
  FUNCTION(BIO_free) \
  FUNCTION(BIO_new) \
  FUNCTION(BIO_new_mem_buf) \
  FUNCTION(BIO_read_ex) \
  FUNCTION(BIO_s_mem) \
  FUNCTION(BIO_write_ex) \
  FUNCTION(BN_bin2bn) \
  FUNCTION(BN_bn2bin) \
  FUNCTION(BN_free) \
  FUNCTION(BN_num_bits) \
  FUNCTION(BN_to_ASN1_INTEGER) \
  FUNCTION(CRYPTO_secure_malloc_init) \
  FUNCTION(ERR_clear_error) \
  FUNCTION(ERR_error_string_n) \
  FUNCTION(ERR_get_error) \
  FUNCTION(ERR_peek_error) \
  FUNCTION(EVP_CIPHER_CTX_ctrl) \
  FUNCTION(EVP_CIPHER_CTX_free) \
  FUNCTION(EVP_CIPHER_CTX_new) \
  FUNCTION(EVP_DecryptFinal_ex) \
  FUNCTION(EVP_DecryptInit_ex) \
  FUNCTION(EVP_DecryptUpdate) \
  FUNCTION(EVP_Digest) \
  FUNCTION(EVP_DigestSign) \
  FUNCTION(EVP_DigestSignInit) \
  FUNCTION(EVP_DigestVerify) \
  FUNCTION(EVP_DigestVerifyInit) \
  FUNCTION(EVP_EncryptFinal_ex) \
  FUNCTION(EVP_EncryptInit_ex) \
  FUNCTION(EVP_EncryptUpdate) \
  FUNCTION(EVP_MD_CTX_free) \
  FUNCTION(EVP_MD_CTX_new) \
  FUNCTION(EVP_PBE_scrypt) \
  FUNCTION(EVP_PKEY2PKCS8) \
  FUNCTION(EVP_PKEY_CTX_free) \
  FUNCTION(EVP_PKEY_CTX_new) \
  FUNCTION(EVP_PKEY_CTX_set_rsa_padding) \
  FUNCTION(EVP_PKEY_CTX_set_rsa_pss_saltlen) \
  FUNCTION(EVP_PKEY_CTX_set_signature_md) \
  FUNCTION(EVP_PKEY_Q_keygen) \
  FUNCTION(EVP_PKEY_eq) \
  FUNCTION(EVP_PKEY_free) \
  FUNCTION(EVP_PKEY_get0_type_name) \
  FUNCTION(EVP_PKEY_get_bits) \
  FUNCTION(EVP_PKEY_get_bn_param) \
  FUNCTION(EVP_PKEY_sign) \
  FUNCTION(EVP_PKEY_sign_init) \
  FUNCTION(EVP_aes_256_gcm) \
  FUNCTION(EVP_sha1) \
  FUNCTION(EVP_sha256) \
  FUNCTION(OPENSSL_init_crypto) \
  FUNCTION(OPENSSL_sk_num) \
  FUNCTION(OPENSSL_sk_pop_free) \
  FUNCTION(OPENSSL_sk_value) \
  FUNCTION(OSSL_LIB_CTX_free) \
  FUNCTION(OSSL_LIB_CTX_new) \
  FUNCTION(OSSL_PROVIDER_load) \
  FUNCTION(PEM_read_bio_PrivateKey_ex) \
  FUNCTION(PEM_read_bio_X509) \
  FUNCTION(PKCS12_create) \
  FUNCTION(PKCS12_free) \
  FUNCTION(PKCS12_init_ex) \
  FUNCTION(PKCS12_mac_present) \
  FUNCTION(PKCS12_parse) \
  FUNCTION(PKCS12_verify_mac) \
  FUNCTION(PKCS8_PRIV_KEY_INFO_free) \
  FUNCTION(RAND_bytes) \
  FUNCTION(X509V3_EXT_nconf) \
  FUNCTION(X509V3_set_ctx) \
  FUNCTION(X509_EXTENSION_free) \
  FUNCTION(X509_NAME_add_entry_by_txt) \
  FUNCTION(X509_NAME_print_ex) \
  FUNCTION(X509_add_ext) \
  FUNCTION(X509_cmp_time) \
  FUNCTION(X509_free) \
  FUNCTION(X509_get0_pubkey) \
  FUNCTION(X509_get_pubkey) \
  FUNCTION(X509_get_serialNumber) \
  FUNCTION(X509_get_subject_name) \
  FUNCTION(X509_getm_notAfter) \
  FUNCTION(X509_getm_notBefore) \
  FUNCTION(X509_new) \
  FUNCTION(X509_set_issuer_name) \
  FUNCTION(X509_set_pubkey) \
  FUNCTION(X509_set_version) \
  FUNCTION(X509_sign) \
  FUNCTION(d2i_PKCS12_bio) \
  FUNCTION(d2i_X509) \
  FUNCTION(i2d_PKCS12) \
  FUNCTION(i2d_PKCS8_PRIV_KEY_INFO) \
  FUNCTION(i2d_X509)

// The same of libssl.
#define COPENSSL_TLS_FUNCTIONS(FUNCTION) \
  FUNCTION(SSL_CTX_ctrl) \
  FUNCTION(SSL_CTX_free) \
  FUNCTION(SSL_CTX_new) \
  FUNCTION(SSL_CTX_set_options) \
  FUNCTION(SSL_CTX_use_PrivateKey) \
  FUNCTION(SSL_CTX_use_certificate_ASN1) \
  FUNCTION(SSL_free) \
  FUNCTION(SSL_get_error) \
  FUNCTION(SSL_get_rbio) \
  FUNCTION(SSL_get_shutdown) \
  FUNCTION(SSL_get_wbio) \
  FUNCTION(SSL_is_init_finished) \
  FUNCTION(SSL_new) \
  FUNCTION(SSL_read_ex) \
  FUNCTION(SSL_set_accept_state) \
  FUNCTION(SSL_set_bio) \
  FUNCTION(SSL_shutdown) \
  FUNCTION(SSL_write_ex) \
  FUNCTION(TLS_server_method)

#define FUNCTION(name) __typeof__(name) *name;
typedef struct {
  COPENSSL_FUNCTIONS(FUNCTION)
} COpenSSLLibrary;

typedef struct {
  COPENSSL_TLS_FUNCTIONS(FUNCTION)
} COpenSSLTlsLibrary;
#undef FUNCTION

// The table, or NULL if the library cannot be used.
const COpenSSLLibrary *copenssl_library(void);

// The same; where there is this one there is the other as well.
const COpenSSLTlsLibrary *copenssl_tls_library(void);

// Memory of the C library; bytes is NULL if there is none.
COpenSSLBytes copenssl_bytes(size_t count);

#endif
