public import FoundationEssentials

/// How the request for an admin's consent goes on, for whoever waits for it.
public enum ConsentRequestProgress: Hashable, Sendable {
  /// The page for the admin; `openedBy` names the program that was given it, `nil` where there is none, for `reason`.
  case link(url: String, openedBy: String?, reason: String?)
  /// The page was answered; what it says is only a hint, and a token is asked for.
  case answered
  /// The grant does not show yet: a token is asked for again at this moment.
  case lagging(until: Date)
  case ended(ConsentRequestEnd)
}

/// How it ended. Only a fresh token's permissions prove a grant (rule T9).
public enum ConsentRequestEnd: Hashable, Sendable {
  /// A fresh token holds everything that is required.
  case granted
  /// A fresh token holds a part of it.
  case partial(missing: [AppRole])
  /// The admin declined.
  case declined
  /// Who signed in may not consent for the tenant.
  case insufficientRights
  /// The page spoke of another tenant, which changes nothing there or here.
  case otherTenant(String)
  /// Nobody answered in time: the page was closed, or left open.
  case unanswered
  /// The page reported success, and no token has shown it within the patience.
  case notSeenYet
  /// The page came back with another error: the service's own words.
  case refused(error: String, words: String)
  /// It could not be waited for, or the token could not be asked for.
  case failed(PartnerError)
  case cancelled
}
