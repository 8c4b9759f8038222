import BenchFigures
import Testing

@Suite("Figures of the bench")
struct FigureTests {
  @Test(
    "The median of an even number is the lower of the two in the middle, and p99 leaves one in a hundred out",
    arguments: [
      ([3, 1, 2], 2, 3), ([4, 1, 3, 2], 2, 4), ([7], 7, 7), ((1...200).map(Double.init).reversed(), 100, 198),
    ] as [([Double], Double, Double)])
  func quantiles(values: [Double], median: Double, p99: Double) {
    #expect(Samples(values).median == median)
    #expect(Samples(values).p99 == p99)
  }

  @Test("Nothing measured is no figure, and no target is met by it")
  func nothing() {
    let figure = Figure("a", unit: "ms", Samples(), target: .atMost(5))
    #expect(figure.value == nil)
    #expect(figure.isMet == nil)
    #expect(Figure.Reference(.peer, "b", Samples()) == nil)
  }

  @Test("A ratio is that of the same statistic on both sides, and is what its target speaks of")
  func ratio() {
    let peer = Figure.Reference(.peer, "tig", Samples([1, 1, 10]))
    let median = Figure("a", unit: "ms", Samples([2, 2, 5]), beside: peer, target: .ratioAtMost(2))
    #expect(median.ratio == 2)
    #expect(median.isMet == true)
    let p99 = Figure("a", unit: "ms", Samples([2, 2, 5]), .p99, beside: peer, target: .ratioAtMost(0.4))
    #expect(p99.ratio == 0.5)
    #expect(p99.isMet == false)
  }

  @Test("A ratio without a peer, or with one that needed nothing, is not met and not missed")
  func noRatio() {
    #expect(Figure("a", unit: "ms", Samples([2]), target: .ratioAtMost(2)).isMet == nil)
    let nothing = Figure.Reference(.peer, "tig", Samples([0]))
    let figure = Figure("a", unit: "ms", Samples([2]), beside: nothing, target: .ratioAtMost(2))
    #expect(figure.ratio == nil)
    #expect(figure.isMet == nil)
  }

  @Test("A bound is met at the bound")
  func bounds() {
    #expect(Figure("a", unit: "ms", Samples([50]), target: .atMost(50)).isMet == true)
    #expect(Figure("a", unit: "ms", Samples([50.1]), target: .atMost(50)).isMet == false)
    #expect(Figure("a", unit: "MB/s", Samples([250]), target: .atLeast(250)).isMet == true)
    #expect(Figure("a", unit: "MB/s", Samples([249]), target: .atLeast(250)).isMet == false)
  }
}
