namespace Rota.Bench;

/// <summary>Gets what the chosen peers need, where it is missing: Debian's packages, those of npm, a build.</summary>
internal static class PeerSetup
{
    private static readonly (string File, string Package)[] NodePackages =
        [("/usr/bin/node", "nodejs"), ("/usr/bin/npm", "npm")];

    private static readonly (string File, string Package)[] RedisPackages = [("/usr/bin/redis-server", "redis-server")];

    public static async Task InstallAsync(IReadOnlyCollection<Peer> peers)
    {
        await DebianPackages.InstallAsync([.. peers.SelectMany(Needed)]);
        if (peers.Any(peer => peer.IsNode))
            await InstallNodeAsync();
        foreach (var project in peers.Select(peer => peer.Project).OfType<string>().Distinct())
            await ChildProcess.RunAsync($"{project} could not be built",
                "dotnet", "build", PeerFolders.Source("dotnet"), "-c", "Release", "--nologo", "-v", "quiet");
    }

    private static IEnumerable<(string File, string Package)> Needed(Peer peer) =>
    [
        .. peer.Packages,
        .. peer.IsNode ? NodePackages : [],
        .. peer.Storage == PeerStorage.Postgres ? [] : RedisPackages,
    ];

    private static async Task InstallNodeAsync()
    {
        var wanted = await File.ReadAllTextAsync(PeerFolders.Source("node", "package.json"));
        var list = Path.Combine(PeerFolders.Node, "package.json");
        var isDone = Path.Combine(PeerFolders.Node, "installed.json");
        if (File.Exists(isDone) && await File.ReadAllTextAsync(isDone) == wanted)
            return;
        Progress.Say("installing npm packages");
        Directory.CreateDirectory(PeerFolders.Node);
        await File.WriteAllTextAsync(list, wanted);
        await ChildProcess.RunAsync("The npm packages could not be installed",
            "npm", "install", "--prefix", PeerFolders.Node, "--no-audit", "--no-fund", "--loglevel=error");
        await File.WriteAllTextAsync(isDone, wanted);
    }
}
