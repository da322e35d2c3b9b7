/// What a session that writes of its own accord is told: whether there is room, and whether anybody reads.
extension SocketConnection {
  package var hasRoom: Bool { waiting <= outputBound }
  package func tellWhenRoom() { isRoomWanted = true }

  /// Tells the session, which may write at once: once per time that it asked.
  func makeRoomKnown() {
    isRoomWanted = false
    session?.roomAppeared()
  }

  /// Nobody will read what is written from here on, nor send anything.
  func notePeerGone() {
    guard !peerGone else { return }
    peerGone = true
    // Where reading goes on it will find the end; otherwise nobody would say so.
    if inputEnded || isPaused || isFinishing { session?.inputEnded(peerIsGone: true) }
  }
}
