public import FoundationEssentials
import Glibc
import PartnerModel

/// Time, chance and the environment, handed in so that tests decide them.
public struct PartnerDependencies: Sendable {
  /// The wall clock, for what is recorded and shown.
  public var now: @Sendable () -> Date
  /// Time since some fixed moment that no change of the clock moves; it goes on while the machine is suspended.
  public var uptime: @Sendable () -> Duration
  /// Waits between two attempts.
  public var sleep: @Sendable (Duration) async throws -> Void
  /// Calls its second argument when this long has passed: the time that a whole answer, head and body, is given. What it
  /// returns calls that off, and does nothing afterwards.
  public var expire: @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void
  /// A GUID that names one operation over all its attempts.
  public var newRequestID: @Sendable () -> String
  public var random: @Sendable (ClosedRange<Double>) -> Double
  public var environment: @Sendable (String) -> String?

  public init(
    now: @escaping @Sendable () -> Date, uptime: @escaping @Sendable () -> Duration,
    sleep: @escaping @Sendable (Duration) async throws -> Void,
    expire: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> @Sendable () -> Void,
    newRequestID: @escaping @Sendable () -> String,
    random: @escaping @Sendable (ClosedRange<Double>) -> Double,
    environment: @escaping @Sendable (String) -> String?
  ) {
    self.now = now
    self.uptime = uptime
    self.sleep = sleep
    self.expire = expire
    self.newRequestID = newRequestID
    self.random = random
    self.environment = environment
  }

  /// The real ones.
  public static let live: PartnerDependencies = {
    let start = ContinuousClock.now
    let deadlines = DeadlineClock()
    return PartnerDependencies(
      now: { Date() },
      uptime: { start.duration(to: .now) },
      sleep: { try await Task.sleep(for: $0, clock: .continuous) },
      expire: { deadlines.expire(after: $0, $1) },
      newRequestID: {
        // Version 4, RFC 9562, section 5.4: chance but for six bits.
        guidText(
          high: .random(in: .min ... .max) & ~0xF000 | 0x4000,
          low: .random(in: .min ... .max) & ~(0b11 << 62) | 0b10 << 62)
      },
      random: { Double.random(in: $0) },
      environment: { getenv($0).map { String(cString: $0) } })
  }()
}
