import SluicePolicy
import SluiceReactor
import SluiceSystem
import SluiceTestSupport
import SluiceWire
import Testing

@testable import SluiceServer
import SluiceChannel

/// What a handler is told of the sending program: only what is attested for the message at hand.
@Suite struct PeerEnvironmentTests {
  private static let program = ProcessEvidence.Program(path: "/usr/bin/known", sha256: "ab")

  @Test(arguments: [(program, "/usr/bin/known ab"), (nil, "no no")] as [(ProcessEvidence.Program?, String)])
  func aProgramIsToldOnlyWhereItIsAttested(_ program: ProcessEvidence.Program?, _ expected: String) throws {
    SignalReceiver.ignoreHarmless()  // the handler does not read its input
    let reactor = try Reactor()
    let reader = MessageReader()
    let script = #"printf '{"result":"%s %s"}\n' "${SLUICE_PEER_PROGRAM-no}" "${SLUICE_PEER_SHA256-no}""#
    let starter = try ProgramStarter(
      ProgramStart(path: "/bin/sh", arguments: ["/bin/sh", "-c", script], environment: ["PATH=/usr/bin:/bin"]),
      prefixes: ["SLUICE_", "UNIXREMOTE"])
    let handler = ProgramHandler(
      settings: ProgramHandler.Settings(
        program: "/bin/sh", concurrency: 1, deadline: 20_000_000_000, outputLimit: 65536), starter: starter,
      reactor: reactor, reader: reader
    ) { Issue.record("\($0)") }
    let bytes = Array(#"{"method":"ping"}"#.utf8)
    var call = HandlerCall(
      bytes: bytes, message: try reader.read(bytes),
      principal: Principal(attestation: .kernel, uid: 7, gid: 7), route: .socket, id: nil, prepare: nil)
    call.program = program
    var answer: String?
    handler.handle(call) { result in
      if case .line(let line, _) = result {
        answer = String(decoding: line, as: UTF8.self)
      } else {
        answer = "\(result)"
      }
    }
    let deadline = Deadline()
    while answer == nil, !deadline.hasPassed { try reactor.turn(atMost: 5_000_000) }
    #expect(answer == #"{"result":"\#(expected)"}"#)
  }

  @Test func theGradeIsRecordedWhereItIsMoreThanTheUser() {
    func members(_ grade: Principal.Grade?) -> String {
      String(
        decoding: Sender(Principal(attestation: .kernel, uid: 7, gid: 7, grade: grade), route: .socket).members,
        as: UTF8.self)
    }
    #expect(members(nil) == #""route":"socket","attestation":"kernel","uid":7,"gid":7"#)
    #expect(members(.uid) == members(nil))
    #expect(members(.image) == #""route":"socket","attestation":"kernel","grade":"image","uid":7,"gid":7"#)
    #expect(Refusal.denied("no", for: .early) == .sentEarly)
    #expect(Refusal.denied("no", for: .unknown(reason: "x")) == .denied("no"))
  }
}
