#define _GNU_SOURCE
#include "exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

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
  return name > 0 && name < count && line[name] == ':' && memchr(line, 0, count) == NULL
    && memchr(line, '\r', count) == NULL;
}

static int is_named(const uint8_t *line, size_t count, const char *name) {
  size_t length = strlen(name);
  return count > length && strncasecmp((const char *)line, name, length) == 0 && line[length] == ':';
}

// Where a body ends has to be said in one way (RFC 9112, section 6.3): what is understood differently by two who read it
// can hide one answer in another.
static int says_length(CCurlExchange *exchange, const uint8_t *line, size_t count) {
  if (is_named(line, count, "transfer-encoding")) exchange->isChunked = 1;
  if (is_named(line, count, "content-length")) {
    size_t place = strlen("content-length:");
    while (place < count && (line[place] == ' ' || line[place] == '\t')) ++place;
    while (count > place && (line[count - 1] == ' ' || line[count - 1] == '\t')) --count;
    if (count == place || count - place > 15) return 0;
    int64_t length = 0;
    for (; place < count; ++place) {
      if (line[place] < '0' || line[place] > '9') return 0;
      length = length * 10 + (line[place] - '0');
    }
    if (exchange->length >= 0 && exchange->length != length) return 0;
    exchange->length = length;
  }
  return !(exchange->isChunked && exchange->length >= 0);
}

static int take_line(CCurlExchange *exchange, const uint8_t *line, size_t count) {
  int is_folded = count > 0 && (line[0] == ' ' || line[0] == '\t') && exchange->headCount > 0;
  if (!is_folded && !(is_field(line, count) && says_length(exchange, line, count))) {
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
      int isShared = length > 6 && memcmp(line, "HTTP/2", 6) == 0;
      if (blank == NULL || line + length - blank < 4 || (isShared && exchange->isPlain)) {
        exchange->isHeadBroken = 1;
        return 0;
      }
      exchange->status = (blank[1] - '0') * 100 + (blank[2] - '0') * 10 + (blank[3] - '0');
      // Nobody asked for another protocol.
      if (exchange->status == 101) {
        exchange->isHeadBroken = 1;
        return 0;
      }
      CCurlSocket *socket = ccurl_sockets_between(exchange->sockets, exchange->ownPort, exchange->port);
      if (socket != NULL && isShared) socket->isShared = 1;
      exchange->length = -1;
      exchange->isChunked = 0;
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

static int has_unread(CCurlExchange *exchange) {
  const CCurlLibrary *curl = ccurl_library();
  struct curl_tlssessioninfo *session = NULL;
  if (curl == NULL || curl->curl_easy_getinfo(exchange->easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK) return 0;
  return session != NULL && session->internals != NULL && curl->SSL_has_pending(session->internals);
}

// The library sends again by itself, whatever the method, when a connection that was used before has been closed
// meanwhile. Whether that may be is not its to decide: it is told as a lost connection.
//
// It also takes whatever comes over a connection for the next request's answer. What is there before that is sent is
// none, but it could be another tenant's: the connection is given up, and as nothing has left, a new one is tried.
static int about_to_send(void *context, char *address, char *ownAddress, int port, int ownPort) {
  (void)address, (void)ownAddress;
  CCurlExchange *exchange = context;
  if (exchange->sendings > 0) return CURL_PREREQFUNC_ABORT;
  CCurlSocket *socket = ccurl_sockets_between(exchange->sockets, ownPort, port);
  if (socket != NULL) {
    if (socket->active > 0) socket->isShared = 1;
    if (socket->uses > 0 && !socket->isShared && (ccurl_socket_has_news(socket) || has_unread(exchange))) {
      exchange->isStale = 1;
      return CURL_PREREQFUNC_ABORT;
    }
    ++socket->uses;
    ++socket->active;
    exchange->ownPort = ownPort;
    exchange->port = port;
  }
  ++exchange->sendings;
  return CURL_PREREQFUNC_OK;
}

// No program that is started by this one gets a connection with it.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  CCurlExchange *exchange = context;
  int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (descriptor < 0) {
    exchange->socketError = errno;
    return CURL_SOCKET_BAD;
  }
  if (ccurl_sockets_add(exchange->sockets, descriptor)) return descriptor;
  close(descriptor);
  return CURL_SOCKET_BAD;
}

static int close_socket(void *context, curl_socket_t descriptor) {
  ccurl_sockets_remove(context, descriptor);
  return close(descriptor);
}

// Called on the client's thread alone.
static CURLcode prepare_tls(CURL *easy, void *context, void *known) {
  (void)easy;
  CCurlRoots *roots = known;
  const CCurlLibrary *curl = ccurl_library();
  if (curl == NULL) return CURLE_FAILED_INIT;
  if (!roots->isWhole) {
    // Where this OpenSSL was built to look, and not where a variable leads: who is trusted is said in the configuration
    // alone. One of the two is enough.
    curl->X509_STORE_load_path(roots->store, curl->X509_get_default_cert_dir());
    if (access(curl->X509_get_default_cert_file(), R_OK) == 0)
      curl->X509_STORE_load_file(roots->store, curl->X509_get_default_cert_file());
    roots->isWhole = 1;
  }
  curl->SSL_CTX_set1_cert_store(context, roots->store);
  curl->SSL_CTX_set_keylog_callback(context, NULL);
  // An end without a word is none: what came may be half of it.
  curl->SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  return CURLE_OK;
}

// MARK: Its life

static int set_up(CCurlExchange *exchange, const CCurlLibrary *curl, const CCurlSetting *setting, CCurlRoots *roots) {
  CURL *easy = exchange->easy;
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
  SET(CURLOPT_OPENSOCKETDATA, exchange);
  SET(CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  SET(CURLOPT_CLOSESOCKETDATA, exchange->sockets);
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(CURLOPT_SSL_VERIFYPEER, 1L);
  SET(CURLOPT_SSL_VERIFYHOST, 2L);
  // The roots are read once, and not for each connection.
  SET(CURLOPT_CAINFO, NULL);
  SET(CURLOPT_CAPATH, NULL);
  SET(CURLOPT_SSL_CTX_FUNCTION, prepare_tls);
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
  return !failed;
}

void ccurl_exchange_release(CCurlExchange *exchange, const CCurlLibrary *curl) {
  if (exchange->easy != NULL) curl->curl_easy_cleanup(exchange->easy);
  if (exchange->sent != NULL) explicit_bzero(exchange->sent, exchange->sentCount);
  // A token's answer comes in pieces that are the receiver's; of it there are only fields here.
  if (exchange->head != NULL) explicit_bzero(exchange->head, exchange->headCount);
  free(exchange->sent);
  free(exchange->fields);
  free(exchange->head);
  free(exchange);
}

static int take_request(CCurlExchange *exchange, const CCurlLibrary *curl, const CCurlRequest *request) {
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
  exchange->fields = malloc(count * sizeof *exchange->fields);
  if (exchange->fields == NULL) return 0;
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
    SET(CURLOPT_HTTPGET, 1L);
    if (strcmp(request->method, "GET") != 0) SET(CURLOPT_CUSTOMREQUEST, request->method);
  }
  if (request->connectMilliseconds > 0) SET(CURLOPT_CONNECTTIMEOUT_MS, request->connectMilliseconds);
#undef SET
  exchange->isPlain = strncmp(request->origin, "http:", 5) == 0;
  return !failed;
}

CCurlExchange *ccurl_exchange_make(const CCurlLibrary *curl, const CCurlSetting *setting, CCurlRoots *roots,
                                   CCurlSockets *sockets, uint64_t number, const CCurlRequest *request,
                                   CCurlReceiver receiver) {
  CCurlExchange *exchange = calloc(1, sizeof *exchange);
  if (exchange == NULL) return NULL;
  exchange->number = number;
  exchange->receiver = receiver;
  exchange->sockets = sockets;
  exchange->headLimit = setting->headBytes;
  exchange->length = -1;
  exchange->easy = curl->curl_easy_init();
  if (exchange->easy != NULL && set_up(exchange, curl, setting, roots) && take_request(exchange, curl, request))
    return exchange;
  ccurl_exchange_release(exchange, curl);
  return NULL;
}

int ccurl_exchange_renew(CCurlExchange *exchange, const CCurlLibrary *curl) {
  if (!exchange->isStale || exchange->isFresh || exchange->sendings > 0) return 0;
  exchange->isStale = 0;
  exchange->isFresh = 1;
  exchange->reason[0] = 0;
  return curl->curl_easy_setopt(exchange->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
}

// MARK: Its end

// Whether the library says this of the end, where it has no code for it.
static int says(const CCurlExchange *exchange, const char *words) { return strstr(exchange->reason, words) != NULL; }

static CCurlOutcome outcome(const CCurlExchange *exchange, CURLcode code) {
  if (exchange->isStopped) return CCurlOutcomeStopped;
  if (exchange->isHeadTooLarge) return CCurlOutcomeHeadTooLarge;
  if (exchange->isHeadBroken) return CCurlOutcomeBrokenHTTP;
  switch ((int)code) {
    case CURLE_OK: return exchange->place == CCurlInBody ? CCurlOutcomeComplete : CCurlOutcomeLost;
    case CURLE_COULDNT_RESOLVE_PROXY: return CCurlOutcomeProxy;
    case CURLE_COULDNT_RESOLVE_HOST: return CCurlOutcomeNameNotFound;
    case CURLE_COULDNT_CONNECT: return CCurlOutcomeNotConnected;
    case CURLE_OPERATION_TIMEDOUT: return CCurlOutcomeTimedOut;
    case CURLE_SSL_CONNECT_ERROR:
      // The other side said nothing against us: it went away.
      if (says(exchange, "SSL_ERROR_SYSCALL") || says(exchange, "Recv failure") || says(exchange, "Send failure")
        || says(exchange, "unexpected eof") || says(exchange, "Connection reset"))
        return CCurlOutcomeLost;
      return says(exchange, "unsupported protocol") || says(exchange, "alert protocol version")
        ? CCurlOutcomeProtocolTooOld : CCurlOutcomeHandshakeFailed;
    case CURLE_PEER_FAILED_VERIFICATION: return CCurlOutcomeUntrusted;
    // As a receiver that wants no more is stopped before, it is the library's own reader that could not go on.
    case CURLE_WRITE_ERROR:
    case CURLE_BAD_CONTENT_ENCODING: return CCurlOutcomeBrokenCompression;
    // What is not HTTP at all is taken for version 0.9, which is not spoken.
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return CCurlOutcomeBrokenHTTP;
    // One line that is longer than the library takes; 100 is what newer versions say.
    case CURLE_OUT_OF_MEMORY:
    case 100: return exchange->place == CCurlInBody ? CCurlOutcomeLost : CCurlOutcomeHeadTooLarge;
    case CURLE_RECV_ERROR:
      // With TLS 1.3 it is heard behind the handshake only.
      if (says(exchange, "certificate required")) return CCurlOutcomeHandshakeFailed;
      return says(exchange, "chunk") ? CCurlOutcomeBrokenHTTP : CCurlOutcomeLost;
    default: return CCurlOutcomeLost;
  }
}

static void leave_socket(CCurlExchange *exchange) {
  if (exchange->sendings == 0) return;
  CCurlSocket *socket = ccurl_sockets_between(exchange->sockets, exchange->ownPort, exchange->port);
  if (socket != NULL && socket->active > 0) --socket->active;
}

void ccurl_exchange_end(CCurlExchange *exchange, const CCurlLibrary *curl, CURLcode code) {
  leave_socket(exchange);
  CCurlEnd end = {.outcome = outcome(exchange, code), .mayHaveLeft = exchange->sendings > 0};
  if (end.outcome != CCurlOutcomeComplete) {
    long number = 0;
    if (curl->curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &number) == CURLE_OK) end.systemError = (int)number;
    if (curl->curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &number) == CURLE_OK)
      end.proxyStatus = (int)number;
    if (curl->curl_easy_getinfo(exchange->easy, CURLINFO_SSL_VERIFYRESULT, &number) == CURLE_OK)
      end.verification = (int)number;
    end.isProxyConnected = exchange->hasListened;
    if (exchange->socketError != 0) end.systemError = exchange->socketError;
  }
  exchange->receiver.end(exchange->receiver.context, &end);
}

void ccurl_exchange_end_cancelled(CCurlExchange *exchange) {
  leave_socket(exchange);
  CCurlEnd end = {.outcome = CCurlOutcomeCancelled, .mayHaveLeft = exchange->sendings > 0};
  exchange->receiver.end(exchange->receiver.context, &end);
}
