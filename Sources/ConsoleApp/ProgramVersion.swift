/// The version that `--version`, crash reports and the user agent tell.
enum ProgramVersion { static let text = "0.1.0" }
