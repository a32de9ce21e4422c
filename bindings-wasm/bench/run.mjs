// Runs a row in a process of its own: the peers are of npm as they are, not bundled.

process.once("message", async ({ file, argument }) => {
    const { default: row } = await import(file);
    const told = await row(argument).then(
        (value) => ({ value }),
        (error) => ({ error: String(error?.stack ?? error) }),
    );
    process.send(told, () => process.exit());
});
