#ifndef CSIMDJSON_WORDS_HPP
#define CSIMDJSON_WORDS_HPP

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace csimdjson {

/// Gives each different word a number, so that whoever makes values of words makes each but once.
class Words {
 public:
  /// The word's number, from 0 on; -1 for one that is too long, or when there are too many.
  int64_t number(const uint8_t *bytes, size_t length) {
    if (length > longest) return -1;
    if (slots.empty()) slots.assign(places, 0);
    for (size_t place = hash(bytes, length) % places;; place = (place + 1) % places) {
      if (slots[place] == 0) {
        if (words.size() == most) return -1;
        words.emplace_back(reinterpret_cast<const char *>(bytes), length);
        slots[place] = uint32_t(words.size());
        return int64_t(words.size()) - 1;
      }
      const std::string &known = words[slots[place] - 1];
      if (known.size() == length && memcmp(known.data(), bytes, length) == 0) return slots[place] - 1;
    }
  }

 private:
  static const size_t longest = 128;
  static const size_t most = 2000;
  /// More than words, so that a search for one comes to its end.
  static const size_t places = 4096;

  static uint64_t hash(const uint8_t *bytes, size_t length) {
    uint64_t hash = length * 0x9E3779B97F4A7C15u, part;
    for (; length >= 8; bytes += 8, length -= 8) {
      memcpy(&part, bytes, 8);
      hash = mixed(hash ^ part);
    }
    part = 0;
    memcpy(&part, bytes, length);
    return mixed(hash ^ part);
  }

  static uint64_t mixed(uint64_t value) {
    value *= 0xFF51AFD7ED558CCDu;
    return value ^ (value >> 32);
  }

  std::vector<std::string> words;
  /// A word's number and one; 0 where there is none.
  std::vector<uint32_t> slots;
};

}  // namespace csimdjson

#endif
