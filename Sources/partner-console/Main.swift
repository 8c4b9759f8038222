import ConsoleApp

@main
struct Main {
  static func main() { runPartnerConsole() }
}
