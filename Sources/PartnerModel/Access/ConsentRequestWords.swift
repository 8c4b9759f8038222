extension ConsentRequestEnd {
  /// A stable word, for programs.
  public var name: String {
    switch self {
    case .granted: "granted"
    case .partial: "partial"
    case .declined: "declined"
    case .insufficientRights: "insufficientRights"
    case .otherTenant: "otherTenant"
    case .unanswered: "unanswered"
    case .notSeenYet: "notSeenYet"
    case .refused: "refused"
    case .failed: "failed"
    case .cancelled: "cancelled"
    }
  }

  /// What happened, in one clause. May quote the service: make it harmless before painting.
  public var summary: String {
    switch self {
    case .granted: "consent is given: a fresh token holds every permission that is required"
    case .partial(let missing):
      "consent is given in part: \(missing.map(\.rawValue).joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing"
    case .declined: "the admin declined"
    case .insufficientRights: "who signed in may not consent for the tenant"
    case .otherTenant(let tenant): "the page came back for another tenant (\(tenant)); nothing of that is believed"
    case .unanswered: "nobody answered: the page was closed, or left open"
    case .notSeenYet: "the page reported success, and no token shows it yet"
    case .refused(let error, let words):
      "the page came back with \(error)" + (words.isEmpty ? "" : ": \(words.withoutFullStop)")
    case .failed(let error): error.summary
    case .cancelled: "cancelled; what the admin does on the page counts all the same"
    }
  }

  /// One sentence: what the operator does next.
  public var nextAction: String {
    switch self {
    case .granted: "Nothing to do."
    case .partial:
      "Add what is missing to the API permissions of the app registration if it is not there, then request consent again."
    case .declined: "Ask the tenant's admin why, then request consent again."
    case .insufficientRights:
      "Have a Global Administrator or Privileged Role Administrator of the tenant open the link: partner-console consent link prints one that can be sent."
    case .otherTenant: "Request consent again, and sign in with an admin of this tenant."
    case .unanswered: "Request consent again; to send the link to somebody else, use partner-console consent link."
    case .notSeenYet: "Wait some minutes, then check consent."
    case .refused: "Request consent again; if it stays, look the error up at https://login.microsoftonline.com/error."
    case .failed(let error): error.nextAction
    case .cancelled: "Check consent if the admin has accepted."
    }
  }

  /// Heading and words of the page that the browser ends on.
  public var page: (title: String, words: String) {
    let back = "You can close this page; partner-console says what to do next."
    return switch self {
    case .declined: ("Consent declined", "Nothing was granted. \(back)")
    case .insufficientRights: ("Not allowed to consent", "The account may not consent for its organisation. \(back)")
    case .otherTenant:
      ("Another organisation", "The account that signed in is of another organisation than was asked for. \(back)")
    default: ("Consent was not given", "The sign-in page came back with an error. \(back)")
    }
  }
}

extension ConsentAnswer {
  /// Heading and words of the page that the browser ends on.
  public var page: (title: String, words: String) {
    switch self {
    case .accepted:
      (
        "Thank you",
        "The organisation's answer has arrived. partner-console now checks what was granted; you can close this page."
      )
    case .ended(let end): end.page
    }
  }
}
