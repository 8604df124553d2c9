using System.Collections.Concurrent;

namespace Rota.Tests.Integrations;

/// <summary>Time whose timers ring after a fiftieth of their wait, and which notes what was waited for.</summary>
internal sealed class QuickTime : TimeProvider
{
    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
            Waits.Enqueue(dueTime);
        return base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 50 : dueTime, period);
    }
}
