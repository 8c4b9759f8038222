public import FoundationEssentials

/// How fast an incident of one severity has to be acknowledged and resolved, in seconds.
public struct SLATarget: Hashable, Sendable {
  public var acknowledge: TimeInterval?
  public var resolve: TimeInterval?
  public init(acknowledge: TimeInterval? = nil, resolve: TimeInterval? = nil) {
    self.acknowledge = acknowledge
    self.resolve = resolve
  }
}

/// The targets agreed with a customer, by severity.
public struct SLAPolicy: Hashable, Sendable {
  public var targets: [Severity: SLATarget]
  public init(targets: [Severity: SLATarget] = [:]) { self.targets = targets }

  /// This policy with the targets of `other` in front.
  public func overridden(by other: SLAPolicy?) -> SLAPolicy {
    guard let other else { return self }
    return SLAPolicy(targets: targets.merging(other.targets) { _, theirs in theirs })
  }
}

/// An incident's deadlines, and how they stand.
public struct SLA: Hashable, Sendable {
  public enum State: String, Hashable, Sendable { case none, ok, due, breached, met }

  public var acknowledgeBy: Timestamp?
  public var resolveBy: Timestamp?
  public var state: State
  /// The deadline that counts next; `nil` when none is left.
  public var next: Timestamp?
  /// Whether it was acknowledged, but after the time agreed for that.
  public var isAcknowledgedLate: Bool

  /// Judges an incident at `now`.
  ///
  /// The next deadline is `due` when a quarter of its time or less is left.
  public init(of incident: IncidentSummary, policy: SLAPolicy, now: Date) {
    self.init(
      severity: incident.severity, isOpen: incident.status.isOpen, createdAt: incident.createdAt,
      updatedAt: incident.updatedAt, acknowledgedAt: incident.acknowledgedAt, policy: policy, now: now)
  }

  /// The same of an incident that is known by these values.
  package init(
    severity: Severity, isOpen: Bool, createdAt: Timestamp?, updatedAt: Timestamp?, acknowledgedAt: Timestamp?,
    policy: SLAPolicy, now: Date
  ) {
    self.init(
      target: policy.targets[severity], isOpen: isOpen, createdAt: createdAt, updatedAt: updatedAt,
      acknowledgedAt: acknowledgedAt, now: now)
  }

  /// The same by the target that its severity has.
  package init(
    target: SLATarget?, isOpen: Bool, createdAt: Timestamp?, updatedAt: Timestamp?, acknowledgedAt: Timestamp?,
    now: Date
  ) {
    guard let target, let created = createdAt,
      target.acknowledge != nil || target.resolve != nil
    else {
      self.init(acknowledgeBy: nil, resolveBy: nil, state: .none, next: nil, isAcknowledgedLate: false)
      return
    }
    func deadline(_ seconds: TimeInterval?) -> Timestamp? {
      seconds.map { Timestamp(ticks: created.ticks + Int64($0 * 10_000_000)) }
    }
    let acknowledgeBy = deadline(target.acknowledge)
    let resolveBy = deadline(target.resolve)
    let isLate = acknowledgeBy.map { by in acknowledgedAt.map { $0 > by } ?? false } ?? false
    func sla(_ state: State, _ next: Timestamp?) -> SLA {
      SLA(acknowledgeBy: acknowledgeBy, resolveBy: resolveBy, state: state, next: next, isAcknowledgedLate: isLate)
    }
    func judged(_ next: Timestamp?, _ allowed: TimeInterval?) -> SLA {
      // What was missed is not met by having been done at last.
      guard let next, let allowed else { return sla(isLate ? .breached : .met, nil) }
      let left = -next.age(at: now)
      return sla(left <= 0 ? .breached : left <= allowed / 4 ? .due : .ok, next)
    }
    if !isOpen {
      // When it was resolved is not in the answer; its last change is the latest moment that it can have been.
      let late = resolveBy.map { (updatedAt ?? $0) > $0 } ?? false
      self = sla(late || isLate ? .breached : .met, nil)
      return
    }
    if acknowledgedAt == nil, acknowledgeBy != nil {
      self = judged(acknowledgeBy, target.acknowledge)
    } else {
      self = judged(resolveBy, target.resolve)
    }
  }

  private init(
    acknowledgeBy: Timestamp?, resolveBy: Timestamp?, state: State, next: Timestamp?, isAcknowledgedLate: Bool
  ) {
    self.isAcknowledgedLate = isAcknowledgedLate
    self.acknowledgeBy = acknowledgeBy
    self.resolveBy = resolveBy
    self.state = state
    self.next = next
  }
}

extension Configuration {
  /// The most time that any tenant's incidents of a severity have, in seconds: after it none has any left.
  package var longestDeadlines: [Severity: TimeInterval] {
    var longest: [Severity: TimeInterval] = [:]
    for tenant in tenants {
      for (severity, target) in sla(for: tenant).targets {
        let seconds = max(target.acknowledge ?? 0, target.resolve ?? 0)
        longest[severity] = max(longest[severity] ?? 0, seconds)
      }
    }
    return longest
  }
}
