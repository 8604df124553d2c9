using System.Diagnostics;

namespace Rota.Bench;

/// <summary>Gets what the chosen peers need, where it is missing: Debian's packages, those of npm, a build.</summary>
internal static class PeerSetup
{
    private static readonly (string File, string Package)[] NodePackages =
        [("/usr/bin/node", "nodejs"), ("/usr/bin/npm", "npm")];

    private static readonly (string File, string Package)[] RedisPackages = [("/usr/bin/redis-server", "redis-server")];

    public static async Task InstallAsync(IReadOnlyCollection<Peer> peers)
    {
        await InstallDebianAsync([.. peers.SelectMany(Needed).Where(need => !File.Exists(need.File))
            .Select(need => need.Package).Distinct()]);
        if (peers.Any(peer => peer.IsNode))
            await InstallNodeAsync();
        foreach (var project in peers.Select(peer => peer.Project).OfType<string>().Distinct())
            await RunAsync($"{project} could not be built",
                "dotnet", "build", PeerFolders.Source("dotnet"), "-c", "Release", "--nologo", "-v", "quiet");
    }

    private static IEnumerable<(string File, string Package)> Needed(Peer peer) =>
    [
        .. peer.Packages,
        .. peer.IsNode ? NodePackages : [],
        .. peer.Storage == PeerStorage.Postgres ? [] : RedisPackages,
    ];

    /// <summary>One package of Debian, when a file of it is missing.</summary>
    public static Task InstallDebianAsync(string file, string package) =>
        InstallDebianAsync(File.Exists(file) ? [] : [package]);

    private static async Task InstallDebianAsync(string[] packages)
    {
        if (packages.Length == 0)
            return;
        var list = string.Join(' ', packages);
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/apt-get"))
            throw new InvalidOperationException($"Missing: {list}. Install them: apt-get install {list}");
        Progress.Say($"installing {list}");
        // The run level keeps a new server from being started: the run starts its own.
        const string Script = """
            export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
            get() { apt-get install -y --no-install-recommends "$@"; }
            get "$@" || { apt-get update && get "$@"; }
            """;
        await RunAsync($"{list} could not be installed", ["sh", "-c", Script, "sh", .. packages]);
    }

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
        await RunAsync("The npm packages could not be installed",
            "npm", "install", "--prefix", PeerFolders.Node, "--no-audit", "--no-fund", "--loglevel=error");
        await File.WriteAllTextAsync(isDone, wanted);
    }

    private static async Task RunAsync(string failure, params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{failure}.\n{output}{await errors}");
    }
}
