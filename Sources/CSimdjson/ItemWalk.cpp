#include "ItemWalk.hpp"

#include "PageIndex.hpp"

namespace csimdjson {

/// Beyond this an item is not read, so that a small text cannot ask for hundreds of megabytes: 16 MB of steps.
static const size_t mostSteps = 500000;

bool ItemWalk::isFull() const { return steps.size() >= mostSteps; }

/// Finds the end of the text in quotes that begins at `start`; the walk stands behind it.
bool ItemWalk::closingQuote(const uint8_t *start, const uint8_t *&close) const {
  // Only blanks stand between the quote and whatever comes next.
  if (at == end) return false;
  close = text + *at - 1;
  while (close > start && isBlank(*close)) close--;
  return close > start && *close == '"';
}

static uint8_t isASCII(const uint8_t *bytes, size_t length) {
  uint8_t all = 0;
  for (size_t index = 0; index < length; index++) all |= bytes[index];
  return all < 0x80;
}

/// Whether a value begins where the walk stands.
bool ItemWalk::isAValue() const {
  uint8_t byte = peek();
  return byte == '"' || byte == '{' || byte == '[' || byte == '-' || (byte >= '0' && byte <= '9') || byte == 'n' ||
         byte == 't' || byte == 'f';
}

/// Steps over a value without looking at what it is.
bool ItemWalk::skip() {
  if (at == end) return false;
  uint8_t first = text[*at];
  if (closes(first) || first == ',' || first == ':') return false;
  if (opens(first)) return nesting(text, at, end) > 0;
  at++;
  return true;
}

bool ItemWalk::string(CSimdjsonField field, bool isWord) {
  auto start = text + *at, from = start + 1;
  at++;
  const uint8_t *close;
  if (!closingQuote(start, close)) return false;
  size_t length = size_t(close - from);
  uint8_t hasEscapes = 0;
  for (size_t index = 0; index < length; index++) hasEscapes |= from[index] == '\\';
  if (hasEscapes) {
    auto written = unescaped;
    auto last = structure->unescape(from, written);
    if (!last) {
      step(field, CSimdjsonBadString);
      return true;
    }
    from = written;
    length = size_t(last - written);
    unescaped = last;
  }
  int64_t number = isWord ? words->number(from, length) : -1;
  steps.push_back({from, length, number, uint8_t(field), uint8_t(CSimdjsonString), isASCII(from, length)});
  return true;
}

/// Reads a whole number; `false` where it is none that 64 bits hold.
bool ItemWalk::integer(int64_t &number) const {
  auto byte = text + *at;
  bool isNegative = *byte == '-';
  if (isNegative) byte++;
  auto first = byte;
  uint64_t value = 0;
  for (; *byte >= '0' && *byte <= '9'; byte++) {
    if (byte - first == 19) return false;
    value = value * 10 + (*byte - '0');
  }
  if (byte == first || (*first == '0' && byte - first > 1)) return false;
  bool isWhole = isBlank(*byte) || *byte == ',' || *byte == '}' || *byte == ']';
  if (!isWhole || value > uint64_t(INT64_MAX) + isNegative) return false;
  number = int64_t(isNegative ? 0 - value : value);
  return true;
}

/// A link to more alerts, or their count, of a wrong type: that there may be more is told.
void ItemWalk::noteMore(const Member &member) {
  bool isAboutMore = member.field == CSimdjsonAlertsLink || member.field == CSimdjsonAlertsCount;
  if (isAboutMore && peek() != 'n') step(member.field, CSimdjsonBadItem);
}

bool ItemWalk::list(const Member &member) {
  size_t begin = steps.size();
  step(member.field, CSimdjsonList);
  at++;
  int64_t count = 0;
  if (!take(']')) {
    do {
      if (isFull() || !isAValue()) return false;
      uint8_t first = peek();
      if (member.reading == Reading::words) {
        if (first != '"') {
          if (!skip()) return false;
          continue;
        }
        if (!string(member.field, true)) return false;
      } else if (first != '{') {
        step(member.item, CSimdjsonBadItem);
        if (!skip()) return false;
        continue;
      } else if (!object(member.item)) {
        return false;
      }
      count++;
    } while (take(','));
    if (!take(']')) return false;
  }
  steps[begin].number = count;
  return true;
}

bool ItemWalk::member(const Member &member) {
  if (!isAValue()) return false;
  uint8_t first = peek();
  switch (member.reading) {
    case Reading::text:
    case Reading::word:
      if (first == '"') return string(member.field, member.reading == Reading::word);
      noteMore(member);
      return skip();
    case Reading::integer: {
      int64_t number;
      if ((first == '-' || (first >= '0' && first <= '9')) && integer(number))
        step(member.field, CSimdjsonInteger, number);
      else
        noteMore(member);
      return skip();
    }
    case Reading::words: return first == '[' ? list(member) : skip();
    case Reading::objects:
      if (first == '[') return list(member);
      // Something is there that is no list: it is not none.
      if (first != 'n' && member.item == CSimdjsonEvidence) step(member.item, CSimdjsonBadItem);
      return skip();
  }
  return false;
}

bool ItemWalk::object(CSimdjsonField item) {
  size_t begin = steps.size();
  auto json = text + (at < end ? *at : 0);
  if (!take('{')) return false;
  step(item, CSimdjsonBegin);
  auto &layout = Layout::of(item);
  if (!take('}')) {
    do {
      if (isFull() || peek() != '"') return false;
      auto quote = text + *at++;
      const uint8_t *close;
      if (!closingQuote(quote, close) || !take(':')) return false;
      auto known = layout.find(quote + 1, size_t(close - quote - 1));
      if (!(known ? member(*known) : skip())) return false;
    } while (take(','));
    if (!take('}')) return false;
  }
  if (item == CSimdjsonEvidence) {
    size_t length = size_t(text + at[-1] + 1 - json);
    steps[begin] = {json, length, -1, uint8_t(item), uint8_t(CSimdjsonBegin), isASCII(json, length)};
  }
  step(item, CSimdjsonEnd);
  return true;
}

}  // namespace csimdjson
