/// How every request names its sender.
let userAgent = "partner-console/0.1"
