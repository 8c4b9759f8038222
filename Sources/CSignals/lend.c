#define _GNU_SOURCE
#include "CSignals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sigaction quit_before;

void console_ignore_quit(int is_ignored) {
  if (!is_ignored) {
    sigaction(SIGQUIT, &quit_before, NULL);
    return;
  }
  struct sigaction ignore;
  memset(&ignore, 0, sizeof ignore);
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGQUIT, &ignore, &quit_before);
}

// Only calls that are safe in the child of a process with threads.
static void become(const char *program, char *const arguments[], char *const environment[], int input, int output,
                   pid_t parent) {
  // What it was started for ends with the console.
  prctl(PR_SET_PDEATHSIG, SIGHUP);
  if (getppid() != parent) _exit(128 + SIGHUP);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) return;
  if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    for (int descriptor = 3; descriptor < 4096; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(program, arguments, environment);
}

int console_lend(pid_t *process, const char *program, char *const arguments[], char *const environment[], int input,
                 int output) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t parent = getpid();
  pid_t child = fork();
  int reason = child < 0 ? errno : 0;
  if (child == 0) {
    become(program, arguments, environment, input, output, parent);
    reason = errno;
    if (write(report[1], &reason, sizeof reason) != (ssize_t)sizeof reason) _exit(126);
    _exit(127);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  ssize_t count = 0;
  // Its end, without a word, means that the program runs.
  while (child > 0 && (count = read(report[0], &reason, sizeof reason)) < 0 && errno == EINTR) {
  }
  close(report[0]);
  if (child > 0 && count != (ssize_t)sizeof reason) {
    *process = child;
    return 0;
  }
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {
  }
  return reason;
}

int console_lent_end(pid_t process, int is_awaited, int *status) {
  pid_t ended;
  do {
    ended = waitpid(process, status, is_awaited ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  // Without a child of this number there is nobody to wait for any more.
  if (ended < 0) *status = 0;
  return ended != 0;
}
