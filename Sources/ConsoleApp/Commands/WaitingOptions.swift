import ArgumentParser
import FoundationEssentials
import PartnerModel
import PartnerOperations

/// Whether a command that reads waits where the service names a time.
struct WaitingOptions: ParsableArguments {
  @Flag(help: "Do not wait where the service asks for some seconds of silence.") var noWait = false

  /// At most a minute for each tenant; each wait is told with its tenant and its end.
  var patience: Patience {
    noWait
      ? .none
      : Patience { tenant, error, until in
        let time = Timestamp(until).description.dropFirst(11).prefix(8)
        StandardStreams.say("\(tenant.name): \(error.summary). Waiting until \(time)Z.")
      }
  }
}
