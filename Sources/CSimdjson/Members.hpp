#ifndef CSIMDJSON_MEMBERS_HPP
#define CSIMDJSON_MEMBERS_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "CSimdjson.h"

namespace csimdjson {

/// What a member of an object is read as. A word is a text that stands in many places.
enum class Reading : uint8_t { text, word, integer, words, objects };

struct Member {
  const char *name;
  size_t length;
  CSimdjsonField field;
  Reading reading;
  /// Of `objects`: what each of them is.
  CSimdjsonField item;
};

/// The members that one kind of object is known to have, with the shorter names first.
class Layout {
 public:
  static const Layout &of(CSimdjsonField item);

  const Member *find(const uint8_t *name, size_t length) const {
    if (length >= longest) return nullptr;
    for (size_t index = first[length]; index < first[length + 1]; index++)
      if (memcmp(members[index].name, name, length) == 0) return &members[index];
    return nullptr;
  }

 private:
  /// Longer than any name.
  static const size_t longest = 32;
  static const size_t most = 32;

  template <size_t count>
  explicit Layout(const Member (&unordered)[count]);

  Member members[most];
  /// By length: the first member whose name is no shorter.
  uint8_t first[longest + 1];
};

}  // namespace csimdjson

#endif
