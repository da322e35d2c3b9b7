/// The requests of one direction that have no answer yet, by their ids with their types: "7" is not 7.
///
/// An id is taken from its request to its answer. One whose call was given up here (cancelled, or out of time) stays
/// taken until its late answer came, so that this is never somebody else's; of such ids the oldest are forgotten.
package struct InFlightTable<Call> {
  /// What an answer is to us.
  package enum Settlement {
    /// The answer to a call that waits for it.
    case answer(Call)
    /// Its asker has cancelled it.
    case withdrawn
    /// It took too long, and was answered for.
    case expired
    /// Nothing that was asked.
    case unknown
  }

  private enum State {
    case running(Call)
    case withdrawn
    case expired
  }

  /// Most calls that run.
  package let limit: Int
  /// Most ids whose late answers are waited for.
  private let rememberedLimit: Int
  private var states: [RequestID: State] = [:]
  /// Ids that were given up, oldest first; some may have been answered since.
  private var givenUp: [RequestID] = []
  package private(set) var count = 0

  package init(limit: Int, remembering rememberedLimit: Int = 1024) {
    self.limit = limit
    self.rememberedLimit = rememberedLimit
  }

  package var isFull: Bool { count >= limit }
  package func isTaken(_ id: RequestID) -> Bool { states[id] != nil }

  /// Takes an id: false where it is taken, or where there are too many.
  package mutating func begin(_ id: RequestID, _ call: Call) -> Bool {
    guard !isFull, states[id] == nil else { return false }
    states[id] = .running(call)
    count += 1
    return true
  }

  /// Takes an answer: the id is free after it.
  package mutating func settle(_ id: RequestID) -> Settlement {
    guard let state = states.removeValue(forKey: id) else { return .unknown }
    switch state {
    case .running(let call):
      count -= 1
      return .answer(call)
    case .withdrawn: return .withdrawn
    case .expired: return .expired
    }
  }

  /// Gives a running call up, since its asker has cancelled it; nil where it does not run.
  package mutating func withdraw(_ id: RequestID) -> Call? { giveUp(id, as: .withdrawn) }
  /// Gives a running call up, since it took too long; nil where it does not run.
  package mutating func expire(_ id: RequestID) -> Call? { giveUp(id, as: .expired) }

  private mutating func giveUp(_ id: RequestID, as state: State) -> Call? {
    guard case .running(let call) = states[id] else { return nil }
    states[id] = state
    count -= 1
    givenUp.append(id)
    if givenUp.count > rememberedLimit { forget() }
    return call
  }

  private mutating func forget() {
    // Answered ones first, and where that is not enough the oldest.
    givenUp.removeAll { id in
      switch states[id] {
      case .withdrawn, .expired: false
      case .running, nil: true
      }
    }
    while givenUp.count > rememberedLimit { states[givenUp.removeFirst()] = nil }
  }

  /// Ends all: the calls that ran.
  package mutating func takeAll() -> [Call] {
    let calls = states.values.compactMap { state -> Call? in
      if case .running(let call) = state { call } else { nil }
    }
    states = [:]
    givenUp = []
    count = 0
    return calls
  }

  package var running: [(id: RequestID, call: Call)] {
    states.compactMap { id, state in
      if case .running(let call) = state { (id, call) } else { nil }
    }
  }
}
