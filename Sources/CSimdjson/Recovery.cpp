#include "Recovery.hpp"

#include <cstring>

namespace csimdjson {

namespace {

/// Walks over JSON and accepts nothing else, within a budget: what is tried again from many places must not take for ever.
class Strict {
 public:
  Strict(const uint8_t *text, size_t length, size_t &budget) : text(text), length(length), budget(budget) {}

  size_t at = 0;

  bool isAtEnd() const { return at >= length; }
  uint8_t peek() const { return at < length ? text[at] : 0; }
  bool take(uint8_t byte) {
    if (peek() != byte || isAtEnd()) return false;
    at++;
    return spend();
  }
  void blanks() {
    while (at < length && isBlank(text[at])) at++;
  }
  static bool isBlank(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

  bool string() {
    if (!take('"')) return false;
    while (at < length && spend()) {
      uint8_t byte = text[at++];
      if (byte == '"') return true;
      if (byte < 0x20) return false;
      if (byte == '\\') at++;
    }
    return false;
  }

  bool value(unsigned depth = 0) {
    if (depth > 64) return false;
    switch (peek()) {
      case '"': return string();
      case '{': return object(depth, nullptr);
      case '[': return list(depth);
      default: return word();
    }
  }

  /// - hasID: whether one of its own members is an `id`.
  bool object(unsigned depth, bool *hasID) {
    if (!take('{')) return false;
    blanks();
    if (take('}')) return true;
    while (true) {
      CSimdjsonRange key;
      if (!member(key, depth)) return false;
      if (hasID && is(key, "id")) *hasID = true;
      blanks();
      if (take('}')) return true;
      if (!take(',')) return false;
    }
  }

  /// Steps over a name, its colon and its value.
  bool member(CSimdjsonRange &key, unsigned depth) {
    if (!name(key)) return false;
    return value(depth + 1);
  }

  bool name(CSimdjsonRange &key) {
    blanks();
    key.offset = at;
    if (!string()) return false;
    key.length = at - key.offset;
    blanks();
    if (!take(':')) return false;
    blanks();
    return true;
  }

  bool is(CSimdjsonRange key, const char *name) const {
    size_t size = strlen(name);
    return key.length == size + 2 && memcmp(text + key.offset + 1, name, size) == 0;
  }

 private:
  bool list(unsigned depth) {
    if (!take('[')) return false;
    blanks();
    if (take(']')) return true;
    while (true) {
      blanks();
      if (!value(depth + 1)) return false;
      blanks();
      if (take(']')) return true;
      if (!take(',')) return false;
    }
  }

  /// A number, `true`, `false` or `null`; which of them is for the parser to say.
  bool word() {
    size_t from = at;
    while (at < length && spend()) {
      uint8_t byte = text[at], letter = byte | 0x20;
      bool isPart = (byte >= '0' && byte <= '9') || (letter >= 'a' && letter <= 'z') || byte == '-' || byte == '+' ||
                    byte == '.';
      if (!isPart) break;
      at++;
    }
    return at > from;
  }

  bool spend() {
    if (budget == 0) return false;
    budget--;
    return true;
  }

  const uint8_t *text;
  size_t length;
  size_t &budget;
};

class Recovery {
 public:
  Recovery(const uint8_t *text, size_t length, size_t mostItems, const char *name, std::vector<CSimdjsonRange> &items)
      : text(text), length(length), budget(4 * length + 65536), mostItems(mostItems), name(name), items(items) {}

  CSimdjsonPage page{CSimdjsonPageBroken, nullptr, 0, {0, 0}, 0, 0};

  void run() {
    items.clear();
    Strict scan(text, length, budget);
    scan.blanks();
    if (!scan.take('{')) return;
    while (true) {
      CSimdjsonRange key;
      if (!scan.name(key)) return;
      if (scan.is(key, name) && scan.peek() == '[') break;
      size_t from = scan.at;
      if (!scan.value()) return fail(from);
      noteLink(scan, key, from);
      scan.blanks();
      if (!scan.take(',')) return fail(scan.at);
    }
    scan.take('[');
    scan.blanks();
    if (scan.peek() == ']') return end(scan.at) ? succeed() : fail(scan.at);
    size_t from = scan.at;
    while (true) {
      if (items.size() == mostItems) {
        page.status = CSimdjsonPageTooLong;
        return;
      }
      size_t next = itemEnd(from);
      if (next == 0) return fail(from);
      items.push_back({from, next - from});
      Strict behind(text, length, budget);
      behind.at = next;
      behind.blanks();
      if (behind.peek() == ']') return succeed();
      behind.take(',');
      behind.blanks();
      from = behind.at;
    }
  }

 private:
  /// Where the item that begins at `from` ends; 0 when that cannot be told.
  size_t itemEnd(size_t from) {
    Strict whole(text, length, budget);
    whole.at = from;
    if (whole.value()) {
      size_t next = whole.at;
      whole.blanks();
      if (whole.peek() == ',' || (whole.peek() == ']' && end(whole.at))) return next;
    }
    // What is JSON as far as it goes was cut off: no bracket in it is the end of the list.
    bool isCut = whole.isAtEnd();
    bool startsWithID = leadingID(text + from, length - from).length > 0;
    // The last byte before `at` that is not blank.
    uint8_t before = 0;
    for (size_t at = from; at < length; at++) {
      uint8_t byte = text[at];
      if (Strict::isBlank(byte)) continue;
      if (before == '}' && ((byte == ',' && beginsItem(at + 1, startsWithID)) || (byte == ']' && !isCut && end(at)))) return at;
      before = byte;
    }
    return 0;
  }

  /// Whether an item of the list stands at `at`: one that begins like the others, or that is whole and has an id, which
  /// nothing inside an item of a list has.
  bool beginsItem(size_t at, bool startWithID) {
    Strict item(text, length, budget);
    item.at = at;
    item.blanks();
    if (item.peek() != '{') return false;
    if (startWithID && leadingID(text + item.at, length - item.at).length > 0) return true;
    bool hasID = false;
    if (!item.object(0, &hasID) || !hasID) return false;
    item.blanks();
    return item.peek() == ',' || item.peek() == ']';
  }

  /// Whether the list ends at `at` and nothing but the rest of its object follows; notes the link in it.
  bool end(size_t at) {
    Strict rest(text, length, budget);
    CSimdjsonRange link = page.nextLink;
    rest.at = at;
    if (!rest.take(']')) return false;
    rest.blanks();
    while (rest.take(',')) {
      CSimdjsonRange key;
      if (!rest.name(key)) return undo(link);
      // A second list would let one part of a page speak for another.
      if (rest.is(key, name)) return undo(link);
      size_t from = rest.at;
      if (!rest.value()) return undo(link);
      noteLink(rest, key, from);
      rest.blanks();
    }
    if (!rest.take('}')) return undo(link);
    rest.blanks();
    return rest.isAtEnd() ? true : undo(link);
  }

  bool undo(CSimdjsonRange link) {
    page.nextLink = link;
    return false;
  }

  void noteLink(const Strict &scan, CSimdjsonRange key, size_t from) {
    if (scan.is(key, "@odata.nextLink") && text[from] != 'n') page.nextLink = {from, scan.at - from};
  }

  void fail(size_t at) {
    page.brokenAt = at;
    items.clear();
  }

  void succeed() {
    page.status = CSimdjsonPageRead;
    page.items = items.data();
    page.count = items.size();
  }

  const uint8_t *text;
  size_t length;
  size_t budget;
  size_t mostItems;
  const char *name;
  std::vector<CSimdjsonRange> &items;
};

}  // namespace

CSimdjsonPage recoverList(
    const uint8_t *text, size_t length, size_t mostItems, const char *name, std::vector<CSimdjsonRange> &items) {
  Recovery recovery(text, length, mostItems, name, items);
  recovery.run();
  return recovery.page;
}

CSimdjsonRange leadingID(const uint8_t *text, size_t length) {
  size_t budget = 1024;
  Strict scan(text, length, budget);
  CSimdjsonRange key, none{0, 0};
  scan.blanks();
  if (!scan.take('{') || !scan.name(key) || !scan.is(key, "id")) return none;
  size_t from = scan.at;
  if (!scan.string() || scan.at - from <= 2) return none;
  return {from + 1, scan.at - from - 2};
}

}  // namespace csimdjson
