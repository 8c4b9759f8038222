import PartnerModel

/// The header in which the service names the products that gave nothing to its answer.
///
/// Source: Microsoft Graph, `Warning: 199 - "{Vendor}/{Provider}/{Status}/{LatencyMs}"`; RFC 7234, 5.5.
enum WarningHeader {
  private static let longestName = 80

  static func products(_ header: String) -> [LeftOutProduct] {
    var products: [LeftOutProduct] = []
    var rest = header[...]
    while let quote = rest.firstIndex(of: "\"") {
      let code = rest[..<quote].split { $0 == " " || $0 == "," }.first
      let quoted = rest[rest.index(after: quote)...]
      let end = quoted.firstIndex(of: "\"") ?? quoted.endIndex
      if code == "199" { products = products.joined(with: [product(quoted[..<end])]) }
      rest = end == quoted.endIndex ? "" : quoted[quoted.index(after: end)...]
    }
    return products
  }

  /// A provider's own name may hold a slash; the vendor before it and the two numbers behind it do not.
  private static func product(_ text: Substring) -> LeftOutProduct {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isWhole = parts.count >= 4
    let words = isWhole ? parts[1..<parts.count - 2].joined(separator: "/") : String(text)
    let name = words.drop { $0 == " " }.prefix(longestName)
    return LeftOutProduct(
      name: name.isEmpty ? nil : String(name), status: isWhole ? Int(parts[parts.count - 2]) : nil)
  }
}
