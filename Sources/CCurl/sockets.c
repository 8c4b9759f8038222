#define _GNU_SOURCE
#include "sockets.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

int ccurl_sockets_add(CCurlSockets *sockets, int descriptor) {
  if (sockets->count == sockets->capacity) {
    size_t larger = sockets->capacity == 0 ? 16 : 2 * sockets->capacity;
    CCurlSocket *moved = realloc(sockets->all, larger * sizeof *moved);
    if (moved == NULL) return 0;
    sockets->all = moved;
    sockets->capacity = larger;
  }
  sockets->all[sockets->count++] = (CCurlSocket){.descriptor = descriptor};
  return 1;
}

void ccurl_sockets_remove(CCurlSockets *sockets, int descriptor) {
  for (size_t index = 0; index < sockets->count; ++index)
    if (sockets->all[index].descriptor == descriptor) {
      sockets->all[index] = sockets->all[--sockets->count];
      return;
    }
}

void ccurl_sockets_release(CCurlSockets *sockets) {
  free(sockets->all);
  *sockets = (CCurlSockets){0};
}

typedef int (*Ask)(int, struct sockaddr *, socklen_t *);

static int port_by(Ask ask, int descriptor) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (ask(descriptor, (struct sockaddr *)&address, &length) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
  return 0;
}

static int own_name(int descriptor, struct sockaddr *address, socklen_t *length) {
  return getsockname(descriptor, address, length);
}

static int other_name(int descriptor, struct sockaddr *address, socklen_t *length) {
  return getpeername(descriptor, address, length);
}

CCurlSocket *ccurl_sockets_between(CCurlSockets *sockets, int ownPort, int port) {
  for (size_t index = 0; index < sockets->count; ++index) {
    CCurlSocket *socket = &sockets->all[index];
    if (socket->port == 0) {
      socket->ownPort = port_by(own_name, socket->descriptor);
      socket->port = port_by(other_name, socket->descriptor);
    }
    if (socket->ownPort == ownPort && socket->port == port) return socket;
  }
  return NULL;
}

int ccurl_socket_has_news(const CCurlSocket *socket) {
  struct pollfd asked = {.fd = socket->descriptor, .events = POLLIN | POLLRDHUP};
  return poll(&asked, 1, 0) != 0;
}
