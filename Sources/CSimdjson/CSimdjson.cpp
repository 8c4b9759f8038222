#include "ItemWalk.hpp"
#include "PageIndex.hpp"
#include "PageScan.hpp"
#include "Recovery.hpp"

using namespace csimdjson;

struct CSimdjsonReader {
  Structure structure;
  ItemWalk walk;
  Words words;
  std::vector<CSimdjsonRange> ranges;
  /// Of the page that was found last, where its structure could be told; else none.
  std::vector<IndexedItem> indexed;

  CSimdjsonPage page(const uint8_t *text, size_t length, size_t mostItems) {
    CSimdjsonPage page;
    // Those of the page before point into what is written over now.
    indexed.clear();
    if (structure.find(text, length) && indexPage(text, length, structure, mostItems, page, ranges, indexed)) {
      page.isIndexed = 1;
      return page;
    }
    return scanPage(text, length, mostItems, ranges);
  }

  CSimdjsonSteps indexedItem(const uint8_t *text, size_t number, CSimdjsonField root, size_t deepest) {
    if (number >= indexed.size()) return {0, nullptr, 0};
    auto item = indexed[number];
    walk.steps.clear();
    bool isRead = item.depth <= deepest && run(text, ranges[number].length, item.from, item.until, root);
    return {isRead, walk.steps.data(), walk.steps.size()};
  }

  CSimdjsonSteps item(const uint8_t *text, size_t length, CSimdjsonField root, size_t deepest) {
    walk.steps.clear();
    // What was found of a page is lost here.
    indexed.clear();
    if (!structure.find(text, length)) return {0, nullptr, 0};
    auto at = structure.begin();
    size_t depth = nesting(text, at, structure.end());
    bool isRead = depth > 0 && depth <= deepest && run(text, length, structure.begin(), structure.end(), root);
    return {isRead, walk.steps.data(), walk.steps.size()};
  }

 private:
  std::unique_ptr<uint8_t[]> unescaped;
  size_t room = 0;

  bool run(const uint8_t *text, size_t length, const uint32_t *from, const uint32_t *until, CSimdjsonField root) {
    if (room < length + CSIMDJSON_PADDING) {
      room = 2 * length + CSIMDJSON_PADDING;
      unescaped.reset(new uint8_t[room]);
    }
    return walk.run(text, from, until, structure, unescaped.get(), words, root);
  }
};

// No exception may leave for a caller that knows none: without memory there is nothing to read.

static const CSimdjsonPage brokenPage = {CSimdjsonPageBroken, nullptr, 0, {0, 0}, 0, 0};

CSimdjsonReader *csimdjsonCreate(void) {
  try {
    return new CSimdjsonReader;
  } catch (...) {
    return nullptr;
  }
}

void csimdjsonDestroy(CSimdjsonReader *reader) { delete reader; }

CSimdjsonPage csimdjsonPage(CSimdjsonReader *reader, const uint8_t *text, size_t length, size_t mostItems) {
  try {
    return reader->page(text, length, mostItems);
  } catch (...) {
    return brokenPage;
  }
}

CSimdjsonPage csimdjsonRecovered(
    CSimdjsonReader *reader, const uint8_t *text, size_t length, size_t mostItems, const char *name) {
  try {
    reader->indexed.clear();
    return recoverList(text, length, mostItems, name, reader->ranges);
  } catch (...) {
    return brokenPage;
  }
}

CSimdjsonRange csimdjsonLeadingID(const uint8_t *text, size_t length) { return leadingID(text, length); }

CSimdjsonSteps csimdjsonIndexedItem(
    CSimdjsonReader *reader, const uint8_t *text, size_t number, CSimdjsonField root, size_t deepest) {
  try {
    return reader->indexedItem(text, number, root, deepest);
  } catch (...) {
    return {0, nullptr, 0};
  }
}

CSimdjsonSteps csimdjsonItem(
    CSimdjsonReader *reader, const uint8_t *text, size_t length, CSimdjsonField root, size_t deepest) {
  try {
    return reader->item(text, length, root, deepest);
  } catch (...) {
    return {0, nullptr, 0};
  }
}
