#define _GNU_SOURCE
#include "CSignals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const int watched[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP, SIGINT, SIGCHLD};
enum { watched_count = sizeof watched / sizeof watched[0] };

static struct sigaction before[watched_count];
static struct sigaction pipe_before;
static sigset_t mask_before;
static int is_installed;
static volatile int wake_descriptor = -1;
static int arrived[NSIG];

int console_wake_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK); }

static void note(int signal) {
  int saved = errno;
  __atomic_store_n(&arrived[signal], 1, __ATOMIC_SEQ_CST);
  unsigned char byte = (unsigned char)signal;
  // A full pipe wakes as well as one more byte would.
  if (wake_descriptor >= 0 && write(wake_descriptor, &byte, 1) < 0) errno = saved;
  errno = saved;
}

static void handle(int signal, struct sigaction *old) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  sigaction(signal, &action, old);
}

void console_signals_install(int descriptor) {
  wake_descriptor = descriptor;
  for (int i = 0; i < watched_count; i++) {
    __atomic_store_n(&arrived[watched[i]], 0, __ATOMIC_SEQ_CST);
    handle(watched[i], is_installed ? NULL : &before[i]);
  }
  // Whoever started the program may have blocked signals and passed that on: a window that never hears of its size.
  sigset_t needed;
  sigemptyset(&needed);
  for (int i = 0; i < watched_count; i++) sigaddset(&needed, watched[i]);
  pthread_sigmask(SIG_UNBLOCK, &needed, is_installed ? NULL : &mask_before);
  struct sigaction ignore;
  memset(&ignore, 0, sizeof ignore);
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, is_installed ? NULL : &pipe_before);
  is_installed = 1;
}

void console_signals_restore(void) {
  if (!is_installed) return;
  for (int i = 0; i < watched_count; i++) sigaction(watched[i], &before[i], NULL);
  sigaction(SIGPIPE, &pipe_before, NULL);
  pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
  is_installed = 0;
  wake_descriptor = -1;
}

int console_signal_taken(int signal) {
  return signal > 0 && signal < NSIG && __atomic_exchange_n(&arrived[signal], 0, __ATOMIC_SEQ_CST);
}

static void stop(pid_t whom) {
  console_signal_taken(SIGCONT);
  struct sigaction stop;
  memset(&stop, 0, sizeof stop);
  stop.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &stop, NULL);
  kill(whom, SIGTSTP);
  // The stop may reach another thread first. An orphaned group (no shell to continue it) is not stopped at all.
  for (int i = 0; i < 20 && !console_signal_taken(SIGCONT); i++) poll(NULL, 0, 5);
  handle(SIGTSTP, NULL);
  console_signal_taken(SIGTSTP);
}

void console_stop_group(void) { stop(0); }
void console_stop_self(void) { stop(getpid()); }

int console_window_size(int descriptor, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}
