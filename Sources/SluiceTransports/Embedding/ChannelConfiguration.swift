package import SluiceChannel
internal import SluiceSystem

/// A channel as its file describes it: what a server and its clients have in common.
public struct ChannelConfiguration: Sendable {
  package var file: ChannelFile
  package let layout: ChannelLayout

  /// Reads a channel file, which only root, its user or we may be able to change.
  /// - Parameters:
  ///   - path: absolute.
  ///   - root: a directory that is put before every path of the file's.
  public init(file path: String, root: String? = nil) throws(ChannelError) {
    guard path.hasPrefix("/") else { throw ChannelError(.badConfiguration, "\(path) is no absolute path") }
    let source = ChannelSource(path: path)
    do throws(ServiceFailure) {
      let directory = try source.openDirectory(trusting: nil)
      let found = try source.read(in: directory, trusting: try Self.user(of: path, in: directory))
      self.init(found, root: root)
    } catch { throw ChannelError(error) }
  }

  /// Reads the text of a channel file (JSON5).
  public init(text: String, root: String? = nil) throws(ChannelError) {
    do throws(ChannelFileError) {
      self.init(try ChannelFile.parse(bytes: Array(text.utf8), fileName: "the channel's text"), root: root)
    } catch { throw ChannelError(.badConfiguration, error.description) }
  }

  private init(_ file: ChannelFile, root: String?) {
    self.file = file
    layout = ChannelLayout(channel: file, root: root)
  }

  /// The channel's own user, who may own the file; who that is stands in the file itself.
  private static func user(of path: String, in directory: borrowing Directory) throws(ServiceFailure) -> UInt32? {
    let name = String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
    let bytes = (try? directory.contents(of: name, limit: ChannelSource.sizeLimit)) ?? nil
    guard let bytes, let file = try? ChannelFile.parse(bytes: bytes, fileName: path) else { return nil }
    return file.user.flatMap { Accounts.user($0.rawValue)?.uid }
  }
}
