#define _GNU_SOURCE
#include "exchange.h"

#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Room for this many bytes; 0 if there is none.
static int reserve(uint8_t **bytes, size_t *capacity, size_t count) {
  if (count <= *capacity) return 1;
  size_t larger = *capacity == 0 ? 1024 : *capacity;
  while (larger < count) larger *= 2;
  // Not realloc: it would leave a copy of a secret behind.
  uint8_t *moved = malloc(larger);
  if (moved == NULL) return 0;
  if (*bytes != NULL) {
    memcpy(moved, *bytes, *capacity);
    explicit_bzero(*bytes, *capacity);
    free(*bytes);
  }
  *bytes = moved;
  *capacity = larger;
  return 1;
}

// MARK: What the library calls

static int is_token_byte(uint8_t byte) {
  if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) return 1;
  return byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

// Whether a line is "name: value" without anything that ends a text (RFC 9112, section 5).
static int is_field(const uint8_t *line, size_t count) {
  size_t name = 0;
  while (name < count && is_token_byte(line[name])) ++name;
  return name > 0 && name < count && line[name] == ':' && memchr(line, 0, count) == NULL;
}

static int take_line(CCurlExchange *exchange, const uint8_t *line, size_t count) {
  int is_folded = count > 0 && (line[0] == ' ' || line[0] == '\t') && exchange->headCount > 0;
  if (!is_folded && !is_field(line, count)) {
    exchange->isHeadBroken = 1;
    return 0;
  }
  if (!reserve(&exchange->head, &exchange->headCapacity, exchange->headCount + count + 1)) return 0;
  // RFC 9112, section 5.2: a folded line goes on after a blank.
  if (is_folded) exchange->head[exchange->headCount - 1] = ' ';
  memcpy(exchange->head + exchange->headCount, line, count);
  exchange->headCount += count;
  exchange->head[exchange->headCount++] = '\n';
  return 1;
}

static size_t take_head(char *bytes, size_t size, size_t count, void *context) {
  CCurlExchange *exchange = context;
  size_t whole = size * count, length = whole;
  exchange->headBytes += whole;
  if (exchange->headBytes > exchange->headLimit) {
    exchange->isHeadTooLarge = 1;
    return 0;
  }
  const uint8_t *line = (const uint8_t *)bytes;
  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) --length;
  switch (exchange->place) {
    case CCurlAwaitingStatus: {
      // HTTP/1.1 200 OK; the library has looked at it before.
      const uint8_t *blank = memchr(line, ' ', length);
      if (blank == NULL || line + length - blank < 4) {
        exchange->isHeadBroken = 1;
        return 0;
      }
      exchange->status = (blank[1] - '0') * 100 + (blank[2] - '0') * 10 + (blank[3] - '0');
      exchange->place = CCurlInFields;
      return whole;
    }
    case CCurlInFields:
      if (length > 0) return take_line(exchange, line, length) ? whole : 0;
      if (exchange->status >= 100 && exchange->status < 200) {
        exchange->place = CCurlAwaitingStatus;
        exchange->headCount = 0;
        return whole;
      }
      exchange->place = CCurlInBody;
      if (exchange->receiver.head(exchange->receiver.context, exchange->status, exchange->head, exchange->headCount)) {
        exchange->isStopped = 1;
        return 0;
      }
      return whole;
    case CCurlInBody:
      // Trailers: nobody reads them.
      return whole;
  }
  return 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
  CCurlExchange *exchange = context;
  if (exchange->place != CCurlInBody) {
    exchange->isHeadBroken = 1;
    return 0;
  }
  if (exchange->receiver.body(exchange->receiver.context, (const uint8_t *)bytes, size * count)) {
    exchange->isStopped = 1;
    return 0;
  }
  return size * count;
}

// The library sends again by itself, whatever the method, when a connection that was used before has been closed
// meanwhile. Whether that may be is not its to decide: it is told as a lost connection.
static int about_to_send(void *context, char *address, char *ownAddress, int port, int ownPort) {
  (void)address, (void)ownAddress, (void)port, (void)ownPort;
  CCurlExchange *exchange = context;
  return exchange->sendings++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

// No program that is started by this one gets a connection with it.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)context, (void)purpose;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Called on the client's thread alone.
static CURLcode trust_roots(CURL *easy, void *context, void *known) {
  (void)easy;
  CCurlRoots *roots = known;
  const CCurlLibrary *curl = ccurl_library();
  if (curl == NULL) return CURLE_FAILED_INIT;
  if (!roots->isWhole && curl->X509_STORE_set_default_paths(roots->store) != 1) return CURLE_SSL_CERTPROBLEM;
  roots->isWhole = 1;
  return curl->SSL_CTX_set1_cert_store(context, roots->store), CURLE_OK;
}

// MARK: Its life

CCurlExchange *ccurl_exchange_make(const CCurlLibrary *curl, const CCurlSetting *setting, CCurlRoots *roots) {
  CCurlExchange *exchange = calloc(1, sizeof *exchange);
  if (exchange == NULL) return NULL;
  CURL *easy = exchange->easy = curl->curl_easy_init();
  if (easy == NULL) {
    free(exchange);
    return NULL;
  }
  exchange->headLimit = setting->headBytes;
  int failed = 0;
#define SET(option, value) failed |= curl->curl_easy_setopt(easy, option, value) != CURLE_OK
  SET(CURLOPT_PRIVATE, exchange);
  SET(CURLOPT_ERRORBUFFER, exchange->reason);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  SET(CURLOPT_CONNECTTIMEOUT_MS, setting->connectMilliseconds);
  // Not CURLOPT_PIPEWAIT: it lets all wait for a first answer that may never come.
  SET(CURLOPT_MAXAGE_CONN, 60L);
  SET(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  SET(CURLOPT_BUFFERSIZE, 65536L);
  SET(CURLOPT_HEADERFUNCTION, take_head);
  SET(CURLOPT_HEADERDATA, exchange);
  SET(CURLOPT_WRITEFUNCTION, take_body);
  SET(CURLOPT_WRITEDATA, exchange);
  SET(CURLOPT_PREREQFUNCTION, about_to_send);
  SET(CURLOPT_PREREQDATA, exchange);
  SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(CURLOPT_SSL_VERIFYPEER, 1L);
  SET(CURLOPT_SSL_VERIFYHOST, 2L);
  // The roots are read once, and not for each connection.
  SET(CURLOPT_CAINFO, NULL);
  SET(CURLOPT_CAPATH, NULL);
  SET(CURLOPT_SSL_CTX_FUNCTION, trust_roots);
  SET(CURLOPT_SSL_CTX_DATA, roots);
  // An empty text, or the environment is asked.
  SET(CURLOPT_PROXY, setting->proxy == NULL ? "" : setting->proxy);
  SET(CURLOPT_NOPROXY, "");
  if (setting->proxy != NULL) {
    SET(CURLOPT_PROXYTYPE, (long)CURLPROXY_HTTP);
    SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (setting->proxyUser != NULL) {
      SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
      SET(CURLOPT_PROXYUSERNAME, setting->proxyUser);
      SET(CURLOPT_PROXYPASSWORD, setting->proxyPassword);
    }
  }
#undef SET
  // Younger than the oldest version that will do, without which a name that nobody answers for holds up who cancels.
#if LIBCURL_VERSION_NUM >= 0x075700
  curl->curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl->curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
  if (failed) {
    ccurl_exchange_release(exchange, curl);
    return NULL;
  }
  return exchange;
}

void ccurl_exchange_wipe(CCurlExchange *exchange) {
  if (exchange->sent != NULL) explicit_bzero(exchange->sent, exchange->sentCount);
  // A token's answer comes in pieces that are the receiver's; of it there are only fields here.
  if (exchange->head != NULL) explicit_bzero(exchange->head, exchange->headCount);
  exchange->sentCount = exchange->headCount = 0;
}

void ccurl_exchange_release(CCurlExchange *exchange, const CCurlLibrary *curl) {
  curl->curl_easy_cleanup(exchange->easy);
  ccurl_exchange_wipe(exchange);
  free(exchange->sent);
  free(exchange->fields);
  free(exchange->head);
  free(exchange);
}

int ccurl_exchange_prepare(CCurlExchange *exchange, const CCurlLibrary *curl, uint64_t number,
                           const CCurlRequest *request, CCurlReceiver receiver) {
  // Fields of its own accord that are not wanted, or are sent by those who want them.
  static const char silent[] = "Expect:\0Accept:";
  CURL *easy = exchange->easy;
  size_t text = sizeof silent + request->fieldBytes;
  if (!reserve(&exchange->sent, &exchange->sentCapacity, text + request->bodyBytes)) return 0;
  memcpy(exchange->sent, silent, sizeof silent);
  if (request->fieldBytes > 0) memcpy(exchange->sent + sizeof silent, request->fields, request->fieldBytes);
  if (request->bodyBytes > 0) memcpy(exchange->sent + text, request->body, request->bodyBytes);
  exchange->sentCount = text + request->bodyBytes;
  // The list only points into the text.
  size_t count = 0;
  for (size_t index = 0; index < text; ++index) count += exchange->sent[index] == 0;
  if (count > exchange->fieldCapacity) {
    struct curl_slist *larger = malloc(count * sizeof *larger);
    if (larger == NULL) return 0;
    free(exchange->fields);
    exchange->fields = larger;
    exchange->fieldCapacity = count;
  }
  char *line = (char *)exchange->sent;
  for (size_t index = 0; index < count; ++index) {
    exchange->fields[index].data = line;
    exchange->fields[index].next = index + 1 < count ? &exchange->fields[index + 1] : NULL;
    line += strlen(line) + 1;
  }
  int failed = 0;
#define SET(option, value) failed |= curl->curl_easy_setopt(easy, option, value) != CURLE_OK
  SET(CURLOPT_URL, request->origin);
  SET(CURLOPT_REQUEST_TARGET, request->target);
  SET(CURLOPT_HTTPHEADER, exchange->fields);
  if (request->body != NULL) {
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->bodyBytes);
    SET(CURLOPT_POSTFIELDS, exchange->sent + text);
    SET(CURLOPT_CUSTOMREQUEST, request->method);
  } else {
    if (exchange->hadBody) SET(CURLOPT_POSTFIELDS, NULL);
    SET(CURLOPT_HTTPGET, 1L);
    SET(CURLOPT_CUSTOMREQUEST, strcmp(request->method, "GET") == 0 ? NULL : request->method);
  }
#undef SET
  exchange->hadBody = request->body != NULL;
  exchange->number = number;
  exchange->receiver = receiver;
  exchange->next = exchange->previous = NULL;
  exchange->headCount = exchange->headBytes = 0;
  exchange->status = 0;
  exchange->place = CCurlAwaitingStatus;
  exchange->sendings = exchange->isStopped = exchange->isHeadTooLarge = exchange->isHeadBroken = 0;
  exchange->reason[0] = 0;
  return !failed;
}

// MARK: Its end

// Whether the library says this of the end, where it has no code for it.
static int says(const CCurlExchange *exchange, const char *words) { return strstr(exchange->reason, words) != NULL; }

static CCurlOutcome outcome(const CCurlExchange *exchange, CURLcode code) {
  if (exchange->isStopped) return CCurlOutcomeStopped;
  if (exchange->isHeadTooLarge) return CCurlOutcomeHeadTooLarge;
  if (exchange->isHeadBroken) return CCurlOutcomeBrokenHTTP;
  switch (code) {
    case CURLE_OK: return exchange->place == CCurlInBody ? CCurlOutcomeComplete : CCurlOutcomeLost;
    case CURLE_COULDNT_RESOLVE_PROXY: return CCurlOutcomeProxy;
    case CURLE_COULDNT_RESOLVE_HOST: return CCurlOutcomeNameNotFound;
    case CURLE_COULDNT_CONNECT: return CCurlOutcomeNotConnected;
    case CURLE_OPERATION_TIMEDOUT: return CCurlOutcomeTimedOut;
    case CURLE_SSL_CONNECT_ERROR:
      return says(exchange, "unsupported protocol") || says(exchange, "alert protocol version")
        ? CCurlOutcomeProtocolTooOld : CCurlOutcomeHandshakeFailed;
    case CURLE_PEER_FAILED_VERIFICATION: return CCurlOutcomeUntrusted;
    case CURLE_BAD_CONTENT_ENCODING: return CCurlOutcomeBrokenCompression;
    // What is not HTTP at all is taken for version 0.9, which is not spoken.
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return CCurlOutcomeBrokenHTTP;
    case CURLE_RECV_ERROR:
      return says(exchange, "chunk") ? CCurlOutcomeBrokenHTTP : CCurlOutcomeLost;
    default: return CCurlOutcomeLost;
  }
}

void ccurl_exchange_end(CCurlExchange *exchange, const CCurlLibrary *curl, CURLcode code) {
  CCurlEnd end = {.outcome = outcome(exchange, code), .mayHaveLeft = exchange->sendings > 0};
  if (end.outcome != CCurlOutcomeComplete) {
    long number = 0;
    curl_off_t connected = 0;
    if (curl->curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &number) == CURLE_OK) end.systemError = (int)number;
    if (curl->curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &number) == CURLE_OK)
      end.proxyStatus = (int)number;
    if (curl->curl_easy_getinfo(exchange->easy, CURLINFO_SSL_VERIFYRESULT, &number) == CURLE_OK)
      end.verification = (int)number;
    if (curl->curl_easy_getinfo(exchange->easy, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK)
      end.isProxyConnected = connected > 0;
  }
  exchange->receiver.end(exchange->receiver.context, &end);
}

void ccurl_exchange_end_cancelled(CCurlExchange *exchange) {
  CCurlEnd end = {.outcome = CCurlOutcomeCancelled, .mayHaveLeft = exchange->sendings > 0};
  exchange->receiver.end(exchange->receiver.context, &end);
}
