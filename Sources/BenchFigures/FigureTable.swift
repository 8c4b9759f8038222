/// A report for people: a line for each figure, in columns that stay aligned and paste as Markdown.
package struct FigureTable {
  private static let head = ["figure", "ours", "peer or floor", "ratio", "target", "met"]

  package let report: BenchReport

  package init(_ report: BenchReport) { self.report = report }

  package var text: String {
    let rows =
      report.figures.map(Self.cells)
      + report.notMeasured.map { [$0.name, "–", "not measured: \($0.reason)", "–", "–", "not measured"] }
    let widths = Self.head.indices.map { column in
      ([Self.head] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String], filledWith filler: Character = " ") -> String {
      let filled = zip(cells, widths).map { $0 + String(repeating: filler, count: $1 - $0.count) }
      return "| \(filled.joined(separator: " | ")) |"
    }
    var lines = [line(Self.head), line(Self.head.map { _ in "" }, filledWith: "-")]
    lines += rows.map { line($0) }
    lines += ["", machine] + report.notes
    return lines.joined(separator: "\n")
  }

  private var machine: String {
    let load = report.loadBefore.map { ", load \(Self.number($0)) before" } ?? ""
    let sizes = report.sizes.sorted { $0.key < $1.key }.map { "\($0.key) \(Self.number(Double($0.value)))" }
    return "\(report.build) build, \(report.processors) processors\(load); \(sizes.joined(separator: ", "))"
  }

  private static func cells(_ figure: Figure) -> [String] {
    let statistic = figure.statistic == .median ? "" : " \(figure.statistic.rawValue)"
    let other = figure.reference.map { reference in
      "\(reference.what) \(measured(reference.samples, figure.statistic, figure.unit))"
    }
    return [
      figure.name + statistic, measured(figure.samples, figure.statistic, figure.unit), other ?? "–",
      figure.ratio.map(number) ?? "–", target(figure), met(figure),
    ]
  }

  /// With how far apart the samples lie, where the median of several counts.
  private static func measured(_ samples: Samples, _ statistic: Figure.Statistic, _ unit: String) -> String {
    guard let value = statistic.value(of: samples) else { return "–" }
    var text = "\(number(value)) \(unit)"
    if statistic == .median, samples.count > 1, let least = samples.minimum, let most = samples.maximum {
      text += " (\(number(least))–\(number(most)))"
    }
    return text
  }

  private static func target(_ figure: Figure) -> String {
    switch figure.target {
    case nil: "–"
    case .ratioAtMost(let most): "≤ \(number(most)) ×"
    case .atMost(let most): "≤ \(number(most)) \(figure.unit)"
    case .atLeast(let least): "≥ \(number(least)) \(figure.unit)"
    }
  }

  private static func met(_ figure: Figure) -> String {
    switch figure.isMet {
    case true?: "met"
    case false?: "not met"
    case nil: figure.target == nil ? "–" : "not measured"
    }
  }

  /// As exact as it is worth: three digits, and all of a whole thousand.
  static func number(_ value: Double) -> String {
    let size = abs(value)
    let places = size >= 100 ? 0 : size >= 10 ? 1 : 2
    let scale = [1.0, 10, 100][places]
    let digits = String(Int((size * scale).rounded()))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    var whole = String(padded.dropLast(places))
    var grouped = ""
    while whole.count > 3 {
      grouped = "," + whole.suffix(3) + grouped
      whole.removeLast(3)
    }
    var fraction = String(padded.suffix(places))
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return (value < 0 ? "-" : "") + whole + grouped + (fraction.isEmpty ? "" : "." + fraction)
  }
}
