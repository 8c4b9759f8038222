import PseudoTerminal

/// A repository with a long history, for a peer that shows one.
enum CommitHistory {
  /// A word in every commit.
  static let word = "Lateral"

  /// - Returns: the repository's folder.
  static func make(_ count: Int, git: String, in place: BenchPlace) throws -> String {
    let folder = try place.folder(place.path + "/history")
    var script = ""
    script.reserveCapacity(count * 160)
    for number in 1...count {
      let message = "\(word) change \(number) of the file server \(number * 31 % 9973)"
      script += "commit refs/heads/main\n"
      script += "committer Anna \(number % 12) <anna@partner.example> \(1_700_000_000 + number * 60) +0000\n"
      script += "data \(message.utf8.count)\n\(message)\n"
    }
    let stream = place.path + "/history.stream"
    try place.write(script, to: stream)
    let output = place.path + "/history.out"
    let environment = place.environment
    try ChildProcess.run(
      Program(git, ["init", "-q", "-b", "main", folder], environment: environment), output: output)
    try ChildProcess.run(
      Program(
        "/bin/sh", ["-c", "exec \"$0\" -C \"$1\" fast-import --quiet <\"$2\"", git, folder, stream],
        environment: environment),
      output: output)
    return folder
  }
}
