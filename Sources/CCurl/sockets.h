// The connections of one client, as far as they are sockets.
#ifndef PARTNER_CONSOLE_CCURL_SOCKETS_H
#define PARTNER_CONSOLE_CCURL_SOCKETS_H

#include <stddef.h>

typedef struct {
  int descriptor;
  // Its ports; 0 until they are asked for.
  int ownPort, port;
  // Requests that went over it, and those of them that are not over.
  int uses, active;
  // Whether several may be under way at once, as with HTTP/2: what comes unasked is its own affair then.
  int isShared;
} CCurlSocket;

typedef struct {
  CCurlSocket *all;
  size_t count, capacity;
} CCurlSockets;

// Notes a socket; 0 if there is no memory.
int ccurl_sockets_add(CCurlSockets *sockets, int descriptor);
void ccurl_sockets_remove(CCurlSockets *sockets, int descriptor);
void ccurl_sockets_release(CCurlSockets *sockets);

// The socket between these ports; NULL if there is none.
CCurlSocket *ccurl_sockets_between(CCurlSockets *sockets, int ownPort, int port);

// Whether there is something to be read, or the other side has closed it.
int ccurl_socket_has_news(const CCurlSocket *socket);

#endif
