using System.Text;

namespace Rota.Plugins;

/// <summary>A plug-in's files as they stand in the plug-ins folder.</summary>
/// <param name="Root">The folder that the names of <paramref name="Files"/> are relative to.</param>
/// <param name="Files">In order; without those that no build reads.</param>
/// <param name="Stamp">Changes when a file comes, goes, or gets another size or time.</param>
internal sealed record PluginFiles(string Name, string Root, IReadOnlyList<string> Files, string Stamp)
{
    public bool HasSources => Files.Any(file => file.EndsWith(".cs", StringComparison.OrdinalIgnoreCase));
}

/// <summary>Finds plug-ins: each <c>.cs</c> or <c>.dll</c> file and each folder with such files in it.</summary>
internal static class PluginFolder
{
    public const int FilesMax = 2_000;
    private static readonly string[] SkippedFolders = ["bin", "obj", "node_modules"];

    /// <summary>By name. Names that begin with a dot or an underscore are left out.</summary>
    public static IReadOnlyList<PluginFiles> Scan(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        var found = new SortedDictionary<string, PluginFiles>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            // A folder comes before a file of the same name: "a" < "a.cs".
            if (Path.GetFileName(path)[0] is not ('.' or '_') && Read(path) is { } files)
                found.TryAdd(files.Name, files);
        }
        return [.. found.Values];
    }

    private static PluginFiles? Read(string path)
    {
        if (!Directory.Exists(path))
        {
            return IsCode(path)
                ? WithStamp(
                    Path.GetFileNameWithoutExtension(path), Path.GetDirectoryName(path)!, [Path.GetFileName(path)])
                : null;
        }
        var files = Walk(new DirectoryInfo(path)).Take(FilesMax)
            .Select(file => Path.GetRelativePath(path, file.FullName)).Order(StringComparer.Ordinal).ToList();
        return files.Exists(IsCode) ? WithStamp(Path.GetFileName(path), path, files) : null;
    }

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.'))
                continue;
            if (entry is FileInfo file)
                yield return file;
            else if (entry is DirectoryInfo inner && !SkippedFolders.Contains(inner.Name) && inner.LinkTarget is null)
            {
                foreach (var deeper in Walk(inner))
                    yield return deeper;
            }
        }
    }

    private static bool IsCode(string file) => Path.GetExtension(file).ToLowerInvariant() is ".cs" or ".dll";

    private static PluginFiles WithStamp(string name, string root, IReadOnlyList<string> files)
    {
        var stamp = new StringBuilder();
        foreach (var file in files)
        {
            var info = new FileInfo(Path.Combine(root, file));
            stamp.Append(file).Append('|').Append(info.Exists ? info.Length : -1).Append('|')
                .Append(info.LastWriteTimeUtc.Ticks).Append('\n');
        }
        return new PluginFiles(name, root, files, stamp.ToString());
    }
}
