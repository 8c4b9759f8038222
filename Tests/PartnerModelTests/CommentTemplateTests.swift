import PartnerModel
import Testing

private let values = CommentTemplate.Values(
  tenant: "Contoso {date}", incident: "2184", title: "Ransomware", severity: "high", operator: "anna@partner.example",
  date: "2026-03-10")

private func filled(_ text: String) -> String {
  do throws(CommentTemplate.Mistake) {
    let template = try CommentTemplate(text, file: "templates/call.txt")
    return "\(template.name)|\(template.filled(with: values))"
  } catch {
    return error.description
  }
}

@Suite("A template for comments")
struct CommentTemplateTests {
  @Test(
    "Places are filled once; a mistake is told with file and line",
    arguments: [
      ("Called {tenant} on {date}.", "call|Called Contoso {date} on 2026-03-10."),
      ("# Customer called\n\nAbout {incident}:\n{title}\n\n", "Customer called|About #2184:\nRansomware"),
      ("# Customer called\r\n{severity}\r\nby {operator}\r\n", "Customer called|high\nby anna@partner.example"),
      ("\u{FEFF}#\n{tenant}", "call|Contoso {date}"),
      ("{}, { x }, {2}, {tenant", "call|{}, { x }, {2}, {tenant"),
      ("Türkçe 日本 {title}{title}", "call|Türkçe 日本 RansomwareRansomware"),
      (
        "# n\nok\nby {user}",
        "templates/call.txt, line 3: {user} is no place that is filled: there are {tenant} {incident} {title} {severity} {operator} {date}."
      ),
      ("", "templates/call.txt, line 1: it holds no text."),
      ("# name\n \n", "templates/call.txt, line 1: it holds no text."),
    ])
  func filling(text: String, result: String) {
    #expect(filled(text) == result)
  }
}
