import ArgumentParser
import ConsoleApp

@main
struct Main {
  static func main() { PartnerConsole.main() }
}
