// The library as this target's own files see it: its functions in a table that is filled when it is opened.
#ifndef PARTNER_CONSOLE_CCURL_LIBRARY_H
#define PARTNER_CONSOLE_CCURL_LIBRARY_H

#if !__has_include(<curl/curl.h>)
#error "libcurl's headers are missing. Install them: apt-get install libcurl4-openssl-dev"
#endif
#if !__has_include(<openssl/ssl.h>)
#error "OpenSSL's headers are missing. Install them: apt-get install libssl-dev"
#endif

// An option that newer versions name anew is the only one that older ones know.
#define CURL_DISABLE_DEPRECATION
// What is called is a function of the table, which the header's checks do not know.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80 or newer is needed"
#endif

#include "CCurl.h"

// Every function that is called, by its own name. OpenSSL's are those that libcurl itself uses.
#define CCURL_FUNCTIONS(FUNCTION) \
  FUNCTION(curl_easy_cleanup) \
  FUNCTION(curl_easy_getinfo) \
  FUNCTION(curl_easy_init) \
  FUNCTION(curl_easy_setopt) \
  FUNCTION(curl_global_init) \
  FUNCTION(curl_multi_add_handle) \
  FUNCTION(curl_multi_assign) \
  FUNCTION(curl_multi_cleanup) \
  FUNCTION(curl_multi_info_read) \
  FUNCTION(curl_multi_init) \
  FUNCTION(curl_multi_remove_handle) \
  FUNCTION(curl_multi_setopt) \
  FUNCTION(curl_multi_socket_action) \
  FUNCTION(curl_version_info) \
  FUNCTION(OPENSSL_init_crypto) \
  FUNCTION(SSL_CTX_clear_options) \
  FUNCTION(SSL_CTX_set1_cert_store) \
  FUNCTION(SSL_CTX_set_keylog_callback) \
  FUNCTION(SSL_has_pending) \
  FUNCTION(X509_STORE_free) \
  FUNCTION(X509_STORE_load_file) \
  FUNCTION(X509_STORE_load_path) \
  FUNCTION(X509_STORE_new) \
  FUNCTION(X509_get_default_cert_dir) \
  FUNCTION(X509_get_default_cert_file)

typedef struct {
#define FUNCTION(name) __typeof__(name) *name;
  CCURL_FUNCTIONS(FUNCTION)
#undef FUNCTION
} CCurlLibrary;

// The table, or NULL if the library cannot be used.
const CCurlLibrary *ccurl_library(void);

#endif
