// Lists the sites and apps of a Piwik PRO account. https://developers.piwik.pro/reference/authentication
//
//     export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
//     swift run piwik-pro acme.piwik.pro
//
// For a server or a desk: in an app the secret would be open to everybody who has it.

import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

struct App: Decodable {
    struct Attributes: Decodable { let name: String }
    let id: String
    let attributes: Attributes
}

struct Answer<Content: Decodable>: Decodable {
    let data: Content
}

do {
    guard let account = CommandLine.arguments.dropFirst().first else { fatalError("usage: piwik-pro ACCOUNT") }
    // A program that its owner runs may hold the secret; on a Mac, where others might be given it, that has to be said.
    let options = TokenSource.Options(dangerouslyAllowSecretInApp: true)
    let source = try TokenSource(.piwikPro(account: account), options: options)

    let list = try await send(source.request("GET", "/api/apps/v2"), source)
    for app in try JSONDecoder().decode(Answer<[App]>.self, from: list).data {
        print(app.id, app.attributes.name)
    }

    // The API takes application/vnd.api+json only; `request` knows.
    let shop = Data(
        #"{"data": {"type": "ppms/app", "attributes": {"name": "Shop", "urls": ["https://a.example"]}}}"#.utf8
    )
    let create = try source.request("POST", "/api/apps/v2", json: shop)
    let made = try JSONDecoder().decode(Answer<App>.self, from: try await send(create, source)).data
    print("made", made.id)

    _ = try await send(source.request("DELETE", "/api/apps/v2/\(made.id)"), source)
    print("deleted it")
} catch {
    FileHandle.standardError.write(Data("\(error.localizedDescription)\n".utf8))
    exit(1)
}

/// What is not an answer of the API's own is an error.
func send(_ request: URLRequest, _ source: TokenSource) async throws -> Data {
    let (data, response) = try await URLSession.shared.data(for: request, authenticatedBy: source)
    guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
        throw URLError(.badServerResponse, userInfo: [NSLocalizedDescriptionKey: String(decoding: data, as: UTF8.self)])
    }
    return data
}
