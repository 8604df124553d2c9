using System.Globalization;

namespace Rota.Bench;

/// <summary>The job of the schedules: says when it started.</summary>
[Job("bench.tick")]
internal sealed record Tick;

internal sealed class TickHandler(Ticks ticks) : IJobHandler<Tick>
{
    public Task<JobResult> RunAsync(Tick args, JobContext job, CancellationToken stop)
    {
        var now = job.Clock.GetUtcNow();
        var due = DateTimeOffset.Parse(job.Metadata["due_at"], CultureInfo.InvariantCulture);
        ticks.Add(new TickRun(EverySecond.Number(job.Schedule!), due, now)); // only schedules enqueue it
        return Task.FromResult(JobResult.Complete);
    }
}

/// <summary>One run of a schedule.</summary>
/// <param name="Due">The due time that it ran for.</param>
internal readonly record struct TickRun(int Number, DateTimeOffset Due, DateTimeOffset Started);

/// <summary>Notes each run.</summary>
/// <remarks>In blocks: to copy millions of runs into a larger list held up all handlers for half a second.</remarks>
internal sealed class Ticks
{
    private const int BlockSize = 1_000;

    private readonly Lock _lock = new();
    private readonly List<List<TickRun>> _blocks = [];

    public void Add(TickRun run)
    {
        lock (_lock)
        {
            if (_blocks is [] or [.., { Count: BlockSize }])
                _blocks.Add(new List<TickRun>(BlockSize));
            _blocks[^1].Add(run);
        }
    }

    public IReadOnlyList<TickRun> All()
    {
        lock (_lock)
            return [.. _blocks.SelectMany(block => block)];
    }
}
