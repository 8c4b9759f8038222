import PartnerModel
import Testing

@Suite("The filter of words")
struct WordFilterTests {
  @Test(
    "Every word has to stand somewhere, in any order",
    arguments: [
      ("", "anything", true), ("  \t", "anything", true), ("istan", "İSTANBUL", true), ("ISTAN", "ıstanbul", true),
      ("bul istan", "İstanbul", true), ("istan ankara", "İstanbul", false), ("muller", "Müller & Söhne", true),
      ("MÜLLER", "muller", true), ("strasse", "Straße", true), ("straße", "STRASSE", true), ("京デ", "東京データ", true),
      ("テ", "データ", true), ("x", "", false), ("abcd", "abc", false), ("c", "abc", true), ("bc", "abbc", true),
      ("aab", "aaab", true), ("%s ; --", "a%s;b--", true), ("ｃontoso", "CONTOSO", true),
    ])
  func matches(filter: String, text: String, expected: Bool) {
    #expect(WordFilter(filter).matches(folded: text.foldedForSearch) == expected)
  }

  @Test("What narrows may skip what was filtered out before, and only that", arguments: UInt64(0)..<100)
  func narrows(seed: UInt64) {
    var chance = Chance(seed: seed)
    func words() -> String {
      (0..<Int.random(in: 0...3, using: &chance)).map { _ in
        String((0..<Int.random(in: 1...3, using: &chance)).map { _ in "abİ".randomElement(using: &chance) ?? "a" })
      }.joined(separator: " ")
    }
    let old = WordFilter(words())
    let new = WordFilter(words())
    guard new.narrows(old) else { return }
    for _ in 0..<200 {
      let text = words().foldedForSearch
      if new.matches(folded: text) {
        #expect(old.matches(folded: text), "seed \(seed): \(new.text) | \(old.text) | \(text)")
      }
    }
  }

  @Test("Typing on narrows, taking away does not")
  func typing() {
    #expect(WordFilter("cont").narrows(WordFilter("con")))
    #expect(WordFilter("con gold").narrows(WordFilter("con")))
    #expect(!WordFilter("con").narrows(WordFilter("cont")))
    #expect(!WordFilter("high").narrows(WordFilter("hig")) { $0 == "high" }, "it finds the severity as well")
    #expect(WordFilter("high").narrows(WordFilter("high")) { $0 == "high" })
    #expect(WordFilter("highest").narrows(WordFilter("high")) { $0 == "high" })
    #expect(WordFilter("assigned:anna").narrows(WordFilter("assigned:an")))
    #expect(!WordFilter("assigned:me").narrows(WordFilter("assigned:m")))
    #expect(!WordFilter("assigned:none").narrows(WordFilter("assigned:non")))
    #expect(!WordFilter("x").narrows(WordFilter("x assigned:me")))
    #expect(WordFilter("x").narrows(.none))
    #expect(!WordFilter.none.narrows(WordFilter("x")))
    #expect(WordFilter.none.isEmpty && WordFilter("  ").isEmpty && !WordFilter("x").isEmpty)
    #expect(WordFilter(" A  b ").text == " A  b ")
  }

  @Test("A text that was not folded is searched like its folded form, whatever it is written in")
  func unfolded() {
    for text in ["Multi-stage INCIDENT", "Adatum Türkiye A.Ş.", "東京データ", ""] {
      for word in ["incident", "multi", "stage i", "turkiye", "a.s.", "東京", "", "x"] {
        #expect(text.contains(folded: word) == text.foldedForSearch.contains(word), "\(text): \(word)")
      }
    }
  }

  @Test("A tenant is found by name, domain, id and group")
  func tenants() {
    let tenant = Tenant(id: Sample.tenant(7), name: "東京データ株式会社", domain: "tokyo.example", groups: ["Gold", "apac"])
    for found in ["東京", "tokyo", "000000000007", "gold", "APAC"] {
      #expect(WordFilter(found).matches(folded: tenant.searchText), "\(found)")
    }
    #expect(!WordFilter("goldapac").matches(folded: tenant.searchText))
  }

  @Test(
    "assigned: is no word, and what is shown as two words of a status is one",
    arguments: [
      ("assigned:me", [], [WordFilter.Owner.me]), ("ASSIGNED:None x", ["x"], [.nobody]),
      ("assigned:", [], []), ("assigned:Añna b", ["b"], [.named("anna")]), ("owner:me", ["owner:me"], []),
      ("in progress", ["in progress"], []), ("in a progress", ["in", "a", "progress"], []),
    ] as [(String, [String], [WordFilter.Owner])])
  func parts(text: String, words: [String], owners: [WordFilter.Owner]) {
    let filter = WordFilter(text)
    #expect(filter.words == words && filter.owners == owners)
    #expect(filter.isEmpty == (words.isEmpty && owners.isEmpty))
  }
}
