extension Refusal.Code {
  /// The status of RFC 9110 section 15 that says the same.
  package var httpStatus: Int {
    switch self {
    case .notJSON, .invalidRequest, .invalidParameters: 400
    case .unknownMethod: 404
    case .internalFault: 500
    case .notPermitted, .notFound, .methodNotAllowed, .tooSlow, .lengthRequired, .tooLarge, .unsupportedMedia, .tooMany,
      .handlerFailed, .handlerEnded, .draining, .handlerTimeout, .versionNotSupported:
      rawValue
    }
  }
}
