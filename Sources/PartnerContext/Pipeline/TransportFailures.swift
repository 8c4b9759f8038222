import CCurl
import Glibc
import PartnerModel

extension TransportFailure {
  /// Sorts how an exchange ended by what an operator does next; `nil` when it has its whole answer.
  static func from(_ end: CurlEnd, host: String, isProxied: Bool) -> TransportFailure? {
    func unreachable(_ reason: PartnerError.Unreachable) -> TransportFailure {
      TransportFailure(.unreachable(reason), mayHaveLeft: end.mayHaveLeft)
    }
    if isProxied, !end.mayHaveLeft, let reason = tunnelProblem(end) { return unreachable(.proxy(reason: reason)) }
    switch end.outcome {
    case .complete: return nil
    case .stopped: return end.refusal ?? TransportFailure(.cancelled, mayHaveLeft: true)
    case .cancelled: return TransportFailure(.cancelled, mayHaveLeft: end.mayHaveLeft)
    case .proxy: return unreachable(.proxy(reason: "it cannot be reached"))
    case .nameNotFound: return unreachable(.nameNotFound(host: host))
    case .notConnected where end.systemError == EMFILE || end.systemError == ENFILE:
      return unreachable(.tooManyOpenFiles)
    case .notConnected:
      return unreachable(end.systemError == ECONNREFUSED ? .connectionRefused(host: host) : .noAnswer(host: host))
    case .timedOut: return unreachable(.noAnswer(host: host))
    case .untrusted: return unreachable(.untrusted(host: host, reason: distrust(end.verification)))
    case .protocolTooOld: return unreachable(.untrusted(host: host, reason: "its TLS version is too old"))
    case .handshakeFailed: return unreachable(.untrusted(host: host, reason: "the TLS handshake failed"))
    case .headTooLarge:
      let limit = AnswerLimits.standard.headerBytes / 1024
      return TransportFailure(.answerUnreadable("headers over \(limit) KiB"), mayHaveLeft: true)
    case .brokenHTTP: return TransportFailure(.answerUnreadable("broken HTTP"), mayHaveLeft: true)
    case .brokenCompression: return TransportFailure(.answerUnreadable("broken compression"), mayHaveLeft: true)
    case .lost:
      return end.hasAnswerBegun
        ? TransportFailure(.answerIncomplete, mayHaveLeft: true) : unreachable(.connectionLost(host: host))
    @unknown default: return unreachable(.connectionLost(host: host))
    }
  }

  /// What is wrong with the proxy, if the end came before there was a tunnel through it.
  private static func tunnelProblem(_ end: CurlEnd) -> String? {
    switch (end.outcome, end.proxyStatus) {
    case (.cancelled, _), (.untrusted, _): nil
    case (_, 407): "it asks for credentials (HTTP 407)"
    case (_, 200..<300): nil
    case (_, 1...): "it did not open a tunnel (HTTP \(end.proxyStatus))"
    case (.proxy, _), (.notConnected, _): "it cannot be reached"
    case (.timedOut, _): end.isProxyConnected ? "it did not open a tunnel" : "it cannot be reached"
    default: "it did not open a tunnel"
    }
  }

  /// Source: OpenSSL, `X509_STORE_CTX_get_error(3)`. With a chain that is in order (0), or that libcurl asks no more about
  /// (1), it is the name that is wrong.
  private static func distrust(_ verification: Int32) -> String {
    switch verification {
    case 0, 1, 62, 64: "its certificate is for another name"
    case 9: "its certificate is not valid yet"
    case 10: "its certificate has expired"
    case 2, 18, 19, 20, 21, 24, 27: "the issuer of its certificate is not trusted"
    case 23: "its certificate was withdrawn"
    default: "its certificate is not valid"
    }
  }
}
