using System.Diagnostics;

namespace Rota.Bench;

/// <summary>A job with a side effect in its middle.</summary>
/// <param name="DueTicks">Of the machine's monotonic clock: it must not run before.</param>
/// <param name="WaitsForLoss">Its first run ends only when it hears that its lease is lost.</param>
[Job("bench.fault", MaxAttempts = 20)]
internal sealed record FaultEntry(int Number, long DueTicks, bool WaitsForLoss = false);

/// <summary>What the handlers of all worker processes write, in files that outlive them.</summary>
internal sealed class FaultLedger(string folder) : IDisposable
{
    public const string Name = "ledger", ToldName = "told", EarlyName = "early";

    private readonly AppendFile _effects = new(Path.Combine(folder, Name));
    private readonly AppendFile _told = new(Path.Combine(folder, ToldName));
    private readonly AppendFile _early = new(Path.Combine(folder, EarlyName));

    /// <summary>The side effect.</summary>
    public void Add(JobContext job) => _effects.Add($"{job.Id} {job.Token}");

    /// <summary>A handler was told that its lease is lost.</summary>
    public void AddTold(JobContext job) => _told.Add($"{job.Id} {job.Token}");

    /// <summary>Whether it begins for the first time. Its attempt may be made again: that of a job taken ahead does not
    /// count when its worker is lost.</summary>
    public bool IsFirst(JobContext job) => !File.ReadLines(Path.Combine(folder, Name))
        .Any(line => line.StartsWith($"{job.Id} ", StringComparison.Ordinal));

    public void AddEarly(JobContext job) => _early.Add($"{job.Id} {job.Token}");

    public void Dispose()
    {
        _effects.Dispose();
        _told.Dispose();
        _early.Dispose();
    }
}

internal sealed class FaultHandler(FaultLedger ledger) : IJobHandler<FaultEntry>
{
    // Half of it before the side effect and half behind it. Every hundredth lasts long enough to be met by anything.
    private const int LongEvery = 100;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(3);

    public async Task<JobResult> RunAsync(FaultEntry args, JobContext job, CancellationToken stop)
    {
        if (Stopwatch.GetTimestamp() < args.DueTicks)
            ledger.AddEarly(job);
        await using var told = stop.Register(() =>
        {
            if (job.StopReason == StopReason.LeaseLost)
                ledger.AddTold(job);
        });
        if (args.WaitsForLoss && ledger.IsFirst(job))
        {
            ledger.Add(job);
            await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, CancellationToken.None,
                TaskContinuationOptions.None, TaskScheduler.Default);
            return JobResult.Complete; // too late
        }
        var half = args.Number % LongEvery == 0 ? Long / 2 : TimeSpan.FromMilliseconds(args.Number % 8);
        await Task.Delay(half, stop);
        ledger.Add(job);
        await Task.Delay(half, stop);
        return JobResult.Complete;
    }
}

/// <summary>Counts the lines of a file that others append to.</summary>
internal sealed class LineCount(string path)
{
    private readonly Lock _lock = new();
    private readonly byte[] _buffer = new byte[65_536];
    private long _position;
    private int _count;

    public int Now()
    {
        lock (_lock)
        {
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
            file.Position = _position;
            for (int read; (read = file.Read(_buffer)) > 0; _position += read)
                _count += _buffer.AsSpan(0, read).Count((byte)'\n');
            return _count;
        }
    }
}
