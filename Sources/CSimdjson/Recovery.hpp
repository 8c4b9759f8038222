#ifndef CSIMDJSON_RECOVERY_HPP
#define CSIMDJSON_RECOVERY_HPP

#include <vector>

#include "CSimdjson.h"

namespace csimdjson {

/// Finds the items of the list `name` in an object of which an item breaks JSON's own marks: raw quotes or brackets in a
/// text. An item ends where a whole item or the rest of the object begins again.
CSimdjsonPage recoverList(
    const uint8_t *text, size_t length, size_t mostItems, const char *name, std::vector<CSimdjsonRange> &items);

/// The id that an item begins with, without its quotes, be it broken behind that; length 0 when there is none.
CSimdjsonRange leadingID(const uint8_t *text, size_t length);

}  // namespace csimdjson

#endif
