// The system's libcurl: one thread, its connections, and the exchanges that go over them. Its own headers stay out of
// this view.
//
// The library is opened by the first client and not when the program starts. Everything may be called from any thread
// at any time, but from inside of a receiver.
#ifndef PARTNER_CONSOLE_CCURL_H
#define PARTNER_CONSOLE_CCURL_H

#include <stddef.h>
#include <stdint.h>

// The name of the library's file.
extern const char *_Nonnull const ccurl_file;

// What the system says of a file that cannot be opened; empty if it can.
const char *_Nonnull ccurl_problem(void);

// Whether the library can be used.
typedef enum __attribute__((enum_extensibility(closed))) {
  CCurlStateOpen,
  // Its file is not there.
  CCurlStateMissing,
  // It is older than 7.80, or does without OpenSSL 3.
  CCurlStateUnfit,
} CCurlState;

// Opens the library if that was not done yet.
CCurlState ccurl_open(void);

// Why an exchange came to its end.
typedef enum __attribute__((enum_extensibility(closed))) {
  CCurlOutcomeComplete,
  // The receiver wanted no more.
  CCurlOutcomeStopped,
  CCurlOutcomeCancelled,
  CCurlOutcomeNameNotFound,
  CCurlOutcomeNotConnected,
  CCurlOutcomeTimedOut,
  // The proxy's name, its address, or the tunnel through it.
  CCurlOutcomeProxy,
  // The other side's certificate was not accepted.
  CCurlOutcomeUntrusted,
  // The other side speaks no TLS that is new enough.
  CCurlOutcomeProtocolTooOld,
  // No TLS connection came about for another reason.
  CCurlOutcomeHandshakeFailed,
  CCurlOutcomeHeadTooLarge,
  CCurlOutcomeBrokenHTTP,
  CCurlOutcomeBrokenCompression,
  // The connection ended before the answer did.
  CCurlOutcomeLost,
} CCurlOutcome;

typedef struct {
  CCurlOutcome outcome;
  // Whether a byte of the request can have left.
  int mayHaveLeft;
  // errno of the last attempt to connect; 0 if there is none.
  int systemError;
  // The status with which a proxy answered CONNECT; 0 if there is none.
  int proxyStatus;
  // Whether there was a connection, if only to the proxy.
  int isProxyConnected;
  // OpenSSL's X509_V_ERR_ code for a certificate; 0 if its chain is in order.
  int verification;
} CCurlEnd;

// Who takes an answer. Called on the client's own thread, one after the other; `end` once, as the last.
typedef struct {
  void *_Nonnull context;
  // The final answer's fields as "name: value" lines that end in \n; a folded one is one line. 0 goes on.
  int (*_Nonnull head)(void *_Nonnull context, int status, const uint8_t *_Nullable lines, size_t count);
  // A piece of the body, as it is without compression. 0 goes on.
  int (*_Nonnull body)(void *_Nonnull context, const uint8_t *_Nonnull bytes, size_t count);
  void (*_Nonnull end)(void *_Nonnull context, const CCurlEnd *_Nonnull end);
} CCurlReceiver;

// What a client is like; all texts are copied.
typedef struct {
  // host:port, and user and password, which may be empty; NULL to go without one. The environment is never asked.
  const char *_Nullable proxy;
  const char *_Nullable proxyUser;
  const char *_Nullable proxyPassword;
  // A file in PEM whose certificates are trusted beside the system's; NULL for none.
  const char *_Nullable rootFile;
  // Milliseconds for name, connection, tunnel and handshake together.
  long connectMilliseconds;
  // Connections to one host at most.
  long connectionsPerHost;
  // Bytes of an answer's fields at most, interim answers and trailers included.
  size_t headBytes;
} CCurlSetting;

typedef struct CCurlClient CCurlClient;

// TLS 1.2 or newer, always verified; HTTP/1.1, and HTTP/2 over TLS; no redirect, no cookie, no netrc, nothing repeated.
// NULL if the library cannot be used or there is no thread to be had; *isRootUnreadable says that the file holds no
// certificate. To be closed and released.
CCurlClient *_Nullable ccurl_make(const CCurlSetting *_Nonnull setting, int *_Nonnull isRootUnreadable);

// Ends all exchanges as cancelled and closes every connection, then calls `closed` on the client's thread; at once if
// it is closed already.
void ccurl_close(CCurlClient *_Nonnull client, void *_Nullable context,
                 void (*_Nonnull closed)(void *_Nullable context));

// Closes it if that was not done; it cannot be used afterwards.
void ccurl_release(CCurlClient *_Nonnull client);

// A request; all is copied. Our copy is wiped when the exchange ends; libcurl's own of the head is not.
typedef struct {
  // Scheme, host and port.
  const char *_Nonnull origin;
  // Goes out as it is here.
  const char *_Nonnull target;
  const char *_Nonnull method;
  // "name: value" lines, each ending in a zero byte.
  const uint8_t *_Nullable fields;
  size_t fieldBytes;
  // NULL for none.
  const void *_Nullable body;
  size_t bodyBytes;
  // Instead of the client's own; 0 for that.
  long connectMilliseconds;
} CCurlRequest;

// Whether an exchange has begun; where it has not, the receiver is never called.
typedef enum __attribute__((enum_extensibility(closed))) {
  CCurlStartBegun,
  CCurlStartClosed,
  CCurlStartNoMemory,
} CCurlStart;

// Begins an exchange under a number that no other one of the client has.
CCurlStart ccurl_start(CCurlClient *_Nonnull client, uint64_t number, const CCurlRequest *_Nonnull request,
                CCurlReceiver receiver);

// Ends the exchange of this number, if it is under way, as cancelled.
void ccurl_cancel(CCurlClient *_Nonnull client, uint64_t number);

#endif
