using System.Globalization;

namespace Rota.Bench;

/// <summary>The job of the schedules: says when it started.</summary>
[Job("bench.tick")]
internal sealed record Tick;

internal sealed class TickHandler(Ticks ticks) : IJobHandler<Tick>
{
    public Task<JobResult> RunAsync(Tick args, JobContext job, CancellationToken stop)
    {
        ticks.Add(job.Schedule!, job.Metadata["due_at"], job.Clock.GetUtcNow());
        return Task.FromResult(JobResult.Complete);
    }
}

/// <summary>Notes each run by schedule and due time.</summary>
internal sealed class Ticks
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Schedule, long Due), int> _runs = [];
    private readonly List<(DateTimeOffset Due, double ErrorMs)> _errors = [];

    public void Add(string schedule, string dueAt, DateTimeOffset now)
    {
        var due = DateTimeOffset.Parse(dueAt, CultureInfo.InvariantCulture);
        lock (_lock)
        {
            _runs[(schedule, due.UtcTicks)] = _runs.GetValueOrDefault((schedule, due.UtcTicks)) + 1;
            _errors.Add((due, (now - due).TotalMilliseconds));
        }
    }

    /// <summary>Of the due times of a schedule up to an instant, how many have not run and how often one ran again.
    /// </summary>
    public (int Lost, int Doubled) Check(string schedule, IEnumerable<DateTimeOffset> due)
    {
        lock (_lock)
        {
            var runs = due.Select(at => _runs.GetValueOrDefault((schedule, at.UtcTicks))).ToList();
            return (runs.Count(count => count == 0), runs.Sum(count => Math.Max(0, count - 1)));
        }
    }

    /// <summary>From the due time to the first line of the handler.</summary>
    public List<double> ErrorsMs(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_lock)
            return [.. _errors.Where(one => one.Due >= from && one.Due <= to).Select(one => one.ErrorMs).Order()];
    }
}
