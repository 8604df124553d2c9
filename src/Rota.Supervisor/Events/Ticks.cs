using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Events;

/// <summary>TICK_5, TICK_60 and TICK_3600, at multiples of their seconds by the wall clock.</summary>
internal sealed class Ticks(EventLoop loop, EventHub events, TimeProvider time)
{
    private static readonly int[] Periods = [5, 60, 3600];

    private readonly Dictionary<int, long> _last = [];

    public void Start()
    {
        foreach (var period in Periods)
            _last[period] = SliceOf(period);
        Await();
    }

    private void Await()
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var shortest = Periods[0] * 1000;
        loop.After(TimeSpan.FromMilliseconds(shortest - now % shortest), Tick);
    }

    private void Tick()
    {
        foreach (var period in Periods)
        {
            var slice = SliceOf(period);
            if (slice == _last[period])
                continue;
            _last[period] = slice;
            events.Tell(new($"TICK_{period}", $"when:{slice}"));
        }
        Await();
    }

    private long SliceOf(int period)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return now - now % period;
    }
}
