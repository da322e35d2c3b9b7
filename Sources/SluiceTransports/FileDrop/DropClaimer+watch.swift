internal import SluiceReactor
internal import SluiceSystem
internal import Synchronization

/// What the claiming thread waits for.
extension DropClaimer {
  private static let sweep: Int32 = 1000

  /// What a wait brought.
  struct News {
    /// Whether something may stand at a slot that was not there when it was last looked at.
    var mayBeAtSlots = true
    /// What was lost, where the watch itself was.
    var gone: String?
  }

  /// Waits for events. To claim is the first thing that one leads to.
  func wait(_ watch: Watches) -> News {
    var news = News()
    var wrote = false
    var isQuiet = true
    news.mayBeAtSlots = false
    let began = Clock.realtime
    let isWanted = watch.watch.wait(milliseconds: Self.sweep, atOnce: { claimAtOnce() }) { event in
      isQuiet = false
      switch event {
      case .changed(let number, let name, let isArrival):
        if watch.claims.contains(number) {
          wrote = true
        } else if let slot = slotNames.firstIndex(of: name) {
          news.mayBeAtSlots = true
          if isArrival { memory.withLock { $0.arrivals[slot].arrived() } }
          // A file with two names is closed under the one by which it was opened.
          if settings.linger != nil { wrote = true }
        }
      case .lost(_, .overflow):
        news.mayBeAtSlots = true
        reports.post(.overflowed(since: began))
        reports.post(.noticed("the watch's queue overflowed: slots were looked at anew"))
      case .lost(_, let reason): news.gone = reason.rawValue
      }
    }
    if wrote { reports.post(.writerClosed) }
    if isQuiet || isWanted { news.mayBeAtSlots = true }
    if isQuiet {
      memory.withLock { memory in for slot in memory.arrivals.indices { memory.arrivals[slot].rested() } }
    }
    return news
  }

  struct Watches {
    let watch: DirectoryWatch
    let claims: Set<Int32>
  }

  func makeWatch(_ hasComplained: inout Bool) -> Watches? {
    do throws(DirectoryWatch.Failure) {
      let watch = try DirectoryWatch()
      var claims: Set<Int32> = []
      var seen: Set<String> = []
      for (slot, directory) in zip(settings.slots, directories) where seen.insert(slot.directory).inserted {
        _ = try watch.add(directory.drop)
        // A claim is no news there; its writer's leaving is.
        claims.insert(try watch.add(directory.claims, for: .closings))
      }
      let handle: DirectoryWatch.Interrupter
      do throws(Errno) {
        handle = try watch.interrupter()
        reports.post(.watching(try watch.bell()))
      } catch { throw .system(error, doing: "watch") }
      interrupter.withLock { $0 = handle }
      // A stop that came before the handle was there has interrupted nothing.
      if isStopping.load(ordering: .acquiring) { handle.interrupt() }
      return Watches(watch: watch, claims: claims)
    } catch {
      if !hasComplained, error != .alreadyInUse {
        hasComplained = true
        reports.post(.noticed("cannot watch the legacy directory: \(error); looking twenty times a second instead"))
      }
      return nil
    }
  }
}
