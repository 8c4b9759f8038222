#include "PageScan.hpp"

namespace csimdjson {

namespace {

CSimdjsonPageStatus scanItems(Scan &scan, size_t mostItems, std::vector<CSimdjsonRange> &items) {
  scan.take('[');
  scan.blanks();
  if (scan.take(']')) return CSimdjsonPageRead;
  while (true) {
    scan.blanks();
    if (items.size() == mostItems) return CSimdjsonPageTooLong;
    size_t from = scan.offset(), depth;
    if (!scan.value(depth)) return CSimdjsonPageBroken;
    items.push_back({from, scan.offset() - from});
    // Junk between an item and the next comma belongs to the item before it.
    while (!scan.isAtEnd() && scan.peek() != ',' && scan.peek() != ']') {
      if (scan.peek() == '}' || !scan.value(depth)) return CSimdjsonPageBroken;
      items.back().length = scan.offset() - items.back().offset;
    }
    if (scan.take(']')) return CSimdjsonPageRead;
    if (!scan.take(',')) return CSimdjsonPageBroken;
  }
}

bool isKey(const uint8_t *text, CSimdjsonRange key, const char *name) {
  size_t length = strlen(name);
  return key.length == length + 2 && memcmp(text + key.offset + 1, name, length) == 0;
}

}  // namespace

CSimdjsonPage scanPage(const uint8_t *text, size_t length, size_t mostItems, std::vector<CSimdjsonRange> &items) {
  items.clear();
  CSimdjsonPage page{CSimdjsonPageBroken, nullptr, 0, {0, 0}, 0, 0};
  Scan scan(text, length);
  bool hasList = false;
  scan.blanks();
  if (!scan.take('{')) return page;
  scan.blanks();
  bool isEmpty = scan.take('}');
  while (!isEmpty) {
    scan.blanks();
    CSimdjsonRange key{scan.offset(), 0};
    if (!scan.string()) return page;
    key.length = scan.offset() - key.offset;
    scan.blanks();
    if (!scan.take(':')) return page;
    scan.blanks();
    size_t from = scan.offset(), depth;
    if (isKey(text, key, "value") && scan.peek() == '[') {
      // A second list would let one part of a page speak for another.
      if (hasList) return page;
      hasList = true;
      auto status = scanItems(scan, mostItems, items);
      if (status != CSimdjsonPageRead) {
        page.status = status;
        return page;
      }
    } else {
      if (!scan.value(depth)) return page;
      // A link that is no text is a link all the same: there is more, and nobody can tell where.
      if (isKey(text, key, "@odata.nextLink") && text[from] != 'n') page.nextLink = {from, scan.offset() - from};
    }
    scan.blanks();
    if (scan.take('}')) break;
    if (!scan.take(',')) return page;
  }
  scan.blanks();
  if (!scan.isAtEnd()) return page;
  page.status = hasList ? CSimdjsonPageRead : CSimdjsonPageWithoutList;
  page.items = items.data();
  page.count = items.size();
  return page;
}

}  // namespace csimdjson
