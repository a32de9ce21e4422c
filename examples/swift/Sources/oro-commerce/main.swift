// Lists the users of an OroCommerce shop. https://doc.oroinc.com/api/authentication/oauth-client-credentials/
//
//     export ORO_CLIENT_ID=.. ORO_CLIENT_SECRET=..     # made in System > User Management > OAuth Applications
//     swift run oro-commerce https://shop.example.com
//
// For a server or a desk: in an app the secret would be open to everybody who has it.

import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

struct Users: Decodable {
    struct User: Decodable { let id, type: String }
    let data: [User]
}

do {
    guard let application = CommandLine.arguments.dropFirst().first.flatMap(URL.init(string:)) else {
        fatalError("usage: oro-commerce URL")
    }
    // A program that its owner runs may hold the secret; on a Mac, where others might be given it, that has to be said.
    let options = TokenSource.Options(dangerouslyAllowSecretInApp: true)
    // The storefront's API is another surface, with OAuth applications and tokens of its own: .storefront.
    let source = try TokenSource(.oroCommerce(app: application, surface: .backOffice), options: options)

    let request = try source.request("GET", "/admin/api/users?page%5Bsize%5D=10")
    let (data, response) = try await URLSession.shared.data(for: request, authenticatedBy: source)
    guard (response as? HTTPURLResponse)?.statusCode == 200 else { throw URLError(.badServerResponse) }
    for user in try JSONDecoder().decode(Users.self, from: data).data {
        print(user.id, user.type)
    }
} catch {
    FileHandle.standardError.write(Data("\(error.localizedDescription)\n".utf8))
    exit(1)
}
