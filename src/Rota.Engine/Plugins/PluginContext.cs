using System.Reflection;
using System.Runtime.Loader;

namespace Rota.Plugins;

/// <summary>The assemblies of one version of a plug-in, apart from those of all others; can be unloaded.</summary>
/// <remarks>Rota and <c>Microsoft.Extensions.*</c> are the server's own, so that their types mean the same on both
/// sides; so is the framework. Everything else comes from the plug-in's folder first.</remarks>
internal sealed class PluginContext(PluginImage image)
    : AssemblyLoadContext($"{image.Name} {image.Version}", isCollectible: true)
{
    private readonly string _folder = Path.GetDirectoryName(image.MainPath)!; // a file always stands in a folder
    private readonly AssemblyDependencyResolver? _resolver = NewResolver(image.MainPath);

    public Assembly LoadMain() => LoadFromAssemblyPath(image.MainPath);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (IsShared(assemblyName.Name) && FindShared(assemblyName) is { } shared)
            return shared;
        var path = _resolver?.ResolveAssemblyToPath(assemblyName) ?? Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver?.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private static bool IsShared(string? name) => name is not null
        && (name is "Rota.Abstractions" or "Rota.Engine"
            || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal));

    private static Assembly? FindShared(AssemblyName name)
    {
        try
        {
            return Default.LoadFromAssemblyName(name);
        }
        catch (FileNotFoundException) // a part of Microsoft.Extensions that the server does not have
        {
            return null;
        }
    }

    private static AssemblyDependencyResolver? NewResolver(string path)
    {
        try
        {
            return new AssemblyDependencyResolver(path);
        }
        catch (InvalidOperationException) // a host without the part that reads deps.json; the folder is probed instead
        {
            return null;
        }
    }
}
