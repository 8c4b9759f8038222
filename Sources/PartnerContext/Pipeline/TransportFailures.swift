import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import PartnerModel

extension TransportFailure {
  /// Sorts what the HTTP client threw by what an operator does next.
  static func from(_ error: any Error, host: String, isProxied: Bool, hasAnswerBegun: Bool) -> TransportFailure {
    if let failure = error as? TransportFailure { return failure }
    if error is CancellationError { return TransportFailure(.cancelled, mayHaveLeft: true) }
    if let error = error as? NIOConnectionError {
      return TransportFailure(.unreachable(connecting(error, host: host, isProxied: isProxied)), mayHaveLeft: false)
    }
    if let error = error as? HTTPClientError { return from(error, host: host, hasAnswerBegun: hasAnswerBegun) }
    if let reason = distrust(error) {
      return TransportFailure(.unreachable(.untrusted(host: host, reason: reason)), mayHaveLeft: hasAnswerBegun)
    }
    if case ChannelError.connectTimeout? = error as? ChannelError {
      return TransportFailure(.unreachable(.noAnswer(host: host)), mayHaveLeft: false)
    }
    // An address instead of a name is connected to directly, so there is no list of attempts.
    if let error = error as? IOError, !hasAnswerBegun {
      switch error.errnoCode {
      case ECONNREFUSED: return TransportFailure(.unreachable(.connectionRefused(host: host)), mayHaveLeft: false)
      case EHOSTUNREACH, ENETUNREACH: return TransportFailure(.unreachable(.noAnswer(host: host)), mayHaveLeft: false)
      default: break
      }
    }
    if case .invalidEOFState? = error as? HTTPParserError { return lost(host: host, hasAnswerBegun: hasAnswerBegun) }
    if error is HTTPParserError {
      return TransportFailure(.answerUnreadable("broken HTTP"), mayHaveLeft: true)
    }
    if let error = error as? NIOHTTPDecompression.DecompressionError {
      if case .limit = error {
        return TransportFailure(.answerTooLarge(limit: AnswerLimits.standard.bodyBytes), mayHaveLeft: true)
      }
      return TransportFailure(.answerUnreadable("broken compression"), mayHaveLeft: true)
    }
    if error is NIOHTTPDecompression.ExtraDecompressionError {
      return TransportFailure(.answerUnreadable("broken compression"), mayHaveLeft: true)
    }
    return lost(host: host, hasAnswerBegun: hasAnswerBegun)
  }

  private static func lost(host: String, hasAnswerBegun: Bool) -> TransportFailure {
    hasAnswerBegun
      ? TransportFailure(.answerIncomplete, mayHaveLeft: true)
      : TransportFailure(.unreachable(.connectionLost(host: host)), mayHaveLeft: true)
  }

  private static func from(_ error: HTTPClientError, host: String, hasAnswerBegun: Bool) -> TransportFailure {
    switch error {
    case .connectTimeout, .getConnectionFromPoolTimeout:
      TransportFailure(.unreachable(.noAnswer(host: host)), mayHaveLeft: false)
    case .tlsHandshakeTimeout:
      TransportFailure(.unreachable(.noAnswer(host: host)), mayHaveLeft: false)
    case .proxyAuthenticationRequired:
      TransportFailure(.unreachable(.proxy(reason: "it asks for credentials (HTTP 407)")), mayHaveLeft: false)
    case .invalidProxyResponse, .httpProxyHandshakeTimeout:
      TransportFailure(.unreachable(.proxy(reason: "it did not open a tunnel")), mayHaveLeft: false)
    case .cancelled, .requestStreamCancelled: TransportFailure(.cancelled, mayHaveLeft: true)
    case .deadlineExceeded, .readTimeout, .writeTimeout:
      TransportFailure(.unreachable(.noAnswer(host: host)), mayHaveLeft: true)
    default: lost(host: host, hasAnswerBegun: hasAnswerBegun)
    }
  }

  private static func connecting(
    _ error: NIOConnectionError, host: String, isProxied: Bool
  ) -> PartnerError.Unreachable {
    if isProxied { return .proxy(reason: "it cannot be reached") }
    if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
      return .nameNotFound(host: host)
    }
    let numbers = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
    return numbers.contains(ECONNREFUSED) ? .connectionRefused(host: host) : .noAnswer(host: host)
  }

  /// Why the other side's certificate or handshake was not accepted, if that is what went wrong: before a byte of the
  /// request can leave. An error inside an established connection is none of these.
  private static func distrust(_ error: any Error) -> String? {
    if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
      return "its certificate is for another name"
    }
    switch error as? NIOSSLError {
    case .handshakeFailed: break
    case .noCertificateToValidate, .unableToValidateCertificate, .cannotMatchULabel, .cannotFindPeerIP:
      return "its certificate cannot be checked"
    default: return nil
    }
    let text = "\(error)"
    // The library tells no more than this.
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      return "its certificate is not valid (expired, not valid yet, or of an issuer that is not trusted)"
    }
    if text.contains("PROTOCOL_VERSION") || text.contains("UNSUPPORTED_PROTOCOL") {
      return "its TLS version is too old"
    }
    return "the TLS handshake failed"
  }
}
