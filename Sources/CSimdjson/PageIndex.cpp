#include "PageIndex.hpp"

#include <algorithm>
#include <cstring>

namespace csimdjson {

size_t nesting(const uint8_t *text, const uint32_t *&at, const uint32_t *end) {
  if (at == end || !opens(text[*at])) return 0;
  size_t level = 0, depth = 0;
  // Which kind of byte comes next cannot be foretold, so there is no branch for it.
  for (auto next = at; next < end;) {
    uint8_t byte = text[*next++];
    level += size_t(opens(byte)) - size_t(closes(byte));
    depth = level > depth ? level : depth;
    if (level == 0) {
      at = next;
      return depth;
    }
  }
  return 0;
}

/// Whether a backslash stands outside of quotes. Whoever found the structure takes a quote behind it for none, so that
/// where the items end is not known.
static bool hasStrayBackslash(const uint8_t *text, size_t length, const uint32_t *at, const uint32_t *end) {
  auto limit = text + length;
  auto from = text;
  while (auto slash = static_cast<const uint8_t *>(memchr(from, '\\', size_t(limit - from)))) {
    auto next = std::upper_bound(at, end, uint32_t(slash - text));
    if (next == at || text[next[-1]] != '"') return true;
    // The closing quote: only blanks stand between it and whatever comes next.
    auto close = (next < end ? text + *next : limit) - 1;
    while (isBlank(*close)) close--;
    if (slash > close) return true;
    from = close;
    at = next;
  }
  return false;
}

namespace {

class PageWalk {
 public:
  PageWalk(const uint8_t *text, const Structure &structure)
      : text(text), at(structure.begin()), end(structure.end()) {}

  const uint8_t *text;
  const uint32_t *at, *end;

  uint8_t peek() const { return at < end ? text[*at] : 0; }
  bool take(uint8_t byte) {
    if (peek() != byte) return false;
    at++;
    return true;
  }
  /// Steps over any value.
  bool value(size_t &depth) {
    depth = 0;
    if (at == end) return false;
    uint8_t byte = text[*at];
    if (opens(byte)) return (depth = nesting(text, at, end)) > 0;
    if (closes(byte) || byte == ',' || byte == ':') return false;
    at++;
    return true;
  }
  /// The bytes from `begin` up to where the walk stands, without blanks at the end.
  CSimdjsonRange range(const uint32_t *begin) const {
    size_t last = at < end ? *at - 1 : at[-1];
    while (last > *begin && isBlank(text[last])) last--;
    return {*begin, last + 1 - *begin};
  }
  static bool is(const uint8_t *key, size_t length, const char *name) {
    return length == strlen(name) && memcmp(key, name, length) == 0;
  }
};

}  // namespace

bool indexPage(
    const uint8_t *text, size_t length, const Structure &structure, size_t mostItems, CSimdjsonPage &page,
    std::vector<CSimdjsonRange> &ranges, std::vector<IndexedItem> &items) {
  ranges.clear();
  items.clear();
  page = {CSimdjsonPageRead, nullptr, 0, {0, 0}, 0, 0};
  PageWalk walk(text, structure);
  bool hasList = false;
  size_t depth;
  if (!walk.take('{')) return false;
  do {
    auto key = walk.at;
    if (walk.peek() != '"' || !walk.value(depth)) return false;
    auto name = walk.range(key);
    if (name.length < 2 || !walk.take(':')) return false;
    auto value = walk.at;
    if (PageWalk::is(text + name.offset + 1, name.length - 2, "value") && walk.peek() == '[') {
      if (hasList) return false;
      hasList = true;
      walk.at++;
      if (walk.take(']')) continue;
      do {
        if (ranges.size() == mostItems) {
          page.status = CSimdjsonPageTooLong;
          return true;
        }
        auto begin = walk.at;
        if (!walk.value(depth)) return false;
        ranges.push_back(walk.range(begin));
        items.push_back({begin, walk.at, depth});
      } while (walk.take(','));
      if (!walk.take(']')) return false;
    } else {
      if (!walk.value(depth)) return false;
      // A link that is no text is a link all the same: there is more, and nobody can tell where.
      if (PageWalk::is(text + name.offset + 1, name.length - 2, "@odata.nextLink") && text[*value] != 'n')
        page.nextLink = walk.range(value);
    }
  } while (walk.take(','));
  if (!hasList || !walk.take('}') || walk.at != walk.end) return false;
  if (hasStrayBackslash(text, length, structure.begin(), structure.end())) return false;
  page.items = ranges.data();
  page.count = ranges.size();
  return true;
}

}  // namespace csimdjson
