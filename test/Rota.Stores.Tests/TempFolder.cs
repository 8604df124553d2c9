namespace Rota.Stores.Tests;

/// <summary>A folder that is gone when the test is over.</summary>
/// <param name="under">The folder that it is made in; null for the system's own.</param>
public sealed class TempFolder(string? under = null) : IDisposable
{
    public string Path { get; } = under is null ? Directory.CreateTempSubdirectory("rota-test-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(under, $"rota-test-{Guid.NewGuid():N}")).FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
