package import SluiceSystem

/// Watches legacy paths for a while, and changes nothing: nothing is claimed, opened or read there.
package final class CallerWatch {
  package struct Caller: Hashable, Sendable {
    package let uid: UInt32
    package let program: String
  }
  /// How programs were made out.
  package enum Means: String, Sendable {
    /// fanotify(7) named the process of each closing of a written file.
    case events
    /// Whoever had the file open at the moment of a look over /proc: short writers are missed.
    case openFiles
  }

  private struct Slot {
    let path: String
    var history: DropHistory
  }
  /// A directory that stands in a table.
  private final class Place {
    let directory: Directory
    init(_ directory: consuming Directory) { self.directory = directory }
  }

  /// Looks over /proc cost: no more than one in this many nanoseconds.
  private static let lookInterval: Int64 = 100_000_000
  private static let mostCallers = 256

  private let watch: DirectoryWatch
  private var places: [Int32: Place] = [:]
  private var slots: [Int32: [[UInt8]: Slot]] = [:]
  private var witness: WriteWitness?
  private var nextLook: Int64 = .min
  package private(set) var callers: [Caller: Int] = [:]
  /// Processes that saw other mounts than ours.
  package private(set) var elsewhere = 0
  package var means: Means { witness == nil ? .openFiles : .events }

  /// - Parameter paths: absolute.
  package init(_ paths: [String]) throws(DirectoryWatch.Failure) {
    watch = try DirectoryWatch()
    var numbers: [String: Int32] = [:]
    var seen = try? WriteWitness()
    for path in paths {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      let parent = slash == path.startIndex ? "/" : String(path[..<slash])
      let name = String(path[path.index(after: slash)...])
      if numbers[parent] == nil {
        let place: Directory
        do throws(Errno) { place = try Directory.open(parent) } catch { throw .system(error, doing: "open \(parent)") }
        let number = try watch.addForObserving(place)
        if (try? seen?.watch(place)) == nil { seen = nil }
        numbers[parent] = number
        places[number] = Place(place)
      }
      guard let number = numbers[parent] else { continue }
      let isPresent = status(of: name, in: number) != nil
      slots[number, default: [:]][Array(name.utf8)] = Slot(path: path, history: DropHistory(isPresent: isPresent))
    }
    witness = seen
  }

  package var paths: [(path: String, profile: CallerProfile)] {
    slots.values.flatMap(\.values).map { ($0.path, $0.history.profile) }.sorted { $0.path < $1.path }
  }

  /// Of all paths together.
  package var profile: CallerProfile {
    var sum = CallerProfile()
    for (_, profile) in paths { sum.add(profile) }
    return sum
  }

  /// Waits for at most the time, and takes note of all that came.
  package func look(milliseconds: Int32) {
    var opened: Set<String> = []
    watch.observe(milliseconds: milliseconds) { number, activity, name in
      let now = Clock.monotonic
      if activity.contains(.overflow) {
        for (number, named) in slots {
          for name in named.keys { slots[number]?[name]?.history.saw(.overflow, nil, at: now) }
        }
      }
      guard var slot = slots[number]?[name] else { return }
      slot.history.saw(activity, status(of: String(decoding: name, as: UTF8.self), in: number), at: now)
      slots[number]?[name] = slot
      if !activity.isDisjoint(with: [.opened, .created, .modified]) { opened.insert(slot.path) }
    }
    if witness != nil { readEvents() } else if !opened.isEmpty { lookAtProcesses(opened) }
  }

  private func status(of name: String, in number: Int32) -> FileStatus? {
    (try? places[number]?.directory.status(of: name)) ?? nil
  }

  private func readEvents() {
    let names = Set(slots.values.flatMap(\.keys))
    try? witness?.drain { event in
      guard case .closed(_, let process, let name) = event, names.contains(name) else { return }
      guard let holder = ProcessTable.holder(process) else { return add(Caller(uid: .max, program: "(gone)")) }
      if holder.hasOwnMounts == true { elsewhere += 1 }
      add(Caller(uid: holder.uid, program: holder.program))
    }
  }

  private func lookAtProcesses(_ paths: Set<String>) {
    let now = Clock.monotonic
    guard now >= nextLook else { return }
    nextLook = now + Self.lookInterval
    var files: [String: FileStatus.Identity] = [:]
    for path in paths { if let status = PathFacts.look(path).status { files[path] = status.identity } }
    guard !files.isEmpty else { return }
    for open in ProcessTable(files: files, sockets: []).files {
      if open.holder.hasOwnMounts == true { elsewhere += 1 }
      add(Caller(uid: open.holder.uid, program: open.holder.program))
    }
  }

  private func add(_ caller: Caller) {
    guard callers[caller] != nil || callers.count < Self.mostCallers else { return }
    callers[caller, default: 0] += 1
  }
}
