import CCurl
import Glibc
import PartnerModel
import Synchronization

/// One thread of libcurl's with its connections.
///
/// Unchecked, because a pointer is not `Sendable`: every function of `CCurl` may be called from any thread, and the
/// pointer is released when nobody is left to call one.
final class CurlClient: @unchecked Sendable {
  private let pointer: OpaquePointer
  private let last = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - rootFile: further roots, in PEM.
  /// - Throws: `.httpLibrary` without a libcurl that will do; `.rootUnreadable`.
  init(proxy: ProxySetting?, rootFile: String?) throws(PartnerError) {
    let credentials = proxy?.credentials?.reveal { text -> (user: Substring, password: Substring) in
      let user = text.prefix { $0 != ":" }
      return (user, text[user.endIndex...].dropFirst())
    }
    let texts = [
      proxy.map { "\($0.host):\($0.port)" }, credentials.map { String($0.user) },
      credentials.map { String($0.password) }, rootFile,
    ].map { $0.flatMap { strdup($0) } }
    defer {
      for case let text? in texts {
        explicit_bzero(text, strlen(text))
        free(text)
      }
    }
    var setting = CCurlSetting()
    (setting.proxy, setting.proxyUser) = (UnsafePointer(texts[0]), UnsafePointer(texts[1]))
    (setting.proxyPassword, setting.rootFile) = (UnsafePointer(texts[2]), UnsafePointer(texts[3]))
    setting.connectMilliseconds = 5000
    setting.connectionsPerHost = 64
    // The lines that begin an answer, its own and interim ones, come on top of what is counted elsewhere.
    setting.headBytes = AnswerLimits.standard.headerBytes + 4096
    var isRootUnreadable: Int32 = 0
    if let pointer = ccurl_make(&setting, &isRootUnreadable) {
      self.pointer = pointer
    } else if isRootUnreadable != 0, let rootFile {
      throw PartnerError(.rootUnreadable("\(rootFile) holds no PEM certificate"), tenant: nil)
    } else {
      throw PartnerError(.httpLibrary(Self.reason), tenant: nil)
    }
  }

  deinit { ccurl_release(pointer) }

  private static var reason: String {
    let file = String(cString: ccurl_file)
    return switch ccurl_open() {
    case .missing: "\(file) cannot be opened (\(String(cString: ccurl_problem())))"
    case .unfit: "\(file) is older than 7.80, or does without OpenSSL 3"
    case .open: "there is no memory, thread or file descriptor for connections"
    @unknown default: "\(file) cannot be used"
    }
  }

  /// Ends every exchange as cancelled and closes every connection; nothing can be sent afterwards.
  func close() async {
    await withCheckedContinuation { continuation in
      ccurl_close(pointer, Unmanaged.passRetained(Closing(continuation)).toOpaque()) { context in
        guard let context else { return }
        Unmanaged<Closing>.fromOpaque(context).takeRetainedValue().continuation.resume()
      }
    }
  }

  private final class Closing: Sendable {
    let continuation: CheckedContinuation<Void, Never>
    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }
  }

  /// Sends a request and hands its answer on as it comes, on the client's own thread: nobody has to be woken for a part
  /// of it.
  func exchange(
    _ request: TransportRequest,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async -> CurlEnd {
    let number = last.add(1, ordering: .relaxed).newValue
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let reception = Unmanaged.passRetained(CurlReception(receive, continuation))
        switch start(request, number: number, receiver: CurlReception.receiver(reception.toOpaque())) {
        // It may have been called off before there was anything to end.
        case .begun: if Task.isCancelled { ccurl_cancel(pointer, number) }
        case .noMemory: reception.takeRetainedValue().end(CurlEnd(.notConnected))
        default: reception.takeRetainedValue().end(CurlEnd(.cancelled))
        }
      }
    } onCancel: {
      ccurl_cancel(pointer, number)
    }
  }

  private func start(_ request: TransportRequest, number: UInt64, receiver: CCurlReceiver) -> CCurlStart {
    request.withFields { fields in
      request.withBody { body in
        request.origin.description.withCString { origin in
          request.target.withCString { target in
            request.method.withCString { method in
              var sent = CCurlRequest(
                origin: origin, target: target, method: method, fields: fields.baseAddress, fieldBytes: fields.count,
                body: body.baseAddress, bodyBytes: body.count,
                connectMilliseconds: request.connectMilliseconds)
              return ccurl_start(pointer, number, &sent, receiver)
            }
          }
        }
      }
    }
  }
}

/// How an exchange came to its end.
struct CurlEnd: Sendable {
  var outcome: CCurlOutcome
  /// Whether a byte of the request can have left.
  var mayHaveLeft = false
  /// Whether the answer's head has come.
  var hasAnswerBegun = false
  /// Why the receiver wanted no more.
  var refusal: TransportFailure?
  /// `errno` of the last attempt to connect; 0 if there is none.
  var systemError: Int32 = 0
  /// The status with which a proxy answered `CONNECT`; 0 if there is none.
  var proxyStatus: Int32 = 0
  var isProxyConnected = false
  /// OpenSSL's code for what is wrong with a chain of certificates; 0 if it is in order.
  var verification: Int32 = 0

  init(_ outcome: CCurlOutcome) { self.outcome = outcome }

  init(_ end: CCurlEnd, hasAnswerBegun: Bool, refusal: TransportFailure?) {
    (outcome, self.hasAnswerBegun, self.refusal) = (end.outcome, hasAnswerBegun, refusal)
    (mayHaveLeft, isProxyConnected) = (end.mayHaveLeft != 0, end.isProxyConnected != 0)
    (systemError, proxyStatus, verification) = (end.systemError, end.proxyStatus, end.verification)
  }
}
