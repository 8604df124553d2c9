using Xunit;

namespace Rota.Tests.House;

/// <summary>The files of this repository.</summary>
internal static class Repository
{
    private static readonly string[] Made = ["bin", "obj", "artifacts", "node_modules", ".git"];

    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Rota.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Paths from the root on, of files that people wrote.</summary>
    public static IEnumerable<string> Files(string folder, params string[] endings)
    {
        var all = new DirectoryInfo(Path.Combine(Root, folder));
        if (!all.Exists)
            return [];
        return all.EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file.FullName))
            .Where(path => !path.Split('/').Any(Made.Contains) && endings.Any(path.EndsWith))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>Fails with all findings at once, a line each.</summary>
    public static void AssertNone(IEnumerable<string> findings)
    {
        var found = findings.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
