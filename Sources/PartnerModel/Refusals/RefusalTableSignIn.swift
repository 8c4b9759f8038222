// What concerns a person's sign-in as well as an app's, and what passes by itself.

extension RefusalTable {
  /// What the customer's, or our own, policies forbid.
  static let policy: [Entry] = [
    (
      [53_003],
      .init(
        .blocked, .customer, "conditional access blocks the token",
        "Ask the tenant's admin which conditional access policy applies", isAskedByCorrelation: true)
    ),
    (
      [53_000, 53_001, 530_003, 50_097],
      .init(
        .blocked, .customer, "conditional access wants a device that the tenant manages",
        "Sign in from such a device; where an app asked, ask the tenant's admin which conditional access policy covers workload identities."
      )
    ),
    (
      [530_034],
      .init(
        nil, .partner, "our account is at risk, so it may not administer the tenant",
        "Resolve the risk of the account in your own tenant.")
    ),
    (
      [500_212],
      .init(
        .blocked, .partner, "our own tenant does not let us out to the tenant",
        "Allow the tenant in the outbound cross-tenant access settings of your own tenant.")
    ),
    (
      [500_213],
      .init(
        .blocked, .customer, "the tenant does not let ours in",
        "Ask the tenant's admin to allow your tenant in their inbound cross-tenant access settings.")
    ),
  ]

  private static let signInAgain = "Sign in again."

  /// What a number says of a person's access to a tenant; `nil` for one that speaks of something else.
  public static func access(of code: Int) -> AccessState? {
    [50_020, 50_034, 16_000, 51_004, 90_072, 500_341].contains(code) ? .noRelation : nil
  }

  /// Whether a person's sign-in is taken nowhere any more: it was revoked, or not used for too long.
  public static func endsSignIn(_ code: Int) -> Bool { [50_173, 50_089, 700_082, 70_008].contains(code) }

  /// Whether it is the account that is refused, so that signing in with it again mends nothing: it is disabled, or at risk.
  public static func concernsAccount(_ code: Int) -> Bool { [50_057, 530_034].contains(code) }

  /// What only a person's sign-in mends.
  static let signIn: [Entry] = [
    (
      [50_076, 50_074, 50_078],
      .init(
        nil, .partner, "a second factor is asked for",
        "Sign in again with it; where an app asked, have the tenant's admin leave the app out of that policy.")
    ),
    (
      [50_079],
      .init(
        nil, .partner, "the account has to be set up for a second factor",
        "Set it up in a browser, then sign in again; where an app asked, have the tenant's admin leave it out of that policy."
      )
    ),
    (
      [50_158],
      .init(
        nil, .partner, "another service has to confirm the sign-in",
        "Sign in interactively; where an app asked, have the tenant's admin leave the app out of that policy.")
    ),
    ([50_173, 50_089], .init(nil, .partner, "the sign-in was revoked", signInAgain)),
    ([70_043], .init(nil, .partner, "the tenant wants a sign-in more often", signInAgain)),
    ([700_082, 70_008], .init(nil, .partner, "the sign-in was not used for too long", signInAgain)),
    ([54_005], .init(nil, .partner, "the sign-in's code was used already", signInAgain)),
    (
      [501_481, 50_147, 501_491],
      .init(nil, .partner, "the sign-in's code came back to another program", "Start the sign-in again, once.")
    ),
    ([70_016], .init(nil, .partner, "the sign-in is not finished yet", "Finish the sign-in in the browser.")),
    ([70_019], .init(nil, .partner, "the sign-in's code has run out", "Start the sign-in again.")),
    ([70_018, 90_119], .init(nil, .partner, "the sign-in's code is not known", "Start the sign-in again.")),
    (
      [90_120], .init(nil, .partner, "the sign-in was confirmed or declined already", "Start the sign-in again.")
    ),
    (
      [50_134],
      .init(nil, .partner, "the sign-in came to another data centre than it began in", "Start the sign-in again.")
    ),
    (
      [500_341],
      .init(
        nil, .partner, "the account was deleted from the tenant",
        "Use another account: to sign in again does not help.")
    ),
    ([50_057], .init(nil, .partner, "the account is disabled", "Use another account, or have this one enabled.")),
    (
      [90_072],
      .init(
        nil, .customer, "our account is not known in the tenant and cannot give a second factor there",
        "Have the tenant's admin invite the account as a guest, or set up a GDAP relationship.")
    ),
    (
      [50_020, 50_034, 16_000, 51_004],
      .init(
        nil, .partner, "the account is not in the tenant",
        "Use the account that has a GDAP relationship with the tenant, or is a guest there.")
    ),
    (
      [50_105],
      .init(
        nil, .customer, "the account is not assigned to the app",
        "Ask the tenant's admin to assign the account, or its group, to the enterprise application.")
    ),
  ]

  static let service: [Entry] = [
    (
      [90_055],
      .init(
        nil, .microsoft, "Entra ID throttles the tenant", "Wait: it is asked again by itself when the time is over.")
    ),
    (
      [PartnerError.loopCode],
      .init(
        nil, .partner, "Entra ID was asked too often",
        "Wait some minutes, and name several tenants in one command: each command asks for a token of its own.")
    ),
    (
      [90_024, 90_012, 90_006, 90_033],
      .init(nil, .microsoft, "Entra ID is busy or failing", "Wait: it is asked again by itself.")
    ),
  ]

  /// By `error` or `suberror`, where the number is not known.
  ///
  /// Source: RFC 6749 and 8628; OpenID Connect Core 1.0, section 3.1.2.6; MSAL's sub-errors.
  static let words: [String: RefusalMeaning] = {
    let interactive = RefusalMeaning(
      nil, .partner, "a person's sign-in is asked for",
      "Sign in interactively; where an app asked, ask the tenant's admin which conditional access policy covers workload identities."
    )
    let ended = RefusalMeaning(nil, .partner, "the sign-in is not accepted any more", signInAgain)
    let busy = RefusalMeaning(
      nil, .microsoft, "Entra ID is busy or failing", "Wait: it is asked again by itself.")
    let pending = RefusalMeaning(
      nil, .partner, "the sign-in is not finished yet", "Finish the sign-in in the browser.")
    return [
      "interaction_required": interactive, "login_required": interactive, "basic_action": interactive,
      "additional_action": interactive, "message_only": interactive,
      "user_password_expired": RefusalMeaning(
        nil, .partner, "the account's password has expired", "Change the password, then sign in again."),
      "protection_policy_required": RefusalMeaning(
        .blocked, .customer, "conditional access wants a device that the tenant manages",
        "Ask the tenant's admin which conditional access policy applies."),
      "consent_required": RefusalMeaning(
        .missing, .customer, "nobody has consented to the app", sendLink),
      "bad_token": ended, "token_expired": ended, "client_mismatch": ended,
      "expired_token": RefusalMeaning(
        nil, .partner, "the sign-in's code has run out", "Start the sign-in again."),
      "bad_verification_code": RefusalMeaning(
        nil, .partner, "the sign-in's code is not known", "Start the sign-in again."),
      "authorization_declined": RefusalMeaning(
        nil, .partner, "the sign-in was declined", "Start the sign-in again, and accept it."),
      "authorization_pending": pending, "slow_down": pending,
      "invalid_scope": RefusalMeaning(
        .appProblem, .partner, "the scope that we ask for is not valid",
        "Check the app's cloud in the configuration: it decides which resource's scope is asked for."),
      "temporarily_unavailable": busy, "server_error": busy,
    ]
  }()
}
