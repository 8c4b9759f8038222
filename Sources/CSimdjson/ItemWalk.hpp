#ifndef CSIMDJSON_ITEM_WALK_HPP
#define CSIMDJSON_ITEM_WALK_HPP

#include <memory>
#include <vector>

#include "Members.hpp"
#include "Structure.hpp"
#include "Words.hpp"

namespace csimdjson {

/// Walks through one item and notes a step for each value that is known.
class ItemWalk {
 public:
  std::vector<CSimdjsonStep> steps;

  /// - Parameters:
  ///   - text: what the structure was found in, with its padding.
  ///   - from: the item's first place, up to `until`.
  ///   - unescaped: room for all texts of the item that have escapes, and the padding.
  /// - Returns: whether the item is JSON as far as it was read, and not too long; else the steps lead up to the damage.
  bool run(
      const uint8_t *text, const uint32_t *from, const uint32_t *until, const Structure &structure, uint8_t *unescaped,
      Words &words, CSimdjsonField root) {
    steps.clear();
    this->text = text;
    this->structure = &structure;
    this->unescaped = unescaped;
    this->words = &words;
    at = from;
    end = until;
    return at < end && object(root) && at == end;
  }

 private:
  const uint8_t *text;
  const uint32_t *at, *end;
  const Structure *structure;
  uint8_t *unescaped;
  Words *words;

  /// What stands at the next place; 0 at the end.
  uint8_t peek() const { return at < end ? text[*at] : 0; }
  bool take(uint8_t byte) {
    if (peek() != byte) return false;
    at++;
    return true;
  }

  void step(CSimdjsonField field, CSimdjsonKind kind, int64_t number = -1) {
    steps.push_back({nullptr, 0, number, uint8_t(field), uint8_t(kind), 0});
  }

  bool isFull() const;
  bool closingQuote(const uint8_t *start, const uint8_t *&close) const;
  bool isAValue() const;
  bool skip();
  bool string(CSimdjsonField field, bool isWord);
  bool integer(int64_t &number) const;
  void noteMore(const Member &member);
  bool member(const Member &member);
  bool list(const Member &member);
  bool object(CSimdjsonField item);
};

}  // namespace csimdjson

#endif
