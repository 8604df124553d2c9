using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rota.Jobs;

namespace Rota.Plugins;

/// <summary>Keeps the handlers in service that stand in the plug-ins folder.</summary>
/// <remarks>
/// One loop looks at the folder when the system signals a change, and every second in any case; a changed plug-in is
/// loaded once its files have been still for 200 ms. The new version takes the place of the old one in the registry at
/// once; the old one is unloaded when its last attempt has ended. A version that cannot be used changes nothing but the
/// plug-in's state. The first look is over before the worker starts, so that no job is rejected for want of a handler
/// that is about to come.
/// </remarks>
public sealed class PluginManager : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Still = TimeSpan.FromMilliseconds(200);
    private const int SettleMax = 25;

    private readonly string _folder;
    private readonly HandlerRegistry _handlers;
    private readonly TimeProvider _clock;
    private readonly ILogger<PluginManager> _log;
    private readonly PluginCache _cache;
    private readonly PluginLoader _loader;
    private readonly PluginUnloader _unloader;
    private readonly AsyncSignal _changed = new();
    private readonly SortedDictionary<string, Plugin> _plugins = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<PluginInfo> _all = [];
    private TaskCompletionSource _nextLook = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PluginManager(
        IOptions<PluginOptions> options, HandlerRegistry handlers, TimeProvider clock, ILogger<PluginManager> log)
    {
        _folder = Path.GetFullPath(options.Value.Folder);
        _handlers = handlers;
        _clock = clock;
        _log = log;
        _cache = new PluginCache(options.Value, clock);
        _loader = new PluginLoader(handlers, clock);
        _unloader = new PluginUnloader(log);
    }

    /// <summary>All plug-ins, by name.</summary>
    public IReadOnlyList<PluginInfo> All => _all;

    /// <summary>Replaced versions that are still in memory.</summary>
    internal int ReplacedCount => _unloader.Count;

    /// <summary>Ends when the loop has looked at the folder once more.</summary>
    internal Task NextLook => Volatile.Read(ref _nextLook).Task;

    public Task StartingAsync(CancellationToken cancellationToken) => LookAsync(isStarting: true, cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watcher = TryWatch();
        while (!stoppingToken.IsCancellationRequested)
        {
            await _changed.WaitAsync(Poll, _clock, stoppingToken);
            await LookAsync(isStarting: false, stoppingToken);
        }
    }

    private FileSystemWatcher? TryWatch()
    {
        FileSystemWatcher? watcher = null;
        try
        {
            Directory.CreateDirectory(_folder);
            watcher = new FileSystemWatcher(_folder) { IncludeSubdirectories = true };
            watcher.Changed += (_, _) => _changed.Set();
            watcher.Created += (_, _) => _changed.Set();
            watcher.Deleted += (_, _) => _changed.Set();
            watcher.Renamed += (_, _) => _changed.Set();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            watcher?.Dispose();
            _log.NotWatched(error, _folder);
            return null;
        }
    }

    private async Task LookAsync(bool isStarting, CancellationToken stop)
    {
        try
        {
            _unloader.Look();
            await RefreshAsync(isStarting, stop);
            if (isStarting)
                _cache.Prune(_plugins.Values.Select(plugin => plugin.Version?.Image).OfType<PluginImage>());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.FolderUnreadable(error, _folder);
        }
        Interlocked.Exchange(ref _nextLook, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private async Task RefreshAsync(bool isStarting, CancellationToken stop)
    {
        var found = PluginFolder.Scan(_folder).ToDictionary(files => files.Name);
        foreach (var gone in _plugins.Keys.Where(name => !found.ContainsKey(name)).ToList())
            Remove(gone);
        foreach (var files in found.Values)
        {
            var plugin = _plugins.GetValueOrDefault(files.Name);
            if (plugin?.Stamp == files.Stamp)
                continue;
            plugin ??= _plugins[files.Name] = new Plugin(files.Name);
            if ((isStarting ? files : await SettleAsync(files, stop)) is { } settled)
                await ReplaceAsync(plugin, settled, stop);
        }
    }

    /// <summary>Waits until files are written.</summary>
    /// <returns>The files then, or null when they are gone or still change after 5 s.</returns>
    private async Task<PluginFiles?> SettleAsync(PluginFiles files, CancellationToken stop)
    {
        for (var look = 0; look < SettleMax; look++)
        {
            await Task.Delay(Still, _clock, stop);
            var now = PluginFolder.Scan(_folder).FirstOrDefault(other => other.Name == files.Name);
            if (now is null || now.Stamp == files.Stamp)
                return now;
            files = now;
        }
        return null;
    }

    private async Task ReplaceAsync(Plugin plugin, PluginFiles files, CancellationToken stop)
    {
        plugin.Stamp = files.Stamp;
        plugin.IsKindTaken = false;
        try
        {
            CheckName(files.Name);
            var image = await _cache.PrepareAsync(files, stop);
            if (image.Hash != plugin.Version?.Image.Hash)
                PutInService(plugin, await _loader.LoadAsync(image, stop));
            plugin.Errors = [];
        }
        catch (Exception error) when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            SetBroken(plugin, error);
        }
        Publish();
    }

    private void SetBroken(Plugin plugin, Exception error)
    {
        IReadOnlyList<PluginError> errors =
            (error as PluginException)?.Errors ?? [new PluginError(null, 0, 0, error.Message)];
        plugin.IsKindTaken = error is ConflictException;
        if (error is IOException or UnauthorizedAccessException)
            plugin.Stamp = null; // what is in its way may go without a change to its files
        var isNew = !errors.SequenceEqual(plugin.Errors);
        plugin.Errors = errors;
        if (isNew)
            _log.Broken(plugin.Name, plugin.State, string.Join(' ', errors));
    }

    private static void CheckName(string name)
    {
        NameRule.Check("name of the plug-in", name);
        if (name == "code")
            throw new PluginException(
                "The name 'code' stands for the server's own handlers: give the plug-in another one.");
    }

    /// <exception cref="ConflictException"><c>kind.taken</c>.</exception>
    private void PutInService(Plugin plugin, PluginVersion version)
    {
        try
        {
            _handlers.Set(plugin.Name, version.Handlers);
        }
        catch (ConflictException)
        {
            _unloader.Add(version);
            throw;
        }
        if (plugin.Version is { } replaced)
            _unloader.Add(replaced);
        plugin.Version = version;
        plugin.LoadedAt = _clock.GetUtcNow();
        _log.Loaded(plugin.Name, version.Image.Version, string.Join(", ", plugin.Kinds));
        RetryTakenKinds();
    }

    private void Remove(string name)
    {
        _handlers.Remove(name);
        if (_plugins[name].Version is { } removed)
            _unloader.Add(removed);
        _plugins.Remove(name);
        _log.Removed(name);
        RetryTakenKinds();
        Publish();
    }

    /// <summary>What one plug-in gave up another may take now, at the next look.</summary>
    private void RetryTakenKinds()
    {
        foreach (var plugin in _plugins.Values.Where(plugin => plugin.IsKindTaken))
            plugin.Stamp = null;
        _changed.Set();
    }

    private void Publish() => _all = [.. _plugins.Values.Select(plugin => plugin.ToInfo())];

    private sealed class Plugin(string name)
    {
        public string Name { get; } = name;
        public string? Stamp { get; set; }
        public PluginVersion? Version { get; set; }
        public DateTimeOffset? LoadedAt { get; set; }
        public bool IsKindTaken { get; set; }
        public IReadOnlyList<PluginError> Errors { get; set; } = [];

        public PluginState State =>
            Errors.Count == 0 ? PluginState.Loaded : Version is null ? PluginState.Broken : PluginState.Stale;

        public IReadOnlyList<string> Kinds =>
            [.. (Version?.Handlers ?? []).Select(handler => handler.Kind).Order(StringComparer.Ordinal)];

        public PluginInfo ToInfo() => new(Name, State, Version?.Image.Version, Kinds, Errors, LoadedAt);
    }
}
