#ifndef CSIMDJSON_PAGE_SCAN_HPP
#define CSIMDJSON_PAGE_SCAN_HPP

#include <cstring>
#include <vector>

#include "CSimdjson.h"

namespace csimdjson {

/// Walks over JSON by its quotes and brackets alone, so that what is wrong inside an item stays inside it.
class Scan {
 public:
  Scan(const uint8_t *text, size_t length) : at(text), end(text + length), start(text) {}

  void blanks() {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
  }
  bool take(uint8_t byte) {
    if (at >= end || *at != byte) return false;
    at++;
    return true;
  }
  bool isAtEnd() const { return at >= end; }
  uint8_t peek() const { return at < end ? *at : 0; }
  size_t offset() const { return size_t(at - start); }

  /// Steps over a text in quotes.
  bool string() {
    if (!take('"')) return false;
    while (at < end) {
      auto quote = static_cast<const uint8_t *>(memchr(at, '"', size_t(end - at)));
      if (!quote) return false;
      auto back = quote;
      while (back > at && back[-1] == '\\') back--;
      at = quote + 1;
      if ((quote - back) % 2 == 0) return true;
    }
    return false;
  }

  /// Steps over any value, be it broken inside; the deepest nesting goes to `depth`.
  bool value(size_t &depth) {
    size_t level = 0;
    depth = 0;
    while (at < end) {
      switch (*at) {
        case '"':
          if (!string()) return false;
          break;
        case '{':
        case '[':
          if (++level > depth) depth = level;
          at++;
          break;
        case '}':
        case ']':
          if (level == 0) return true;
          level--;
          at++;
          break;
        case ',':
          if (level == 0) return true;
          at++;
          break;
        default: at++;
      }
      if (level == 0 && depth > 0) return true;
    }
    return level == 0;
  }

 private:
  const uint8_t *at;
  const uint8_t *end;
  const uint8_t *start;
};

/// Finds a page's items and the link to the next page.
CSimdjsonPage scanPage(const uint8_t *text, size_t length, size_t mostItems, std::vector<CSimdjsonRange> &items);

}  // namespace csimdjson

#endif
