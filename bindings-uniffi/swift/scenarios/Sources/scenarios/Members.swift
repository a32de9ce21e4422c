/// The members of an object of which all that may be there are known.
struct Members {
    let at: String
    private let values: [String: Json]

    /// Checks that a value is an object with no other members than these.
    init(_ value: Json, at: String, required: [String] = [], optional: [String] = []) throws {
        values = try objects(value, at: at)
        self.at = at
        for name in values.keys.sorted() where !required.contains(name) && !optional.contains(name) {
            throw Failure(.unknownField, "unknown field `\(name)` in \(at)")
        }
        for name in required where values[name] == nil {
            throw Failure(.malformed, "\(at): `\(name)` is missing")
        }
    }

    func has(_ name: String) -> Bool {
        values[name] != nil
    }

    /// A member that is there in any case.
    func required<Value>(_ name: String, _ read: (Json, String) throws -> Value) throws -> Value {
        try read(values[name] ?? .null, "\(at).\(name)")
    }

    /// A member that may be absent.
    func optional<Value>(_ name: String, _ read: (Json, String) throws -> Value) throws -> Value? {
        try values[name].map { try read($0, "\(at).\(name)") }
    }
}

func text(_ value: Json, at: String) throws -> String {
    guard let text = value.text else { throw Failure(.malformed, "\(at): no text") }
    return text
}

func textOrNull(_ value: Json, at: String) throws -> String? {
    try value == .null ? nil : text(value, at: at)
}

func flag(_ value: Json, at: String) throws -> Bool {
    guard let flag = value.flag else { throw Failure(.malformed, "\(at): no boolean") }
    return flag
}

func integer(_ value: Json, at: String) throws -> Int {
    guard let integer = value.integer else { throw Failure(.malformed, "\(at): no integer") }
    return integer
}

func natural(_ value: Json, at: String) throws -> Int {
    guard let natural = value.integer, natural >= 0 else { throw Failure(.malformed, "\(at): no natural number") }
    return natural
}

func anything(_ value: Json, at: String) -> Json {
    value
}

func objects(_ value: Json, at: String) throws -> [String: Json] {
    guard case .object(let members) = value else { throw Failure(.malformed, "\(at): no object") }
    return members
}

/// One of some words.
func word(_ words: [String]) -> (Json, String) throws -> String {
    { value, at in
        guard let word = value.text, words.contains(word) else {
            throw Failure(.malformed, "\(at): none of \(words.joined(separator: ", "))")
        }
        return word
    }
}

func list<Value>(of read: @escaping (Json, String) throws -> Value) -> (Json, String) throws -> [Value] {
    { value, at in
        guard let list = value.list else { throw Failure(.malformed, "\(at): no list") }
        return try list.enumerated().map { try read($0.element, "\(at).\($0.offset)") }
    }
}

/// An object whose members' names are free, or some words.
func map<Value>(
    of read: @escaping (Json, String) throws -> Value,
    names: [String]? = nil
) -> (Json, String) throws -> [String: Value] {
    { value, at in
        let members = try objects(value, at: at)
        return try Dictionary(
            uniqueKeysWithValues: members.map { name, value in
                if let names {
                    _ = try word(names)(.text(name), at)
                }
                return (name, try read(value, "\(at).\(name)"))
            }
        )
    }
}
