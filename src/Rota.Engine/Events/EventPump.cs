using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Events;

/// <summary>Tells the listeners of this process what happens.</summary>
/// <remarks>Each reads events for itself, so that one which is slow or never ends holds up no other.</remarks>
internal sealed class EventPump(IEventStore store, IEnumerable<IEventListener> listeners,
    IEnumerable<ListenerMask> masks, TimeProvider clock, ILogger<EventPump> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200), RetryPause = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<IEventListener> _listeners = [.. listeners];

    private long? _after;

    /// <summary>What happens once the host has started is heard of, so the place is noted before.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_listeners.Count > 0)
                _after = await store.LastIdAsync(cancellationToken);
        }
        catch (StorageException error)
        {
            log.ReadFailed(error.Why());
        }
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_listeners.Select(listener => FollowAsync(listener, stoppingToken)));

    private async Task FollowAsync(IEventListener listener, CancellationToken stop)
    {
        await Task.Yield(); // one that blocks its thread at once would keep the next ones from their first event
        var types = ListenerMask.Of(listener, masks);
        EventFollower? follower = null;
        while (!stop.IsCancellationRequested)
        {
            var pause = Pause;
            try
            {
                follower ??= new EventFollower(store, clock, _after ?? await store.LastIdAsync(stop));
                foreach (var one in await follower.ReadAsync(stop))
                {
                    if (types?.Contains(one.Type) != false)
                        await TellAsync(listener, one, stop);
                }
            }
            catch (StorageException error)
            {
                log.ReadFailed(error.Why());
                pause = RetryPause;
            }
            await Task.Delay(pause, clock, stop);
        }
    }

    private async Task TellAsync(IEventListener listener, RotaEvent one, CancellationToken stop)
    {
        try
        {
            await listener.OnEventAsync(one, stop);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            log.ListenerFailed(error, listener.GetType(), one.Id, one.Type);
        }
    }
}

/// <summary>What a listener class is told of.</summary>
/// <param name="Types">Empty: everything.</param>
internal sealed record ListenerMask(Type Listener, IReadOnlyList<EventType> Types)
{
    /// <summary>All that the masks of its class name; null for everything, also where the host registered it by
    /// itself, without a mask.</summary>
    public static IReadOnlySet<EventType>? Of(IEventListener listener, IEnumerable<ListenerMask> masks)
    {
        var own = masks.Where(mask => mask.Listener == listener.GetType()).ToList();
        return own.Count == 0 || own.Exists(mask => mask.Types.Count == 0)
            ? null
            : own.SelectMany(mask => mask.Types).ToHashSet();
    }
}

/// <summary>Every line of the events. Event ids 6000 to 6099; an id is never reused.</summary>
internal static partial class EventLog
{
    [LoggerMessage(6001, LogLevel.Warning, "Events could not be read, trying again in 5 s: {Why}")]
    public static partial void ReadFailed(this ILogger log, string why);

    [LoggerMessage(6002, LogLevel.Error, "Listener {Listener} threw at event {EventId} ({EventType})")]
    public static partial void ListenerFailed(
        this ILogger log, Exception error, Type listener, long eventId, EventType eventType);

    [LoggerMessage(6003, LogLevel.Warning, "Events could not be sent on, trying again in 5 s: {Why}")]
    public static partial void SendFailed(this ILogger log, string why);
}
