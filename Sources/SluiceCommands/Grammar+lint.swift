internal import SluiceCommandLine

extension Grammar {
  static let lint = CommandSpecification(
    "lint", group: "Migration", summary: "Check the channel file and the manifests; name everything that is wrong.",
    discussion: """
      Without FILE it checks the channel file, all manifests, the manifests as a chain (numbers, gaps, two that lead to \
      the same phase), and that those that were applied still mean what they meant. A FILE is checked by itself; a \
      directory as a set of manifests. Each problem is a line FILE:LINE:COLUMN: KEY: text. Ends with 78 where there is \
      one. It writes nothing and asks no server.
      """,
    arguments: [ArgumentSpecification("FILE", .rest, help: "Channel files, manifests, or directories of manifests.")],
    options: [migrations],
    examples: [
      CommandExample("sluice lint", "The channel and its migrations."),
      CommandExample("sluice lint migrations/", "A set of manifests, before it is installed."),
    ])
}
