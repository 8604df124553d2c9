using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using System.Text;

namespace Rota.Plugins;

/// <summary>A version of a plug-in, ready to be loaded.</summary>
/// <param name="Hash">SHA-256 of its files and of Rota's version, in hex.</param>
/// <param name="MainPath">The dll with the handlers, in the cache.</param>
internal sealed record PluginImage(string Name, string Hash, string MainPath)
{
    public string Version => Hash[..12];
}

/// <summary>Makes a folder in the cache for each version of each plug-in: sources compiled, everything else copied.
/// What is loaded is loaded from there, so that files in the plug-ins folder are never in use, and a version that still
/// runs finds its own dependencies however the plug-in changes meanwhile.</summary>
/// <remarks>A folder is filled under another name and then moved, so that it is whole when it is there.</remarks>
internal sealed class PluginCache(PluginOptions options, TimeProvider clock)
{
    private static readonly TimeSpan KeepFor = TimeSpan.FromDays(7);

    private static readonly string RotaVersion = typeof(PluginCache).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private readonly string _folder = Path.GetFullPath(options.CacheFolder ?? Path.Combine(options.Folder, ".cache"));

    /// <exception cref="PluginException">It does not compile, or no one dll in it can be the plug-in.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public async Task<PluginImage> PrepareAsync(PluginFiles files, CancellationToken stop)
    {
        var hash = await HashAsync(files, stop);
        var folder = Path.Combine(_folder, $"{files.Name}-{hash[..24]}");
        if (!Directory.Exists(folder))
            await FillAsync(files, folder, stop);
        var compiled = Path.Combine(folder, files.Name + ".dll");
        return new PluginImage(files.Name, hash, files.HasSources ? compiled : FindMain(files, folder));
    }

    /// <summary>Deletes what no version in <paramref name="used"/> needs and was made over a week ago: until then
    /// another process with the same cache, or a return to an older version, may want it.</summary>
    public void Prune(IEnumerable<PluginImage> used)
    {
        var kept = used.Select(image => Path.GetDirectoryName(image.MainPath)).ToHashSet();
        var before = (clock.GetUtcNow() - KeepFor).UtcDateTime;
        if (!Directory.Exists(_folder))
            return;
        foreach (var folder in Directory.GetDirectories(_folder))
        {
            if (!kept.Contains(folder) && Directory.GetLastWriteTimeUtc(folder) < before)
                Directory.Delete(folder, recursive: true);
        }
    }

    private async Task FillAsync(PluginFiles files, string folder, CancellationToken stop)
    {
        var fresh = $"{folder}.{Guid.NewGuid():N}";
        Directory.CreateDirectory(fresh);
        try
        {
            foreach (var file in files.Files.Where(file => !IsSource(file)))
            {
                var copy = Path.Combine(fresh, file);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!); // a file always stands in a folder
                File.Copy(Path.Combine(files.Root, file), copy);
            }
            if (files.HasSources)
                await CompileAsync(files, fresh, stop);
            Directory.Move(fresh, folder);
        }
        finally
        {
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
        }
    }

    private async Task CompileAsync(PluginFiles files, string folder, CancellationToken stop)
    {
        var output = Path.Combine(folder, files.Name + ".dll");
        string[] inputs =
        [
            .. files.Files.Where(IsSource).Select(file => Path.GetFullPath(Path.Combine(files.Root, file))),
            .. files.Files.Where(file => IsManaged(Path.Combine(folder, file)))
                .Select(file => Path.Combine(folder, file)),
        ];
        var errors = options.Compiler.Count == 0
            ? PluginCompiler.Compile(output, inputs)
            : await CompilerProcess.CompileAsync(options.Compiler, output, inputs, clock, stop);
        if (errors.Count > 0)
            throw new PluginException([.. errors.Select(error => error with { File = Short(error.File) })]);
    }

    private string? Short(string? file) =>
        file is null ? null : Path.GetRelativePath(Path.GetFullPath(options.Folder), file);

    private static bool IsSource(string file) => file.EndsWith(".cs", StringComparison.OrdinalIgnoreCase);

    private static async Task<string> HashAsync(PluginFiles files, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(RotaVersion));
        foreach (var file in files.Files)
        {
            var content = await File.ReadAllBytesAsync(Path.Combine(files.Root, file), stop);
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{file}\n{content.Length}\n"));
            hash.AppendData(content);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The dll named as the plug-in, else the only one, else the only one that uses Rota.</summary>
    private static string FindMain(PluginFiles files, string folder)
    {
        string[] libraries =
        [
            .. files.Files.Where(file => file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
                && !file.Contains(Path.DirectorySeparatorChar)),
        ];
        if (Array.Find(libraries, file => Path.GetFileNameWithoutExtension(file) == files.Name) is { } named)
            return Path.Combine(folder, named);
        var candidates = libraries.Length == 1
            ? libraries
            : Array.FindAll(libraries, file => UsesRota(Path.Combine(folder, file)));
        return candidates.Length == 1
            ? Path.Combine(folder, candidates[0])
            : throw new PluginException($"{candidates.Length} of the {libraries.Length} dlls in {files.Name} use Rota; "
                + $"name the one with the handlers {files.Name}.dll.");
    }

    private static bool IsManaged(string path) => path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
        && ReadMetadata(path, _ => true);

    private static bool UsesRota(string path) => ReadMetadata(path, metadata => metadata.AssemblyReferences.Any(
        handle => metadata.StringComparer.Equals(metadata.GetAssemblyReference(handle).Name, "Rota.Abstractions")));

    private static bool ReadMetadata(string path, Func<MetadataReader, bool> fits)
    {
        try
        {
            using var image = new PEReader(File.OpenRead(path));
            return image.HasMetadata && fits(image.GetMetadataReader());
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
