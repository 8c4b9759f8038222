// One request and its answer, and the handle of the library that it goes through.
#ifndef PARTNER_CONSOLE_CCURL_EXCHANGE_H
#define PARTNER_CONSOLE_CCURL_EXCHANGE_H

#include "library.h"

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
  size_t fieldCapacity;
  // Whether the handle was last set to send a body.
  int hadBody;

  // The fields of the answer so far.
  uint8_t *head;
  size_t headCapacity, headCount;
  // All bytes of fields that came, of interim answers and trailers too.
  size_t headBytes, headLimit;
  int status;
  enum { CCurlAwaitingStatus, CCurlInFields, CCurlInBody } place;

  // How often the library was about to send it.
  int sendings;
  int isStopped, isHeadTooLarge, isHeadBroken;
  char reason[CURL_ERROR_SIZE];
} CCurlExchange;

// With everything that is the same for all of a client's requests; NULL if there is no memory.
CCurlExchange *ccurl_exchange_make(const CCurlLibrary *curl, const CCurlSetting *setting, CCurlRoots *roots);

// Prepares it for a request; 0 if there is no memory.
int ccurl_exchange_prepare(CCurlExchange *exchange, const CCurlLibrary *curl, uint64_t number,
                           const CCurlRequest *request, CCurlReceiver receiver);

// Forgets what was sent and received.
void ccurl_exchange_wipe(CCurlExchange *exchange);

void ccurl_exchange_release(CCurlExchange *exchange, const CCurlLibrary *curl);

// Tells the receiver how it ended.
void ccurl_exchange_end(CCurlExchange *exchange, const CCurlLibrary *curl, CURLcode code);
void ccurl_exchange_end_cancelled(CCurlExchange *exchange);

#endif
