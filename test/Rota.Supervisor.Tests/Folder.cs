using Rota.Supervisor.Tests.Config;

namespace Rota.Supervisor.Tests;

/// <summary>A folder for one test, gone when disposed.</summary>
internal sealed class Folder : IDisposable
{
    static Folder()
    {
        Environment.SetEnvironmentVariable("ROTA_TEST", "tested");
        Environment.SetEnvironmentVariable("USERID", "0");
    }

    /// <param name="parent">Default: where temporary files are.</param>
    public Folder(string? parent = null) => Path = parent is null
        ? Directory.CreateTempSubdirectory("rota-").FullName
        : Directory.CreateDirectory($"{parent}/rota-{Guid.NewGuid():n}").FullName;

    public string Path { get; }

    public static Folder Make() => new();

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Each text as a main file of its own, beside the files to include.</summary>
    public IReadOnlyList<string> WriteAll(IEnumerable<string> texts)
    {
        foreach (var (name, text) in ConfigCases.Included)
            Write(name, text);
        return texts.Select((text, index) => Write($"main{index:000}.conf", text)).ToList();
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
