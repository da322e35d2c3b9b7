import SluiceSystem
import Testing

/// T21: ids that our user namespace does not know.
@Suite struct IdentityMapTests {
  @Test(
    arguments: [
      ("         0          0 4294967295\n", "65534\n", nil), ("0 1000 1\n", "65534\n", 65534),
      ("0 100000 65536\n", "65534", 65534), ("0 0 4294967294\n", "65534\n", 65534),
      ("0 0 1000\n1000 1000 4294966295\n", "65534\n", 65534), ("", "", 65534), ("0 1000 1\n", "77\n", 77),
    ] as [(String, String, UInt32?)]) func onlyAFullMapHasNoOverflow(_ map: String, _ overflow: String, _ id: UInt32?)
  {
    #expect(IdentityMap(map: map, overflow: overflow).overflow == id)
  }

  @Test func anUnknownUserIsNobody() {
    let full = IdentityMap(map: "0 0 4294967295", overflow: "65534")
    let part = IdentityMap(map: "0 1000 1", overflow: "65534")
    func peer(_ uid: UInt32, _ gid: UInt32, _ groups: [UInt32] = []) -> PeerCredentials {
      PeerCredentials(uid: uid, gid: gid, pid: 1, groups: groups)
    }
    #expect(peer(65534, 65534, [65534]).known(users: full, groups: full) == peer(65534, 65534, [65534]))
    #expect(peer(65534, 0).known(users: part, groups: part) == nil)
    #expect(peer(65534, 0).known(users: part, groups: full) == nil)
    #expect(peer(0, 65534, [0, 65534]).known(users: part, groups: part) == peer(0, .max, [0]))
    #expect(peer(0, 0, [5]).known(users: part, groups: part) == peer(0, 0, [5]))
  }

  @Test func ourOwnMapIsRead() { #expect(IdentityMap.users == IdentityMap.users) }
}
