import BenchFigures

/// What runs of one kind cost, in milliseconds.
struct Costs {
  private(set) var wall = Samples()
  private(set) var processor = Samples()

  /// - Parameter costs: of the programs that did it one after the other.
  mutating func append(_ costs: ChildProcess.Cost...) {
    wall.append(costs.map(\.wall.milliseconds).reduce(0, +))
    processor.append(costs.map(\.processor.milliseconds).reduce(0, +))
  }
}
