// What Swift cannot import from ncurses: macros, globals, and the inside of a cell.
#ifndef PARTNER_CONSOLE_CNCURSES_SHIM_H
#define PARTNER_CONSOLE_CNCURSES_SHIM_H

#if !__has_include(<ncurses.h>)
#error "ncurses' headers are missing. Install them: apt-get install libncurses-dev"
#endif

#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

extern char *tigetstr(const char *);
extern int tigetflag(const char *);
extern int tigetnum(const char *);

// The window of the screen that newterm made last.
static inline WINDOW *console_window(void) { return stdscr; }

// What ncurses holds to be on the terminal.
static inline WINDOW *console_terminal_window(void) { return curscr; }

static inline int console_colors(void) { return COLORS; }
static inline int console_color_pairs(void) { return COLOR_PAIRS; }

// The next update writes every cell again.
static inline void console_repaint_all(void) { clearok(curscr, TRUE); }

// A sequence of terminfo, or NULL if this terminal has none of that name.
static inline const char *console_capability(const char *name) {
  char *value = tigetstr(name);
  return value == (char *)-1 ? NULL : value;
}

static inline uint32_t console_attributes(int bold, int dim, int reverse, int underline) {
  return (bold ? A_BOLD : 0) | (dim ? A_DIM : 0) | (reverse ? A_REVERSE : 0) | (underline ? A_UNDERLINE : 0);
}

// Fills one cell with a character and up to four combining marks, zero where there is none. What setcchar would check
// holds already: the first is as wide as a character, the others have no width. The pair is at most 255.
static inline void console_set_cell(cchar_t *cell, uint32_t base, uint32_t first, uint32_t second, uint32_t third,
                                    uint32_t fourth, uint32_t attributes, short pair) {
  cell->attr = attributes | (attr_t)COLOR_PAIR(pair);
  cell->chars[0] = (wchar_t)base;
  cell->chars[1] = (wchar_t)first;
  cell->chars[2] = (wchar_t)second;
  cell->chars[3] = (wchar_t)third;
  cell->chars[4] = (wchar_t)fourth;
  cell->ext_color = pair;
}

// Stands for a character that is written past ncurses: it looks like nothing, and is like no other cell.
static inline void console_mark_cell(cchar_t *cell) {
  cell->attr = A_INVIS;
  cell->chars[0] = L' ';
}

// Moves the lines from first to last up by count, or down if it is negative; what is left free is blank.
static inline int console_scroll(WINDOW *window, int first, int last, int count) {
  if (wsetscrreg(window, first, last) != OK) return ERR;
  scrollok(window, TRUE);
  int result = wscrl(window, count);
  scrollok(window, FALSE);
  wsetscrreg(window, 0, getmaxy(window) - 1);
  return result;
}

// Makes sure that characters are UTF-8, whatever LANG says; 0 if the machine has no such locale.
static inline int console_use_utf8(void) {
  if (setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return 1;
  if (setlocale(LC_CTYPE, "C.UTF-8") != NULL) return 1;
  return setlocale(LC_CTYPE, "C.utf8") != NULL;
}

#endif
