package import SluiceChannel

/// Finds everything that is wrong with channel files and manifests, each by itself and the manifests as a chain. Pure.
package enum Lint {
  package enum Kind: String, Sendable {
    case channel
    case manifest
  }
  package struct File: Sendable {
    package let path: String
    package let bytes: [UInt8]
    package init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }
  /// One file and all that is wrong with it, in the order of the places.
  package struct Report: Equatable, Sendable {
    package let path: String
    package let kind: Kind
    package let problems: [ChannelProblem]
  }

  /// What the files are checked against besides themselves.
  package struct Against: Sendable {
    /// Whether the manifests are all that there are, so that one that is missing is a problem.
    package var isWholeSet = false
    /// Whether the channel's group has access.
    package var hasGroup = false
    /// Meanings under which manifests were applied, by their ids.
    package var applied: [String: String] = [:]
    package init() {}
  }

  package static func check(_ files: [File], _ against: Against) -> [Report] {
    var looks = files.map { look($0, against) }
    chain(&looks, against)
    return looks.map {
      Report(path: $0.file.path, kind: $0.kind, problems: $0.problems.problems)
    }
  }

  /// A file with what was read of it so far.
  struct Look {
    let file: File
    let kind: Kind
    let document: JSON5Value?
    let problems: ProblemList
    var manifest: Manifest?

    /// A problem at a value, or at the deepest part of its path that was written.
    func report(_ keys: [String], _ text: String) {
      let position = document?.position(at: keys) ?? .start
      problems.append(ChannelProblem(keyPath: keys.joined(separator: "."), position: position, text: text))
    }
    var name: String { file.path.split(separator: "/").last.map(String.init) ?? file.path }
  }

  private static func look(_ file: File, _ against: Against) -> Look {
    let document = try? JSON5.parse(file.bytes)
    let problems = ProblemList()
    var look = Look(file: file, kind: kind(of: document, file.path), document: document, problems: problems)
    do throws(ChannelFileError) {
      switch look.kind {
      case .channel: _ = try ChannelFile.parse(bytes: file.bytes, fileName: file.path)
      case .manifest: look.manifest = try Manifest.parse(bytes: file.bytes, fileName: file.path)
      }
    } catch { for problem in error.problems { problems.append(problem) } }
    if let manifest = look.manifest { check(manifest, look, against) }
    return look
  }

  /// A manifest says where it leads from and to, a channel file which channel it describes; where a file says neither,
  /// its name decides.
  private static func kind(of document: JSON5Value?, _ path: String) -> Kind {
    if case .object(let object)? = document?.kind {
      if object["channel"] != nil { return .channel }
      if object["from"] != nil || object["to"] != nil || object["objects"] != nil { return .manifest }
    }
    return path.split(separator: "/").last?.first?.isNumber == true ? .manifest : .channel
  }

  private static func check(_ manifest: Manifest, _ look: Look, _ against: Against) {
    if "\(manifest.id).json5" != look.name {
      look.report(["id"], "must be the file's name without .json5, which is \(look.name.quoted)")
    }
    var places: [Manifest.Place: String] = [:]
    for object in manifest.objects {
      if let other = places.updateValue(object.name, forKey: object.place) {
        look.report(["objects", object.name, "at"], "is the place of \(other.quoted) too")
      }
      if against.hasGroup, object.groupMode == object.mode,
        let lacking = object.place.lacks(object.mode, group: object.groupMode)
      {
        look.report(["objects", object.name, lacking.key], lacking.text)
      }
    }
    guard let applied = against.applied[manifest.id], applied != manifest.meaning else { return }
    let differences = Manifest.differences(applied, manifest.meaning)
    for difference in differences {
      look.report(
        difference.key.split(separator: ".").map(String.init),
        "\(difference.text); put it back, and make the change in a new migration")
    }
    if differences.isEmpty { look.report(["objects"], "their order has changed since it was applied; put it back") }
  }
}
