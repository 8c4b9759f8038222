enum Waiting {}
