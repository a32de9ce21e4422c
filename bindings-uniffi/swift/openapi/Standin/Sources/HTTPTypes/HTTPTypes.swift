// What of swift-http-types 1 the middleware uses.

public struct HTTPField: Sendable {
    public struct Name: Sendable, Hashable {
        public let rawName: String

        public init?(_ name: String) {
            rawName = name
        }

        public static var accept: Name { Name(known: "Accept") }

        private init(known: String) {
            rawName = known
        }
    }

    public var name: Name
    public var value: String
}

public struct HTTPFields: Sendable, RandomAccessCollection {
    private var fields: [HTTPField] = []

    public init() {}

    public var startIndex: Int { fields.startIndex }
    public var endIndex: Int { fields.endIndex }

    public subscript(position: Int) -> HTTPField { fields[position] }

    public subscript(name: HTTPField.Name) -> String? {
        get { fields.first { $0.name == name }?.value }
        set {
            fields.removeAll { $0.name == name }
            fields += newValue.map { [HTTPField(name: name, value: $0)] } ?? []
        }
    }
}

public struct HTTPRequest: Sendable {
    public var path: String?
    public var headerFields = HTTPFields()

    public init(path: String?) {
        self.path = path
    }
}

public struct HTTPResponse: Sendable {
    public struct Status: Sendable {
        public let code: Int
    }

    public var status: Status
    public var headerFields = HTTPFields()

    public init(code: Int) {
        status = Status(code: code)
    }
}
