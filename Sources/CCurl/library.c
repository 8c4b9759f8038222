#define _GNU_SOURCE
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const char *const ccurl_file = "libcurl.so.4";

static CCurlLibrary library;
static char problem[256];
static CCurlState state = CCurlStateMissing;
static pthread_once_t opening = PTHREAD_ONCE_INIT;

static void open_library(void) {
  void *handle = dlopen(ccurl_file, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    const char *text = dlerror();
    if (text != NULL) strncpy(problem, text, sizeof problem - 1);
    return;
  }
  state = CCurlStateUnfit;
  // Asked of this handle, OpenSSL's functions are those that libcurl was linked with: none, if it was with another.
#define FUNCTION(name) \
  if ((library.name = (__typeof__(name) *)dlsym(handle, #name)) == NULL) return;
  CCURL_FUNCTIONS(FUNCTION)
#undef FUNCTION
  // Or OpenSSL takes itself apart at exit, under the hands of a thread that still uses it. The machine's configuration
  // of it is not read: then what is spoken would depend on who opened it first.
  uint64_t manners = OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG;
  if (library.OPENSSL_init_crypto(manners, NULL) != 1) return;
  // libcurl, and not only its command, writes the keys of every connection to the file that this variable names. Emptied
  // where it lies: other threads may be reading the list of variables.
  char *keys = getenv("SSLKEYLOGFILE");
  if (keys != NULL) keys[0] = 0;
  if (library.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return;
  const curl_version_info_data *version = library.curl_version_info(CURLVERSION_NOW);
  if (version->version_num < 0x075000 || version->ssl_version == NULL) return;
  // Other libraries that it may be built with too stand in brackets.
  if (strstr(version->ssl_version, "OpenSSL/3") == NULL && strstr(version->ssl_version, "OpenSSL/4") == NULL) return;
  state = CCurlStateOpen;
}

CCurlState ccurl_open(void) {
  pthread_once(&opening, open_library);
  return state;
}

const char *ccurl_problem(void) {
  ccurl_open();
  return problem;
}

const CCurlLibrary *ccurl_library(void) { return ccurl_open() == CCurlStateOpen ? &library : NULL; }
