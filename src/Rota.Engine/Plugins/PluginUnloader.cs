using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Rota.Plugins;

/// <summary>Unloads replaced versions when their last attempt has ended, and sees that they leave the memory.</summary>
internal sealed class PluginUnloader(ILogger log)
{
    private const int LooksMax = 600; // looks come every second or faster

    // The JSON serializer keeps what it learned of types, plug-ins' too, in caches that hold them for ever. This is
    // what the runtime itself calls after a hot reload; without it the memory stays taken, and nothing else is lost.
    private static readonly MethodInfo? ClearJsonCache = typeof(JsonSerializerOptions).Assembly
        .GetType("System.Text.Json.JsonSerializerOptionsUpdateHandler")?
        .GetMethod("ClearCache", BindingFlags.Public | BindingFlags.Static);

    private readonly List<PluginVersion> _replaced = [];
    private readonly List<Unloaded> _unloaded = [];

    /// <summary>Versions that are out of service and not out of memory yet.</summary>
    public int Count => _replaced.Count + _unloaded.Count;

    public void Add(PluginVersion version) => _replaced.Add(version);

    /// <summary>Unloads what has come free. Called again and again.</summary>
    public void Look()
    {
        var free = _replaced.FindAll(version => version.TryUnload());
        _replaced.RemoveAll(free.Contains);
        _unloaded.AddRange(free.Select(version => new Unloaded(version.Image.Name, version.Memory)));
        _unloaded.RemoveAll(version => !version.Memory.IsAlive);
        // The serializer can learn a type again as long as the last attempt's output is being written.
        if (_unloaded.Exists(version => version.Looks < 5))
            ClearJsonCache?.Invoke(obj: null, [null]);
        foreach (var version in _unloaded)
        {
            if (++version.Looks == LooksMax)
                log.NotCollected(version.Name);
        }
    }

    private sealed class Unloaded(string name, WeakReference memory)
    {
        public string Name { get; } = name;
        public WeakReference Memory { get; } = memory;
        public int Looks { get; set; }
    }
}
