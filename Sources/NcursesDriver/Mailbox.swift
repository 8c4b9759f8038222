import Synchronization

/// Events on their way from tasks to the main thread, in the order in which they were posted.
package final class Mailbox<Event: Sendable>: Sendable {
  private let events = Mutex<[Event]>([])
  private let wake: WakePipe

  package init(wake: WakePipe) { self.wake = wake }

  /// Adds an event and wakes the main thread if it has nothing to fetch yet. From any thread.
  package func post(_ event: Event) {
    let wasEmpty = events.withLock { events in
      events.append(event)
      return events.count == 1
    }
    if wasEmpty { wake.wake() }
  }

  /// Takes everything that has come.
  package func drain() -> [Event] {
    events.withLock { events in
      defer { events = [] }
      return events
    }
  }
}
