import FoundationEssentials
import PartnerModel

/// A code that somebody types on another device.
///
/// Source: Entra ID v2.0, `POST /{tenant}/oauth2/v2.0/devicecode`; RFC 8628, section 3.2.
struct DeviceCode: Sendable {
  var code: Secret
  var userCode: String
  /// The page to type it on.
  var page: String
  /// Seconds.
  var lifetime: Double
  /// Seconds between two questions.
  var interval: Double

  /// Longer than this nobody waits, and no service is asked more often than this (seconds).
  private static let lifetimes: ClosedRange<Double> = 10...900
  private static let intervals: ClosedRange<Double> = 1...60

  /// `nil` for an answer that is none.
  init?(_ answer: Answer) {
    guard !answer.isWebPage, let body = try? JSONReader.read(utf8: answer.body),
      let code = body["device_code"]?.string, !code.isEmpty, code.utf8.count <= 4096,
      let userCode = body["user_code"]?.string, (1...64).contains(userCode.utf8.count),
      let page = body["verification_uri"]?.string ?? body["verification_url"]?.string, page.utf8.count <= 1024,
      let (origin, _) = Origin.split(page), origin.scheme == "https" || origin.isLoopback
    else { return nil }
    func seconds(_ key: String, _ range: ClosedRange<Double>, otherwise: Double) -> Double {
      let value = body[key]?.number ?? body[key]?.string.flatMap { Double($0) } ?? otherwise
      return value.isFinite ? min(max(value, range.lowerBound), range.upperBound) : otherwise
    }
    self.code = Secret(code)
    (self.userCode, self.page) = (userCode, page)
    lifetime = seconds("expires_in", Self.lifetimes, otherwise: 900)
    interval = seconds("interval", Self.intervals, otherwise: 5)
  }
}

extension TokenEndpoint {
  /// - Throws: what the authority says; `.answerUnreadable`.
  func deviceCode(in tenant: TenantID, claims: String?) async throws(PartnerError) -> DeviceCode {
    let requestID = dependencies.newRequestID()
    let form = WipedBytes(capacity: 512)
    form.append("client_id=\(escaped(app.clientID))")
    form.append("&scope=\(escaped(PersonalScope.text(app.endpoints.graphResource)))")
    form.append("&claims=\(escaped(PersonalScope.claims(adding: claims)))")
    let request = post(form, to: "/\(tenant.rawValue)/oauth2/v2.0/devicecode", requestID)
    let answer: Answer
    do {
      answer = try await transport.answer(to: request, limits: .identity)
    } catch {
      throw PartnerError(error.cause, tenant: tenant, correlationID: requestID, at: dependencies.now())
    }
    func failure(_ cause: PartnerError.Cause) -> PartnerError {
      PartnerError(
        cause, tenant: tenant, code: answer.status, correlationID: requestID, requestID: answer.requestID,
        at: dependencies.now())
    }
    if (300...399).contains(answer.status) { throw failure(.redirectRefused(to: answer.redirectTarget)) }
    guard answer.status == 200 else {
      throw await refusal(of: .device(Secret("")), answer, tenant: tenant, otherwise: failure)
    }
    guard let code = DeviceCode(answer) else { throw failure(.answerUnreadable("no code for a device")) }
    return code
  }
}
