/// Whether a key is another one with a letter too many, too few, changed, or two changed places; of long ones with two
/// such slips. Its case does not count.
package func isMisspelling(_ key: String, of known: String) -> Bool { slips(from: key, to: known) != nil }

/// The word among `known` that was probably meant: the one that `word` begins, if there is only one such, or the one that
/// it misspells with the fewest slips; of several the first.
package func nearest(to word: String, among known: [String]) -> String? {
  let begun = known.filter { $0.lowercased().hasPrefix(word.lowercased()) }
  if begun.count == 1, !word.isEmpty { return begun[0] }
  let slipped = known.compactMap { name in slips(from: word, to: name).map { (name: name, slips: $0) } }
  return slipped.min { $0.slips < $1.slips }?.name
}

/// How many slips lead from one word to another; `nil` for more than a misspelling has.
private func slips(from key: String, to known: String) -> Int? {
  let (left, right) = (Array(key.lowercased().unicodeScalars), Array(known.lowercased().unicodeScalars))
  let most = right.count > 5 ? 2 : 1
  guard right.count > 2, abs(left.count - right.count) <= most else { return nil }
  var before = [Int](repeating: 0, count: right.count + 1)
  var row = Array(0...right.count)
  for (index, letter) in left.enumerated() {
    var next = [index + 1]
    for (place, other) in right.enumerated() {
      var cost = min(row[place + 1] + 1, next[place] + 1, row[place] + (letter == other ? 0 : 1))
      if index > 0, place > 0, letter == right[place - 1], left[index - 1] == other {
        cost = min(cost, before[place - 1] + 1)
      }
      next.append(cost)
    }
    (before, row) = (row, next)
  }
  return row[right.count] <= most ? row[right.count] : nil
}
