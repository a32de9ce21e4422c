import Foundation

/// Why a scenario failed, at which step, and what was expected and came instead.
struct Failure: Error, CustomStringConvertible {
    enum Kind: String, CaseIterable {
        case malformed
        case unknownField = "unknown_field"
        case unknownStep = "unknown_step"
        case noExpectation = "no_expectation"
        case missingStep = "missing_step"
        case wrongCount = "wrong_count"
        case extraRequest = "extra_request"
        case missingRequest = "missing_request"
        case wrongBytes = "wrong_bytes"
        case wrongCode = "wrong_code"
        case wrongResult = "wrong_result"
        case wrongStatus = "wrong_status"
        case wrongTime = "wrong_time"
        case wrongToken = "wrong_token"
        case wrongEvents = "wrong_events"
        case wrongExplanation = "wrong_explanation"
        case stuck
        case secretShown = "secret_shown"
        case notFailed = "not_failed"
        case failedOtherwise = "failed_otherwise"
    }

    let kind: Kind
    var detail: String
    var step: Int?

    init(_ kind: Kind, _ detail: String, step: Int? = nil) {
        self.kind = kind
        self.detail = detail
        self.step = step
    }

    var description: String {
        "\(step.map { "step \($0): " } ?? "")\(kind.rawValue): \(detail)"
    }
}

/// Gives what is wrong with a step its place.
func placed<Result>(_ step: Int, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch var failure as Failure {
        failure.step = step
        throw failure
    }
}

/// How many comparisons were made.
final class Count {
    var made = 0
}

/// A scenario file as it was found; `path` is its path below `core/scenarios`.
struct File {
    let path: String
    let text: String

    /// The result of one file, as results files have it.
    struct Record: Encodable {
        let name: String
        let file: String
        let level = "client"
        let assertions: Int
        let outcome: Outcome

        var isScenario: Bool { file.hasPrefix("client/") }
    }

    struct Outcome: Encodable {
        let result: String
        var kind: String?
        var step: Int?
        var detail: String?

        init(_ failure: Failure?) {
            result = failure == nil ? "passed" : "failed"
            kind = failure?.kind.rawValue
            step = failure?.step
            detail = failure?.detail
        }
    }

    var title: String { document?["name"]?.text ?? path }

    /// Runs a file and judges it; what a file that is wrong on purpose came to is turned round.
    func record(_ run: (Count) throws -> Void) -> Record {
        let count = Count()
        var failure: Failure?
        do {
            try run(count)
        } catch {
            // What nobody foresaw is one file's failure, too.
            failure = error as? Failure ?? Failure(.wrongResult, "\(error)")
        }
        return Record(name: title, file: path, assertions: count.made, outcome: Outcome(judged(failure)))
    }

    private func judged(_ failure: Failure?) -> Failure? {
        guard let stated = document?["must_fail"], let kind = stated["kind"]?.text else { return failure }
        let step = stated["step"]?.integer
        guard let failure else { return Failure(.notFailed, "\(kind) was not reported", step: step) }
        if failure.kind.rawValue == kind && failure.step == step {
            return nil
        }
        let place = step.map { " at step \($0)" } ?? ""
        return Failure(.failedOtherwise, "expected \(kind)\(place), got \(failure)", step: failure.step)
    }

    private var document: Json? { try? Json(Data(text.utf8)) }
}
