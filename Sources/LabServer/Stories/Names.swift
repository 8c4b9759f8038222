/// How people and machines are called in a part of the world.
struct Culture: Sendable {
  var country: String
  var city: String
  var first: [String]
  var last: [String]
  /// Parts of company names, with the ending that such companies bear.
  var companies: [String]
  var suffixes: [String]
  var topLevel: String

  static let all = [english, german, turkish, japanese, french, spanish, nordic, polish]

  /// Guessed from a tenant's name or its domain's ending, else from chance.
  static func of(_ tenant: LabTenant, seed: UInt64) -> Culture {
    let domain = tenant.domain.lowercased()
    return all.first { culture in culture.companies.contains { tenant.name.hasPrefix($0) } }
      ?? all.first { domain.hasSuffix(".\($0.topLevel)") }
      ?? all.first { culture in culture.suffixes.contains { tenant.name.hasSuffix($0) } }
      ?? all[Int(seed % UInt64(all.count))]
  }

  static let english = Culture(
    country: "GB", city: "Leeds",
    first: ["Amelia", "Oliver", "Priya", "George", "Isla", "Callum", "Grace", "Samuel", "Nadia", "Ethan"],
    last: ["Hughes", "Patel", "Whitfield", "O'Connor", "Barker", "Singh", "Lawson", "Marsh", "Doyle", "Fletcher"],
    companies: ["Northgate", "Alder & Finch", "Brightwater", "Harrow", "Kestrel", "Stonebridge", "Oakhurst"],
    suffixes: ["Ltd", "Logistics plc", "Health Trust", "Foods Ltd", "Insurance"], topLevel: "co.uk")
  static let german = Culture(
    country: "DE", city: "München",
    first: ["Jürgen", "Anna", "Lukas", "Sabine", "Jörg", "Katharina", "Felix", "Heike", "Tobias", "Grete"],
    last: ["Müller", "Schäfer", "Weiß", "Krüger", "Bauer", "Löffler", "Hoffmann", "Vogel", "Brandt", "Groß"],
    companies: ["Isar", "Schwarzwald", "Hanse", "Lindenthal", "Rheingold", "Märkische", "Königstein"],
    suffixes: ["Maschinenbau GmbH", "Werke AG", "Stadtwerke", "Klinik gGmbH", "Handels GmbH & Co. KG"],
    topLevel: "de")
  static let turkish = Culture(
    country: "TR", city: "İzmir",
    first: ["Ayşe", "Mehmet", "Elif", "Çağrı", "Işıl", "Gökhan", "Zeynep", "Uğur", "Şule", "Ömer"],
    last: ["Yılmaz", "Öztürk", "Çelik", "Şahin", "Aydın", "Kılıç", "Doğan", "Güneş", "Işık", "Ünal"],
    companies: ["Anadolu", "Boğaziçi", "Kızılırmak", "Ege Güneşi", "Çınar", "Şimşek", "Yıldız"],
    suffixes: ["Tekstil A.Ş.", "Lojistik Ltd. Şti.", "Gıda Sanayi A.Ş.", "Sigorta A.Ş.", "İnşaat A.Ş."],
    topLevel: "com.tr")
  static let japanese = Culture(
    country: "JP", city: "大阪",
    first: ["Haruto", "Yui", "Kenji", "Sakura", "Daichi", "Aoi", "Takumi", "Mio", "Ren", "Hina"],
    last: ["Sato", "Suzuki", "Takahashi", "Tanaka", "Watanabe", "Ito", "Yamamoto", "Nakamura", "Kobayashi", "Kato"],
    companies: ["株式会社 青葉", "みずほの里", "Sakuragawa", "東海精密", "富士見", "Hoshino", "大和電機"],
    suffixes: ["工業", "物流", "Trading K.K.", "製作所", "Foods"], topLevel: "co.jp")
  static let french = Culture(
    country: "FR", city: "Orléans",
    first: ["Zoé", "Théo", "Chloé", "Rémi", "Anaïs", "Gaël", "Inès", "François", "Maëlys", "Noël"],
    last: ["Lefèvre", "Garçon", "Dubois", "Bénard", "Moreau", "Noël", "Chevalier", "Hébert", "Aubert", "Lemoine"],
    companies: ["Val de Loire", "L'Étoile", "Provence Énergie", "Côte d'Opale", "Beaumarchais", "Sévigné", "Crêt"],
    suffixes: ["SA", "Distribution SAS", "Assurances", "Aéronautique", "& Fils SARL"], topLevel: "fr")
  static let spanish = Culture(
    country: "ES", city: "A Coruña",
    first: ["Lucía", "Íñigo", "Begoña", "Martín", "Ángela", "José", "Núria", "Andrés", "Sofía", "Raúl"],
    last: ["García", "Núñez", "Ibáñez", "Peña", "López", "Martínez", "Cañas", "Vázquez", "Ortiz", "Muñoz"],
    companies: ["Sierra Norte", "Costa Azahar", "Aceites Núñez", "Puerto Rey", "Cantábrica", "Encina", "Almería"],
    suffixes: ["S.A.", "Logística S.L.", "Hoteles", "Energía S.A.", "Seguros"], topLevel: "es")
  static let nordic = Culture(
    country: "SE", city: "Malmö",
    first: ["Åsa", "Björn", "Freja", "Søren", "Linnéa", "Jørgen", "Elin", "Östen", "Maja", "Håkon"],
    last: ["Lindström", "Åkesson", "Sørensen", "Berg", "Öberg", "Nyström", "Hansen", "Dahl", "Sjöberg", "Møller"],
    companies: ["Norrland", "Øresund", "Fjällräv", "Västkusten", "Skärgård", "Polaris", "Älvdalen"],
    suffixes: ["AB", "Shipping A/S", "Skog AB", "Energi ASA", "Livs AB"], topLevel: "se")
  static let polish = Culture(
    country: "PL", city: "Łódź",
    first: ["Łukasz", "Zofia", "Michał", "Agnieszka", "Paweł", "Żaneta", "Krzysztof", "Kinga", "Stanisław", "Ewa"],
    last: ["Wójcik", "Kowalska", "Zając", "Dąbrowski", "Król", "Szymańska", "Woźniak", "Błaszczyk", "Mróz", "Górska"],
    companies: ["Wisła", "Bałtyk", "Śląsk", "Jagiełło", "Mazowsze", "Złoty Kłos", "Podlasie"],
    suffixes: ["Sp. z o.o.", "Transport S.A.", "Meble", "Apteki S.A.", "Stal S.A."], topLevel: "pl")
}

/// Latin letters and digits only, as account and host names are made of.
func asciiFolded(_ text: String) -> String {
  var folded = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "a"..."z", "0"..."9": folded.unicodeScalars.append(scalar)
    case "A"..."Z": folded += String(scalar).lowercased()
    default: folded += foldings[scalar] ?? ""
    }
  }
  return folded
}

private let foldings: [Unicode.Scalar: String] = [
  "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue", "ß": "ss", "ş": "s", "Ş": "s", "ç": "c", "Ç": "c",
  "ğ": "g", "ı": "i", "İ": "i", "é": "e", "É": "e", "è": "e", "ê": "e", "ë": "e", "ï": "i", "ô": "o", "í": "i",
  "Í": "i", "á": "a", "Á": "a", "ó": "o", "ú": "u", "ñ": "n", "å": "a", "Å": "a", "ø": "o", "Ø": "o", "æ": "ae",
  "ł": "l", "Ł": "l", "ś": "s", "Ś": "s", "ż": "z", "Ż": "z", "ź": "z", "ą": "a", "ę": "e", "ć": "c", "ń": "n",
]

extension LabTenant {
  /// Customers with believable names from several countries; the same seed gives the same ones.
  package static func generate(count: Int, seed: UInt64) -> [LabTenant] {
    (0..<count).map { index in
      var chance = Chance(seed, 0x7E4A, UInt64(index))
      let culture = Culture.all[index % Culture.all.count]
      let id = chance.guid()
      let stem = culture.companies[index / Culture.all.count % culture.companies.count]
      let suffix = chance.pick(culture.suffixes)
      let round = index / (Culture.all.count * culture.companies.count)
      let name = round == 0 ? "\(stem) \(suffix)" : "\(stem) \(suffix) \(culture.city) \(round)"
      let folded = asciiFolded(stem)
      let label = folded.isEmpty ? "\(culture.country.lowercased())customer" : folded
      return LabTenant(id: id, name: name, domain: "\(label)\(index).onmicrosoft.com")
    }
  }
}
