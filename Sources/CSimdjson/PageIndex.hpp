#ifndef CSIMDJSON_PAGE_INDEX_HPP
#define CSIMDJSON_PAGE_INDEX_HPP

#include <vector>

#include "CSimdjson.h"
#include "Structure.hpp"

namespace csimdjson {

/// Where an item's structure is, and how deep it is nested.
struct IndexedItem {
  const uint32_t *from, *until;
  size_t depth;
};

/// Finds the items of a page that is in order, by its structure.
/// - Returns: `false` for a page that has something odd outside of its items; nothing is said of it then.
bool indexPage(
    const uint8_t *text, size_t length, const Structure &structure, size_t mostItems, CSimdjsonPage &page,
    std::vector<CSimdjsonRange> &ranges, std::vector<IndexedItem> &items);

/// The levels of nesting of the value at `at`, which is stepped over; 0 where none begins or it does not end.
size_t nesting(const uint8_t *text, const uint32_t *&at, const uint32_t *end);

}  // namespace csimdjson

#endif
