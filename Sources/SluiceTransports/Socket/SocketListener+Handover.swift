package import SluiceSystem
internal import SluiceReactor

/// A listener that goes over to another process: the node, its queue of connections and its lock stay as they are.
extension SocketListener {
  /// Accepts and reads nothing until `unpark`; connections wait in the kernel's queue.
  package func park() {
    if let registration { reactor.remove(registration) }
    registration = nil
    isParked = true
    for connection in connections.all { connection.park() }
  }

  package func unpark() throws(TransportFailure) {
    isParked = false
    do throws(Errno) {
      switch listener {
      case .some(let descriptor): registration = try reactor.register(descriptor, for: .read, handler: self)
      case .none: break
      }
    } catch { throw TransportFailure(error, doing: "watch", path: path) }
    for connection in connections.all { connection.unpark() }
  }

  /// Whether no call is in flight.
  package var isQuiet: Bool { connections.all.allSatisfy { $0.calls == 0 } }

  /// Numbers of the descriptors that a successor needs; they stay open here.
  package var handedDescriptors: (listener: Int32, lock: Int32?)? {
    let held: Int32? =
      switch lock {
      case .some(let descriptor): descriptor.raw
      case .none: nil
      }
    return switch listener {
    case .some(let descriptor): (descriptor.raw, held)
    case .none: nil
    }
  }

  /// Every conversation that goes on, with the number of its descriptor.
  package var handedConversations: [(descriptor: Int32, carried: CarriedConversation)] {
    connections.all.compactMap { connection in
      connection.carried.map { (connection.descriptor.raw, $0) }
    }
  }

  /// Opens with a listener that another process made, or that a service manager holds.
  package func open(adopting handed: HandedListener) throws(TransportFailure) {
    guard listener == nil, let bound = handed.listener.take() else { return }
    isInherited = handed.isInherited
    do throws(Errno) {
      if let handedLock = handed.lock?.take() { lock = consume handedLock } else { lock = try takeLock() }
      switch lock {
      case .some: break
      case .none: throw Errno.addressInUse
      }
      try listen(on: bound)
    } catch {
      lock = nil
      if error == .addressInUse { throw TransportFailure(.busy, "another server holds \(path); stop it first") }
      throw TransportFailure(error, doing: "take over", path: path)
    }
  }

  /// Gives an adopted node the mode of our settings: the process that bound it may have read others.
  package func applyMode() throws(TransportFailure) {
    guard !isInherited, let node else { return }
    do throws(Errno) {
      guard let found = try directory.status(of: settings.name), found.identity == node, found.mode != settings.mode
      else { return }
      try directory.setMode(of: settings.name, settings.mode)
    } catch { throw TransportFailure(error, doing: "set the mode of", path: path) }
  }

  /// Lets in everybody who waits at another listener, which is closed then.
  package func takeQueue(of former: consuming OwnedDescriptor) {
    while let waiting = try? former.accept() { adopt(waiting) }
  }

  /// Goes on with conversations of another process, once the listener is open.
  package func take(_ descriptor: consuming OwnedDescriptor, _ carried: CarriedConversation) {
    adopt(descriptor, carrying: carried)
  }
}

/// A listener that comes from elsewhere.
package struct HandedListener {
  package let listener: HandedDescriptor
  /// The node's lock, held; nil has it taken.
  package let lock: HandedDescriptor?
  package let isInherited: Bool

  package init(listener: HandedDescriptor, lock: HandedDescriptor?, isInherited: Bool) {
    self.listener = listener
    self.lock = lock
    self.isInherited = isInherited
  }
}
