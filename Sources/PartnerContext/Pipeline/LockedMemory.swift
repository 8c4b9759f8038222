import Glibc
import Synchronization

/// Memory for what must not reach the disk: locked against swapping, left out of dumps, between pages that nobody can
/// touch, and wiped when it is given back (rule T7).
///
/// What cannot be locked is used all the same, and that is told once.
package final class LockedMemory: Sendable {
  /// What this process's secrets rest in: how much it may lock is one limit for all.
  package static let process = LockedMemory { mlock($0, $1) == 0 ? 0 : errno }

  /// Why memory cannot be locked.
  package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// `errno`.
    package var code: Int32

    package init(code: Int32) { self.code = code }

    package var description: String {
      """
      Secrets and keys cannot be locked in memory (\(String(cString: strerror(code)))), so the system may write them to its \
      swap area. Allow 512 KiB of locked memory: ulimit -l 512, or LimitMEMLOCK=512K in the service's unit
      """
    }
  }

  fileprivate struct Region {
    /// Of the first page that can be touched.
    var start: UInt
    var count: Int
    /// What nobody has, in order, never two that touch.
    var free: [Range<Int>]
  }

  fileprivate struct State {
    var regions: [Region] = []
    var failure: Failure?
    var isTold = false
    var tell: (@Sendable (Failure) -> Void)?
  }

  /// Enough for hundreds of secrets, and little beside the 64 KiB that some systems allow.
  private static let smallestRegion = 16_384
  private static let step = 16

  private let state = Mutex(State())
  private let lock: @Sendable (UnsafeRawPointer, Int) -> Int32

  /// - Parameter lock: gives 0, or `errno`.
  init(lock: @escaping @Sendable (UnsafeRawPointer, Int) -> Int32) { self.lock = lock }

  deinit { for region in state.withLock({ $0.regions }) { Self.unmap(region) } }

  /// Has the first failure told to `tell`, at once when there was one before.
  package func whenUnlocked(_ tell: @escaping @Sendable (Failure) -> Void) {
    state.withLock { $0.tell = tell }
    tellOnce()
  }

  /// Notes a failure, also that of somebody else's locked memory.
  package func note(_ failure: Failure) {
    state.withLock { $0.failure = $0.failure ?? failure }
    tellOnce()
  }

  /// Makes what the first secret needs, so that a failure is known before there is one.
  package func prepare() {
    if let bytes = take(Self.step) { giveBack(bytes) }
  }

  private func tellOnce() {
    let due = state.withLock { state -> (Failure, @Sendable (Failure) -> Void)? in
      guard let failure = state.failure, let tell = state.tell, !state.isTold else { return nil }
      state.isTold = true
      return (failure, tell)
    }
    due.map { failure, tell in tell(failure) }
  }

  /// Memory that is the caller's until it is given back; `nil` when the system has none.
  func take(_ count: Int) -> UnsafeMutableRawBufferPointer? {
    let size = max(Self.step, (count + Self.step - 1) / Self.step * Self.step)
    let (address, failure) = state.withLock { state -> (UInt?, Failure?) in
      if let address = state.place(size) { return (address, nil) }
      let (region, failure) = makeRegion(atLeast: size)
      guard let region else { return (nil, failure) }
      state.regions.append(region)
      return (state.place(size), failure)
    }
    if let failure { note(failure) }
    guard let address, let start = UnsafeMutableRawPointer(bitPattern: address) else { return nil }
    return UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  /// Bytes that somebody has.
  var usedBytes: Int {
    state.withLock { $0.regions.reduce(0) { $0 + $1.count - $1.free.reduce(0) { $0 + $1.count } } }
  }

  /// Wipes what ``take(_:)`` gave, and has it back.
  func giveBack(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    let size = max(Self.step, (bytes.count + Self.step - 1) / Self.step * Self.step)
    explicit_bzero(start, size)
    let empty = state.withLock { $0.release(UInt(bitPattern: start), size) }
    if let empty { Self.unmap(empty) }
  }

  private func makeRegion(atLeast size: Int) -> (Region?, Failure?) {
    let page = Int(getpagesize())
    let count = (max(size, Self.smallestRegion) + page - 1) / page * page
    let whole = mmap(nil, count + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let whole, whole != UnsafeMutableRawPointer(bitPattern: -1) else { return (nil, Failure(code: errno)) }
    let start = whole + page
    guard mprotect(start, count, PROT_READ | PROT_WRITE) == 0 else {
      let code = errno
      munmap(whole, count + 2 * page)
      return (nil, Failure(code: code))
    }
    madvise(start, count, MADV_DONTDUMP)
    let code = lock(start, count)
    return (
      Region(start: UInt(bitPattern: start), count: count, free: [0..<count]), code == 0 ? nil : Failure(code: code)
    )
  }

  private static func unmap(_ region: Region) {
    let page = Int(getpagesize())
    guard let whole = UnsafeMutableRawPointer(bitPattern: region.start - UInt(page)) else { return }
    munmap(whole, region.count + 2 * page)
  }
}

extension LockedMemory.State {
  /// Takes the first place that is large enough; `nil` when there is none.
  fileprivate mutating func place(_ size: Int) -> UInt? {
    for index in regions.indices {
      guard let gap = regions[index].free.firstIndex(where: { $0.count >= size }) else { continue }
      let range = regions[index].free[gap]
      if range.count == size {
        regions[index].free.remove(at: gap)
      } else {
        regions[index].free[gap] = range.lowerBound + size..<range.upperBound
      }
      return regions[index].start + UInt(range.lowerBound)
    }
    return nil
  }

  /// - Returns: a region of which nothing is used any more, unless it is the last one; it is forgotten here.
  fileprivate mutating func release(_ address: UInt, _ size: Int) -> LockedMemory.Region? {
    // Whoever gives back has got it from here.
    guard let index = regions.firstIndex(where: { $0.start <= address && address < $0.start + UInt($0.count) }) else {
      return nil
    }
    let lower = Int(address - regions[index].start)
    var range = lower..<lower + size
    var free = regions[index].free
    var place = free.firstIndex { $0.lowerBound > lower } ?? free.endIndex
    if place < free.endIndex, free[place].lowerBound == range.upperBound {
      range = range.lowerBound..<free.remove(at: place).upperBound
    }
    if place > 0, free[place - 1].upperBound == range.lowerBound {
      place -= 1
      range = free.remove(at: place).lowerBound..<range.upperBound
    }
    free.insert(range, at: place)
    regions[index].free = free
    guard regions.count > 1, range.count == regions[index].count else { return nil }
    return regions.remove(at: index)
  }
}
