internal import SluiceChannel

/// The manifests together: each phase has one way in, and the numbers go up with the phases.
extension Lint {
  static func chain(_ looks: inout [Look], _ against: Against) {
    var numbers: [Int: String] = [:]
    var targets: [Phase: String] = [:]
    var last: (number: Int, to: Phase, id: String)?
    for look in looks where look.kind == .manifest {
      let number = number(of: look)
      if number == nil, look.manifest != nil {
        look.report(["id"], "must begin with a number of four digits and '-', such as 0001-run-files")
      }
      if let number, let other = numbers.updateValue(look.name, forKey: number) {
        look.report(["id"], "has the number of \(other.quoted) too")
      }
      guard let manifest = look.manifest else { continue }
      if let other = targets.updateValue(manifest.id, forKey: manifest.to) {
        look.report(["to"], "leads to \(manifest.to.name), as \(other.quoted) does")
      }
      guard let number else { continue }
      if let last, manifest.to < last.to {
        look.report(["id"], "comes after \(last.id.quoted), which leads to the later phase \(last.to.name)")
      }
      last = (number, manifest.to, manifest.id)
    }
    // What could not be read may be the one that is missing.
    guard against.isWholeSet, looks.allSatisfy({ $0.kind != .manifest || $0.manifest != nil }) else { return }
    for look in looks {
      guard let manifest = look.manifest else { continue }
      if manifest.from != .fileDrop, targets[manifest.from] == nil {
        look.report(["from"], "no manifest leads to \(manifest.from.name)")
      }
      if let number = number(of: look), number > 1, numbers[number - 1] == nil {
        look.report(["id"], "there is none with the number \(padded(number - 1)) before it")
      }
    }
  }

  private static func number(of look: Look) -> Int? {
    let digits = look.name.prefix { $0.isASCII && $0.isNumber }
    guard digits.utf8.count == 4, look.name.dropFirst(4).first == "-" else { return nil }
    return Int(digits)
  }

  private static func padded(_ number: Int) -> String {
    String(repeating: "0", count: max(0, 4 - "\(number)".utf8.count)) + "\(number)"
  }
}
