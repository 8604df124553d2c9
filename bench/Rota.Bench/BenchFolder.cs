namespace Rota.Bench;

/// <summary>A folder for one database, deleted in the end.</summary>
internal sealed class BenchFolder : IDisposable
{
    private readonly DirectoryInfo _folder;

    public BenchFolder(string parent) =>
        _folder = Directory.CreateDirectory(System.IO.Path.Combine(parent, $"rota-bench-{Guid.NewGuid():N}"));

    public string Path => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
