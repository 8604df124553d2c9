namespace Rota.Bench;

/// <summary>Where the drivers are, and where their packages go.</summary>
internal static class PeerFolders
{
    private static readonly string Root = FindRoot();

    /// <summary>Below the build's own output, so that nobody commits it.</summary>
    public static string Node { get; } = Path.Combine(Root, "artifacts", "peers", "node");

    public static string Build(string project) =>
        Path.Combine(Root, "artifacts", "bin", project, "release", $"{project}.dll");

    public static string Source(params string[] parts) => Path.Combine([Root, "bench", "Peers", .. parts]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Rota.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The drivers are only in Rota's repository.");
    }
}
