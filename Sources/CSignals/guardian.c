#define _GNU_SOURCE
#include "CSignals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// Leaves paste and mouse modes and the keypad's application mode, lets lines be reordered again, leaves the alternate screen,
// and shows a plain cursor. Where there is none, the shell goes on below what was painted.
static const char reset_sequences[] =
    "\033[?2004l\033[8h\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1l\033>\033[r\033[999H\n\033[?1049l\033[0m\033(B\033[?25h\033[?7h\r";

static void write_all(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

static void make_directory(const char *path) {
  char part[4096];
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof part) return;
  for (size_t i = 1; i <= length; i++) {
    if (path[i] != '/' && path[i] != 0) continue;
    memcpy(part, path, i);
    part[i] = 0;
    mkdir(part, 0700);
  }
}

// Writes what is known from outside the child; its memory is not looked at. Returns 0 and the file's path on success.
static int write_report(const char *directory, const char *program, const char *version, pid_t child, int number,
                        char *path, size_t size) {
  if (directory == NULL) return -1;
  make_directory(directory);
  time_t now = time(NULL);
  struct tm utc;
  char stamp[32];
  if (gmtime_r(&now, &utc) == NULL || strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc) == 0) return -1;
  int length = snprintf(path, size, "%s/crash-%s-%d.txt", directory, stamp, (int)child);
  if (length < 0 || (size_t)length >= size) return -1;
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return -1;
  char text[512];
  const char *name = sigabbrev_np(number);
  length = snprintf(text, sizeof text, "program: %s\nversion: %s\ntime: %s\npid: %d\nsignal: %d (SIG%s)\n", program,
                    version, stamp, (int)child, number, name ? name : "?");
  if (length > 0) write_all(file, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
  fsync(file);
  close(file);
  return 0;
}

static int terminal_descriptor(void) {
  for (int descriptor = 0; descriptor < 3; descriptor++) {
    if (isatty(descriptor)) return descriptor;
  }
  return -1;
}

// Gives the terminal back as it was found. A terminal that belongs to another job by now is left alone.
static void restore_terminal(int terminal, const struct termios *found, int by_force) {
  if (terminal < 0 || tcgetpgrp(terminal) != getpgrp()) return;
  sigset_t output;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  sigprocmask(SIG_BLOCK, &output, NULL);
  struct termios now;
  int is_dirty = tcgetattr(terminal, &now) == 0 &&
                 (now.c_lflag != found->c_lflag || now.c_iflag != found->c_iflag || now.c_oflag != found->c_oflag);
  if (by_force || is_dirty) {
    tcflow(terminal, TCOON);
    tcflush(terminal, TCIFLUSH);
    write_all(terminal, reset_sequences, sizeof reset_sequences - 1);
    tcsetattr(terminal, TCSANOW, found);
  }
}

// The operator's and the system's own ways of ending a program are no crashes.
static int is_crash(int number) {
  return number != SIGTERM && number != SIGHUP && number != SIGINT && number != SIGQUIT && number != SIGPIPE;
}

static void follow_stop(pid_t child) {
  // The whole group may have been stopped and continued together: believe a stop only if it lasts.
  poll(NULL, 0, 20);
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid == child) {
    raise(SIGSTOP);
    kill(child, SIGCONT);
  }
}

// Waits for the child's end and returns its status as waitpid has it.
static int watch(pid_t child, const sigset_t *awaited) {
  for (;;) {
    int status = 0;
    pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return 0;
    siginfo_t stopped;
    memset(&stopped, 0, sizeof stopped);
    if (waitid(P_PID, (id_t)child, &stopped, WSTOPPED | WNOHANG | WNOWAIT) == 0 && stopped.si_pid == child) {
      follow_stop(child);
      continue;
    }
    siginfo_t arrived;
    int number = sigwaitinfo(awaited, &arrived);
    // What the terminal sends (Ctrl-C) went to the whole group: the child has it, or runs an editor that it is meant for.
    int is_for_us = number > 0 && arrived.si_code <= 0;
    if (number == SIGHUP || (is_for_us && (number == SIGTERM || number == SIGINT))) kill(child, number);
  }
}

static void guard(pid_t child, const sigset_t *awaited, int terminal, const struct termios *found, const char *program,
                  const char *version, const char *report_directory) {
  int status = watch(child, awaited);
  int is_killed = WIFSIGNALED(status);
  restore_terminal(terminal, found, is_killed);
  if (!is_killed) _exit(WEXITSTATUS(status));
  int number = WTERMSIG(status);
  if (is_crash(number)) {
    char path[4096 + 64];
    char line[sizeof path + 256];
    int has_report = write_report(report_directory, program, version, child, number, path, sizeof path) == 0;
    int length = snprintf(line, sizeof line, "%s ended unexpectedly (signal %d). The terminal was restored.%s%s\n",
                          program, number, has_report ? " Crash report: " : "", has_report ? path : "");
    if (length > 0) write_all(2, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
  }
  _exit(128 + number);
}

// The runtime's own crash handler would hold the terminal for half a minute with a question. Where it is installed it was
// when the program was loaded, before anything could say no.
static void drop_crash_handlers(void) {
  static const int crashes[] = {SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
  for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
    struct sigaction action;
    if (sigaction(crashes[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(crashes[i], &action, NULL);
  }
  // For the programs that are started from here.
  setenv("SWIFT_BACKTRACE", "enable=no", 1);
}

void console_keep_memory_private(void) {
  drop_crash_handlers();
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

int console_guardian_start(const char *program, const char *version, const char *report_directory) {
  console_keep_memory_private();
  int terminal = terminal_descriptor();
  struct termios found;
  memset(&found, 0, sizeof found);
  if (terminal >= 0 && tcgetattr(terminal, &found) != 0) terminal = -1;

  sigset_t awaited, original;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGHUP);
  sigaddset(&awaited, SIGCHLD);
  // Those from elsewhere are passed on. Ctrl-\ is dropped.
  sigaddset(&awaited, SIGINT);
  sigaddset(&awaited, SIGQUIT);
  sigprocmask(SIG_BLOCK, &awaited, &original);

  // Two processes would write what is still held back.
  fflush(NULL);
  pid_t guardian = getpid();
  pid_t child = fork();
  if (child > 0) guard(child, &awaited, terminal, &found, program, version, report_directory);
  if (child == 0) {
    // A guardian that dies takes the child with it, in an orderly way.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != guardian) _exit(128 + SIGTERM);
  }
  sigprocmask(SIG_SETMASK, &original, NULL);
  return child == 0 ? 0 : -1;
}
