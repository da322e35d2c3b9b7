extension JSON5Parser {
  /// Moves past white space and comments.
  mutating func skipSpace() throws(JSON5Error) {
    while let scalar = cursor.current {
      if scalar.isJSON5Space {
        cursor.advance()
      } else if scalar == "/", cursor.next == "/" {
        while let scalar = cursor.current, !scalar.isJSON5LineTerminator { cursor.advance() }
      } else if scalar == "/", cursor.next == "*" {
        try skipBlockComment()
      } else {
        return
      }
    }
  }

  private mutating func skipBlockComment() throws(JSON5Error) {
    let start = cursor.position
    cursor.advance()
    cursor.advance()
    while cursor.current != nil {
      if cursor.take("*") {
        if cursor.take("/") { return }
      } else {
        cursor.advance()
      }
    }
    throw error("the comment that starts here never ends", at: start)
  }
}
