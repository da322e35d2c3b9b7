import SluiceScan
import Testing

@Suite struct ScheduleTests {
  @Test(arguments: [
    ("*/5 * * * * root /usr/bin/a b", true, "*/5 * * * *", "root", "/usr/bin/a b"),
    ("@daily root /usr/bin/a", true, "@daily", "root", "/usr/bin/a"),
    ("0\t3 * * mon /usr/bin/a", false, "0 3 * * mon", nil, "/usr/bin/a"),
    ("  @reboot x", false, "@reboot", nil, "x"),
  ])
  func crontabLines(line: String, namesUser: Bool, when: String, user: String?, command: String) {
    let entry = CrontabLine(Substring(line), namesUser: namesUser)
    #expect(entry?.when == when && entry?.user == user && entry?.command == command)
  }

  @Test(arguments: ["", "# a b c d e f", "SHELL=/bin/sh -c a b c d e", "1 2 3", "@daily", "0 3 * * * "])
  func noEntries(line: String) { #expect(CrontabLine(Substring(line), namesUser: false) == nil) }

  @Test func units() {
    let unit = UnitFile("[Timer]\r\nOnCalendar=daily\nOnBootSec = 5min\n#Unit=x\nUnit=y.service\nOnCalendar=\n")
    #expect(unit.triggers == ["OnCalendar=daily", "OnBootSec=5min"] && unit.unit == "y.service")
    let service = UnitFile("[Service]\nExecStart=/usr/bin/a\nUser=bob\nPrivateTmp=yes\n")
    #expect(service.commands == ["/usr/bin/a"] && service.user == "bob" && service.hasPrivateTmp)
    #expect(!UnitFile("PrivateTmp=no\n").hasPrivateTmp)
  }
}
