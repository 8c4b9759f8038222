// One request and its answer, and the handle of the library that it goes through.
#ifndef PARTNER_CONSOLE_CCURL_EXCHANGE_H
#define PARTNER_CONSOLE_CCURL_EXCHANGE_H

#include "library.h"
#include "sockets.h"

// Whom a client trusts.
typedef struct {
  X509_STORE *store;
  // Whether the system's own are in it: they are many, and read when TLS is first spoken.
  int isWhole;
} CCurlRoots;

typedef struct CCurlExchange {
  uint64_t number;
  CCurlReceiver receiver;
  CURL *easy;
  // In which list it is, is its client's affair.
  struct CCurlExchange *next, *previous;

  // What is sent: text that the list of fields points into, and the body behind it.
  uint8_t *sent;
  size_t sentCapacity, sentCount;
  struct curl_slist *fields;
  // The fields of the answer so far.
  uint8_t *head;
  size_t headCapacity, headCount;
  // All bytes of fields that came, of interim answers and trailers too.
  size_t headBytes, headLimit;
  int status;
  enum { CCurlAwaitingStatus, CCurlInFields, CCurlInBody } place;

  // What the head says of the body's length; negative for nothing.
  int64_t length;
  int isChunked, isPlain;

  // Over which connection it went; 0 as long as it went over none.
  CCurlSockets *sockets;
  int ownPort, port;
  // How often the library was about to send it.
  int sendings;
  // Whether the connection that it was to go over had something to say already, and a new one was asked for.
  int isStale, isFresh;
  // Whether an answer was waited for, be it a proxy's: there is a connection then.
  int hasListened;
  int socketError;
  int isStopped, isHeadTooLarge, isHeadBroken;
  char reason[CURL_ERROR_SIZE];
} CCurlExchange;

// NULL if there is no memory. A handle serves one exchange: libcurl before 8.1 keeps a loose end of the last answer's
// fields in it, and a folded first field of the next one makes it free that again.
CCurlExchange *ccurl_exchange_make(const CCurlLibrary *curl, const CCurlSetting *setting, CCurlRoots *roots,
                                   CCurlSockets *sockets, uint64_t number, const CCurlRequest *request,
                                   CCurlReceiver receiver);

// Has it begin anew over a new connection, if nothing of it has left because the old one was stale; 0 if that is not so.
int ccurl_exchange_renew(CCurlExchange *exchange, const CCurlLibrary *curl);

// Wipes what was sent and received.
void ccurl_exchange_release(CCurlExchange *exchange, const CCurlLibrary *curl);

// Tells the receiver how it ended, and its connection that it did.
void ccurl_exchange_end(CCurlExchange *exchange, const CCurlLibrary *curl, CURLcode code);
void ccurl_exchange_end_cancelled(CCurlExchange *exchange);

#endif
