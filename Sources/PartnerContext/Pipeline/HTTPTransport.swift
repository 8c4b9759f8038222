public import PartnerModel

/// Sends one request and hands over the answer in pieces.
///
/// A transport follows no redirect, keeps no cookie, repeats nothing, and verifies TLS.
public protocol HTTPTransport: Sendable {
  /// - Parameter receive: called with the head once and then with the body's pieces as they come, one after the other on
  ///   whatever thread they come; what it throws ends the exchange.
  /// - Throws: when there is no complete answer.
  func exchange(
    _ request: TransportRequest,
    receive: @escaping @Sendable (_ part: TransportPart) throws(TransportFailure) -> Void
  ) async throws(TransportFailure)
}

/// A request to a pinned place: there is no way to give it a URL.
public struct TransportRequest: Sendable {
  public var method: String
  public var origin: Origin
  /// Path and query, already escaped; begins with `/`.
  public var target: String
  public var headers: [HeaderField]
  /// A bearer token.
  public var authorization: Secret?
  public var body: Body?
  /// What the `Host` field says instead of the origin; only this machine is told another name than its own.
  public var host: String?
  /// How long a connection may take to come about; `nil` for the usual time.
  public var connectLimit: Duration?

  public enum Body: Sendable {
    case plain(String)
    /// A form with a credential in it.
    case secret(Secret)
  }
}

extension TransportRequest {
  /// Whether this asks the machine's metadata service for a token, and nothing else. It alone goes without TLS to
  /// another host: the address is link-local, so that it reaches nothing beyond the machine's own host.
  var asksMetadata: Bool {
    origin == Endpoints.azureMetadata && method == "GET" && authorization == nil && body == nil && host == nil
      && target.hasPrefix("/metadata/identity/oauth2/token?") && headers.contains(HeaderField("metadata", "true"))
  }
}

/// One header of a request or an answer.
public struct HeaderField: Hashable, Sendable {
  public var name: String
  public var value: String
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// What a transport hands over as it arrives: the head once, then the body in pieces.
public enum TransportPart: Sendable {
  case head(status: Int, headers: [HeaderField])
  case body([UInt8])
}

/// Why there is no complete answer.
public struct TransportFailure: Error, Hashable, Sendable {
  public var cause: PartnerError.Cause
  /// Whether a byte of the request can have reached the service.
  public var mayHaveLeft: Bool

  public init(_ cause: PartnerError.Cause, mayHaveLeft: Bool) {
    self.cause = cause
    self.mayHaveLeft = mayHaveLeft
  }
}
