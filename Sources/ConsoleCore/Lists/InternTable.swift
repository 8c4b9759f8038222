/// Gives each different value a small number, so that a row holds the number and not the value.
struct InternTable<Value: Hashable & Sendable>: Hashable, Sendable {
  private var values: [Value] = []
  private var numbers: [Value: UInt32] = [:]

  mutating func number(of value: Value) -> UInt32 {
    if let number = numbers[value] { return number }
    let number = UInt32(values.count)
    values.append(value)
    numbers[value] = number
    return number
  }

  func known(_ value: Value) -> UInt32? { numbers[value] }
  subscript(number: UInt32) -> Value { values[Int(number)] }
  var count: Int { values.count }
  /// In the order of their numbers.
  var all: [Value] { values }
}
