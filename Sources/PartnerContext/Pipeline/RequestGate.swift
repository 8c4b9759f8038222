import PartnerModel
import Synchronization

/// Lets at most 2 requests of a tenant and 64 in all be in flight, 4 of them kept for the foreground (rule R6).
///
/// Who waits is served in order, the foreground first.
final class RequestGate: Sendable {
  private struct Waiter {
    var number: Int
    var tenant: TenantID
    var priority: RequestPriority
    var wake: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var total = 0
    var perTenant: [TenantID: Int] = [:]
    var waiters: [Waiter] = []
    var nextNumber = 0
    /// Who is about to line up, and who of them was cancelled before.
    var arriving: Set<Int> = []
    var cancelled: Set<Int> = []

    func hasRoom(_ tenant: TenantID, _ priority: RequestPriority) -> Bool {
      total < RequestGate.most(priority) && perTenant[tenant, default: 0] < RequestGate.mostPerTenant
    }

    mutating func enter(_ tenant: TenantID) {
      total += 1
      perTenant[tenant, default: 0] += 1
    }

    mutating func leave(_ tenant: TenantID) {
      total -= 1
      let left = perTenant[tenant, default: 1] - 1
      perTenant[tenant] = left > 0 ? left : nil
    }

    /// The waiters that may go now.
    mutating func admitted() -> [Waiter] {
      var going: [Waiter] = []
      for priority in [RequestPriority.foreground, .background] {
        var index = 0
        while index < waiters.count, total < RequestGate.most(priority) {
          let waiter = waiters[index]
          if waiter.priority == priority, hasRoom(waiter.tenant, priority) {
            enter(waiter.tenant)
            going.append(waiters.remove(at: index))
          } else {
            index += 1
          }
        }
      }
      return going
    }
  }

  fileprivate static let mostInFlight = 64
  fileprivate static let mostPerTenant = 2
  fileprivate static let keptForForeground = 4

  fileprivate static func most(_ priority: RequestPriority) -> Int {
    priority == .foreground ? mostInFlight : mostInFlight - keptForForeground
  }

  private let state = Mutex(State())

  /// Runs `body` when there is room.
  /// - Throws: `.cancelled` when the task is cancelled while it waits.
  func pass<Result: Sendable>(
    _ tenant: TenantID, _ priority: RequestPriority,
    _ body: () async throws(PartnerError) -> Result
  ) async throws(PartnerError) -> Result {
    guard await enter(tenant, priority) else { throw PartnerError(.cancelled, tenant: tenant) }
    defer { leave(tenant) }
    return try await body()
  }

  private func enter(_ tenant: TenantID, _ priority: RequestPriority) async -> Bool {
    let number = state.withLock { state -> Int? in
      if state.hasRoom(tenant, priority), !state.waiters.contains(where: { $0.tenant == tenant }) {
        state.enter(tenant)
        return nil
      }
      state.nextNumber += 1
      state.arriving.insert(state.nextNumber)
      return state.nextNumber
    }
    guard let number else { return true }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { wake in
        let going = state.withLock { state -> [Waiter]? in
          state.arriving.remove(number)
          if state.cancelled.remove(number) != nil { return nil }
          state.waiters.append(Waiter(number: number, tenant: tenant, priority: priority, wake: wake))
          return state.admitted()
        }
        guard let going else { return wake.resume(returning: false) }
        for waiter in going { waiter.wake.resume(returning: true) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        guard let index = state.waiters.firstIndex(where: { $0.number == number }) else {
          if state.arriving.contains(number) { state.cancelled.insert(number) }
          return nil
        }
        return state.waiters.remove(at: index)
      }
      waiter?.wake.resume(returning: false)
    }
  }

  private func leave(_ tenant: TenantID) {
    let going = state.withLock { state in
      state.leave(tenant)
      return state.admitted()
    }
    for waiter in going { waiter.wake.resume(returning: true) }
  }
}
