internal import SluiceSystem

/// Whether the file of a program that a rule names can be changed by others than its owner and root.
enum ProgramCheck {
  /// Why not to trust it, and what to do; nil where it is sound.
  static func problem(_ path: String) -> String? {
    guard let slash = path.lastIndex(of: "/") else { return "\(path) is no absolute path" }
    let parent = slash == path.startIndex ? "/" : String(path[..<slash])
    let name = String(path[path.index(after: slash)...])
    do throws(Errno) {
      // A reload looks from inside the sandbox, which lets us look names up everywhere, and read in few places.
      guard let found = try Directory.openForLookup(parent).status(of: name) else {
        return "\(path) does not exist; correct the path, or leave it out"
      }
      switch found.kind {
      case .regular: break
      case .symbolicLink: return "\(path) is a symbolic link; name the file that it leads to"
      default: return "\(path) is a \(found.kind.rawValue), not a program"
      }
      if found.isWritableByOthers {
        return "\(path) (mode 0\(String(found.mode, radix: 8))) can be changed by other users; run: chmod go-w \(path)"
      }
      do throws(UnsafePath) { _ = try SafePath.openDirectory(parent, trusting: found.uid, isForLookup: true) } catch {
        return error.description
      }
      return nil
    } catch { return "cannot look at \(path): \(error)" }
  }
}
