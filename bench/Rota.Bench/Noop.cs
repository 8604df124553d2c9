using System.Diagnostics;

namespace Rota.Bench;

/// <summary>A job that does nothing but say that it ran.</summary>
/// <param name="AskedTicks">Of the monotonic clock, when the caller began to enqueue it.</param>
[Job("bench.noop")]
internal sealed record Noop(int Number, long AskedTicks)
{
    public static Noop Now(int number) => new(number, Stopwatch.GetTimestamp());

    public static Noop[] Many(int count) => [.. Enumerable.Range(0, count).Select(Now)];
}

internal sealed class NoopHandler(Arrivals arrivals) : IJobHandler<Noop>
{
    public Task<JobResult> RunAsync(Noop args, JobContext job, CancellationToken stop)
    {
        arrivals.Add(args.AskedTicks);
        return Task.FromResult(JobResult.Complete);
    }
}

/// <summary>Counts handler runs, and notes how long each waited where that is asked for.</summary>
internal sealed class Arrivals
{
    private TaskCompletionSource _last = new();
    private long[] _waits = [];
    private int _expected;
    private int _seen;
    private long _firstTicks;
    private long _lastTicks;

    /// <summary>Forgets what was seen and expects this many runs.</summary>
    public void Expect(int count, bool withWaits = false)
    {
        _last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waits = withWaits ? new long[count] : [];
        _expected = count;
        Volatile.Write(ref _seen, 0);
    }

    /// <summary>Ends with the last expected run.</summary>
    public Task AllAsync() => _last.Task;

    /// <summary>Runs since the last call of <see cref="Expect"/>.</summary>
    public int Seen => Volatile.Read(ref _seen);

    /// <summary>Runs a second between the first and the last expected one.</summary>
    public double Rate => (_expected - 1) / Stopwatch.GetElapsedTime(_firstTicks, _lastTicks).TotalSeconds;

    /// <summary>From the call to the first line of the handler.</summary>
    public IEnumerable<double> WaitsMs => _waits.Select(ticks => ticks * 1_000.0 / Stopwatch.Frequency);

    public void Add(long askedTicks)
    {
        var now = Stopwatch.GetTimestamp();
        var number = Interlocked.Increment(ref _seen);
        if (number <= _waits.Length)
            _waits[number - 1] = now - askedTicks;
        if (number == 1)
            _firstTicks = now;
        if (number != _expected)
            return;
        _lastTicks = now;
        _last.SetResult();
    }
}
