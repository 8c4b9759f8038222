/// The client secret of a lab, made anew for each.
enum LabSecret {
  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~_-.")
    return String((0..<40).map { _ in letters[Int.random(in: letters.indices, using: &generator)] })
  }
}
