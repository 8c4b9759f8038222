#ifndef CSIMDJSON_STRUCTURE_HPP
#define CSIMDJSON_STRUCTURE_HPP

#if !__has_include(<simdjson.h>)
#error "simdjson's headers are missing. Install them: apt-get install libsimdjson-dev"
#endif

#include <simdjson.h>

#include <memory>

namespace csimdjson {

inline bool isBlank(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

// Brackets differ from braces in one bit: { [ and } ].
inline bool opens(uint8_t byte) { return (byte & 0xDF) == '['; }
inline bool closes(uint8_t byte) { return (byte & 0xDF) == ']'; }

/// Where a text's brackets, colons, commas and values begin, found without judging how they follow each other.
///
/// That the text is UTF-8, and that no text in quotes is cut off or holds a control, is known then.
class Structure {
 public:
  /// - Returns: whether the text is so far in order.
  bool find(const uint8_t *text, size_t length) {
    if (length > UINT32_MAX - CSIMDJSON_PADDING) return false;
    if (!parser) {
      auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(length, 1, parser);
      if (error) return false;
    } else if (parser->capacity() < length && parser->set_capacity(length)) {
      return false;
    }
    return parser->stage1(text, length, simdjson::stage1_mode::regular) == simdjson::SUCCESS;
  }

  const uint32_t *begin() const { return parser->structural_indexes.get(); }
  const uint32_t *end() const { return begin() + parser->n_structural_indexes; }

  /// Writes the text that begins behind a quote without its escapes.
  /// - Parameter to: has room for as much as there is, and the padding.
  /// - Returns: where it ends; `nullptr` when it is not valid.
  uint8_t *unescape(const uint8_t *text, uint8_t *to) const { return parser->parse_string(text, to); }

 private:
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

}  // namespace csimdjson

#endif
