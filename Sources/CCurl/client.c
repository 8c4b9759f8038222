#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "exchange.h"

// Exchanges, first come first served.
typedef struct {
  CCurlExchange *first, *last;
} List;

static void append(List *list, CCurlExchange *exchange) {
  exchange->previous = list->last;
  exchange->next = NULL;
  *(list->last == NULL ? &list->first : &list->last->next) = exchange;
  list->last = exchange;
}

static void drop(List *list, CCurlExchange *exchange) {
  *(exchange->previous == NULL ? &list->first : &exchange->previous->next) = exchange->next;
  *(exchange->next == NULL ? &list->last : &exchange->next->previous) = exchange->previous;
  exchange->next = exchange->previous = NULL;
}

typedef struct Closed {
  void *context;
  void (*call)(void *context);
  struct Closed *next;
} Closed;

struct CCurlClient {
  const CCurlLibrary *curl;
  CCurlSetting setting;
  CCurlRoots roots;

  pthread_mutex_t lock;
  // Under the lock: what the thread is to do next, and what it has done.
  List starting;
  uint64_t *cancelled;
  size_t cancelledCount, cancelledCapacity;
  // There was no memory to note which one.
  int cancelsAll;
  Closed *closings;
  int isAwaited, isClosing, isClosed;
  // The thread, and who made the client.
  int holders;
  int wake;

  // The thread's own.
  CURLM *multi;
  int events;
  // Milliseconds of the steady clock at which the library wants to be called; negative for never.
  int64_t due;
  List active;
  CCurlSockets sockets;
  size_t activeCount;
};

// With so many exchanges under way, all that comes within a moment is taken together: to be woken for each alone costs
// more than to take it.
enum { CCurlMany = 8 };
static const struct timespec moment = {.tv_nsec = 1000000};

static int64_t now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// MARK: What the library calls

static int watch(CURL *easy, curl_socket_t socket, int what, void *context, void *known) {
  CCurlClient *client = context;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) {
    char *private = NULL;
    client->curl->curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    if (private != NULL) ((CCurlExchange *)private)->hasListened = 1;
  }
  struct epoll_event event = {.data.fd = socket};
  if (what != CURL_POLL_OUT) event.events |= EPOLLIN;
  if (what != CURL_POLL_IN) event.events |= EPOLLOUT;
  if (what == CURL_POLL_REMOVE) {
    // Closed already, it is none any more.
    epoll_ctl(client->events, EPOLL_CTL_DEL, socket, NULL);
  } else if (epoll_ctl(client->events, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) != 0) {
    return -1;
  } else if (known == NULL) {
    client->curl->curl_multi_assign(client->multi, socket, client);
  }
  return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *context) {
  (void)multi;
  CCurlClient *client = context;
  client->due = milliseconds < 0 ? -1 : now_milliseconds() + milliseconds;
  return 0;
}

// MARK: The thread

static void end_cancelled(CCurlClient *client, CCurlExchange *exchange) {
  drop(&client->active, exchange);
  --client->activeCount;
  client->curl->curl_multi_remove_handle(client->multi, exchange->easy);
  ccurl_exchange_end_cancelled(exchange);
  ccurl_exchange_release(exchange, client->curl);
}

static void collect(CCurlClient *client) {
  const CCurlLibrary *curl = client->curl;
  int left;
  CURLMsg *message;
  while ((message = curl->curl_multi_info_read(client->multi, &left)) != NULL) {
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode code = message->data.result;
    CURL *easy = message->easy_handle;
    char *private = NULL;
    curl->curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    CCurlExchange *exchange = (CCurlExchange *)private;
    curl->curl_multi_remove_handle(client->multi, easy);
    if (ccurl_exchange_renew(exchange, curl) && curl->curl_multi_add_handle(client->multi, easy) == CURLM_OK) continue;
    drop(&client->active, exchange);
    --client->activeCount;
    ccurl_exchange_end(exchange, curl, code);
    ccurl_exchange_release(exchange, curl);
  }
}

// Takes what is to be done; whether to go on.
static int obey(CCurlClient *client) {
  pthread_mutex_lock(&client->lock);
  List starting = client->starting;
  client->starting = (List){0};
  uint64_t *cancelled = client->cancelled;
  size_t count = client->cancelledCount;
  client->cancelled = NULL;
  client->cancelledCount = client->cancelledCapacity = 0;
  int cancels_all = client->cancelsAll;
  client->cancelsAll = client->isAwaited = 0;
  int is_closing = client->isClosing;
  pthread_mutex_unlock(&client->lock);
  for (CCurlExchange *exchange = starting.first, *next; exchange != NULL; exchange = next) {
    next = exchange->next;
    append(&client->active, exchange);
    ++client->activeCount;
    if (is_closing || client->curl->curl_multi_add_handle(client->multi, exchange->easy) != CURLM_OK)
      end_cancelled(client, exchange);
  }
  for (size_t index = 0; index < count; ++index)
    for (CCurlExchange *exchange = client->active.first; exchange != NULL; exchange = exchange->next)
      if (exchange->number == cancelled[index]) {
        end_cancelled(client, exchange);
        break;
      }
  free(cancelled);
  while (cancels_all && client->active.first != NULL) end_cancelled(client, client->active.first);
  return !is_closing;
}

// Lets things come together, then takes what is to be done; whether to go on.
static int linger(CCurlClient *client) {
  pthread_mutex_lock(&client->lock);
  // Nobody has to wake who will look anyway.
  client->isAwaited = 1;
  pthread_mutex_unlock(&client->lock);
  nanosleep(&moment, NULL);
  return obey(client);
}

static void release(CCurlClient *client) {
  pthread_mutex_lock(&client->lock);
  int is_last = --client->holders == 0;
  pthread_mutex_unlock(&client->lock);
  if (!is_last) return;
  if (client->multi != NULL) client->curl->curl_multi_cleanup(client->multi);
  ccurl_sockets_release(&client->sockets);
  if (client->roots.store != NULL) client->curl->X509_STORE_free(client->roots.store);
  if (client->events >= 0) close(client->events);
  if (client->wake >= 0) close(client->wake);
  if (client->setting.proxyPassword != NULL)
    explicit_bzero((char *)client->setting.proxyPassword, strlen(client->setting.proxyPassword));
  free((char *)client->setting.proxy);
  free((char *)client->setting.proxyUser);
  free((char *)client->setting.proxyPassword);
  free(client->cancelled);
  pthread_mutex_destroy(&client->lock);
  free(client);
}

static void *run(void *context) {
  CCurlClient *client = context;
  const CCurlLibrary *curl = client->curl;
  int goes_on = 1, running;
  while (goes_on) {
    int64_t wait = client->due < 0 ? -1 : client->due - now_milliseconds();
    struct epoll_event events[64];
    int count = epoll_wait(client->events, events, 64, wait < 0 && client->due >= 0 ? 0 : wait > 60000 ? 60000 : (int)wait);
    for (int index = 0; index < count; ++index) {
      int socket = events[index].data.fd;
      if (socket == client->wake) {
        uint64_t calls;
        if (read(client->wake, &calls, sizeof calls) < 0) continue;
        goes_on = obey(client);
        continue;
      }
      int what = 0;
      if (events[index].events & EPOLLIN) what |= CURL_CSELECT_IN;
      if (events[index].events & EPOLLOUT) what |= CURL_CSELECT_OUT;
      if (events[index].events & (EPOLLERR | EPOLLHUP)) what |= CURL_CSELECT_ERR;
      curl->curl_multi_socket_action(client->multi, socket, what, &running);
    }
    if (client->due >= 0 && client->due <= now_milliseconds()) {
      client->due = -1;
      curl->curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    collect(client);
    if (goes_on && client->activeCount >= CCurlMany) goes_on = linger(client);
  }
  while (client->active.first != NULL) end_cancelled(client, client->active.first);
  curl->curl_multi_cleanup(client->multi);
  client->multi = NULL;
  pthread_mutex_lock(&client->lock);
  client->isClosed = 1;
  Closed *closings = client->closings;
  client->closings = NULL;
  pthread_mutex_unlock(&client->lock);
  for (Closed *closing = closings, *next; closing != NULL; closing = next) {
    next = closing->next;
    closing->call(closing->context);
    free(closing);
  }
  release(client);
  return NULL;
}

static int start_thread(CCurlClient *client) {
  // Signals are the main thread's; a broken connection is told by the write itself.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int failed = pthread_create(&thread, &attributes, run, client);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return !failed;
}

// MARK: From outside

static char *copy_of(const char *text) { return text == NULL ? NULL : strdup(text); }

CCurlClient *ccurl_make(const CCurlSetting *setting, int *isRootUnreadable) {
  *isRootUnreadable = 0;
  const CCurlLibrary *curl = ccurl_library();
  CCurlClient *client = curl == NULL ? NULL : calloc(1, sizeof *client);
  if (client == NULL) return NULL;
  client->curl = curl;
  client->setting = *setting;
  client->setting.proxy = copy_of(setting->proxy);
  client->setting.proxyUser = copy_of(setting->proxyUser);
  client->setting.proxyPassword = copy_of(setting->proxyPassword);
  client->setting.rootFile = NULL;
  client->holders = 1;
  client->due = -1;
  pthread_mutex_init(&client->lock, NULL);
  client->events = epoll_create1(EPOLL_CLOEXEC);
  client->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  client->multi = curl->curl_multi_init();
  client->roots.store = curl->X509_STORE_new();
  struct epoll_event event = {.events = EPOLLIN, .data.fd = client->wake};
  int is_ready = client->events >= 0 && client->wake >= 0 && client->multi != NULL && client->roots.store != NULL
    && (setting->proxy == NULL || client->setting.proxy != NULL)
    && epoll_ctl(client->events, EPOLL_CTL_ADD, client->wake, &event) == 0;
  if (is_ready && setting->rootFile != NULL && curl->X509_STORE_load_file(client->roots.store, setting->rootFile) != 1) {
    *isRootUnreadable = 1;
    is_ready = 0;
  }
  if (is_ready) {
    curl->curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl->curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl->curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl->curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl->curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, setting->connectionsPerHost);
    // Or they are closed as the work of a round runs out, and opened anew for the next one.
    curl->curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, 2 * setting->connectionsPerHost);
    client->holders = 2;
    if (start_thread(client)) return client;
    client->holders = 1;
  }
  release(client);
  return NULL;
}

// Wakes the thread, once for all that it will find. Under the lock.
static void call(CCurlClient *client) {
  if (client->isAwaited) return;
  client->isAwaited = 1;
  uint64_t one = 1;
  // It cannot be full: it is emptied before the next call.
  while (write(client->wake, &one, sizeof one) < 0 && errno == EINTR) continue;
}

CCurlStart ccurl_start(CCurlClient *client, uint64_t number, const CCurlRequest *request, CCurlReceiver receiver) {
  CCurlExchange *exchange = ccurl_exchange_make(
    client->curl, &client->setting, &client->roots, &client->sockets, number, request, receiver);
  if (exchange == NULL) return CCurlStartNoMemory;
  pthread_mutex_lock(&client->lock);
  int is_closing = client->isClosing;
  if (!is_closing) {
    append(&client->starting, exchange);
    call(client);
  }
  pthread_mutex_unlock(&client->lock);
  if (!is_closing) return CCurlStartBegun;
  ccurl_exchange_release(exchange, client->curl);
  return CCurlStartClosed;
}

void ccurl_cancel(CCurlClient *client, uint64_t number) {
  pthread_mutex_lock(&client->lock);
  if (!client->isClosing) {
    if (client->cancelledCount == client->cancelledCapacity) {
      size_t larger = client->cancelledCapacity == 0 ? 8 : 2 * client->cancelledCapacity;
      uint64_t *moved = realloc(client->cancelled, larger * sizeof *moved);
      if (moved != NULL) {
        client->cancelled = moved;
        client->cancelledCapacity = larger;
      }
    }
    if (client->cancelledCount < client->cancelledCapacity)
      client->cancelled[client->cancelledCount++] = number;
    else
      client->cancelsAll = 1;
    call(client);
  }
  pthread_mutex_unlock(&client->lock);
}

void ccurl_close(CCurlClient *client, void *context, void (*closed)(void *context)) {
  Closed *closing = malloc(sizeof *closing);
  pthread_mutex_lock(&client->lock);
  int is_waiting = closing != NULL && !client->isClosed;
  if (is_waiting) {
    *closing = (Closed){context, closed, client->closings};
    client->closings = closing;
  }
  if (!client->isClosing) {
    client->isClosing = 1;
    call(client);
  }
  pthread_mutex_unlock(&client->lock);
  if (is_waiting) return;
  free(closing);
  closed(context);
}

void ccurl_release(CCurlClient *client) {
  pthread_mutex_lock(&client->lock);
  if (!client->isClosing) {
    client->isClosing = 1;
    call(client);
  }
  pthread_mutex_unlock(&client->lock);
  release(client);
}
