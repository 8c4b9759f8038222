#define _GNU_SOURCE
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OF(number) #number
#define FILE_OF(name, version) name ".so." TEXT_OF(version)
const char *const copenssl_file = FILE_OF("libcrypto", OPENSSL_SHLIB_VERSION);
const char *const copenssl_tls_file = FILE_OF("libssl", OPENSSL_SHLIB_VERSION);

static COpenSSLLibrary library;
static int is_open;
static pthread_once_t opening = PTHREAD_ONCE_INIT;

static COpenSSLTlsLibrary tls_library;
static int is_tls_open;
static pthread_once_t tls_opening = PTHREAD_ONCE_INIT;

#define FIND(table, name) \
  if (((table).name = (__typeof__(name) *)dlsym(handle, #name)) == NULL) return;

static void open_library(void) {
  void *handle = dlopen(copenssl_file, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return;
#define FUNCTION(name) FIND(library, name)
  COPENSSL_FUNCTIONS(FUNCTION)
#undef FUNCTION
  // It takes itself apart at exit otherwise, under the hands of threads that still use it. A configuration of the
  // machine is not read: it could change what a hash or a signature is, and costs half a millisecond.
  uint64_t manners = OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG;
  is_open = library.OPENSSL_init_crypto(manners, NULL) == 1;
}

const COpenSSLLibrary *copenssl_library(void) {
  pthread_once(&opening, open_library);
  return is_open ? &library : NULL;
}

// Its own work to begin with is done by the first that asks for a context, in the manners that libcrypto has by then.
static void open_tls_library(void) {
  if (copenssl_library() == NULL) return;
  void *handle = dlopen(copenssl_tls_file, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return;
#define FUNCTION(name) FIND(tls_library, name)
  COPENSSL_TLS_FUNCTIONS(FUNCTION)
#undef FUNCTION
  is_tls_open = 1;
}

const COpenSSLTlsLibrary *copenssl_tls_library(void) {
  pthread_once(&tls_opening, open_tls_library);
  return is_tls_open ? &tls_library : NULL;
}

int copenssl_open_tls(void) { return copenssl_tls_library() != NULL; }

int copenssl_open(void) { return copenssl_library() != NULL; }

void copenssl_take_reason(char *text, size_t capacity) {
  const COpenSSLLibrary *ssl = copenssl_library();
  text[0] = 0;
  if (ssl == NULL) return;
  unsigned long code = ssl->ERR_peek_error();
  if (code != 0) ssl->ERR_error_string_n(code, text, capacity);
  ssl->ERR_clear_error();
}

COpenSSLBytes copenssl_bytes(size_t count) {
  COpenSSLBytes bytes = {malloc(count), count};
  return bytes;
}

void copenssl_release_bytes(COpenSSLBytes bytes) {
  // A private key may be in it.
  if (bytes.bytes != NULL) explicit_bzero(bytes.bytes, bytes.count);
  free(bytes.bytes);
}

void copenssl_wipe(void *bytes, size_t count) { explicit_bzero(bytes, count); }
