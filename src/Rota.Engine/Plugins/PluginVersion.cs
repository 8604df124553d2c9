using Rota.Jobs;

namespace Rota.Plugins;

/// <summary>One version of a plug-in in memory, and how many attempts run on it.</summary>
internal sealed class PluginVersion(PluginImage image, PluginContext context)
{
    private readonly Lock _lock = new();
    private int _running;
    private bool _isClosed;

    public PluginImage Image { get; } = image;

    /// <summary>Alive as long as the version is in memory.</summary>
    public WeakReference Memory { get; } = new(context, trackResurrection: true);

    public IReadOnlyList<HandlerDescriptor> Handlers { get; set; } = [];

    /// <summary>Keeps the version in memory until <see cref="Leave"/>.</summary>
    /// <returns>False when it is unloaded.</returns>
    public bool TryEnter()
    {
        lock (_lock)
        {
            _running += _isClosed ? 0 : 1;
            return !_isClosed;
        }
    }

    public void Leave()
    {
        lock (_lock)
            _running--;
    }

    /// <summary>Unloads the version unless an attempt runs on it.</summary>
    /// <returns>True when it is unloaded: the memory is free when nothing refers to it any more.</returns>
    public bool TryUnload()
    {
        lock (_lock)
        {
            if (_running > 0)
                return false;
            if (!_isClosed)
                context.Unload();
            return _isClosed = true;
        }
    }
}

/// <summary>A handler of a plug-in: counts its attempts, so that its version is not unloaded under them.</summary>
internal sealed class PluginHandler(HandlerDescriptor inner, PluginVersion version, HandlerRegistry handlers)
    : HandlerDescriptor
{
    public override Type ArgsType => inner.ArgsType;

    public override async Task<JobResult> RunAsync(
        IServiceProvider scope, ReadOnlyMemory<byte> args, JobContext job, CancellationToken stop)
    {
        if (version.TryEnter())
        {
            try
            {
                return await inner.RunAsync(scope, args, job, stop);
            }
            finally
            {
                version.Leave();
            }
        }
        // The version was replaced and unloaded between the slot's look into the registry and this line.
        return handlers.Find(Kind) is { } newer && newer != this
            ? await newer.RunAsync(scope, args, job, stop)
            : throw new RotaException("kind.gone", $"The plug-in {Source} with the kind '{Kind}' was just removed.");
    }

    public override void Check(ReadOnlyMemory<byte> args, string? resultInto) => inner.Check(args, resultInto);
}
