// Lists the properties of a Didomi organization. https://developers.didomi.io/api/introduction/authentication
//
//     export DIDOMI_API_KEY=.. DIDOMI_API_SECRET=..
//     swift run didomi ORGANIZATION
//
// For a server or a desk: in an app the secret would be open to everybody who has it.

import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

struct Properties: Decodable {
    struct Property: Decodable { let id, name: String }
    let data: [Property]
}

do {
    guard let organization = CommandLine.arguments.dropFirst().first else { fatalError("usage: didomi ORGANIZATION") }
    let endpoint = ProcessInfo.processInfo.environment["DIDOMI_ENDPOINT"].flatMap(URL.init(string:))
    // A program that its owner runs may hold the secret; on a Mac, where others might be given it, that has to be said.
    let options = TokenSource.Options(dangerouslyAllowSecretInApp: true)
    let source = try TokenSource(.didomi(endpoint: endpoint), options: options)

    var query = URLComponents()
    query.queryItems = [URLQueryItem(name: "organization_id", value: organization)]
    let request = try source.request("GET", "/v1/properties\(query.string ?? "")")
    let (data, response) = try await URLSession.shared.data(for: request, authenticatedBy: source)
    guard (response as? HTTPURLResponse)?.statusCode == 200 else { throw URLError(.badServerResponse) }
    for property in try JSONDecoder().decode(Properties.self, from: data).data {
        print(property.id, property.name)
    }
} catch {
    FileHandle.standardError.write(Data("\(error.localizedDescription)\n".utf8))
    exit(1)
}
