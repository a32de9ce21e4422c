import Testing

@Suite struct ExamplesTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
    }

    @Test("the Piwik PRO program reads, creates and deletes with one token")
    func piwikPro() async throws {
        let run = try await stage.run("piwik-pro", [stage.url("piwik_pro")])
        #expect(run.err == "")
        #expect(run.status == 0)
        #expect(run.out.contains(" Sandbox\nmade ") && run.out.hasSuffix("\ndeleted it\n"), "\(run.out)")
        #expect(try await stage.counts("piwik_pro") == [1, 3])
    }

    @Test("the Didomi program lists properties with one token")
    func didomi() async throws {
        let run = try await stage.run("didomi", ["sandbox"])
        #expect(run.err == "")
        #expect(run.status == 0)
        #expect(run.out.split(separator: "\n").count == 1 && run.out.split(separator: " ").count > 1, "\(run.out)")
        #expect(try await stage.counts("didomi") == [1, 1])
    }

    @Test("the OroCommerce program lists users with one token")
    func oroCommerce() async throws {
        let run = try await stage.run("oro-commerce", [stage.url("oro")])
        #expect(run.err == "")
        #expect(run.status == 0)
        #expect(run.out.hasPrefix("1 users\n"), "\(run.out)")
        #expect(try await stage.counts("oro") == [1, 1])
    }

    @Test(
        "a program says what to mend if the secret is wrong, and does not show it",
        arguments: [
            ("piwik-pro", "piwik_pro", "PIWIK_PRO_CLIENT_SECRET", "Menu > Profile > API keys"),
            ("didomi", "didomi", "DIDOMI_API_SECRET", "Settings > Private API keys"),
            ("oro-commerce", "oro", "ORO_CLIENT_SECRET", "OAuth Applications"),
        ])
    func wrongSecret(program: String, vendor: String, variable: String, fix: String) async throws {
        let run = try await stage.run(program, [stage.url(vendor)], [variable: "mistyped-secret"])
        #expect(run.status == 1)
        #expect(run.err.contains("credentials_rejected") && run.err.contains(fix), "\(run.err)")
        #expect(!run.err.contains("mistyped-secret"))
    }
}
