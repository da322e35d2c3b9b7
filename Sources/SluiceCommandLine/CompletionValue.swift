/// What may stand in a place that takes a value.
enum CompletionValue: Equatable {
  case words([String])
  case files
  case directories
  /// Nothing a shell could know.
  case anything

  init(placeholder: String, allowed: [String]?) {
    switch (allowed, placeholder) {
    case (let allowed?, _): self = .words(allowed)
    case (nil, "FILE"): self = .files
    case (nil, "DIR"): self = .directories
    case (nil, _): self = .anything
    }
  }

  /// For the bash and zsh scripts, which pass it between their functions.
  var marker: String {
    switch self {
    case .words(let words): words.joined(separator: " ")
    case .files: "@files"
    case .directories: "@directories"
    case .anything: ""
    }
  }
}

extension OptionSpecification {
  /// Nil for a flag.
  var completionValue: CompletionValue? {
    placeholder.map { CompletionValue(placeholder: $0, allowed: allowedValues) }
  }
}
